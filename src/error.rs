//! The one error type of the public API.
//!
//! [`Error`] is opaque: it prints as one line that says what is wrong and where, carries a
//! [`hint`](Error::hint) whenever a person can do something about it, and answers `is_*`
//! questions for programs.

use std::error::Error as StdError;
use std::fmt;

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;

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

    /// There are no AWS credentials, or they could not be had.
    pub(crate) fn no_credentials(error: impl StdError + Send + Sync + 'static) -> Self {
        let why = one_line(&innermost(&error));
        Self::new(
            Kind::Access,
            format!("no AWS credentials were found ({why})"),
        )
        .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
        .with_source(error)
    }

    /// What a request to a bucket came to.
    pub(crate) fn of_bucket(place: &Place, error: object_store::Error) -> Self {
        own_error(&error)
            .unwrap_or_else(|| classify(&error, Some(place)))
            .with_source(error)
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

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

/// What DataFusion says, without the cause, where a CSV or JSON file could not be finished.
const UNFINISHED_WRITE: &str = "Error encountered while finalizing writes";

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

/// Where requests to a bucket go.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The bucket as a URL, such as `s3://feedback`.
    pub(crate) bucket: String,
    /// The service, where it is not Amazon's.
    pub(crate) endpoint: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Some(endpoint) => write!(f, "{} at {endpoint}", self.bucket),
            None => f.write_str(&self.bucket),
        }
    }
}

/// What a storage service said, found anywhere below `error` and put in a person's words.
///
/// DataFusion, delta-rs and its kernel each wrap the errors of the object store in their own
/// types, so the search goes down the chain of sources rather than by type.
fn storage_error(error: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(own) = own_error(error) {
        return Some(own);
    }
    chain(error)
        .find_map(|error| match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::ObjectStore(store)) => Some(&**store),
            _ => error.downcast_ref::<object_store::Error>(),
        })
        .map(|store| classify(store, None))
}

