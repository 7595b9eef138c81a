//! The sheet of a workbook that holds the responses.

use std::ops::ControlFlow;

use calamine::{Sheet, SheetType, SheetVisible};

use super::table::{Table, TableWriter};
use super::workbook::{Kind, Workbook};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::error::{Error, Result};
use crate::files::source::SourceFile;
use crate::options::ReadOptions;
use crate::quote::clip;

/// Rows of a sheet that are looked at to find scores.
const JUDGED_ROWS: usize = 300;

/// Rows that may stand before the one that names the columns, and rows that may stand between it
/// and the first response.
const TITLE_ROWS_MAX: usize = 15;
const HEADER_ROWS_MAX: usize = 3;

/// A sheet of a workbook, as a table.
#[derive(Clone, Debug)]
pub struct SheetFormat {
    pub kind: Kind,
    /// Its name, where there are others.
    pub sheet: Option<String>,
    pub table: Table,
}

impl SheetFormat {
    pub fn read(source: &SourceFile, kind: Kind, options: &ReadOptions) -> Result<Self> {
        let mut workbook = Workbook::open(source, kind)?;
        let sheets: Vec<Sheet> = workbook.sheets().to_vec();
        let place = source.path().display().to_string();
        let name = match &options.sheet {
            Some(name) => named(&sheets, name, &place)?,
            None => choose(&mut workbook, &sheets, options, &place)?,
        };
        let mut writer = TableWriter::new()?;
        workbook.each_cell(&name, &mut |row, column, text| {
            writer.add(u64::from(row) + 1, column, text)?;
            Ok(ControlFlow::Continue(()))
        })?;
        let table = writer.finish()?;
        Ok(Self {
            kind,
            sheet: (sheets.len() > 1).then_some(name),
            table,
        })
    }

    /// What the summary calls it.
    pub fn name(&self) -> String {
        match &self.sheet {
            Some(sheet) => format!("{}, sheet \"{}\"", self.kind.name(), clip(sheet)),
            None => self.kind.name().to_owned(),
        }
    }
}

/// The sheet that a person names.
fn named(sheets: &[Sheet], name: &str, place: &str) -> Result<String> {
    let found = sheets
        .iter()
        .find(|sheet| sheet.name == name)
        .or_else(|| sheets.iter().find(|sheet| fold(&sheet.name) == fold(name)));
    match found {
        Some(sheet) if sheet.typ == SheetType::WorkSheet => Ok(sheet.name.clone()),
        Some(sheet) => Err(Error::invalid(format!(
            "\"{}\" is a chart or the like, not a sheet of cells",
            clip(&sheet.name)
        ))
        .at(place)
        .with_hint(format!("the sheets are {}", names(sheets.iter())))),
        None => Err(
            Error::invalid(format!("there is no sheet \"{}\"", clip(name)))
                .at(place)
                .with_hint(format!("the sheets are {}", names(sheets.iter()))),
        ),
    }
}

fn names<'a>(sheets: impl Iterator<Item = &'a Sheet>) -> String {
    let names: Vec<String> = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| format!("\"{}\"", clip(&sheet.name)))
        .collect();
    names.join(", ")
}

/// What the first rows of a sheet look like.
struct Judged<'a> {
    sheet: &'a Sheet,
    scores: Option<Scores>,
}

/// A column of scores in a sheet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scores {
    Answers,
    /// Each score once and in order, as beside the counts of a distribution.
    Scale,
}

