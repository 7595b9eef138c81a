//! Tables below the responses, such as a summary by month.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::ControlFlow;

use super::first_rows::{filled, is_answer};
use crate::columns::cells::looks_like_email;
use crate::columns::field::Field;
use crate::columns::group::Group;
use crate::columns::headers::{fold, names_a_count};
use crate::error::{Error, Result};
use crate::format::rows::{EachRow, Row};
use crate::message::{ImportOption, Message};
use crate::quote::clip;

/// Rows of responses above such a table. Below more, it is found when it is reached.
const ROWS_ABOVE_MAX: u64 = 10_000;

/// Rows of the responses that their columns are typed by.
const SAMPLE_ROWS: usize = 50;

/// Maximum number of rows of a summary.
const SUMMARY_ROWS_MAX: usize = 200;

/// Maximum number of rows of a table of counts by score, which can be as long as the responses.
const DISTRIBUTION_ROWS_MAX: usize = 12;

/// A summary below the responses, which is not read.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The numbers of its first and last row in the file.
    pub first: u64,
    pub last: u64,
    names: Vec<String>,
}

impl Summary {
    /// A note for the import's summary.
    pub fn note(&self, row_noun: &str) -> Message {
        let names: Vec<String> = self.names.iter().map(|name| clip(name).into()).collect();
        Message::from(format!(
            "not read: another table at the end, {row_noun}s {} to {} ({})",
            self.first,
            self.last,
            names.join(", ")
        ))
    }
}

/// Searches for a table below the responses. Fails unless it is a summary of them.
/// `read` reads the rows behind the `header_rows`.
pub fn find_summary(
    header_rows: u64,
    row_noun: &str,
    read: impl FnOnce(&mut EachRow<'_>) -> Result<()>,
) -> Result<Option<Summary>> {
    let mut scan = Scan::default();
    read(&mut |row| Ok(scan.add(row)))?;
    let below = scan.below;
    let Some(below) = below.filter(|below| below.has_answers() && !below.continues) else {
        return Ok(None);
    };
    if below.is_summary(scan.rows_above) {
        return Ok(Some(Summary {
            first: below.first,
            last: below.last,
            names: below.names,
        }));
    }
    let heading = header_rows + scan.rows_above + 1;
    Err(below.question(heading, scan.rows_above, row_noun))
}

/// The rows so far.
#[derive(Default)]
struct Scan {
    sample: Vec<Vec<String>>,
    /// The columns that have numbers, dates or addresses in the sample.
    typed: Vec<usize>,
    /// Rows of the file up to the table below, blank ones included.
    rows_above: u64,
    /// The number that follows that of the last row.
    next_number: u64,
    /// `true` if the row above is blank or missing, or the title below such a row.
    is_below_gap: bool,
    /// The number of that title.
    title: Option<u64>,
    below: Option<Below>,
}

/// A table below the responses.
struct Below {
    first: u64,
    last: u64,
    heading: u64,
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The number of rows up to the next gap.
    rows_of_block: Option<usize>,
    /// `true` if a repeated header follows, and so do more responses.
    continues: bool,
}

impl Scan {
    fn add(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let cells = || row.cells.iter().map(|cell| cell.trim().to_owned());
        let is_blank = row.cells.iter().all(|cell| cell.trim().is_empty());
        let is_gap = is_blank || (self.next_number > 0 && row.number > self.next_number);
        let lines = row
            .cells
            .iter()
            .map(|cell| cell.matches('\n').count() as u64);
        self.next_number = row.number + 1 + lines.sum::<u64>();
        if let Some(below) = &mut self.below {
            return below.add(row, is_gap);
        }
        self.is_below_gap |= is_gap;
        if self.rows_above == ROWS_ABOVE_MAX {
            return ControlFlow::Break(());
        }
        if is_blank {
            self.rows_above += 1;
            return ControlFlow::Continue(());
        }
        if self.is_heading(row) {
            self.below = Some(Below {
                first: self.title.unwrap_or(row.number),
                last: row.number,
                heading: row.number,
                names: cells().filter(|cell| !cell.is_empty()).collect(),
                rows: Vec::new(),
                rows_of_block: None,
                continues: false,
            });
            return ControlFlow::Continue(());
        }
        self.rows_above += 1;
        let cells: Vec<String> = cells().collect();
        let is_title = self.is_below_gap && filled(&cells) == 1;
        let is_text = is_title && !cells.iter().any(|cell| is_answer(cell));
        self.title = is_text.then_some(self.title.unwrap_or(row.number));
        self.is_below_gap = is_text;
        if self.sample.len() < SAMPLE_ROWS && !row.repeats_header {
            self.sample.push(cells);
            self.typed = typed_columns(&self.sample);
        }
        ControlFlow::Continue(())
    }

    /// True if a row names columns that are others than those of the rows above.
    fn is_heading(&self, row: &Row<'_>) -> bool {
        if row.repeats_header {
            return false;
        }
        let typed = self.typed.iter().filter_map(|index| row.cells.get(*index));
        let typed: Vec<&str> = typed
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
            .collect();
        if typed.is_empty() || typed.iter().any(|cell| is_answer(cell)) {
            return false;
        }
        let filled: Vec<&str> = row
            .cells
            .iter()
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
            .collect();
        let folded: Vec<String> = filled.iter().map(|cell| fold(cell)).collect();
        let is_name = |folded: &String| {
            counts(folded) || Field::ALL.iter().any(|field| field.rank(folded).is_some())
        };
        let is_score = |folded: &String| Field::Score.rank(folded).is_some();
        let names = folded.iter().filter(|folded| is_name(folded)).count();
        let groups = folded
            .iter()
            .filter(|folded| Group::counted(folded).is_some());
        let groups = groups.count();
        let measures = |folded: &String| names_a_count(folded) || is_score(folded);
        let is_value = |(index, cell): (usize, &Cow<'_, str>)| {
            let cell = cell.trim();
            let mut above = self.sample.iter().filter_map(|row| row.get(index));
            !cell.is_empty() && above.any(|above| above == cell)
        };
        filled.len() >= 2
            && (groups > 1 || folded.iter().any(measures))
            && !row.cells.iter().enumerate().any(is_value)
            && !filled.iter().any(|cell| is_answer(cell))
            && (self.is_below_gap || (typed.len() >= 2 && names >= 2))
    }
}

/// True for the name of a number of responses, or of those in a group.
fn counts(folded: &str) -> bool {
    names_a_count(folded) || Group::counted(folded).is_some()
}

/// The columns with numbers, dates or addresses.
fn typed_columns(rows: &[Vec<String>]) -> Vec<usize> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let is_typed = |index: &usize| {
        let cells = || {
            rows.iter()
                .filter_map(|row| row.get(*index))
                .filter(|cell| !cell.is_empty())
        };
        let typed = cells().filter(|cell| is_answer(cell)).count();
        typed > 0 && typed * 5 >= cells().count() * 4
    };
    (0..width).filter(is_typed).collect()
}

