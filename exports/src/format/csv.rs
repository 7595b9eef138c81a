//! CSV: rows of cells, each in the encoding that it is in.

use std::borrow::Cow;
use std::ops::ControlFlow;

use ::csv::ByteRecord;

use super::encoding::TextEncoding;
use super::punctuation::Dialect;
use super::quotes::{QuoteCheck, Unclosed};
use super::rows::Row;
use crate::error::{Error, Result};
use crate::files::source::SourceFile;
use crate::options::ReadOptions;

/// How a CSV file is written.
#[derive(Clone, Debug)]
pub struct CsvFormat {
    dialect: Dialect,
    pub encoding: TextEncoding,
}

impl CsvFormat {
    /// Judges the first bytes of a file; `cut` says that the file goes on behind them.
    pub fn recognise(head: &[u8], cut: bool, options: &ReadOptions) -> Result<Self> {
        let (encoding, text) = TextEncoding::recognise(head, options)?;
        Ok(Self {
            dialect: Dialect::recognise(&text, cut),
            encoding,
        })
    }

    /// Calls `each` with every row behind the first `skip` until it breaks. `columns` is how many
    /// cells a row must have; without it rows come as they are.
    pub fn read(
        &self,
        source: &SourceFile,
        skip: u64,
        columns: Option<usize>,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let failed = |error: ::csv::Error| match error.into_kind() {
            ::csv::ErrorKind::Io(error) => match error.downcast::<Unclosed>() {
                Ok(unclosed) => unclosed.error(source),
                Err(error) => source.read_error(error),
            },
            kind => Error::invalid(format!("{kind:?}")).at(source.path().display()),
        };
        let text = self
            .encoding
            .reader(source.open()?, self.dialect.only_returns);
        let mut reader = self.dialect.parser(QuoteCheck::new(text, self.dialect));
        let mut record = ByteRecord::new();
        if self.dialect.names_delimiter {
            reader.read_byte_record(&mut record).map_err(failed)?;
        }
        let mut header = Vec::new();
        for _ in 0..skip {
            reader.read_byte_record(&mut record).map_err(failed)?;
            header.push(record.clone());
        }
        while reader.read_byte_record(&mut record).map_err(failed)? {
            let line = record.position().map_or(0, |position| position.line());
            let mut row = self.row(&record, line, columns);
            row.repeats_header = header.contains(&record);
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn row<'a>(&self, record: &'a ByteRecord, line: u64, columns: Option<usize>) -> Row<'a> {
        let columns = columns.unwrap_or(record.len());
        let mut row = Row {
            number: line,
            cells: Vec::with_capacity(record.len().max(columns)),
            ..Row::default()
        };
        for cell in record {
            let decoded = self.encoding.decode(cell);
            row.narrow_cells += u64::from(decoded.is_narrow);
            row.replaced += decoded.replaced;
            row.cells.push(decoded.text);
        }
        let found = row.cells.len();
        let is_blank = |cells: &[Cow<'_, str>]| cells.iter().all(|cell| cell.trim().is_empty());
        if is_blank(&row.cells) {
            // A line of spaces, or of fewer delimiters than usual: there is nothing in it.
            row.cells.resize(columns, Cow::Borrowed(""));
        }
        // Some tools end a row, but not the header, with a delimiter.
        let extra_is_empty = row.cells.get(columns..).is_none_or(is_blank);
        row.problem = (row.cells.len() < columns || !extra_is_empty)
            .then(|| format!("the row has {found} cells, the header {columns}"));
        if row.problem.is_none() {
            row.cells.truncate(columns);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_are_no_broken_rows() {
        let options = ReadOptions::default();
        let format = CsvFormat::recognise(b"a,b\n1,2\n", false, &options).unwrap();
        for (cells, problem) in [
            (&[" "][..], false),
            (&["", "", ""], false),
            (&["1", "2", " "], false),
            (&["1"], true),
            (&["1", "2", "3"], true),
        ] {
            let record = ByteRecord::from(cells);
            let row = format.row(&record, 2, Some(2));
            assert_eq!(row.problem.is_some(), problem, "{cells:?}");
            assert!(problem || row.cells.len() == 2, "{cells:?}");
        }
    }
}
