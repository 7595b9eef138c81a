//! The header of a file: which of its first rows name the columns, and how.

use super::format::Format;
use super::source::SourceFile;
use super::{IngestOptions, cells, clip, date_styles};
use crate::error::{Error, Result};

/// What the first rows of a file say about its columns.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Column names as the file has them, made unique, empty ones named by position.
    pub(super) names: Vec<String>,
    /// What a further header row says of each column, such as the text of the question.
    pub(super) titles: Vec<Option<String>>,
    /// The rows of the file before the first response.
    pub(super) rows: u64,
}

impl Header {
    /// Reads the header of a file.
    pub(super) fn read(
        source: &SourceFile,
        format: &Format,
        _options: &IngestOptions,
    ) -> Result<Self> {
        if let Some(keys) = format.keys() {
            return Ok(Self::named(keys, 0));
        }
        let first_rows = format.first_rows(source, 1)?;
        let first = first_rows.first().map(Vec::as_slice).unwrap_or_default();
        check_header(first).map_err(|error| error.at(source.path().display()))?;
        Ok(Self::named(first, 1))
    }

    fn named(cells: &[String], rows: u64) -> Self {
        Self {
            names: unique_header(cells),
            titles: vec![None; cells.len()],
            rows,
        }
    }
}

/// A first row with an answer in it is not a header, and taking it for one would lose it.
fn check_header(cells: &[String]) -> Result<()> {
    let is_data = |cell: &&String| {
        let cell = cell.trim();
        cell.parse::<f64>().is_ok()
            || cells::looks_like_email(cell)
            || date_styles::looks_like_date(cell)
    };
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return Err(
            Error::invalid("the first line is empty, where the header should be")
                .with_hint("put the column names on the first line"),
        );
    }
    if let Some(cell) = cells.iter().find(is_data) {
        let shown = if cells::looks_like_email(cell) {
            "an email address".to_owned()
        } else {
            format!("\"{}\"", clip(cell))
        };
        return Err(Error::question(format!(
            "the first line holds {shown}, so it is an answer and not a header"
        ))
        .with_hint("put a line with the column names before it"));
    }
    Ok(())
}

/// Names empty columns by position and tells equal names apart, so that each can be asked for.
fn unique_header(cells: &[String]) -> Vec<String> {
    let mut header: Vec<String> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let name = match cell.trim() {
            "" => format!("column {}", index + 1),
            name => name.to_owned(),
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

    #[test]
    fn headers_are_unique_and_never_answers() {
        let cells = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            unique_header(&cells(&["", "score", "score"])),
            ["column 1", "score", "score 2"]
        );
        for first in [
            &["9", "fine"],
            &["x", "ana@example.com"],
            &["2026-03-01", "x"],
        ] {
            let error = check_header(&cells(first)).unwrap_err();
            assert!(error.is_question(), "{first:?}");
            assert!(!error.to_string().contains("ana@"), "{error}");
        }
    }
}
