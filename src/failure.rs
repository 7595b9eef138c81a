//! Failures of commands, and how they are printed.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use exports::ImportOption;
use exports::text::{visible, without_users};

use crate::error::Error;
use crate::output::OutputError;
use crate::statement::excerpt::StatementError;

/// The reason why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error, with a place such as a file and line before it.
    Error { place: String, error: Error },
    /// An error in a statement.
    InStatement(Box<StatementError>),
    /// An I/O error at a place.
    Write { place: String, error: io::Error },
    /// An error in the command line or a statement, with a hint.
    Usage { message: String, hint: String },
    /// The error has already been printed.
    AlreadyReported,
    /// A check or strict import failed on the data; the details have already been printed.
    Refused,
    /// The reader closed the output, which is not an error.
    OutputClosed,
    /// A signal ended the command; the exit code says which.
    Interrupted { exit_code: u8 },
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
            return Self::OutputClosed;
        }
        Self::Write {
            place: place.to_string(),
            error,
        }
    }

    /// An I/O error of creating a file.
    pub(crate) fn create(path: &Path, error: io::Error) -> Self {
        match path.parent() {
            Some(folder) if error.kind() == io::ErrorKind::NotFound && !is_folder(folder) => {
                let (path, folder) = (path.display(), folder.display());
                Self::usage(
                    format!("{path}: the folder {folder} does not exist"),
                    format!("create it with: mkdir -p '{folder}'"),
                )
            }
            _ => Self::write(path.display(), error),
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
            OutputError::Unfit { message, hint } => Self::usage(message, hint),
        }
    }

    /// Adds the text and line to the message. The first line of a text without a name is omitted.
    pub(crate) fn at_line(self, text: &str, line: u64) -> Self {
        let place = |line: u64| match (text, line) {
            ("", 1) => String::new(),
            ("", line) => format!("line {line}: "),
            (text, line) => format!("{text}, line {line}: "),
        };
        match self {
            Self::InStatement(mut error) => {
                error.place = match &error.excerpt {
                    // An excerpt already shows the line number.
                    Some(_) if text.is_empty() => String::new(),
                    Some(excerpt) => place(excerpt.line),
                    None => place(line),
                };
                Self::InStatement(error)
            }
            Self::Error { error, .. } if !place(line).is_empty() => Self::Error {
                place: place(line),
                error,
            },
            Self::Usage { message, hint } => Self::Usage {
                message: format!("{}{message}", place(line)),
                hint,
            },
            other => other,
        }
    }

    /// Removes the excerpt of the statement.
    pub(crate) fn without_excerpt(mut self) -> Self {
        if let Self::InStatement(error) = &mut self {
            error.excerpt = None;
        }
        self
    }

    /// Prints the failure on standard error.
    pub(crate) fn report(&self) {
        print_error(&self.to_string());
    }
}

fn is_folder(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.is_dir()
}

