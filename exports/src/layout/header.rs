//! The header of a file: the rows that name its columns.

use std::collections::HashSet;

use super::blocks::table_below;
use super::first_rows::{filled, is_answer};
use super::parts::{is_whole_answer, names_parts};
use crate::columns::cells;
use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::columns::score::is_blank;
use crate::error::{Error, Result};
use crate::files::source::SourceFile;
use crate::format::Format;
use crate::message::{ImportOption, Message};
use crate::options::ReadOptions;
use crate::profiles::fits_any;
use crate::profiles::recognise::Recognised;
use crate::quote::clip;
use crate::text::UniqueNames;

/// The last column of a file of rejected rows.
pub const REJECT_REASON: &str = "reject_reason";

/// Maximum number of title rows above the header.
const TITLE_ROWS: usize = 12;

/// Rows that header and titles are recognised by.
const SAMPLE_ROWS: usize = 50;

/// The names of the columns, and the rows that they are from.
#[derive(Clone, Debug)]
pub struct Header {
    /// Column names of the file, made unique; empty ones are named by position.
    pub names: Vec<String>,
    /// Texts of a further header row, such as the text of the question.
    pub titles: Vec<Option<String>>,
    /// Number of rows before the first response.
    pub rows: u64,
    /// Those rows, for files to be read in the same way; if there are none, the names.
    pub raw: Vec<Vec<String>>,
    /// The index of the row in `raw` that names the columns.
    pub names_row: usize,
}

impl Header {
    /// Reads the header of a file from its first rows.
    pub fn read(
        source: &SourceFile,
        format: &Format,
        first_rows: &[Vec<String>],
        recognised: Option<&Recognised>,
        options: &ReadOptions,
    ) -> Result<Self> {
        if let Some(keys) = format.keys() {
            return Ok(Self::new(keys.to_vec(), Vec::new(), 0));
        }
        if options.header_rows == Some(0) {
            let columns = first_rows.iter().map(Vec::len).max().unwrap_or(0);
            return Ok(Self::new(vec![String::new(); columns], Vec::new(), 0));
        }
        let found = recognised.and_then(|recognised| recognised.found.as_ref());
        let (names_row, rows) = match (options.header_rows, found) {
            (Some(rows), _) => {
                let rows = (rows as usize).min(first_rows.len());
                let names_row = found.map(|(_, at)| *at).filter(|at| *at < rows);
                let names_row = names_row.unwrap_or_else(|| given_names_row(&first_rows[..rows]));
                (names_row, rows)
            }
            (None, Some((way, at))) => {
                let further = match way.header_rows {
                    Some(rows) => rows.saturating_sub(1),
                    None => rows_below_names(&first_rows[*at..]),
                };
                (*at, at + 1 + further)
            }
            (None, None) => {
                let at = names_row(first_rows);
                let below = table_below(first_rows, at);
                let at = below
                    .filter(|_| !names_parts(&first_rows[at..]))
                    .unwrap_or(at);
                check_header(first_rows.get(at).map_or(&[], Vec::as_slice), at)
                    .map_err(|error| error.at(source.path().display()))?;
                (at, at + 1 + rows_below_names(&first_rows[at..]))
            }
        };
        let mut raw = first_rows[..rows.min(first_rows.len())].to_vec();
        if let Some(names) = raw.get_mut(names_row)
            && matches!(format, Format::Csv(_))
            && lacks_row_names(names, &first_rows[rows.min(first_rows.len())..])
        {
            names.insert(0, String::new());
        }
        let mut header = Self::new(
            raw.get(names_row).cloned().unwrap_or_default(),
            raw.get(names_row + 1).cloned().unwrap_or_default(),
            rows as u64,
        );
        let whole_question = found.map(|(way, _)| &way.whole_question);
        if let Some(words) = whole_question.filter(|words| !words.is_empty()) {
            let is_whole = |part: &str| fits_any(words, part);
            header.combine_rows(&raw[names_row], &raw[names_row + 1], is_whole);
        } else if raw.len() > names_row + 1 && names_parts(&first_rows[names_row..]) {
            header.combine_rows(&raw[names_row], &raw[names_row + 1], is_whole_answer);
        }
        header.raw = raw;
        header.names_row = names_row;
        Ok(header)
    }

