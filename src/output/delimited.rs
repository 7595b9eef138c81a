//! CSV and TSV.
//!
//! The `csv` crate cannot quote one empty field and leave the next one bare, which is what keeps
//! the empty string and NULL apart, so the few rules of quoting are here.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;

use super::value::Cells;
use super::{OutputError, ResultWriter};

/// Writes a header line and a line a row, each ended by `\n`.
///
/// CSV: a field is quoted when it is the empty string or has a comma, a quote or a line break in
/// it. NULL is an empty field, so a NULL alone in its row is an empty line, as in PostgreSQL. What a
/// spreadsheet would take for a formula stays as it is: it is the data.
///
/// TSV: PostgreSQL's COPY text format. Nothing is quoted; tab, line breaks and backslash are
/// escaped, NULL is `\N`.
pub(super) struct DelimitedWriter<W> {
    sink: W,
    dialect: Dialect,
    line: String,
    value: String,
}

#[derive(Clone, Copy)]
enum Dialect {
    Csv,
    Tsv,
}

impl<W: Write> DelimitedWriter<W> {
    pub(super) fn csv(sink: W, schema: &Schema) -> Result<Self, OutputError> {
        Self::new(sink, schema, Dialect::Csv)
    }

    pub(super) fn tsv(sink: W, schema: &Schema) -> Result<Self, OutputError> {
        Self::new(sink, schema, Dialect::Tsv)
    }

    fn new(mut sink: W, schema: &Schema, dialect: Dialect) -> Result<Self, OutputError> {
        let mut line = String::new();
        for (index, field) in schema.fields().iter().enumerate() {
            if index > 0 {
                line.push(dialect.delimiter());
            }
            dialect.append(field.name(), &mut line);
        }
        line.push('\n');
        sink.write_all(line.as_bytes())?;
        Ok(Self {
            sink,
            dialect,
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
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (index, cells) in columns.iter_mut().enumerate() {
                if index > 0 {
                    self.line.push(self.dialect.delimiter());
                }
                if cells.is_null(row) {
                    self.line.push_str(self.dialect.null());
                } else {
                    self.value.clear();
                    cells.append(row, &mut self.value)?;
                    self.dialect.append(&self.value, &mut self.line);
                }
            }
            self.line.push('\n');
            self.sink.write_all(self.line.as_bytes())?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

impl Dialect {
    fn delimiter(self) -> char {
        match self {
            Self::Csv => ',',
            Self::Tsv => '\t',
        }
    }

    fn null(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Tsv => "\\N",
        }
    }

    fn append(self, value: &str, line: &mut String) {
        match self {
            Self::Csv if value.is_empty() || value.contains([',', '"', '\n', '\r']) => {
                line.push('"');
                for c in value.chars() {
                    if c == '"' {
                        line.push('"');
                    }
                    line.push(c);
                }
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