/// Prints on standard error. Control characters are made visible, and passwords in URLs hidden, since the
/// text may quote a file or a setting.
fn print_error(text: &str) {
    for line in text.lines() {
        // A closed standard error is not a reason to fail.
        let _ = writeln!(io::stderr(), "{}", visible(&without_users(line)));
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut excerpt = None;
        let (message, hint) = match self {
            Self::Error { place, error } => {
                let (message, hint) = error.render(flag);
                (format!("{place}{message}"), hint)
            }
            Self::InStatement(error) => {
                excerpt = error.excerpt.as_ref();
                let StatementError { place, message, .. } = error.as_ref();
                (format!("{place}{message}"), error.hint.clone())
            }
            Self::Write { place, error } if error.kind() == io::ErrorKind::NotFound => {
                (format!("{place}: no such file or folder"), None)
            }
            Self::Write { place, error } if error.kind() == io::ErrorKind::IsADirectory => {
                (format!("{place} is a folder, not a file"), None)
            }
            Self::Write { place, error } => (format!("{place}: {error}"), None),
            Self::Usage { message, hint } => (message.clone(), Some(hint.clone())),
            Self::AlreadyReported
            | Self::Refused
            | Self::OutputClosed
            | Self::Interrupted { .. } => return Ok(()),
        };
        write!(f, "error: {message}")?;
        if let Some(excerpt) = excerpt {
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
        Self::Error {
            place: String::new(),
            error,
        }
    }
}

/// For calls of the library, which print nothing.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error { place, error } if place.is_empty() => error,
            Failure::Error { place, error } => error.at(place.trim_end_matches(": ")),
            Failure::InStatement(error) => {
                let StatementError {
                    place,
                    message,
                    hint,
                    ..
                } = *error;
                let error = Self::query(format!("{place}{message}"));
                match hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                }
            }
            Failure::Write { place, error } => Self::io(place, error),
            Failure::Usage { message, hint } => Self::invalid(message).with_hint(hint),
            Failure::AlreadyReported | Failure::Refused => Self::refused("a check failed"),
            Failure::OutputClosed => Self::io("standard output", io::ErrorKind::BrokenPipe.into()),
            Failure::Interrupted { .. } => Self::io("a signal", io::ErrorKind::Interrupted.into()),
        }
    }
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Self {
        Self::InStatement(Box::new(error))
    }
}

impl From<Box<StatementError>> for Failure {
    fn from(error: Box<StatementError>) -> Self {
        Self::InStatement(error)
    }
}

/// Prints an error on standard error, as a [`Failure`] would.
pub(crate) fn report_error(error: &Error) {
    let (message, hint) = error.render(flag);
    let hint = hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    print_error(&format!("error: {message}{hint}"));
}

/// Prints a remark on standard error.
pub(crate) fn report_note(note: &str) {
    print_error(&format!("note: {note}"));
}

/// Prints lines on standard output, with escapes for characters that would change the terminal.
pub(crate) fn print_line(text: impl fmt::Display) -> Result<(), Failure> {
    let text = text.to_string();
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    print(lines.join("\n"))
}

/// Prints JSON on standard output, as it is.
pub(crate) fn print_json(json: impl fmt::Display) -> Result<(), Failure> {
    print(json)
}

fn print(text: impl fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(|error| Failure::write("standard output", error))
}

/// Writes an option of an import as a flag, with its value as a shell takes it.
pub(crate) fn flag(option: ImportOption, value: Option<&str>) -> String {
    let flag = format!("--{}", option.name().replace('_', "-"));
    let Some(value) = value else {
        return flag;
    };
    match (option, value.split_once('=')) {
        (ImportOption::Map | ImportOption::Keep, Some((name, column))) => {
            format!("{flag} {}={}", shell_word(name), shell_word(column))
        }
        _ => format!("{flag} {}", shell_word(value)),
    }
}

/// The words of an option of an import on a command line, without quotes for a shell.
pub(crate) fn flag_words(
    option: ImportOption,
    value: Option<&str>,
) -> impl Iterator<Item = String> {
    let value = value.map(str::to_owned);
    std::iter::once(flag(option, None)).chain(value)
}

/// Quotes a word for a POSIX shell if it needs it.
fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@+".contains(c);
    if word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_flags_that_a_shell_takes() {
        for (option, value, expected) in [
            (ImportOption::Lenient, None, "--lenient"),
            (ImportOption::Scale, Some("1-5"), "--scale 1-5"),
            (ImportOption::Map, Some("score=NPS"), "--map score=NPS"),
            (ImportOption::Map, Some("score="), "--map score="),
            (
                ImportOption::Map,
                Some("score=What's your score?"),
                r"--map score='What'\''s your score?'",
            ),
            (
                ImportOption::DateFormat,
                Some("%d/%m/%Y"),
                "--date-format '%d/%m/%Y'",
            ),
        ] {
            assert_eq!(flag(option, value), expected);
        }
    }
}
