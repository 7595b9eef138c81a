//! CSV: rows of cells, each in its own encoding.

use std::borrow::Cow;

use ::csv::ByteRecord;

use super::encoding::TextEncoding;
use super::given::Given;
use super::punctuation::Dialect;
use super::quotes::{BadCell, QuoteCheck};
use super::rows::{EachRow, Row};
use super::wrapped::{has_wrapped_rows, unwrap};
use crate::error::Result;
use crate::files::source::SourceFile;
use crate::options::ReadOptions;

/// Dialect and encoding of a CSV file.
#[derive(Clone, Debug)]
pub struct CsvFormat {
    dialect: Dialect,
    /// `true` if rows are one quoted cell each, with the cells inside.
    has_wrapped_rows: bool,
    pub encoding: TextEncoding,
}

impl CsvFormat {
    /// Detects what is not given from the first bytes of a file; `cut` is `true` if the file has
    /// more.
    pub fn recognise(head: &[u8], cut: bool, options: &ReadOptions, given: &Given) -> Result<Self> {
        let (encoding, mut text) = TextEncoding::recognise(head, options)?;
        if let Some(comment) = given.comment {
            text = without_comments(&text, comment);
        }
        let mut dialect = Dialect::recognise(&text, cut);
        let mut delimiters = vec![b',', b';', b'\t', b'|'];
        if given.delimiter.is_some() || dialect.has_sep_line {
            delimiters = vec![given.delimiter.unwrap_or(dialect.delimiter)];
        }
        let wrapped = delimiters
            .into_iter()
            .map(|delimiter| dialect.with_delimiter(delimiter))
            .find(|dialect| given.quote.is_none() && has_wrapped_rows(&text, cut, *dialect));
        dialect = wrapped.unwrap_or(dialect);
        if let Some(delimiter) = given.delimiter {
            dialect.delimiter = delimiter;
        }
        if let Some(quote) = given.quote {
            dialect.quote = quote;
        }
        if let Some(has_escapes) = given.has_escapes {
            dialect.has_escapes = has_escapes;
        }
        dialect.comment = given.comment;
        Ok(Self {
            dialect,
            has_wrapped_rows: wrapped.is_some(),
            encoding,
        })
    }

    /// Calls `each` with every row after the first `skip` until it breaks. `columns` is the number
    /// of cells that a row must have; `None` leaves rows as they are.
    pub fn read(
        &self,
        source: &SourceFile,
        skip: u64,
        columns: Option<usize>,
        each: &mut EachRow<'_>,
    ) -> Result<()> {
        let failed = |error: ::csv::Error| match error.into_kind() {
            ::csv::ErrorKind::Io(error) => match error.downcast::<BadCell>() {
                Ok(bad) => bad.error(source),
                Err(error) => source.read_error(error),
            },
            kind => source.invalid(format!("{kind:?}")),
        };
        let text = self
            .encoding
            .reader(source.open()?, self.dialect.has_bare_returns);
        let mut reader = self.dialect.parser(QuoteCheck::new(text, self.dialect));
        let mut record = ByteRecord::new();
        if self.dialect.has_sep_line {
            reader.read_byte_record(&mut record).map_err(failed)?;
        }
        let mut header = Vec::new();
        let mut next = |record: &mut ByteRecord| -> Result<(bool, u64)> {
            let is_read = reader.read_byte_record(record).map_err(failed)?;
            if self.has_wrapped_rows {
                unwrap(record, self.dialect);
            }
            Ok((is_read, reader.position().line()))
        };
        for _ in 0..skip {
            next(&mut record)?;
            header.push(record.clone());
        }
        while let (true, end) = next(&mut record)? {
            let line = self.first_line(&record, end);
            let mut row = self.row(&record, line, columns);
            row.repeats_header = header.contains(&record);
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The line that a row begins on. The parser counts blank lines before a row with it; `end` is
    /// the line that it has reached.
    fn first_line(&self, record: &ByteRecord, end: u64) -> u64 {
        let inside = record.as_slice().iter().filter(|byte| **byte == b'\n');
        let mut lines = inside.count() as u64;
        let mut start = record.position().map_or(0, |position| position.line());
        if self.dialect.has_return_line_feeds {
            // The row ends at the carriage return; the line feed counts with the next row.
            let is_first = record
                .position()
                .is_none_or(|position| position.byte() == 0);
            start += u64::from(!is_first);
        } else {
            lines += 1;
        }
        start.max(end.saturating_sub(lines))
    }

    fn row<'a>(&self, record: &'a ByteRecord, line: u64, columns: Option<usize>) -> Row<'a> {
        let mut row = Row {
            number: line,
            cells: Vec::with_capacity(record.len().max(columns.unwrap_or(0))),
            ..Row::default()
        };
        for cell in record {
            let decoded = self.encoding.decode(cell);
            row.non_utf8_cells += u64::from(decoded.is_not_utf8);
            row.replaced_chars += decoded.replaced_chars;
            row.cells.push(without_formula(decoded.text));
        }
        if let Some(columns) = columns {
            row.fit(columns);
        }
        row
    }
}

