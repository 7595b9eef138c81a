//! Markdown tables, written row by row without padding the columns of the source.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use exports::text::visible;

use super::error::OutputError;
use super::style::Style;
use super::value::{Cells, is_numeric};
use super::writer::ResultWriter;

/// Writes a GitHub-flavoured Markdown table. Markdown and HTML markup in values is escaped; a line
/// break becomes `<br>`.
pub(super) struct MarkdownWriter<W> {
    sink: W,
    null: String,
    line: String,
    value: String,
}

impl<W: Write> MarkdownWriter<W> {
    pub(super) fn new(mut sink: W, schema: &Schema, style: &Style) -> Result<Self, OutputError> {
        let mut line = String::from("|");
        let mut rule = String::from("|");
        for field in schema.fields() {
            append_cell(field.name(), &mut line);
            let numeric = is_numeric(field.data_type());
            rule.push_str(if numeric { " ---: |" } else { " --- |" });
        }
        writeln!(sink, "{line}\n{rule}")?;
        Ok(Self {
            sink,
            null: style.null.clone(),
            line,
            value: String::new(),
        })
    }
}

impl<W: Write> ResultWriter for MarkdownWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let mut columns = batch
            .columns()
            .iter()
            .map(|array| Cells::human(array, false))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            self.line.clear();
            self.line.push('|');
            for cells in &mut columns {
                self.value.clear();
                cells.append_or(row, &self.null, &mut self.value)?;
                append_cell(&self.value, &mut self.line);
            }
            self.line.push('\n');
            self.sink.write_all(self.line.as_bytes())?;
        }
        Ok(())
    }
}

fn append_cell(value: &str, line: &mut String) {
    line.push(' ');
    append_markdown(value, line);
    line.push_str(" |");
}

/// Returns `text` escaped for a cell of a Markdown table.
pub(crate) fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    append_markdown(text, &mut escaped);
    escaped
}

/// Appends `text` as one line: markup is escaped, a line break becomes `<br>`.
pub(crate) fn append_markdown(text: &str, line: &mut String) {
    for (index, part) in text.replace("\r\n", "\n").split('\n').enumerate() {
        if index > 0 {
            line.push_str("<br>");
        }
        append_escaped(&visible(part), line);
    }
}

/// Escapes markup. An underscore inside a word is not markup, so `responded_at` stays readable.
fn append_escaped(text: &str, line: &mut String) {
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let markup = match c {
            '\\' | '|' | '`' | '*' | '[' | '<' | '&' | '~' => true,
            '_' => {
                let in_word = before.is_alphanumeric()
                    && chars.peek().is_some_and(|after| after.is_alphanumeric());
                !in_word
            }
            _ => false,
        };
        if markup {
            line.push('\\');
        }
        line.push(c);
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let cell = |text| {
            let mut line = String::new();
            append_cell(text, &mut line);
            line
        };
        assert_eq!(cell("responded_at"), " responded_at |");
        assert_eq!(cell("count(*)"), " count(\\*) |");
        assert_eq!(cell("a|b\\"), " a\\|b\\\\ |");
        assert_eq!(cell("<b>_so_</b>"), " \\<b>\\_so\\_\\</b> |");
        assert_eq!(cell("R&D [x](y)"), " R\\&D \\[x](y) |");
        assert_eq!(cell("one\r\ntwo\n\u{1b}"), " one<br>two<br>\\\\x1b |");
    }
}