impl Below {
    fn add(&mut self, row: &Row<'_>, is_gap: bool) -> ControlFlow<()> {
        if is_gap && !self.rows.is_empty() {
            self.rows_of_block.get_or_insert(self.rows.len());
        }
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| cell.trim().to_owned())
            .collect();
        if filled(&cells) > 0 {
            self.last = row.number;
            self.rows.push(cells);
        }
        self.continues = row.repeats_header;
        if self.continues || self.rows.len() > SUMMARY_ROWS_MAX {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// True if the rows sum up more rows above: one for each month, region or such, with counts, or
    /// without anything that identifies a response.
    fn is_summary(&self, rows_above: u64) -> bool {
        let names: Vec<String> = self.names.iter().map(|name| fold(name)).collect();
        let has_counts = names.iter().any(|name| counts(name));
        let is_any =
            |fields: &[Field], name: &str| fields.iter().any(|field| field.rank(name).is_some());
        // Counts are by month, or of respondents.
        let identifies = |name: &String| {
            let of_one = [Field::Respondent, Field::ResponseId, Field::Comment];
            !counts(name) && is_any(&of_one, name)
                || !has_counts && is_any(&[Field::RespondedAt], name)
        };
        let block = &self.rows[..self.rows_of_block.unwrap_or(self.rows.len())];
        let keys = block
            .iter()
            .filter_map(|row| row.iter().find(|cell| !cell.is_empty()));
        let mut seen = HashSet::new();
        let has_distribution = self.rows.len() <= DISTRIBUTION_ROWS_MAX
            && names.iter().any(|name| names_a_count(name));
        self.rows.len() <= SUMMARY_ROWS_MAX
            && (self.rows.len() as u64 * 2 <= rows_above || has_distribution)
            && !names.iter().any(identifies)
            && !self.cells().any(looks_like_email)
            && keys.into_iter().all(|key| seen.insert(key))
    }

    fn has_answers(&self) -> bool {
        self.cells().any(is_answer)
    }

    fn cells(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flatten().map(String::as_str)
    }

    /// Asks what to do. `heading` is the number of rows up to the one that names the columns, as far
    /// as the format counts them.
    fn question(&self, heading: u64, rows_above: u64, row_noun: &str) -> Error {
        let error = Error::question(format!(
            "{row_noun} {} is the header of another table",
            self.heading
        ));
        let split = "split the tables into separate files, each with its header, and import those";
        if self.rows.len() as u64 <= rows_above {
            return error.with_hint(split);
        }
        let only = ImportOption::HeaderRows.with(heading);
        let hint = Message::from(format!("{split}; to read only that table, set "));
        let hint = hint.message(only.clone());
        let hint = if heading == self.heading {
            hint
        } else {
            hint.text(", which counts no blank rows")
        };
        error.with_hint(hint).with_answers([only])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::source;
    use crate::layout::Layout;
    use crate::options::ReadOptions;

    const RESPONSES: &str = "Date,Email,NPS,Comment|2026-01-01,a@x.example,9,|2026-01-01,b@x.example,3,|\
        2026-01-02,c@x.example,8,|2026-01-03,d@x.example,7,|2026-01-04,e@x.example,10,|\
        2026-01-05,f@x.example,1,|";

    /// The lines of a summary below the responses, or the error and its hint.
    fn summary(below: &str) -> Result<Option<(u64, u64)>, String> {
        let text = format!("{RESPONSES}{below}").replace('|', "\n");
        let source = source(text.as_bytes()).unwrap();
        let layout = Layout::recognise(&source, &ReadOptions::default());
        let layout = layout.map_err(|error| {
            let hint = error.hint().map(ToString::to_string).unwrap_or_default();
            format!("{error}; {hint}")
        })?;
        let mut rows = 0;
        layout
            .read(&source, &mut |row| {
                rows += u64::from(row.cells.iter().any(|cell| !cell.is_empty()));
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        let found = layout.summary.map(|summary| (summary.first, summary.last));
        assert!(found.is_none() || rows == 6, "{rows} rows: {below}");
        Ok(found)
    }

    #[test]
    fn summaries_below_are_told_from_responses() {
        for (below, expected) in [
            (
                ",,,|Month,Responses,NPS,|2026-01,6,9,|2026-02,0,7,|",
                Some((9, 11)),
            ),
            ("|Region,NPS|North,9|South,3|", Some((9, 11))),
            (
                "|By month||Month,Count,Average score|2026-01,6,6.3|Total,6,6.3|",
                Some((9, 13)),
            ),
            ("Monat,Anzahl,NPS|2026-01,6,9|", Some((8, 9))),
            (
                "|Month,Responses,NPS|2026-01,6,9||Region,Responses,NPS|North,6,9|",
                Some((9, 13)),
            ),
            ("|Month,Promoters,NPS|2026-01,6,9|", Some((9, 10))),
            ("|Score,Count|0,0|1,1|3,1|7,1|8,1|9,1|10,1|", Some((9, 16))),
            // Notes, totals, rejected rows, and pages.
            ("|Source: the survey of January,,,|", None),
            ("|Total,6,,|", None),
            ("unknown,none,n/a,no score|", None),
            ("|9-10,Promoter|7-8,Passive|0-6,Detractor|", None),
            (
                "2026-01-07,g@x.example,9,NPS||unknown,none,,NPS|2026-01-08,h@x.example,3,NPS|",
                None,
            ),
            (
                "|Page total,Responses,NPS,|,6,9,|Date,Email,NPS,Comment|2026-01-09,g@x.example,9,|",
                None,
            ),
        ] {
            assert_eq!(summary(below), Ok(expected), "{below}");
        }
        for below in [
            // Other responses, and more groups than responses.
            "|Customer,NPS,Date|g@x.example,9,2026-01-03|",
            "|Day,Customer,NPS,Promoter|2026-01-03,g@x.example,9,yes|",
            "|Region,NPS|North,9|North,3|",
            "|Region,NPS|A,9|B,3|C,3|D,3|",
        ] {
            let question = summary(below).unwrap_err();
            assert!(
                question.contains("line 9 is the header of another table"),
                "{question}"
            );
            assert!(!question.contains("header_rows"), "{question}");
        }
        let rows: String = (0..9)
            .map(|row| format!("h{row}@x.example,9,2026-01-03|"))
            .collect();
        let question = summary(&format!("|Customer,NPS,Date|{rows}")).unwrap_err();
        let hint = "set header_rows(\"8\"), which counts no blank rows";
        assert!(question.ends_with(hint), "{question}");
    }
}