/// An error that is in a person's words already, anywhere below `error`.
fn own_error(error: &(dyn StdError + 'static)) -> Option<Error> {
    chain(error).find_map(|error| Some(error.downcast_ref::<Error>()?.again()))
}

/// The error and all that it comes from.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Puts an error of an object store in a person's words.
fn classify(error: &object_store::Error, place: Option<&Place>) -> Error {
    use object_store::Error as Store;

    let said = Said::of(error);
    let bucket = place.map_or("", |place| &place.bucket);
    let path = match error {
        Store::NotFound { path, .. }
        | Store::PermissionDenied { path, .. }
        | Store::Unauthenticated { path, .. } => path.as_str(),
        _ => "",
    };
    let object = match (bucket, path) {
        ("", "") => "the storage".to_owned(),
        ("", path) => path.to_owned(),
        (bucket, "") => bucket.to_owned(),
        (bucket, path) => format!("{bucket}/{}", path.trim_start_matches('/')),
    };
    match said.code.as_deref() {
        Some("NoSuchBucket") => {
            let which = place.map(Place::to_string).unwrap_or_default();
            let message = format!("the bucket {which} does not exist").replace("  ", " ");
            return Error::new(Kind::NotFound, message).with_hint(
                "check the bucket's name in the URL, and AWS_REGION and AWS_ENDPOINT_URL",
            );
        }
        Some(
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "IllegalLocationConstraintException",
        ) => return other_region(&object, &said),
        _ if said.text.contains("incorrectly configured region") => {
            return other_region(&object, &said);
        }
        _ => {}
    }
    let is_refused = matches!(
        error,
        Store::PermissionDenied { .. } | Store::Unauthenticated { .. }
    ) || said.is_refusal();
    if is_refused {
        return Error::new(
            Kind::Access,
            format!("no access to {object}: {}", said.refusal()),
        )
        .with_hint(
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and the \
             permissions on the bucket",
        );
    }
    match error {
        Store::NotFound { .. } => {
            Error::new(Kind::NotFound, format!("{object}: no such file or object"))
        }
        Store::Generic { .. } if said.text.contains("URL scheme is not allowed") => Error::new(
            Kind::Access,
            format!(
                "{} would send the data unencrypted over the network",
                place.map_or(object, Place::to_string)
            ),
        )
        .with_hint("use an https:// endpoint, or allow it with AWS_ALLOW_HTTP=true"),
        Store::Generic { store, .. } => {
            let what = place.map_or_else(|| (*store).to_owned(), Place::to_string);
            Error::new(
                Kind::Storage,
                format!("{what} could not be used: {}", said.sentence()),
            )
            .with_hint("check the URL, AWS_ENDPOINT_URL, AWS_REGION and the network, and try again")
        }
        _ => Error::new(Kind::Storage, one_line(&error.to_string())),
    }
}

fn other_region(object: &str, said: &Said) -> Error {
    Error::new(
        Kind::Storage,
        format!("{object} is in another region: {}", said.sentence()),
    )
    .with_hint("set AWS_REGION to the region of the bucket")
}

/// What the service itself, or the system, said about a failed request.
struct Said {
    /// The code of an S3 error, such as `AccessDenied`.
    code: Option<String>,
    /// The message of an S3 error, else the whole text.
    text: String,
    /// There was an answer with this status and nothing to read.
    status: Option<String>,
}

impl Said {
    fn of(error: &(dyn StdError + 'static)) -> Self {
        let text = innermost(error);
        // An empty answer leaves its status only.
        let status = text
            .split_once("status code: ")
            .and_then(|(_, status)| status.split(':').next())
            .map(one_line);
        let code = tagged(&text, "Code");
        let text = match &code {
            Some(_) => tagged(&text, "Message").unwrap_or_default(),
            None => text,
        };
        Self {
            code,
            text: one_line(&text),
            status,
        }
    }

    /// Lists give no kind of their own for it.
    fn is_refusal(&self) -> bool {
        self.status
            .as_deref()
            .is_some_and(|status| status.starts_with("401") || status.starts_with("403"))
    }

    fn refusal(&self) -> String {
        let code = self.code.as_deref().unwrap_or_default();
        let why = match code {
            "SignatureDoesNotMatch" => "the secret key is not the one of the access key",
            "InvalidAccessKeyId" => "there is no such access key",
            "ExpiredToken" => "the credentials have expired",
            "RequestTimeTooSkewed" => "the clock of this machine is wrong",
            _ => return self.sentence(),
        };
        format!("{why} ({code})")
    }

    fn sentence(&self) -> String {
        match (&self.code, self.text.trim_end_matches('.'), &self.status) {
            (Some(code), "", _) => code.clone(),
            (Some(code), text, _) => format!("{text} ({code})"),
            (None, _, Some(status)) => format!("the service answered {status}"),
            (None, text, None) => text.to_owned(),
        }
    }
}

/// The message of the last error in the chain: what the service or the system itself said.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// What an XML text has between the tags of this name.
fn tagged(text: &str, tag: &str) -> Option<String> {
    let start = text.find(&format!("<{tag}>"))? + tag.len() + 2;
    let end = text[start..].find(&format!("</{tag}>"))? + start;
    Some(text[start..end].to_owned())
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

    #[test]
    fn a_failed_list_names_bucket_and_reason() {
        let place = Place {
            bucket: "s3://feedback".into(),
            endpoint: Some("http://127.0.0.1:9000".into()),
        };
        let list = |said: &str| object_store::Error::Generic {
            store: "S3",
            source: said.into(),
        };
        let told = |said: &str| Error::of_bucket(&place, list(said));

        let error = told("Server returned non-2xx status code: 403 Forbidden: ");
        assert!(error.is_access());
        assert_eq!(
            error.to_string(),
            "no access to s3://feedback: the service answered 403 Forbidden"
        );
        let error = told(
            "Server returned non-2xx status code: 404 Not Found: <Error><Code>NoSuchBucket</Code>\
             <Message>The specified bucket does not exist</Message></Error>",
        );
        assert!(error.is_not_found());
        assert_eq!(
            error.to_string(),
            "the bucket s3://feedback at http://127.0.0.1:9000 does not exist"
        );
        let error = told("Connection refused (os error 111)");
        assert!(error.is_storage());
        assert_eq!(
            error.to_string(),
            "s3://feedback at http://127.0.0.1:9000 could not be used: Connection refused (os \
             error 111)"
        );
        let error = told(
            "Received redirect without LOCATION, this normally indicates an incorrectly \
             configured region",
        );
        assert!(error.hint().unwrap().contains("AWS_REGION"));
    }

    #[test]
    fn words_found_at_the_bucket_stay() {
        let place = Place {
            bucket: "s3://feedback".into(),
            endpoint: None,
        };
        let found = object_store::Error::Generic {
            store: "S3",
            source: Box::new(Error::no_credentials(std::io::Error::other("none"))),
        };
        let error = Error::of_bucket(&place, found);
        let wrapped = DataFusionError::ObjectStore(Box::new(object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        }));
        let error = Error::from(wrapped.context("while planning"));
        assert!(error.is_access());
        assert_eq!(error.to_string(), "no AWS credentials were found (none)");
    }
}