fn without_comments(text: &[u8], comment: u8) -> Vec<u8> {
    text.split_inclusive(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|line| line.first() != Some(&comment))
        .flatten()
        .copied()
        .collect()
}

/// The text of a cell such as `="0012"`, which keeps spreadsheets from reading it as a number.
fn without_formula(cell: Cow<'_, str>) -> Cow<'_, str> {
    fn text(cell: &str) -> Option<&str> {
        let text = cell.strip_prefix("=\"")?.strip_suffix('"')?;
        (!text.contains('"')).then_some(text)
    }
    match cell {
        Cow::Borrowed(cell) => Cow::Borrowed(text(cell).unwrap_or(cell)),
        Cow::Owned(cell) => match text(&cell) {
            Some(text) => Cow::Owned(text.to_owned()),
            None => Cow::Owned(cell),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_rows_of_any_length_are_valid() {
        let options = ReadOptions::default();
        let format =
            CsvFormat::recognise(b"a,b\n1,2\n", false, &options, &Given::default()).unwrap();
        for (cells, problem) in [
            (&[" "][..], false),
            (&["", "", ""], false),
            (&["1", "2", " "], false),
            (&["1"], false),
            (&["1", "2", "3"], true),
        ] {
            let record = ByteRecord::from(cells);
            let row = format.row(&record, 2, Some(2));
            assert_eq!(row.problem.is_some(), problem, "{cells:?}");
            assert!(problem || row.cells.len() == 2, "{cells:?}");
            let ends_after = (cells == ["1"]).then_some(1);
            assert_eq!(row.ends_after, ends_after, "{cells:?}");
        }
    }

    #[test]
    fn cells_are_found_in_quoted_rows_and_formulas() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for (text, expected) in [
            ("\"id,nps\"\n\"1,9\"\n\"2,\"\"3\"\"\"\n", "id,nps|1,9|2,3"),
            // Only rows with quotes are wrapped.
            (
                "id;nps;why\r\n1;9;ok\r\n\"2;3;\"\"slow; dear\"\"\"\r\n\"3;8;\"\"a\nb\"\"\"\r\n",
                "id,nps,why|1,9,ok|2,3,slow; dear|3,8,a\nb",
            ),
            ("\u{feff}\"id,nps\"\n\"1,9\"\n\n\"2,3\"\n", "id,nps|1,9|2,3"),
            // One column of texts, and one with a list in it.
            (
                "why\n\"good, fast\"\n\"bad, slow\"\n",
                "why|good, fast|bad, slow",
            ),
            ("id,tags\n1,\"a,b\"\n2,\"a,c\"\n", "id,tags|1,a,b|2,a,c"),
            (
                "\"=\"\"id\"\"\",=\"nps\"\n=\"007\",=\"9\"\n=\"\",=1+\"1\"\n",
                "id,nps|007,9|,=1+\"1\"",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let source = SourceFile::examine_file(&path).unwrap();
            let options = ReadOptions::default();
            let head = text.as_bytes();
            let format = CsvFormat::recognise(head, false, &options, &Given::default()).unwrap();
            let mut rows = Vec::new();
            format
                .read(&source, 0, None, &mut |row| {
                    rows.push(row.cells.join(","));
                    Ok(std::ops::ControlFlow::Continue(()))
                })
                .unwrap();
            assert_eq!(rows.join("|"), expected, "{text}");
        }
    }

    #[test]
    fn rows_are_numbered_by_line_whatever_ends_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for text in [
            "a,b\n1,2\n\n3,\"4\n5\"\n6,7\n",
            "\u{feff}a,b\n1,2\n\n3,\"4\n5\"\n6,7",
        ] {
            for end in ["\n", "\r\n"] {
                std::fs::write(&path, text.replace('\n', end)).unwrap();
                let source = SourceFile::examine_file(&path).unwrap();
                let head = std::fs::read(&path).unwrap();
                let options = ReadOptions::default();
                let format =
                    CsvFormat::recognise(&head, false, &options, &Given::default()).unwrap();
                let mut lines = Vec::new();
                format
                    .read(&source, 1, Some(2), &mut |row| {
                        lines.push(row.number);
                        Ok(std::ops::ControlFlow::Continue(()))
                    })
                    .unwrap();
                assert_eq!(lines, [2, 4, 6], "{text:?} {end:?}");
            }
        }
    }
}
