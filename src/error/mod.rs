//! The one error type of the public API.
//!
//! [`Error`] is opaque: it prints as one line that says what is wrong and where, carries a
//! [`hint`](Error::hint) whenever a person can do something about it, and answers `is_*`
//! questions for programs.

mod storage;

use std::error::Error as StdError;
use std::fmt;

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;
use exports::ErrorKind;

pub(crate) use storage::Place;
use storage::{classify, storage_error};

/// As much of a message from elsewhere as is shown.
const MESSAGE_CHARS_MAX: usize = 300;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done, and what to do about it.
///
/// `Display` is a single line without the hint. The underlying error, where there is one, is
/// the [`source`](StdError::source).
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The input can be read in more than one way and the caller has to say which.
    Question,
    /// The input, a setting or an option is wrong.
    Invalid,
    /// The input is in order, and what was asked for refuses it all the same.
    Refused,
    /// A lake, table, file or bucket is not there.
    NotFound,
    /// The storage refused the credentials, or the role does not allow it.
    Access,
    /// The storage could not be reached or failed.
    Storage,
    /// Another writer was faster, again and again.
    Conflict,
    /// A query could not be planned or run.
    Query,
}

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                hint: None,
                source: None,
            }),
        }
    }

    pub(crate) fn question(message: impl Into<String>) -> Self {
        Self::new(Kind::Question, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// What a role does not allow.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Access, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    pub(crate) fn query(message: impl Into<String>) -> Self {
        Self::new(Kind::Query, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// An I/O error at `place`, a path or URL.
    pub(crate) fn io(place: impl fmt::Display, error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Kind::NotFound,
            std::io::ErrorKind::PermissionDenied => Kind::Access,
            _ => Kind::Storage,
        };
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::IsADirectory => "is a folder, not a file".to_owned(),
            _ => error.to_string(),
        };
        Self::new(kind, format!("{place}: {what}")).with_source(error)
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.inner.hint = Some(hint.into());
        self
    }

    /// Adds to the hint.
    pub(crate) fn with_more_hint(self, more: &str) -> Self {
        let hint = match self.hint() {
            Some(hint) => format!("{hint}; {more}"),
            None => more.to_owned(),
        };
        self.with_hint(hint)
    }

    /// Puts `place` (a file, lake or table) before the message.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.inner.message = format!("{place}: {}", self.inner.message);
        self
    }

    /// The same, for another wrapping of the same error.
    fn again(&self) -> Self {
        let mut again = Self::new(self.inner.kind, &self.inner.message);
        again.inner.hint.clone_from(&self.inner.hint);
        again
    }

    fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Box::new(source));
        self
    }

    /// What a person can do about it, in one line.
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// The input can be read in more than one way; the hint names the option that decides.
    pub fn is_question(&self) -> bool {
        self.inner.kind == Kind::Question
    }

    /// The input, a setting or an option is wrong.
    pub fn is_invalid(&self) -> bool {
        self.inner.kind == Kind::Invalid
    }

    /// The data said no: a strict import would reject rows.
    pub fn is_refused(&self) -> bool {
        self.inner.kind == Kind::Refused
    }

    /// A lake, table, file or bucket does not exist.
    pub fn is_not_found(&self) -> bool {
        self.inner.kind == Kind::NotFound
    }

    /// The storage refused the credentials or the permission, or the role does not allow it.
    pub fn is_access(&self) -> bool {
        self.inner.kind == Kind::Access
    }

    /// The storage could not be reached or failed.
    pub fn is_storage(&self) -> bool {
        self.inner.kind == Kind::Storage
    }

    /// Other writers kept committing first; trying again is safe.
    pub fn is_conflict(&self) -> bool {
        self.inner.kind == Kind::Conflict
    }

    /// A query could not be planned or failed while it ran.
    pub fn is_query(&self) -> bool {
        self.inner.kind == Kind::Query
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message)
            .field("hint", &self.inner.hint)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        let error = match unwrap_own(error) {
            Ok(own) => return own,
            Err(error) => error,
        };
        if let Some(storage) = storage_error(&error) {
            return storage.with_source(error);
        }
        if error.to_string().contains(UNFINISHED_WRITE) {
            return Self::new(
                Kind::Storage,
                "the file could not be written: the storage refused it or was not reached",
            )
            .with_hint(
                "check the name of the bucket or folder and the permission to write there; \
                 VOXQL_LOG=voxql=debug shows what the storage said",
            )
            .with_source(error);
        }
        if error.to_string().contains(MISPLACED_REVEAL) {
            return Self::new(
                Kind::Query,
                "reveal() cannot be computed in this place, such as GROUPING SETS or the \
                 condition of a join",
            )
            .with_hint(
                "compute it first: SELECT … FROM (SELECT reveal(respondent, 'email') AS email \
                 FROM responses) GROUP BY email",
            )
            .with_source(error);
        }
        let message = match error.find_root() {
            DataFusionError::Plan(message) | DataFusionError::Execution(message) => message.clone(),
            DataFusionError::SQL(parser, _) => parser
                .to_string()
                .trim_start_matches("sql parser error: ")
                .to_owned(),
            root => root
                .strip_backtrace()
                .trim_start_matches("Schema error: ")
                .to_owned(),
        };
        let (message, hint) = split_hint(&message);
        // Readers of files quote what they cannot read, which may be the whole file.
        let message = match message.char_indices().nth(MESSAGE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &message[..end]),
            None => message,
        };
        let mut converted = Self::new(Kind::Query, message).with_source(error);
        converted.inner.hint = hint;
        converted
    }
}

