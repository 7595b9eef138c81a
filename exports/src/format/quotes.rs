//! Checks for quotation marks that are never closed, and for cells without an end.
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
    /// Bytes of the current cell so far.
    cell_bytes: u64,
}

/// Tracks the quotation marks of a file byte by byte.
struct MarkTracker {
    dialect: Dialect,
    state: State,
    begins_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// In a line that is a comment.
    Comment,
    /// In an unquoted cell, where marks are text.
    Plain,
    Quoted,
    /// After a backslash in a quoted cell, if that escapes marks.
    Escaped,
    /// After a mark in a quoted cell: its end, or the first of a doubled mark.
    Mark,
}

/// Bytes of the longest cell. Each cell of a row is in memory several times.
pub const CELL_BYTES_MAX: u64 = 64 << 20;

/// A cell that begins on this line cannot be read.
#[derive(Debug)]
pub enum BadCell {
    /// It is quoted and not closed properly.
    Unclosed { line: u64 },
    /// It has more than [`CELL_BYTES_MAX`].
    TooLong { line: u64 },
}

impl BadCell {
    pub fn error(&self, source: &SourceFile) -> Error {
        let hint = match self {
            Self::Unclosed { .. } => {
                "close or remove it: otherwise the rows after it would become one cell"
            }
            Self::TooLong { .. } => {
                "check the delimiter and the quotation marks, or remove the cell"
            }
        };
        source.invalid(self.to_string()).with_hint(hint)
    }
}

impl fmt::Display for BadCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed { line } => write!(
                f,
                "the quotation mark that opens a cell on line {line} is not closed in its row"
            ),
            Self::TooLong { line } => {
                write!(f, "a cell on line {line} has more than 64 MiB")
            }
        }
    }
}

impl std::error::Error for BadCell {}

impl MarkTracker {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            state: State::Start,
            begins_line: true,
        }
    }

    /// Advances by one byte and returns the state before it.
    fn advance(&mut self, byte: u8) -> State {
        let before = self.state;
        let is_mark = byte == self.dialect.quote;
        let ends_line = byte == b'\n' || byte == b'\r';
        self.state = match before {
            State::Comment if !ends_line => State::Comment,
            State::Start if self.begins_line && self.dialect.comment == Some(byte) => {
                State::Comment
            }
            State::Escaped => State::Quoted,
            State::Quoted if self.dialect.has_escapes && byte == b'\\' => State::Escaped,
            State::Quoted if is_mark => State::Mark,
            State::Quoted => State::Quoted,
            State::Mark | State::Start if is_mark => State::Quoted,
            _ if self.ends_cell(byte) => State::Start,
            // The parser accepts text after the closing mark, and nothing is lost.
            _ => State::Plain,
        };
        self.begins_line = ends_line && self.state == State::Start;
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
            cell_bytes: 0,
        }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), BadCell> {
        let is_text = self.is_text;
        let is_special = |byte: &u8| !is_text[usize::from(*byte)];
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if matches!(self.marks.state, State::Plain | State::Quoted) && !is_special(&byte) {
                let text = after.iter().position(is_special).unwrap_or(after.len());
                rest = &after[text..];
                self.lengthen(text as u64 + 1)?;
                continue;
            }
            rest = after;
            self.lengthen(1)?;
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
            if self.marks.state == State::Start {
                self.cell_bytes = 0;
            }
            self.line += u64::from(byte == b'\n');
        }
        Ok(())
    }

    fn lengthen(&mut self, bytes: u64) -> Result<(), BadCell> {
        self.cell_bytes += bytes;
        if self.cell_bytes <= CELL_BYTES_MAX {
            return Ok(());
        }
        let is_quoted = self.marks.state != State::Plain;
        let line = if is_quoted { self.opened_on } else { self.line };
        Err(BadCell::TooLong { line })
    }

    fn unclosed(&self) -> BadCell {
        BadCell::Unclosed {
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

    fn problem(text: impl Read) -> Option<BadCell> {
        let dialect = Dialect::recognise(b"a,b\n1,2\n", false);
        let mut checked = QuoteCheck::new(text, dialect);
        let error = io::copy(&mut checked, &mut io::sink()).err()?;
        Some(error.downcast().expect("an error of the check"))
    }

    fn unclosed_on(text: &str) -> Option<u64> {
        match problem(text.as_bytes())? {
            BadCell::Unclosed { line } => Some(line),
            BadCell::TooLong { .. } => None,
        }
    }

    #[test]
    fn cells_have_an_end() {
        for start in ["a,b\n1,", "a,b\n1,\"", "a,b\n1,\"x\ny"] {
            let long = start
                .as_bytes()
                .chain(io::repeat(b'x').take(CELL_BYTES_MAX + 1));
            let is_too_long = matches!(problem(long), Some(BadCell::TooLong { line: 2 }));
            assert!(is_too_long, "{start}");
            let most = start
                .as_bytes()
                .chain(io::repeat(b'x').take(CELL_BYTES_MAX / 2));
            let is_long = matches!(problem(most), Some(BadCell::TooLong { .. }));
            assert!(!is_long, "{start}");
        }
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
