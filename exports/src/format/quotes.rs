//! Checks for quotation marks that are never closed.
//!
//! The CSV parser is lenient: it takes all rows up to the next mark, or to the end of the file, as
//! part of the cell. Those rows must not be lost silently.

use std::fmt;
use std::io::{self, Read};

use super::punctuation::Dialect;
use crate::error::Error;
use crate::files::source::SourceFile;

/// Passes CSV through and fails if a quoted cell with a line break is not closed properly, that is
/// by a mark followed by a delimiter or line end.
pub struct QuoteCheck<R> {
    inner: R,
    marks: MarkTracker,
    /// Bytes without a special meaning, which are skipped quickly.
    is_text: [bool; 256],
    line: u64,
    /// First line of the current quoted cell.
    opened_on: u64,
    /// `true` if the current quoted cell has a line break.
    spans_lines: bool,
}

/// Tracks the quotation marks of a file byte by byte.
struct MarkTracker {
    dialect: Dialect,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// In an unquoted cell, where marks are text.
    Plain,
    Quoted,
    /// After a backslash in a quoted cell, if that escapes marks.
    Escaped,
    /// After a mark in a quoted cell: its end, or the first of a doubled mark.
    Mark,
}

/// The quoted cell that begins on this line is not closed properly.
#[derive(Debug)]
pub struct Unclosed {
    line: u64,
}

impl Unclosed {
    pub fn error(&self, source: &SourceFile) -> Error {
        let hint = "close or remove it: otherwise the rows after it would become one cell";
        source.invalid(self.to_string()).with_hint(hint)
    }
}

impl fmt::Display for Unclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the quotation mark that opens a cell on line {} is not closed in its row",
            self.line
        )
    }
}

impl std::error::Error for Unclosed {}

impl MarkTracker {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            state: State::Start,
        }
    }

    /// Advances by one byte and returns the state before it.
    fn advance(&mut self, byte: u8) -> State {
        let before = self.state;
        let is_mark = byte == self.dialect.quote;
        self.state = match before {
            State::Escaped => State::Quoted,
            State::Quoted if self.dialect.has_escapes && byte == b'\\' => State::Escaped,
            State::Quoted if is_mark => State::Mark,
            State::Quoted => State::Quoted,
            State::Mark | State::Start if is_mark => State::Quoted,
            _ if self.ends_cell(byte) => State::Start,
            // The parser accepts text after the closing mark, and nothing is lost.
            _ => State::Plain,
        };
        before
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.dialect.delimiter || byte == b'\n' || byte == b'\r'
    }
}

/// Counts of the quotation marks in the head of a file, read in one dialect.
#[derive(Default)]
pub struct QuoteStats {
    /// Marks that close a cell but are followed by more text.
    pub misplaced: usize,
    pub quoted_cells: usize,
    pub cells: usize,
}

pub fn quote_stats(head: &[u8], dialect: Dialect) -> QuoteStats {
    let mut marks = MarkTracker::new(dialect);
    let mut stats = QuoteStats::default();
    let mut line_has_cells = false;
    for &byte in head {
        let before = marks.advance(byte);
        let is_quoted = matches!(before, State::Quoted | State::Escaped);
        stats.misplaced += usize::from(before == State::Mark && marks.state == State::Plain);
        stats.quoted_cells += usize::from(before == State::Start && marks.state == State::Quoted);
        let ends_line = byte == b'\n' || byte == b'\r';
        if !is_quoted && marks.ends_cell(byte) && (!ends_line || line_has_cells) {
            stats.cells += 1;
        }
        line_has_cells = is_quoted || !ends_line;
    }
    stats
}

impl<R: Read> QuoteCheck<R> {
    pub fn new(inner: R, dialect: Dialect) -> Self {
        let marks = MarkTracker::new(dialect);
        let is_text = std::array::from_fn(|byte| {
            let byte = byte as u8;
            byte != dialect.quote && byte != b'\\' && !marks.ends_cell(byte)
        });
        Self {
            inner,
            marks,
            is_text,
            line: 1,
            opened_on: 1,
            spans_lines: false,
        }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Unclosed> {
        let is_special = |byte: &u8| !self.is_text[usize::from(*byte)];
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if matches!(self.marks.state, State::Plain | State::Quoted) && !is_special(&byte) {
                let text = after.iter().position(is_special);
                rest = &after[text.unwrap_or(after.len())..];
                continue;
            }
            rest = after;
            let before = self.marks.advance(byte);
            match (before, self.marks.state) {
                (State::Quoted | State::Escaped, _) => self.spans_lines |= byte == b'\n',
                (State::Mark, State::Plain) if self.spans_lines => return Err(self.unclosed()),
                (State::Start, State::Quoted) => {
                    self.opened_on = self.line;
                    self.spans_lines = false;
                }
                _ => {}
            }
            self.line += u64::from(byte == b'\n');
        }
        Ok(())
    }

    fn unclosed(&self) -> Unclosed {
        Unclosed {
            line: self.opened_on,
        }
    }
}

impl<R: Read> Read for QuoteCheck<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let is_quoted = matches!(self.marks.state, State::Quoted | State::Escaped);
        let checked = if read == 0 && is_quoted && !buffer.is_empty() {
            Err(self.unclosed())
        } else {
            self.check(&buffer[..read])
        };
        checked.map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unclosed_on(text: &str) -> Option<u64> {
        let dialect = Dialect::recognise(b"a,b\n1,2\n", false);
        let mut checked = QuoteCheck::new(text.as_bytes(), dialect);
        let error = checked.read_to_end(&mut Vec::new()).err()?;
        Some(
            error
                .downcast::<Unclosed>()
                .expect("an error of the check")
                .line,
        )
    }

    #[test]
    fn marks_that_swallow_rows_are_errors() {
        for (text, line) in [
            ("a,b\n1,\"open\n2,x\n", 2),
            ("a,b\n1,\"open\n2,\"fine\"\n", 2),
            ("a,b\n1,\"open\n\"2\",x\n", 2),
        ] {
            assert_eq!(unclosed_on(text), Some(line), "{text}");
        }
    }

    #[test]
    fn proper_marks_are_accepted() {
        for text in [
            "a,b\n1,\"over\ntwo lines\"\n",
            "a,b\n1,\"say \"\"hi\"\"\nagain\"\r\n",
            "a,b\n1,5\" disk\n2,\"x\ny\"\n",
            "a,b\n\"one\" more,2\n",
            "a,b\n1,\"\"",
        ] {
            assert_eq!(unclosed_on(text), None, "{text}");
        }
    }
}
