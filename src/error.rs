//! The one error type of the public API.
//!
//! [`Error`] is opaque: it prints as one line that says what is wrong and where, carries a
//! [`hint`](Error::hint) whenever a person can do something about it, and answers `is_*`
//! questions for programs.

use std::error::Error as StdError;
use std::fmt;

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;

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
    /// A lake, table, file or bucket is not there.
    NotFound,
    /// The storage refused the credentials.
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

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
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

    /// Puts `place` (a file, lake or table) before the message.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.inner.message = format!("{place}: {}", self.inner.message);
        self
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

    /// A lake, table, file or bucket does not exist.
    pub fn is_not_found(&self) -> bool {
        self.inner.kind == Kind::NotFound
    }

    /// The storage refused the credentials or the permission.
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
        let message = match error.find_root() {
            DataFusionError::Plan(message) | DataFusionError::Execution(message) => message.clone(),
            DataFusionError::SQL(parser, _) => parser.to_string(),
            root => root.strip_backtrace(),
        };
        let (message, hint) = split_hint(&message);
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
        match storage_error(&error) {
            Some(storage) => storage.with_source(error),
            None => Self::new(Kind::Storage, one_line(&error.to_string())).with_source(error),
        }
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

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

/// Functions put what to do after a semicolon or a line break with `hint:`; an error shows it
/// on a line of its own.
fn split_hint(message: &str) -> (String, Option<String>) {
    match message.split_once("hint:") {
        Some((what, hint)) => (
            one_line(what).trim_end_matches([';', ' ']).to_owned(),
            Some(one_line(hint)),
        ),
        None => (one_line(message), None),
    }
}

/// What a storage service said, found anywhere below `error` and put in a person's words.
///
/// DataFusion, delta-rs and its kernel each wrap the errors of the object store in their own
/// types, so the search goes down the chain of sources rather than by type.
fn storage_error(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(store) = error.downcast_ref::<object_store::Error>() {
            return classify(store);
        }
        if let Some(DataFusionError::ObjectStore(store)) = error.downcast_ref::<DataFusionError>() {
            return classify(store);
        }
        current = error.source();
    }
    None
}

fn classify(error: &object_store::Error) -> Option<Error> {
    use object_store::Error as Store;

    let detail = innermost(error);
    let lower = error_chain(error).to_lowercase();
    if lower.contains("nosuchbucket") {
        return Some(
            Error::new(Kind::NotFound, "the bucket does not exist").with_hint(
                "check the bucket's name in the URL, and AWS_REGION and AWS_ENDPOINT_URL",
            ),
        );
    }
    match error {
        Store::PermissionDenied { path, .. } | Store::Unauthenticated { path, .. } => Some(
            Error::new(
                Kind::Access,
                format!(
                    "the storage refused access to {path}: {}",
                    service_message(&detail)
                ),
            )
            .with_hint(
                "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and the \
                 permissions on the bucket",
            ),
        ),
        Store::NotFound { path, .. } => Some(Error::new(
            Kind::NotFound,
            format!("{path}: no such file or object"),
        )),
        Store::Generic { store, .. } => {
            if lower.contains("credential") {
                return Some(
                    Error::new(
                        Kind::Access,
                        format!(
                            "no usable {store} credentials: {}",
                            service_message(&detail)
                        ),
                    )
                    .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
                );
            }
            Some(
                Error::new(
                    Kind::Storage,
                    format!("{store} could not be used: {}", service_message(&detail)),
                )
                .with_hint(
                    "check the URL, AWS_ENDPOINT_URL, AWS_REGION and the network, and try again",
                ),
            )
        }
        _ => None,
    }
}

/// The message of the last error in the chain: what the service or the system itself said.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}

fn error_chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut current = error.source();
    while let Some(source) = current {
        text.push_str(": ");
        text.push_str(&source.to_string());
        current = source.source();
    }
    text
}

/// The `<Message>` of an S3 error body, else the whole text on one line.
fn service_message(text: &str) -> String {
    let inside = |tag: &str| {
        let start = text.find(&format!("<{tag}>"))? + tag.len() + 2;
        let end = text[start..].find(&format!("</{tag}>"))? + start;
        Some(text[start..end].to_owned())
    };
    match (inside("Code"), inside("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code,
        _ => one_line(text),
    }
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
            "the storage refused access to x/_delta_log: SignatureDoesNotMatch: no"
        );
        assert!(error.hint().is_some());
    }
}
