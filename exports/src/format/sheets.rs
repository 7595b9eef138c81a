//! Selects the sheet of a workbook that contains the responses.

use std::ops::ControlFlow;

use calamine::{Sheet, SheetType, SheetVisible};

use super::table::{Table, TableWriter};
use super::workbook::{Kind, Workbook};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::error::{Error, Result};
use crate::files::source::SourceFile;
use crate::message::{ImportOption, Message};
use crate::options::ReadOptions;
use crate::quote::clip;

/// Rows of a sheet that are searched for scores.
const SAMPLE_ROWS: usize = 300;

/// Rows before the header, and rows between the header and the first response.
const TITLE_ROWS_MAX: usize = 15;
const HEADER_ROWS_MAX: usize = 3;

/// A sheet of a workbook, as a table.
#[derive(Clone, Debug)]
pub struct SheetFormat {
    pub kind: Kind,
    /// The name of the sheet, if there are others.
    pub sheet: Option<String>,
    pub table: Table,
}

impl SheetFormat {
    pub fn read(source: &SourceFile, kind: Kind, options: &ReadOptions) -> Result<Self> {
        let at_file = |error: Error| error.at(source.path().display());
        let mut workbook = Workbook::open(source, kind)?;
        let sheets: Vec<Sheet> = workbook.sheets().to_vec();
        let name = match &options.sheet {
            Some(name) => find_sheet(&sheets, name),
            None => choose(&mut workbook, &sheets, options),
        }
        .map_err(at_file)?;
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

    /// The name for the summary.
    pub fn name(&self) -> String {
        match &self.sheet {
            Some(sheet) => format!("{}, sheet \"{}\"", self.kind.name(), clip(sheet)),
            None => self.kind.name().to_owned(),
        }
    }
}

/// Returns the name of the sheet that the caller specified.
fn find_sheet(sheets: &[Sheet], name: &str) -> Result<String> {
    let mut all = sheets.iter();
    let found = all.find(|sheet| sheet.name == name);
    let found = found.or_else(|| sheets.iter().find(|sheet| fold(&sheet.name) == fold(name)));
    let message = match found {
        Some(sheet) if sheet.typ == SheetType::WorkSheet => return Ok(sheet.name.clone()),
        Some(sheet) => format!(
            "\"{}\" is not a sheet of cells, but a chart or the like",
            clip(&sheet.name)
        ),
        None => format!("sheet \"{}\" does not exist", clip(name)),
    };
    Err(Error::invalid(message).with_hint(format!("the sheets are {}", names(sheets.iter()))))
}

fn names<'a>(sheets: impl Iterator<Item = &'a Sheet>) -> String {
    let names: Vec<String> = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| format!("\"{}\"", clip(&sheet.name)))
        .collect();
    names.join(", ")
}

/// A column of scores in a sheet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scores {
    Answers,
    /// Each score once and in order, as next to the counts of a distribution.
    Scale,
}

/// Returns the only sheet with cells, otherwise the only one with scores.
fn choose(workbook: &mut Workbook, sheets: &[Sheet], options: &ReadOptions) -> Result<String> {
    // The sheets with cells, visible ones and hidden ones.
    let (mut visible, mut hidden) = (Vec::new(), Vec::new());
    let mut with_answers: Vec<&Sheet> = Vec::new();
    for sheet in sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
    {
        let rows = first_rows(workbook, &sheet.name)?;
        if rows.is_empty() {
            continue;
        }
        let has_answers = find_scores(&rows, options) == Some(Scores::Answers);
        if sheet.visible != SheetVisible::Visible {
            hidden.push(sheet);
        } else {
            visible.push(sheet);
            with_answers.extend(has_answers.then_some(sheet));
        }
    }
    let (message, options) = match (&*visible, &*hidden, &*with_answers) {
        ([], [], _) => {
            return Err(Error::invalid("all sheets are empty").with_hint("export it again"));
        }
        ([only], _, _) | ([], [only], _) | (_, _, [only]) => return Ok(only.name.clone()),
        (_, _, []) => (
            "several sheets, and no scores found in any of them",
            [visible, hidden].concat(),
        ),
        _ => ("several sheets contain scores", with_answers),
    };
    let hint = Message::from("select one with ")
        .option_with(ImportOption::Sheet, &options[0].name)
        .text(", once for each sheet with responses");
    let message = format!("{message}: {}", names(options.iter().copied()));
    let answers = options
        .iter()
        .map(|sheet| ImportOption::Sheet.with(&sheet.name));
    Err(Error::question(message)
        .with_hint(hint)
        .with_answers(answers))
}

/// Returns the first rows that are not blank, with their cells by position.
fn first_rows(workbook: &mut Workbook, sheet: &str) -> Result<Vec<Vec<String>>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut current = None;
    workbook.each_cell(sheet, &mut |row, column, text| {
        if text.trim().is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if current != Some(row) {
            if rows.len() == SAMPLE_ROWS {
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

/// Searches for a row that names a column of scores below it.
fn find_scores(rows: &[Vec<String>], options: &ReadOptions) -> Option<Scores> {
    let mut given = options.map.iter();
    let given = given.find(|(field, _)| field.trim() == Field::Score.name());
    let given = given.map(|(_, header)| fold(header));
    for (index, header) in rows.iter().enumerate().take(TITLE_ROWS_MAX) {
        for (column, name) in header.iter().enumerate() {
            let folded = fold(name);
            let is_score = match &given {
                Some(given) => folded == *given,
                None => Field::Score.rank(&folded).is_some(),
            };
            if !is_score {
                continue;
            }
            for further in 0..HEADER_ROWS_MAX {
                let below = rows.iter().skip(index + 1 + further);
                let cells: Vec<&str> = below
                    .filter_map(|row| row.get(column).map(String::as_str))
                    .collect();
                let mut observed = Column::new(name, None);
                for cell in &cells {
                    observed.observe(cell);
                }
                let has_given = given.is_some() && observed.cells > 0;
                if has_given || observed.is_clearly(Field::Score) {
                    let is_scale = is_scale(&cells);
                    return Some(if is_scale {
                        Scores::Scale
                    } else {
                        Scores::Answers
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
    scores.len() >= 6
        && (scores.is_sorted_by(|left, right| left < right)
            || scores.is_sorted_by(|left, right| left > right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        rows.iter().map(row).collect()
    }

    #[test]
    fn scores_are_found_by_header_and_content() {
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
