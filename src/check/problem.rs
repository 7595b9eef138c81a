//! What is wrong with a file of checks, and where.

use std::fmt;

use super::label::harmless;
use crate::error::Error;
use crate::statement::excerpt::StatementError;

/// What is wrong with a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxProblem {
    /// From 1.
    pub(super) line: u64,
    /// The character of the line, from 1.
    pub(super) column: u64,
    pub(super) message: String,
    pub(super) hint: String,
}

/// Why the checks of a file cannot be run. Printed, it is an error as all of them are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) column: Option<u64>,
    /// Harmless, as the hint is: both may quote what a query names.
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
        Self::told(file, line, message.as_ref(), Some(hint.as_ref()))
    }

    fn told(file: &str, line: u64, message: &str, hint: Option<&str>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: None,
            message: harmless(message),
            hint: hint.map(harmless),
        }
    }

    pub(super) fn of_syntax(file: &str, problem: SyntaxProblem) -> Self {
        Self {
            column: Some(problem.column),
            ..Self::new(file, problem.line, problem.message, problem.hint)
        }
    }

    /// Of a statement that begins on `line`. Its text is not shown: a pseudonym may be in it.
    pub(super) fn of_statement(file: &str, line: u64, error: StatementError) -> Self {
        let excerpt = error.excerpt.as_ref();
        let line = excerpt.map_or(line, |excerpt| excerpt.line);
        Self {
            column: excerpt.map(|excerpt| excerpt.column),
            ..Self::told(file, line, &error.message, error.hint.as_deref())
        }
    }

    pub(super) fn of_error(file: &str, line: u64, error: &Error) -> Self {
        Self::told(file, line, &error.to_string(), error.hint())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}, line {}", self.file, self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