    fn new(cells: Vec<String>, titles: Vec<String>, rows: u64) -> Self {
        let names = unique_header(&cells);
        let title = |index: usize| {
            let title = on_one_line(titles.get(index)?);
            (!title.is_empty() && title != names[index]).then_some(title)
        };
        Self {
            titles: (0..names.len()).map(title).collect(),
            raw: vec![names.clone()],
            names,
            rows,
            names_row: 0,
        }
    }

    /// The same header rows with other columns, for reshaped files.
    pub fn with_names(&self, names: &[String]) -> Self {
        Self {
            names: unique_header(names),
            titles: vec![None; names.len()],
            ..self.clone()
        }
    }

    /// The number of columns in the file.
    pub fn width(&self) -> usize {
        self.raw.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Names each column by its question, which is only above the first of its columns, and its
    /// part or choice in the row below. `is_whole` is true for the part that is the answer itself.
    fn combine_rows(
        &mut self,
        questions: &[String],
        parts: &[String],
        is_whole: impl Fn(&str) -> bool,
    ) {
        let mut question = String::new();
        // `true` if a column of the question is named by the question alone.
        let mut is_named = false;
        let mut previous_part = "";
        let width = questions.len().max(parts.len());
        let mut names = Vec::with_capacity(width);
        for index in 0..width {
            let cell = questions.get(index).map_or("", |cell| cell.trim());
            let has_question = !cell.is_empty();
            let part = parts.get(index).map_or("", |part| part.trim());
            if has_question {
                // The same question with the same part is asked again.
                is_named &= question == cell && part != previous_part;
                cell.clone_into(&mut question);
            }
            previous_part = part;
            names.push(if !has_question && part.is_empty() {
                String::new()
            } else if part.is_empty() || (!is_named && is_whole(part)) {
                is_named = true;
                question.clone()
            } else {
                format!("{question}: {part}")
            });
        }
        self.titles = vec![None; names.len()];
        self.names = unique_header(&names);
    }

    /// The time zone in a column's header, as in `Start Date (UTC)`.
    pub fn zone(&self, index: usize) -> Option<chrono_tz::Tz> {
        // Qualtrics describes a field in JSON, dates with their time zone.
        let json_zone = |cell: &String| {
            if !cell.trim_start().starts_with('{') {
                return None;
            }
            let json: serde_json::Value = serde_json::from_str(cell).ok()?;
            Some(json.get("timeZone")?.as_str()?.to_owned())
        };
        let mut cells = self.raw.iter().filter_map(|row| row.get(index));
        if let Some(zone) = cells.find_map(json_zone) {
            return match zone.as_str() {
                "Z" => Some(chrono_tz::Tz::UTC),
                zone => zone.parse().ok(),
            };
        }
        let folded = fold(self.names.get(index)?);
        let is_utc = folded.split(' ').any(|word| word == "utc" || word == "gmt");
        is_utc.then_some(chrono_tz::Tz::UTC)
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first of the rows with the most filled cells.
fn fullest(rows: &[Vec<String>]) -> usize {
    // Of equals, the last maximum wins.
    let best = (0..rows.len()).rev().max_by_key(|at| filled(&rows[*at]));
    best.unwrap_or(0)
}

/// The row that names the columns among given header rows: the fullest, but below rows of a block
/// with numbers or dates.
fn given_names_row(rows: &[Vec<String>]) -> usize {
    let has_answer = |row: &Vec<String>| row.iter().any(|cell| is_answer(cell));
    match rows.iter().rposition(has_answer) {
        Some(last) if last + 1 < rows.len() => last + 1 + fullest(&rows[last + 1..]),
        _ => fullest(rows),
    }
}

/// True if the header has a cell less than the rows, which begin with their numbers, as R writes
/// them.
fn lacks_row_names(names: &[String], below: &[Vec<String>]) -> bool {
    const ROWS_MIN: usize = 2;
    let first = names.first().map(|name| fold(name)).unwrap_or_default();
    let numbers_rows = [Field::ResponseId, Field::Score]
        .iter()
        .any(|field| field.rank(&first).is_some());
    if names.iter().any(|name| name.trim().is_empty()) || numbers_rows {
        return false;
    }
    let mut seen = HashSet::new();
    let rows = below.iter().filter(|row| filled(row) > 0);
    let is_numbered = |row: &Vec<String>| {
        row.len() == names.len() + 1
            && row[0]
                .parse::<u64>()
                .is_ok_and(|number| seen.insert(number))
    };
    rows.clone().count() >= ROWS_MIN
        && rows
            .clone()
            .any(|row| !row[row.len() - 1].trim().is_empty())
        && rows.into_iter().all(is_numbered)
}

/// The number of header rows below the one that names the columns.
fn rows_below_names(rows: &[Vec<String>]) -> usize {
    if names_parts(rows) {
        1 + further_rows(&rows[1..])
    } else {
        further_rows(rows)
    }
}

/// The row that names the columns: the first that is not a title above a wider table.
fn names_row(rows: &[Vec<String>]) -> usize {
    let sample = &rows[..rows.len().min(SAMPLE_ROWS)];
    // Spreadsheets leave many blank rows at the end.
    let widths = sample.iter().map(|row| filled(row));
    let mut widths: Vec<usize> = widths.filter(|width| *width > 0).collect();
    widths.sort_unstable();
    // The median, because one long row does not make a table.
    let width = widths.get(widths.len() / 2).copied().unwrap_or(0);
    let is_title = |row: &Vec<String>| match width {
        0..2 => false,
        2 => filled(row) <= 1,
        _ => filled(row) <= 2,
    };
    let at = sample.iter().position(|row| !is_title(row)).unwrap_or(0);
    let is_header = sample
        .get(at)
        .is_some_and(|row| at <= TITLE_ROWS && !row.iter().any(|cell| is_answer(cell)));
    if is_header { at } else { 0 }
}

/// The number of rows below the header that are not responses: they have texts or units in each
/// column, and at least two, that has numbers, dates or addresses further below.
fn further_rows(rows: &[Vec<String>]) -> usize {
    let sample = &rows[..rows.len().min(SAMPLE_ROWS)];
    let is_import_ids = |row: &Vec<String>| {
        let mut cells = row.iter().filter(|cell| !cell.trim().is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.trim_start().starts_with("{\"ImportId\""))
    };
    let mut further = 0;
    while further < 2 && sample.len() > further + 2 {
        let row = &sample[further + 1];
        let below = &sample[further + 2..];
        let mut texts = 0;
        let mut has_answer = row.iter().any(|cell| is_answer(cell));
        for (index, cell) in row.iter().enumerate() {
            let cells = || below.iter().filter_map(|row| row.get(index));
            let filled = cells().filter(|cell| !cell.trim().is_empty()).count();
            let typed = cells().filter(|cell| is_answer(cell)).count();
            if filled > 0 && typed * 5 >= filled * 4 && !is_blank(cell) {
                texts += 1;
                has_answer |= is_answer(cell);
            }
        }
        let import_ids_below = below.first().is_some_and(is_import_ids);
        if !is_import_ids(row) && !import_ids_below && (has_answer || texts < 2) {
            break;
        }
        further += 1;
    }
    further
}

/// Returns an error for a row with an answer: taken for a header, the answer would be lost.
fn check_header(cells: &[String], at: usize) -> Result<()> {
    let line = match at {
        0 => "the first line".to_owned(),
        at => format!("row {}", at + 1),
    };
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        let error = Error::invalid(format!("{line} is empty, but should be the header"));
        return Err(error.with_hint("put the column names on the first line"));
    }
    // The rejects file of a file without a header names the columns by position.
    let mut named = cells.iter().filter(|cell| cell.trim() != REJECT_REASON);
    let Some(cell) = named.find(|cell| is_answer(cell)) else {
        return Ok(());
    };
    let shown = if cells::looks_like_email(cell) {
        "an email address".to_owned()
    } else {
        format!("\"{}\"", clip(cell))
    };
    let hint = Message::from("if no line names the columns, set ")
        .option_with(ImportOption::HeaderRows, 0)
        .text(" and name columns by position, such as ")
        .option_with(ImportOption::Map, "score=column 2")
        .text("; otherwise set the number of header lines, such as ")
        .option_with(ImportOption::HeaderRows, 2);
    let message = format!("{line} contains {shown}, so it is a response and not a header");
    let answers = [0, 2].map(|rows| ImportOption::HeaderRows.with(rows));
    Err(Error::question(message)
        .with_hint(hint)
        .with_answers(answers))
}

/// Names empty columns by position and numbers equal names, so that each name is unique.
fn unique_header(cells: &[String]) -> Vec<String> {
    let mut unique = UniqueNames::default();
    let names = cells
        .iter()
        .enumerate()
        .map(|(index, cell)| match on_one_line(cell) {
            name if name.is_empty() => unique.add(&format!("column {}", index + 1)),
            name => unique.add(&name),
        });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<'a>(cells: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        cells.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn headers_are_unique_and_contain_no_answers() {
        assert_eq!(
            unique_header(&cells(["", "score", "score", "two\n lines"])),
            ["column 1", "score", "score 2", "two lines"]
        );
        for first in ["9,fine", "x,ana@example.com", "2026-03-01,x"] {
            let error = check_header(&cells(first.split(',')), 0).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Question, "{first}");
            assert!(!error.to_string().contains("ana@"), "{error}");
            let hint = error.hint().unwrap().to_string();
            assert!(hint.contains("header_rows(\"0\")"), "{hint}");
        }
    }

