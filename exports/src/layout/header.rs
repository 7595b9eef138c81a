//! The header of a file: which of its first rows name the columns, and how.

use crate::columns::cells;
use crate::dates::styles;
use crate::error::{Error, Result};
use crate::files::source::SourceFile;
use crate::format::Format;
use crate::options::ReadOptions;
use crate::profiles::fits_any;
use crate::profiles::recognise::Recognised;
use crate::quote::clip;

/// The last column of a file of rejected rows.
pub const REJECT_REASON: &str = "reject_reason";

/// How many rows of titles can stand above the header, or of translations under it.
const TITLE_ROWS: usize = 12;

/// Rows under the header that tell what its columns hold.
const JUDGED_ROWS: usize = 50;

/// What the first rows of a file say about its columns.
#[derive(Clone, Debug)]
pub struct Header {
    /// Column names as the file has them, made unique, empty ones named by position.
    pub names: Vec<String>,
    /// What a further header row says of each column, such as the text of the question.
    pub titles: Vec<Option<String>>,
    /// The rows of the file before the first response.
    pub rows: u64,
    /// Those rows as they are, for files that are to be read in the same way; of a file without
    /// any, the names.
    pub raw: Vec<Vec<String>>,
    /// Which of `raw` names the columns.
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
        let at_file = |error: Error| error.at(source.path().display());
        let found = recognised.and_then(|recognised| recognised.found.as_ref());
        if options.header_rows == Some(0) {
            let columns = first_rows.iter().map(Vec::len).max().unwrap_or(0);
            return Ok(Self::new(vec![String::new(); columns], Vec::new(), 0));
        }
        let (names_row, rows) = match (options.header_rows, found) {
            (Some(rows), _) => {
                let rows = (rows as usize).min(first_rows.len());
                let names_row = found.map(|(_, at)| *at).filter(|at| *at < rows);
                (
                    names_row.unwrap_or_else(|| fullest(&first_rows[..rows])),
                    rows,
                )
            }
            (None, Some((way, at))) => {
                let further = match way.header_rows {
                    Some(rows) => rows.saturating_sub(1),
                    None => further_rows(&first_rows[*at..]),
                };
                (*at, at + 1 + further)
            }
            (None, None) => {
                let at = names_row(first_rows);
                check_header(first_rows.get(at).map_or(&[], Vec::as_slice), at).map_err(at_file)?;
                (at, at + 1 + further_rows(&first_rows[at..]))
            }
        };
        let raw = &first_rows[..rows.min(first_rows.len())];
        let mut header = Self::new(
            raw.get(names_row).cloned().unwrap_or_default(),
            raw.get(names_row + 1).cloned().unwrap_or_default(),
            rows as u64,
        );
        let whole_question = found.map(|(way, _)| &way.whole_question);
        if let Some(words) = whole_question.filter(|words| !words.is_empty()) {
            header.spread(&raw[names_row], &raw[names_row + 1], words);
        }
        header.raw = raw.to_vec();
        header.names_row = names_row;
        Ok(header)
    }

    fn new(cells: Vec<String>, titles: Vec<String>, rows: u64) -> Self {
        let names = unique_header(&cells);
        let title = |index: usize| {
            let title = titles.get(index)?.split_whitespace().collect::<Vec<_>>();
            let title = title.join(" ");
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

    /// A header of columns that are made of the file's rows.
    pub fn of_names(names: &[String], like: &Self) -> Self {
        Self {
            names: unique_header(names),
            titles: vec![None; names.len()],
            ..like.clone()
        }
    }

    /// How many columns the file has.
    pub fn width(&self) -> usize {
        self.raw.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Names columns by a question that stands over the first of its columns, and by the choice
    /// or part that stands over each.
    fn spread(&mut self, questions: &[String], parts: &[String], whole_question: &[String]) {
        let mut question = String::new();
        let mut names = Vec::with_capacity(questions.len());
        for (index, cell) in questions.iter().enumerate() {
            if !cell.trim().is_empty() {
                question.clone_from(cell);
            }
            let part = parts.get(index).map_or("", |part| part.trim());
            let is_whole = part.is_empty() || fits_any(whole_question, part);
            names.push(match is_whole {
                true if cell.trim().is_empty() && part.is_empty() => String::new(),
                true => question.clone(),
                false => format!("{question}: {part}"),
            });
        }
        self.titles = vec![None; names.len()];
        self.names = unique_header(&names);
    }

    /// The time zone that a column's header says, as in `Start Date (UTC)`.
    pub fn zone(&self, index: usize) -> Option<chrono_tz::Tz> {
        let cells = self.raw.iter().filter_map(|row| row.get(index));
        for cell in cells {
            // Qualtrics names the field in JSON, with its zone where it is a date.
            let json = cell.trim_start().starts_with('{').then(|| {
                let json: serde_json::Value = serde_json::from_str(cell).ok()?;
                Some(json.get("timeZone")?.as_str()?.to_owned())
            });
            if let Some(zone) = json.flatten() {
                return match zone.as_str() {
                    "Z" => Some(chrono_tz::Tz::UTC),
                    zone => zone.parse().ok(),
                };
            }
        }
        let name = self.names.get(index)?;
        let words = crate::columns::headers::fold(name);
        let says_utc = words.split(' ').any(|word| word == "utc" || word == "gmt");
        says_utc.then_some(chrono_tz::Tz::UTC)
    }
}

/// The cells of a row with something in them.
fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// The row with the most cells filled, the first of several.
fn fullest(rows: &[Vec<String>]) -> usize {
    let mut best = 0;
    for (at, row) in rows.iter().enumerate() {
        if filled(row) > filled(&rows[best]) {
            best = at;
        }
    }
    best
}

/// The row that names the columns: the first, unless that is a title over a wider table.
fn names_row(rows: &[Vec<String>]) -> usize {
    let judged = &rows[..rows.len().min(JUDGED_ROWS)];
    let mut widths: Vec<usize> = judged.iter().map(|row| filled(row)).collect();
    widths.sort_unstable();
    // Half of the rows have at least as many cells: one long row is no table.
    let width = widths.get(widths.len() / 2).copied().unwrap_or(0);
    let is_title = |row: &Vec<String>| match width {
        0..2 => false,
        2 => filled(row) <= 1,
        _ => filled(row) <= 2,
    };
    let at = judged.iter().position(|row| !is_title(row)).unwrap_or(0);
    let is_header = judged
        .get(at)
        .is_some_and(|row| at <= TITLE_ROWS && !row.iter().any(|cell| is_answer(cell)));
    if is_header { at } else { 0 }
}

/// How many rows under the header are no answers: texts or units where the rows below have
/// numbers, dates or addresses, in every such column and in at least two.
fn further_rows(rows: &[Vec<String>]) -> usize {
    let judged = &rows[..rows.len().min(JUDGED_ROWS)];
    let is_import_ids = |row: &Vec<String>| {
        let mut cells = row.iter().filter(|cell| !cell.trim().is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.trim_start().starts_with("{\"ImportId\""))
    };
    let mut further = 0;
    while further < 2 && judged.len() > further + 2 {
        let row = &judged[further + 1];
        let below = &judged[further + 2..];
        let mut texts = 0;
        let mut answers = row.iter().any(|cell| is_answer(cell));
        for (index, cell) in row.iter().enumerate() {
            let cells = || below.iter().filter_map(|row| row.get(index));
            let some = cells().filter(|cell| !cell.trim().is_empty()).count();
            let typed = some > 0 && cells().filter(|cell| is_answer(cell)).count() * 5 >= some * 4;
            if typed && !crate::columns::score::is_blank(cell) {
                texts += 1;
                answers |= is_answer(cell);
            }
        }
        let header_below = below.first().is_some_and(is_import_ids);
        if !is_import_ids(row) && !header_below && (answers || texts < 2) {
            break;
        }
        further += 1;
    }
    further
}

/// A cell that answers something: a number, a date, an address.
pub fn is_answer(cell: &str) -> bool {
    let cell = cell.trim();
    cell.parse::<f64>().is_ok() || cells::looks_like_email(cell) || styles::looks_like_date(cell)
}

/// A row with an answer in it is not a header, and taking it for one would lose it.
fn check_header(cells: &[String], at: usize) -> Result<()> {
    let line = match at {
        0 => "the first line".to_owned(),
        at => format!("row {}", at + 1),
    };
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return Err(
            Error::invalid(format!("{line} is empty, where the header should be"))
                .with_hint("put the column names on the first line"),
        );
    }
    // The rejects file of a file without a header names the columns by their position.
    let named = cells.iter().filter(|cell| cell.trim() != REJECT_REASON);
    if let Some(cell) = named.into_iter().find(|cell| is_answer(cell)) {
        let shown = if cells::looks_like_email(cell) {
            "an email address".to_owned()
        } else {
            format!("\"{}\"", clip(cell))
        };
        return Err(Error::question(format!(
            "{line} holds {shown}, so it is an answer and not a header"
        ))
        .with_hint(
            "if no line names the columns, say --header-rows 0, and which column is which with \
             --map score='column 2' and so on; else say how many lines do, such as --header-rows 2",
        ));
    }
    Ok(())
}

/// Names empty columns by position and tells equal names apart, so that each can be asked for.
fn unique_header(cells: &[String]) -> Vec<String> {
    let mut header: Vec<String> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let words: Vec<&str> = cell.split_whitespace().collect();
        let name = match words.join(" ") {
            name if name.is_empty() => format!("column {}", index + 1),
            name => name,
        };
        let mut unique = name.clone();
        let mut copy = 2;
        while header.contains(&unique) {
            unique = format!("{name} {copy}");
            copy += 1;
        }
        header.push(unique);
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines()
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn headers_are_unique_and_never_answers() {
        assert_eq!(
            unique_header(&cells(&["", "score", "score", "two\n lines"])),
            ["column 1", "score", "score 2", "two lines"]
        );
        for first in [
            &["9", "fine"],
            &["x", "ana@example.com"],
            &["2026-03-01", "x"],
        ] {
            let error = check_header(&cells(first), 0).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Question, "{first:?}");
            assert!(!error.to_string().contains("ana@"), "{error}");
            assert!(
                error
                    .hint()
                    .unwrap()
                    .to_string()
                    .contains("--header-rows 0")
            );
        }
    }

    #[test]
    fn titles_above_and_translations_under_the_header_are_no_answers() {
        for (text, at, further) in [
            ("id,date,score\n1,2026-01-01,9\n2,2026-01-02,8", 0, 0),
            (
                "Report of 2026-01-05\nid,date,score\n1,2026-01-01,9\n2,2026-01-02,8",
                1,
                0,
            ),
            (
                "From,2026-01-01,\nTo,2026-02-01,\n,,\nid,date,score\n1,2026-01-01,9\n2,2026-01-02,8\n3,2026-01-02,8\n4,2026-01-03,8",
                3,
                0,
            ),
            (
                "id,date,score\nNr.,Datum,Note\n1,2026-01-01,9\n2,2026-01-02,8",
                0,
                1,
            ),
            (
                "id,date,score\n,,(0-10)\n1,2026-01-01,9\n2,2026-01-02,8",
                0,
                0,
            ),
            ("id,date,score\n0,2026-01-02,ten\n1,2026-01-01,9", 0, 0),
            ("score\n9\n8", 0, 0),
            ("score,comment\n,nice\n9,\n8,good", 0, 0),
        ] {
            let rows = rows(text);
            assert_eq!(names_row(&rows), at, "{text}");
            assert_eq!(further_rows(&rows[at..]), further, "{text}");
        }
    }
}