/// The one sheet that has cells, else the one that holds scores.
fn choose(
    workbook: &mut Workbook,
    sheets: &[Sheet],
    options: &ReadOptions,
    place: &str,
) -> Result<String> {
    let mut judged = Vec::new();
    for sheet in sheets {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        let rows = first_rows(workbook, &sheet.name)?;
        if !rows.is_empty() {
            let scores = find_scores(&rows, options);
            judged.push(Judged { sheet, scores });
        }
    }
    let (visible, hidden): (Vec<_>, Vec<_>) = judged
        .iter()
        .partition(|judged| judged.sheet.visible == SheetVisible::Visible);
    if let ([only], _) | ([], [only]) = (visible.as_slice(), hidden.as_slice()) {
        return Ok(only.sheet.name.clone());
    }
    if judged.is_empty() {
        return Err(Error::invalid("no sheet has cells in it")
            .at(place)
            .with_hint("export it again"));
    }
    let of = |scores: Scores| -> Vec<&Sheet> {
        visible
            .iter()
            .filter(|judged| judged.scores == Some(scores))
            .map(|judged| judged.sheet)
            .collect()
    };
    let answers = of(Scores::Answers);
    if let [only] = answers.as_slice() {
        return Ok(only.name.clone());
    }
    let (message, candidates) = match answers.as_slice() {
        [] => (
            "several sheets, and none of them is seen to hold scores",
            visible
                .iter()
                .chain(&hidden)
                .map(|judged| judged.sheet)
                .collect(),
        ),
        _ => ("several sheets hold scores", answers),
    };
    Err(
        Error::question(format!("{message}: {}", names(candidates.iter().copied())))
            .at(place)
            .with_hint(format!(
                "say which with --sheet '{}', once for each that holds responses",
                candidates[0].name
            )),
    )
}

/// The first rows with something in them, by position.
fn first_rows(workbook: &mut Workbook, sheet: &str) -> Result<Vec<Vec<String>>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut current = None;
    workbook.each_cell(sheet, &mut |row, column, text| {
        if text.trim().is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if current != Some(row) {
            if rows.len() == JUDGED_ROWS {
                return Ok(ControlFlow::Break(()));
            }
            current = Some(row);
            rows.push(Vec::new());
        }
        if let Some(cells) = rows.last_mut() {
            cells.resize(cells.len().max(column as usize), String::new());
            cells.push(text);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

/// Whether some row names a column of scores that stands below it.
fn find_scores(rows: &[Vec<String>], options: &ReadOptions) -> Option<Scores> {
    let given = options
        .map
        .iter()
        .find(|(field, _)| field.trim() == Field::Score.name())
        .map(|(_, header)| fold(header));
    for (index, header) in rows.iter().enumerate().take(TITLE_ROWS_MAX) {
        for (column, name) in header.iter().enumerate() {
            let is_given = given.as_ref().is_some_and(|given| fold(name) == *given);
            let names_score = given.is_none() && Field::Score.rank(&fold(name)).is_some();
            if !is_given && !names_score {
                continue;
            }
            for further in 0..HEADER_ROWS_MAX {
                let cells = rows.iter().skip(index + 1 + further);
                let cells: Vec<&str> = cells
                    .filter_map(|row| row.get(column).map(String::as_str))
                    .collect();
                let mut observed = Column::new(name, None);
                for cell in &cells {
                    observed.observe(cell);
                }
                if observed.rank(Field::Score).is_some() || (is_given && observed.cells > 0) {
                    return Some(match is_scale(&cells) {
                        true => Scores::Scale,
                        false => Scores::Answers,
                    });
                }
            }
        }
    }
    None
}

fn is_scale(cells: &[&str]) -> bool {
    let scores: Vec<f64> = cells
        .iter()
        .filter_map(|cell| cell.trim().parse().ok())
        .collect();
    let steps = |rises: fn(f64, f64) -> bool| scores.windows(2).all(|pair| rises(pair[0], pair[1]));
    scores.len() >= 6 && (steps(|left, right| left < right) || steps(|left, right| left > right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_sheet_of_scores_shows_by_header_and_content() {
        let is = |found: &[&[&str]]| find_scores(&rows(found), &ReadOptions::default());
        assert!(is(&[&["id", "NPS"], &["1", "9"], &["2", "3"]]) == Some(Scores::Answers));
        assert!(is(&[&["Report"], &["id", "NPS"], &["1", "9"]]) == Some(Scores::Answers));
        assert!(
            is(&[&["Q1"], &["How likely to recommend?"], &["{}"], &["9"]]) == Some(Scores::Answers)
        );
        assert!(is(&[&["Month", "NPS"], &["March", "53.4"]]).is_none());
        assert!(is(&[&["id", "Region"], &["1", "North"]]).is_none());
        let scale: Vec<Vec<String>> = std::iter::once(vec!["Score".to_owned()])
            .chain((0..=10).map(|score| vec![score.to_string()]))
            .collect();
        assert!(find_scores(&scale, &ReadOptions::default()) == Some(Scores::Scale));
    }
}
