//! Quotation marks that are never closed.
//!
//! The CSV parser is lenient: it takes a missing mark for a cell that goes on, over the rows that
//! follow, until the next mark or the end of the file. Those rows must not be lost silently.

use std::fmt;
use std::io::{self, Read};

use super::source::SourceFile;
use crate::error::Error;

/// Passes bytes of CSV on and fails where a quoted cell with a line break in it is not closed as
/// it should be: by a mark with a delimiter or the end of the line behind it.
pub(super) struct QuoteCheck<R> {
    inner: R,
    delimiter: u8,
    state: State,
    line: u64,
    /// Where the quoted cell being read began, and whether it has a line break in it.
    opened_on: u64,
    over_lines: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// In a cell without marks around it, where marks are text.
    Plain,
    Quoted,
    /// Behind a mark in a quoted cell: its end, or the first of two that stand for one.
    Mark,
}

/// The cell that opened on this line is not closed as it should be.
#[derive(Debug)]
pub(super) struct Unclosed {
    line: u64,
}

impl Unclosed {
    pub(super) fn error(&self, source: &SourceFile) -> Error {
        Error::invalid(format!(
            "{}: the quotation mark that opens a cell on line {} is not closed in its row",
            source.path().display(),
            self.line
        ))
        .with_hint("close or remove it: as it is, the rows behind it would be one cell")
    }
}

impl fmt::Display for Unclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a quotation mark on line {} is not closed", self.line)
    }
}

impl std::error::Error for Unclosed {}

impl<R: Read> QuoteCheck<R> {
    pub(super) fn new(inner: R, delimiter: u8) -> Self {
        Self {
            inner,
            delimiter,
            state: State::Start,
            line: 1,
            opened_on: 1,
            over_lines: false,
        }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Unclosed> {
        for &byte in bytes {
            let ends_cell = byte == self.delimiter || byte == b'\n' || byte == b'\r';
            self.state = match (self.state, byte) {
                (State::Quoted, b'"') => State::Mark,
                (State::Quoted, _) => {
                    self.over_lines |= byte == b'\n';
                    State::Quoted
                }
                (State::Mark, b'"') => State::Quoted,
                (State::Mark, _) if !ends_cell && self.over_lines => return Err(self.unclosed()),
                (State::Start, b'"') => {
                    self.opened_on = self.line;
                    self.over_lines = false;
                    State::Quoted
                }
                _ if ends_cell => State::Start,
                // Behind a mark that ended a cell of one line the parser goes on leniently, and
                // nothing is lost.
                _ => State::Plain,
            };
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
        let checked = match read {
            0 if self.state == State::Quoted && !buffer.is_empty() => Err(self.unclosed()),
            read => self.check(&buffer[..read]),
        };
        checked.map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unclosed_on(text: &str) -> Option<u64> {
        let mut checked = QuoteCheck::new(text.as_bytes(), b',');
        let error = checked.read_to_end(&mut Vec::new()).err()?;
        Some(error.downcast::<Unclosed>().expect("of this kind").line)
    }

    #[test]
    fn marks_that_swallow_rows_are_found() {
        for (text, line) in [
            ("a,b\n1,\"open\n2,x\n", 2),
            ("a,b\n1,\"open\n2,\"fine\"\n", 2),
            ("a,b\n1,\"open\n\"2\",x\n", 2),
        ] {
            assert_eq!(unclosed_on(text), Some(line), "{text}");
        }
    }

    #[test]
    fn marks_that_belong_are_left_alone() {
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
