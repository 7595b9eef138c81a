//! Quotation marks that are never closed.
//!
//! The CSV parser is lenient: it takes a missing mark for a cell that goes on, over the rows that
//! follow, until the next mark or the end of the file. Those rows must not be lost silently.

use std::fmt;
use std::io::{self, Read};

use super::punctuation::Dialect;
use crate::error::Error;
use crate::files::source::SourceFile;

/// Passes bytes of CSV on and fails where a quoted cell with a line break in it is not closed as
/// it should be: by a mark with a delimiter or the end of the line behind it.
pub struct QuoteCheck<R> {
    inner: R,
    marks: Marks,
    /// Which bytes mean nothing inside a cell: most do not.
    is_text: [bool; 256],
    line: u64,
    /// Where the quoted cell being read began, and whether it has a line break in it.
    opened_on: u64,
    over_lines: bool,
}

/// Follows the quotation marks of a file byte by byte.
struct Marks {
    dialect: Dialect,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// In a cell without marks around it, where marks are text.
    Plain,
    Quoted,
    /// Behind a backslash in a quoted cell, where that makes a mark text.
    Escaped,
    /// Behind a mark in a quoted cell: its end, or the first of two that stand for one.
    Mark,
}

/// The cell that opened on this line is not closed as it should be.
#[derive(Debug)]
pub struct Unclosed {
    line: u64,
}

impl Unclosed {
    pub fn error(&self, source: &SourceFile) -> Error {
        Error::invalid(format!(
            "the quotation mark that opens a cell on line {} is not closed in its row",
            self.line
        ))
        .at(source.path().display())
        .with_hint("close or remove it: as it is, the rows behind it would be one cell")
    }
}

impl fmt::Display for Unclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a quotation mark on line {} is not closed", self.line)
    }
}

impl std::error::Error for Unclosed {}

impl Marks {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            state: State::Start,
        }
    }

    /// Goes one byte on; gives the state before it.
    fn advance(&mut self, byte: u8) -> State {
        let before = self.state;
        let is_mark = byte == self.dialect.quote;
        self.state = match before {
            State::Escaped => State::Quoted,
            State::Quoted if self.dialect.escapes && byte == b'\\' => State::Escaped,
            State::Quoted if is_mark => State::Mark,
            State::Quoted => State::Quoted,
            State::Mark if is_mark => State::Quoted,
            State::Start if is_mark => State::Quoted,
            _ if self.ends_cell(byte) => State::Start,
            // Behind a mark that ended a cell of one line the parser goes on leniently, and
            // nothing is lost.
            _ => State::Plain,
        };
        before
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.dialect.delimiter || byte == b'\n' || byte == b'\r'
    }
}

/// What the quotation marks in the head of a file look like, read in one way.
pub struct Quotes {
    /// Marks that end a cell where it does not end.
    pub irregular: usize,
    /// Cells in marks.
    pub cells: usize,
    pub all_cells: usize,
}

pub fn irregular_quotes(head: &[u8], dialect: Dialect) -> Quotes {
    let mut marks = Marks::new(dialect);
    let mut quotes = Quotes {
        irregular: 0,
        cells: 0,
        all_cells: 0,
    };
    let mut line_has_cells = false;
    for &byte in head {
        let before = marks.advance(byte);
        let in_marks = matches!(before, State::Quoted | State::Escaped);
        quotes.irregular += usize::from(before == State::Mark && marks.state == State::Plain);
        quotes.cells += usize::from(before == State::Start && marks.state == State::Quoted);
        let ends_line = byte == b'\n' || byte == b'\r';
        if !in_marks && marks.ends_cell(byte) && (!ends_line || line_has_cells) {
            quotes.all_cells += 1;
        }
        line_has_cells = in_marks || !ends_line;
    }
    quotes
}

impl<R: Read> QuoteCheck<R> {
    pub fn new(inner: R, dialect: Dialect) -> Self {
        let marks = Marks::new(dialect);
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
            over_lines: false,
        }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Unclosed> {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            if matches!(self.marks.state, State::Plain | State::Quoted)
                && self.is_text[usize::from(byte)]
            {
                let text = behind
                    .iter()
                    .position(|byte| !self.is_text[usize::from(*byte)]);
                rest = &behind[text.unwrap_or(behind.len())..];
                continue;
            }
            rest = behind;
            let before = self.marks.advance(byte);
            match (before, self.marks.state) {
                (State::Quoted | State::Escaped, _) => self.over_lines |= byte == b'\n',
                (State::Mark, State::Plain) if self.over_lines => return Err(self.unclosed()),
                (State::Start, State::Quoted) => {
                    self.opened_on = self.line;
                    self.over_lines = false;
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
        let checked = match read {
            0 if matches!(self.marks.state, State::Quoted | State::Escaped)
                && !buffer.is_empty() =>
            {
                Err(self.unclosed())
            }
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
        let dialect = Dialect::recognise(b"a,b\n1,2\n", false);
        let mut checked = QuoteCheck::new(text.as_bytes(), dialect);
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
