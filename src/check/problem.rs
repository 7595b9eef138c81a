//! Problems in files of checks, with their place.

use std::fmt;

use super::label::sanitize;
use crate::error::Error;
use crate::statement::excerpt::StatementError;
use crate::statement::explain::nearest;

/// Why a file's checks cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) file: String,
    /// From 1.
    pub(super) line: u64,
    /// The character of the line, from 1.
    pub(super) column: Option<u64>,
    /// Sanitized like the hint: both may quote names of a query.
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Problem {
    pub(super) fn new(
        file: &str,
        line: u64,
        message: impl AsRef<str>,
        hint: impl AsRef<str>,
    ) -> Self {
        Self::with_hint(file, line, message.as_ref(), Some(hint.as_ref()))
    }

    fn with_hint(file: &str, line: u64, message: &str, hint: Option<&str>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: None,
            message: sanitize(message),
            hint: hint.map(sanitize),
        }
    }

    pub(super) fn at_column(mut self, column: u64) -> Self {
        self.column = Some(column);
        self
    }

    /// From an error in a statement that begins on `line`. Its text is not shown: it may contain a
    /// pseudonym.
    pub(super) fn from_statement_error(file: &str, line: u64, error: StatementError) -> Self {
        let excerpt = error.excerpt.as_ref();
        let line = excerpt.map_or(line, |excerpt| excerpt.line);
        Self {
            column: excerpt.map(|excerpt| excerpt.column),
            ..Self::with_hint(file, line, &error.message, error.hint.as_deref())
        }
    }

    pub(super) fn from_error(file: &str, line: u64, error: &Error) -> Self {
        Self::with_hint(file, line, &error.to_string(), error.hint())
    }

    /// The message with its place.
    fn text(&self) -> String {
        let column = self.column.map(|column| format!(", column {column}"));
        let column = column.unwrap_or_default();
        format!(
            "{}, line {}{column}: {}",
            self.file, self.line, self.message
        )
    }

    /// The problem as an error, followed by `more` others.
    pub(super) fn to_error(&self, more: usize) -> Error {
        let more = match more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let error = Error::invalid(format!("{}{more}", self.text()));
        match &self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.text())?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// The beginning of a hint, `did you mean NAME? `, or nothing if no name is near.
pub(super) fn did_you_mean<S: AsRef<str>>(name: &str, names: &[S]) -> String {
    nearest(name, names).map_or_else(String::new, |near| format!("did you mean {near}? "))
}
