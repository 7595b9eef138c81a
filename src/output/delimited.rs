//! CSV and TSV.
//!
//! The `csv` crate cannot quote one empty field and leave the next one bare, which distinguishes the
//! empty string from NULL, so the few quoting rules are here.

use std::borrow::Cow;
use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use exports::text::with_formula_guard;

use super::error::OutputError;
use super::style::Style;
use super::value::Cells;
use super::writer::ResultWriter;

/// Writes a header line and one line per row, each ending in `\n`.
///
/// CSV: a field is quoted if it is the empty string or contains a comma, a quote or a line break.
/// NULL is an empty field, so a row with a single NULL is an empty line, as in PostgreSQL. Values
/// that a spreadsheet would run as formulas are data and are not changed, unless the style says so.
///
/// TSV: PostgreSQL's COPY text format. Tab, line breaks and backslash are escaped; NULL is `\N`.
pub(super) struct DelimitedWriter<W> {
    sink: W,
    dialect: Dialect,
    guards_formulas: bool,
    line: String,
    value: String,
}

#[derive(Clone, Copy)]
pub(super) enum Dialect {
    Csv,
    Tsv,
}

impl<W: Write> DelimitedWriter<W> {
    pub(super) fn new(
        mut sink: W,
        schema: &Schema,
        dialect: Dialect,
        style: &Style,
    ) -> Result<Self, OutputError> {
        let guards_formulas = style.guards_formulas;
        let mut line = String::new();
        let (delimiter, _) = dialect.delimiter_and_null();
        for (index, field) in schema.fields().iter().enumerate() {
            if index > 0 {
                line.push(delimiter);
            }
            dialect.append(&guarded(field.name(), guards_formulas), &mut line);
        }
        line.push('\n');
        sink.write_all(line.as_bytes())?;
        Ok(Self {
            sink,
            dialect,
            guards_formulas,
            line,
            value: String::new(),
        })
    }
}

impl<W: Write> ResultWriter for DelimitedWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let schema = batch.schema();
        let mut columns = std::iter::zip(schema.fields(), batch.columns())
            .map(|(field, array)| Cells::machine(field, array))
            .collect::<Result<Vec<_>, _>>()?;
        let (delimiter, null) = self.dialect.delimiter_and_null();
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (index, cells) in columns.iter_mut().enumerate() {
                if index > 0 {
                    self.line.push(delimiter);
                }
                if cells.is_null(row) {
                    self.line.push_str(null);
                } else {
                    self.value.clear();
                    cells.append(row, &mut self.value)?;
                    let value = guarded(&self.value, self.guards_formulas);
                    self.dialect.append(&value, &mut self.line);
                }
            }
            self.line.push('\n');
            self.sink.write_all(self.line.as_bytes())?;
        }
        Ok(())
    }
}

fn guarded(value: &str, guards_formulas: bool) -> Cow<'_, str> {
    if guards_formulas {
        with_formula_guard(value)
    } else {
        Cow::Borrowed(value)
    }
}

impl Dialect {
    fn delimiter_and_null(self) -> (char, &'static str) {
        match self {
            Self::Csv => (',', ""),
            Self::Tsv => ('\t', "\\N"),
        }
    }

    fn append(self, value: &str, line: &mut String) {
        match self {
            Self::Csv if value.is_empty() || value.contains([',', '"', '\n', '\r']) => {
                line.push('"');
                line.push_str(&value.replace('"', "\"\""));
                line.push('"');
            }
            Self::Csv => line.push_str(value),
            Self::Tsv => {
                for c in value.chars() {
                    match c {
                        '\t' => line.push_str("\\t"),
                        '\n' => line.push_str("\\n"),
                        '\r' => line.push_str("\\r"),
                        '\\' => line.push_str("\\\\"),
                        c => line.push(c),
                    }
                }
            }
        }
    }
}