impl From<DeltaTableError> for Error {
    fn from(error: DeltaTableError) -> Self {
        if let Some(storage) = storage_error(&error) {
            return storage.with_source(error);
        }
        let kind = match &error {
            DeltaTableError::NotATable(_) | DeltaTableError::InvalidTableLocation(_) => {
                Kind::NotFound
            }
            _ => Kind::Storage,
        };
        Self::new(kind, one_line(&error.to_string())).with_source(error)
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        storage_error(&error)
            .unwrap_or_else(|| classify(&error, None))
            .with_source(error)
    }
}

impl From<exports::Error> for Error {
    fn from(error: exports::Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Question => Kind::Question,
            ErrorKind::Invalid => Kind::Invalid,
            ErrorKind::NotFound => Kind::NotFound,
            ErrorKind::Access => Kind::Access,
            ErrorKind::Storage => Kind::Storage,
            ErrorKind::Cancelled => Kind::Conflict,
            ErrorKind::External => {
                let store = storage_error(&error)
                    .unwrap_or_else(|| Self::new(Kind::Storage, one_line(&error.to_string())));
                let store = match error.place() {
                    Some(place) => store.at(place),
                    None => store,
                };
                return store.with_source(error);
            }
        };
        let mut converted = Self::new(kind, error.to_string());
        converted.inner.hint = error.hint().map(ToString::to_string);
        converted.inner.source = error.into_source();
        converted
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::invalid(format!("no random numbers: {error}"))
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

/// What DataFusion says, without the cause, where a CSV or JSON file could not be finished.
const UNFINISHED_WRITE: &str = "Error encountered while finalizing writes";

/// What DataFusion says of a function that reads a table where it does not wait for one.
const MISPLACED_REVEAL: &str = "async functions should not be called directly";

/// Gives back an [`Error`] of ours that travelled through DataFusion.
fn unwrap_own(error: DataFusionError) -> std::result::Result<Error, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => Ok(*own),
            Err(inner) => match inner.downcast::<DataFusionError>() {
                Ok(nested) => unwrap_own(*nested),
                Err(inner) => Err(DataFusionError::External(inner)),
            },
        },
        DataFusionError::Context(context, inner) => {
            unwrap_own(*inner).map_err(|inner| DataFusionError::Context(context, Box::new(inner)))
        }
        DataFusionError::Diagnostic(diagnostic, inner) => unwrap_own(*inner)
            .map_err(|inner| DataFusionError::Diagnostic(diagnostic, Box::new(inner))),
        other => Err(other),
    }
}

/// Shows what to do on a line of its own: what stands behind `hint:`, or DataFusion's guess at a
/// misspelt name, which makes its list of all names superfluous.
fn split_hint(message: &str) -> (String, Option<String>) {
    if let Some((what, hint)) = message.split_once("hint:") {
        let what = one_line(what);
        return (
            what.trim_end_matches([';', ' ']).to_owned(),
            Some(one_line(hint)),
        );
    }
    // DataFusion breaks the line before its guess at a function.
    let message = &one_line(message);
    if let Some((what, guess)) = message.split_once(" Did you mean ") {
        let guess = guess.split_once('?').map_or(guess, |(guess, _)| guess);
        return (one_line(what), Some(format!("did you mean {guess}?")));
    }
    if let Some((what, names)) = message.split_once(" Valid fields are ") {
        let hint = format!("the columns are {}", one_line(names));
        return (one_line(what), Some(hint));
    }
    (one_line(message), None)
}

/// Folds white space, so that an error stays one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_errors_survive_datafusion() {
        let error = Error::question("two dates").with_hint("--map");
        let wrapped = DataFusionError::from(error).context("while planning");
        let back = Error::from(wrapped);
        assert!(back.is_question());
        assert_eq!(back.to_string(), "two dates");
        assert_eq!(back.hint(), Some("--map"));
    }

    #[test]
    fn a_hint_inside_a_message_becomes_the_hint() {
        let error = Error::from(DataFusionError::Execution(
            "score 11 is outside 0 to 10; hint: filter it".into(),
        ));
        assert_eq!(error.to_string(), "score 11 is outside 0 to 10");
        assert_eq!(error.hint(), Some("filter it"));
    }

    #[test]
    fn a_refused_key_is_an_access_error_wherever_it_is_wrapped() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>";
        let store = object_store::Error::PermissionDenied {
            path: "x/_delta_log".into(),
            source: body.into(),
        };
        let error = Error::from(DataFusionError::External(Box::new(DeltaTableError::from(
            store,
        ))));
        assert!(error.is_access());
        assert_eq!(
            error.to_string(),
            "no access to x/_delta_log: the secret key is not the one of the access key \
             (SignatureDoesNotMatch)"
        );
        assert!(error.hint().is_some());
    }
}