    #[test]
    fn names_of_rows_are_told_from_cells_too_many() {
        for (text, expected) in [
            ("date,nps|1,2026-01-01,9|2,2026-01-02,8", true),
            ("date,nps|7,2026-01-01,9|3,2026-01-02,|", true),
            // Delimiters at the end, and in texts.
            ("date,nps|2026-01-01,9,|2026-01-02,8,", false),
            ("id,why,nps|1,good, fast,9|2,bad, slow,3", false),
            ("nps,why|9,good, fast|3,bad, slow", false),
            ("year,nps|1,9,|2,8,", false),
            ("year,nps|2026,9,x|2026,8,y", false),
            ("date,nps|1,2026-01-01,9|2026-01-02,8", false),
        ] {
            let rows: Vec<Vec<String>> = text.split('|').map(|row| cells(row.split(','))).collect();
            assert_eq!(lacks_row_names(&rows[0], &rows[1..]), expected, "{text}");
        }
    }

    #[test]
    fn titles_above_and_translations_below_the_header_are_found() {
        for (text, at, further) in [
            ("id,date,score|1,2026-01-01,9|2,2026-01-02,8", 0, 0),
            (
                "Of 2026-01-05|id,date,score|1,2026-01-01,9|2,2026-01-02,8",
                1,
                0,
            ),
            (
                "From,2026-01-01,|To,2026-02-01,|,,|id,date,score|1,2026-01-01,9|2,2026-01-02,8|\
                 3,2026-01-02,8|4,2026-01-03,8",
                3,
                0,
            ),
            (
                "id,date,score|Nr.,Datum,Note|1,2026-01-01,9|2,2026-01-02,8",
                0,
                1,
            ),
            ("id,date,score|,,(0-10)|1,2026-01-01,9|2,2026-01-02,8", 0, 0),
            ("id,date,score|0,2026-01-02,ten|1,2026-01-01,9", 0, 0),
            (
                "Survey,,|2026,,|id,date,score|1,2026-01-01,9|2,2026-01-02,8|,,|,,|,,|,,|,,|,,|,,",
                2,
                0,
            ),
            ("score|9|8", 0, 0),
            ("score,comment|,nice|9,|8,good", 0, 0),
        ] {
            let rows: Vec<Vec<String>> = text.split('|').map(|row| cells(row.split(','))).collect();
            assert_eq!(names_row(&rows), at, "{text}");
            assert_eq!(further_rows(&rows[at..]), further, "{text}");
        }
    }
}
