//! Why a command ends early, and how that is printed.

use std::fmt;
use std::io::{self, Write};

use crate::error::Error;
use crate::output::{OutputError, visible};
use crate::statement::excerpt::StatementError;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be told to the person, with a place such as a file and statement before it.
    Told { place: String, error: Error },
    /// Something wrong in a statement.
    InStatement(Box<StatementError>),
    /// What could not be read or written, where.
    Write { place: String, error: io::Error },
    /// Something said about the command line or a statement, with what to do.
    Usage { message: String, hint: String },
    /// Everything has been told already.
    AlreadyTold,
    /// The data said no, and that has been told already.
    Refused,
    /// Whoever read the output has gone: nothing is wrong.
    ReaderGone,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn write(place: impl fmt::Display, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::Write {
            place: place.to_string(),
            error,
        }
    }

    pub(crate) fn output(place: impl fmt::Display, error: OutputError) -> Self {
        match error {
            OutputError::Io(error) => Self::write(place, error),
            OutputError::Query(error) => Error::from(error).into(),
            OutputError::Encode(error) => Self::usage(
                format!("the result cannot be written in this format: {error}"),
                "choose another --format, or cast the column to text",
            ),
            OutputError::Chart { message, hint } => Self::usage(message, hint),
        }
    }

    /// Says which line of which text it is about. A text without a name and its first line go
    /// without saying.
    pub(crate) fn at_line(self, text: &str, line: u64) -> Self {
        // An excerpt knows the line, and shows its number.
        if let Self::InStatement(mut error) = self {
            let number = error.excerpt.as_ref().map_or(line, |excerpt| excerpt.line);
            error.place = match (text, &error.excerpt) {
                ("", Some(_)) => String::new(),
                ("", None) if number == 1 => String::new(),
                ("", None) => format!("line {number}: "),
                (text, _) => format!("{text}, line {number}: "),
            };
            return Self::InStatement(error);
        }
        let place = match (text, line) {
            ("", 1) => return self,
            ("", line) => format!("line {line}: "),
            (text, line) => format!("{text}, line {line}: "),
        };
        match self {
            Self::Told { error, .. } => Self::Told { place, error },
            Self::Usage { message, hint } => Self::Usage {
                message: format!("{place}{message}"),
                hint,
            },
            other => other,
        }
    }

    /// The same without its place in a statement.
    pub(crate) fn without_excerpt(self) -> Self {
        match self {
            Self::InStatement(mut error) => {
                error.excerpt = None;
                Self::InStatement(error)
            }
            other => other,
        }
    }

    /// Tells it on standard error.
    pub(crate) fn tell(&self) {
        tell_lines(&self.to_string());
    }
}

/// Writes to standard error what may quote a file, whose bytes are not to drive the terminal.
fn tell_lines(text: &str) {
    for line in text.lines() {
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{}", visible(line));
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place_shown = None;
        let (message, hint) = match self {
            Self::Told { place, error } => (format!("{place}{error}"), error.hint()),
            Self::InStatement(error) => {
                place_shown = error.excerpt.as_ref();
                let StatementError { place, message, .. } = error.as_ref();
                (format!("{place}{message}"), error.hint.as_deref())
            }
            Self::Write { place, error } if error.kind() == io::ErrorKind::NotFound => {
                (format!("{place}: no such file or folder"), None)
            }
            Self::Write { place, error } if error.kind() == io::ErrorKind::IsADirectory => {
                (format!("{place} is a folder, not a file"), None)
            }
            Self::Write { place, error } => (format!("{place}: {error}"), None),
            Self::Usage { message, hint } => (message.clone(), Some(hint.as_str())),
            Self::AlreadyTold | Self::Refused | Self::ReaderGone => return Ok(()),
        };
        write!(f, "error: {message}")?;
        if let Some(excerpt) = place_shown {
            write!(f, "\n{excerpt}")?;
        }
        match hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Told {
            place: String::new(),
            error,
        }
    }
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Self {
        Self::InStatement(Box::new(error))
    }
}

/// Tells an error on standard error, as a [`Failure`] would.
pub(crate) fn tell_error(error: &Error) {
    let hint = error
        .hint()
        .map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    tell_lines(&format!("error: {error}{hint}"));
}

/// Writes a line to standard output.
pub(crate) fn say(text: impl fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(|error| Failure::write("standard output", error))
}
