//! Excerpts for errors: the line of a statement with a mark under the place.

use std::fmt;

use datafusion::common::{Location, Span};
use exports::text::visible;
use unicode_width::UnicodeWidthStr;

use super::split::StatementText;
use crate::output::{cut, cut_start, terminal_size};

/// Width of the output if it is not a terminal.
const WIDTH_DEFAULT: usize = 100;

/// Characters before, at and after a place that may be shown.
const NEAR_CHARS: usize = 1_000;

/// An error in a statement, with its place if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatementError {
    /// The file and line, printed before the message.
    pub(crate) place: String,
    pub(crate) message: String,
    pub(crate) excerpt: Option<Excerpt>,
    pub(crate) hint: Option<String>,
}

impl StatementError {
    pub(crate) fn new(
        message: impl Into<String>,
        excerpt: Option<Excerpt>,
        hint: Option<String>,
    ) -> Self {
        Self {
            place: String::new(),
            message: message.into(),
            excerpt,
            hint,
        }
    }
}

/// A place in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// Line of the file or of the typed text, from 1.
    pub(crate) line: u64,
    /// Character of the line, from 1.
    pub(crate) column: u64,
    before: String,
    marked: String,
    after: String,
}

impl Excerpt {
    /// The place of a span, whose lines and characters count from 1 at the beginning of the
    /// statement. `None` if the span is not in the statement.
    pub(crate) fn from_span(statement: &StatementText<'_>, span: Span) -> Option<Self> {
        let Span { start, end } = span;
        let length = if end.line == start.line {
            end.column.checked_sub(start.column)?
        } else {
            u64::MAX
        };
        Self::new(statement, start, |_| length)
    }

    /// The word or symbol at a place.
    pub(crate) fn at_word(statement: &StatementText<'_>, start: Location) -> Option<Self> {
        Self::new(statement, start, |rest| {
            rest.chars().take_while(|c| is_word(*c)).count() as u64
        })
    }

    /// The end of the statement.
    pub(crate) fn at_end(statement: &StatementText<'_>) -> Option<Self> {
        let (index, line) = statement.text.lines().enumerate().last()?;
        let location = Location {
            line: index as u64 + 1,
            column: line.chars().count() as u64 + 1,
        };
        Self::new(statement, location, |_| 1)
    }

    /// The word before the place, on the same line.
    pub(crate) fn word_before(&self) -> &str {
        let before = self.before.trim_end();
        let start = before.trim_end_matches(is_word).len();
        &before[start..]
    }

    fn new(
        statement: &StatementText<'_>,
        start: Location,
        length: impl Fn(&str) -> u64,
    ) -> Option<Self> {
        let index = usize::try_from(start.line.checked_sub(1)?).ok()?;
        let line = statement.text.lines().nth(index)?;
        let column = usize::try_from(start.column.checked_sub(1)?).ok()?;
        if column > line.chars().count() {
            return None;
        }
        let (before, rest) = line.split_at(byte_of(line, column));
        let length = usize::try_from(length(rest)).unwrap_or(usize::MAX).max(1);
        let (marked, after) = rest.split_at(byte_of(rest, length));
        // A line may have any length, and only what is near the place is shown.
        let far = before.chars().count().saturating_sub(NEAR_CHARS);
        let before = &before[byte_of(before, far)..];
        let marked = &marked[..byte_of(marked, NEAR_CHARS)];
        let after = &after[..byte_of(after, NEAR_CHARS)];
        // The width of a tab depends on its column.
        let shown = |text: &str| visible(&text.replace('\t', " ")).into_owned();
        Some(Self {
            line: statement.line + start.line - 1,
            column: start.column,
            before: shown(before),
            marked: shown(marked),
            after: shown(after),
        })
    }

    fn fitted(&self, width: usize) -> String {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let room = width.saturating_sub(number.len() + 3).max(20);
        let marked = cut(&self.marked, room / 2);
        let before = cut_start(&self.before, (room - marked.width()).min(room * 2 / 3));
        let after = cut(&self.after, room - marked.width() - before.width());
        let blank = " ".repeat(before.width());
        let mark = "^".repeat(marked.width().max(1));
        format!("{number} │ {before}{marked}{after}\n{margin} │ {blank}{mark}")
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices()
        .nth(chars)
        .map_or(text.len(), |(byte, _)| byte)
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = terminal_size().map_or(WIDTH_DEFAULT, |(width, _)| width);
        f.write_str(&self.fitted(width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> StatementText<'_> {
        StatementText {
            text,
            line: 7,
            placeholders: Vec::new(),
        }
    }

    fn at(line: u64, column: u64) -> Location {
        Location { line, column }
    }

    #[test]
    fn the_mark_is_under_the_place() {
        let statement = statement("SELECT 'größe 東京',\n\tscor FROM responses");
        let excerpt = Excerpt::at_word(&statement, at(2, 2)).unwrap();
        assert_eq!(excerpt.fitted(80), "8 │  scor FROM responses\n  │  ^^^^");
        let span = Span::new(at(1, 8), at(1, 18));
        let excerpt = Excerpt::from_span(&statement, span).unwrap();
        assert_eq!(
            excerpt.fitted(80),
            "7 │ SELECT 'größe 東京',\n  │        ^^^^^^^^^^^^"
        );
        let excerpt = Excerpt::at_end(&statement).unwrap();
        assert!(excerpt.fitted(80).ends_with("│                     ^"));
        assert_eq!(Excerpt::at_word(&statement, at(3, 1)), None);
        assert_eq!(Excerpt::at_word(&statement, at(0, 0)), None);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let long = format!("{} oops {}", "a".repeat(200), "b".repeat(200));
        let statement = statement(&long);
        let excerpt = Excerpt::at_word(&statement, at(1, 202)).unwrap();
        for width in [24, 40, 80] {
            let text = excerpt.fitted(width);
            let (line, mark) = text.split_once('\n').unwrap();
            assert!(line.width() <= width, "{text}");
            let place = line[..line.find("oops").unwrap()].width();
            assert_eq!(mark[..mark.find('^').unwrap()].width(), place, "{text}");
        }
    }
}
