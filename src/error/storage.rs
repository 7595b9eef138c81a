//! Readable messages for the errors of object stores.

use std::error::Error as StdError;
use std::fmt;

use datafusion::error::DataFusionError;
use exports::text::without_users;

use super::kinds::{Error, one_line};
use super::wording::full_disk;

impl Error {
    /// A full disk. `place` is what could not be written, blank if it is not known.
    pub(super) fn full_disk(place: &str) -> Self {
        let place = if place.is_empty() {
            String::new()
        } else {
            format!(": {place}")
        };
        Self::storage(format!("the disk is full{place}"))
            .with_hint("free some space and try again; what was there before is unchanged")
    }

    /// No AWS credentials are available.
    pub(crate) fn no_credentials(error: impl StdError + Send + Sync + 'static) -> Self {
        let reason = one_line(&innermost(&error));
        Self::forbidden(format!("no AWS credentials found ({reason})"))
            .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
            .with_source(error)
    }

    /// A server that cannot be reached, or fails.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::storage(message.into())
    }

    /// A failed request to a bucket.
    pub(crate) fn from_bucket(address: &BucketAddress, error: object_store::Error) -> Self {
        own_error(&error)
            .unwrap_or_else(|| classify(&error, Some(address)))
            .with_source(error)
    }
}

/// A bucket and its service.
#[derive(Clone, Debug)]
pub(crate) struct BucketAddress {
    /// The bucket as a URL, such as `s3://feedback`.
    pub(crate) bucket: String,
    /// The endpoint, if the service is not Amazon's.
    pub(crate) endpoint: Option<String>,
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Some(endpoint) => write!(f, "{} at {}", self.bucket, without_users(endpoint)),
            None => f.write_str(&self.bucket),
        }
    }
}

/// Finds the error of an object store anywhere below `error`, and gives it a readable message.
///
/// DataFusion, delta-rs and its kernel each wrap the errors of the object store in their own types,
/// so the search follows the chain of sources rather than types.
pub(super) fn storage_error(error: &(dyn StdError + 'static)) -> Option<Error> {
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

/// An error that has a readable message already, anywhere below `error`.
fn own_error(error: &(dyn StdError + 'static)) -> Option<Error> {
    chain(error).find_map(|error| Some(error.downcast_ref::<Error>()?.without_source()))
}

/// The error and its chain of sources.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<delta_kernel::Error>() {
            Some(delta_kernel::Error::ObjectStore(store)) => Some(store),
            _ => error.source(),
        }
    })
}

/// Gives an error of an object store its kind, readable message and hint.
pub(super) fn classify(error: &object_store::Error, address: Option<&BucketAddress>) -> Error {
    use object_store::Error as Store;

    let cause = ServiceMessage::from_error(error);
    let bucket = address.map_or("", |address| &address.bucket);
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
    match cause.code.as_deref() {
        Some("NoSuchBucket") => {
            let which = address.map(BucketAddress::to_string).unwrap_or_default();
            let message = format!("the bucket {which} does not exist").replace("  ", " ");
            return Error::not_found(message)
                .with_hint("check the bucket name in the URL, AWS_REGION and AWS_ENDPOINT_URL");
        }
        Some(
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "IllegalLocationConstraintException",
        ) => return other_region(&object, &cause),
        _ if cause.text.contains("incorrectly configured region") => {
            return other_region(&object, &cause);
        }
        _ => {}
    }
    let is_refused = matches!(
        error,
        Store::PermissionDenied { .. } | Store::Unauthenticated { .. }
    ) || cause.is_refusal();
    if is_refused {
        return Error::forbidden(format!("no access to {object}: {}", cause.refusal())).with_hint(
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and the \
             permissions on the bucket",
        );
    }
    match error {
        Store::NotFound { .. } => Error::not_found(format!("{object}: no such file or object")),
        Store::Generic { .. } if cause.text.contains("URL scheme is not allowed") => {
            Error::forbidden(format!(
                "{} would send data unencrypted over the network",
                address.map_or(object, BucketAddress::to_string)
            ))
            .with_hint("use an https:// endpoint, or set AWS_ALLOW_HTTP=true")
        }
        Store::Generic {
            store: "LocalFileSystem",
            ..
        } if let Some(place) = full_disk(&cause.text) => Error::full_disk(place),
        Store::Generic {
            store: "LocalFileSystem",
            ..
        } => Error::storage(local_failure(error)).with_hint("check the path and its permissions"),
        Store::Generic { store, .. } => {
            let target = address.map_or_else(|| (*store).to_owned(), BucketAddress::to_string);
            Error::storage(format!(
                "the request to {target} failed: {}",
                cause.sentence()
            ))
            .with_hint("check the URL, AWS_ENDPOINT_URL, AWS_REGION and the network, and try again")
        }
        _ => Error::storage(one_line(&error.to_string())),
    }
}

/// The failed operation on a local file, with its path and the message of the operating system.
fn local_failure(error: &object_store::Error) -> String {
    let operation = error.source().map(ToString::to_string);
    let mut operation = one_line(&operation.unwrap_or_else(|| error.to_string()));
    if let Some(first) = operation.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    operation
}

fn other_region(object: &str, cause: &ServiceMessage) -> Error {
    Error::storage(format!(
        "{object} is in another region: {}",
        cause.sentence()
    ))
    .with_hint("set AWS_REGION to the region of the bucket")
}

/// The message of the service, or of the operating system, about a failed request.
struct ServiceMessage {
    /// The code of an S3 error, such as `AccessDenied`.
    code: Option<String>,
    /// The message of an S3 error, else the whole text.
    text: String,
    /// The HTTP status, if the error contains one.
    status: Option<String>,
}

impl ServiceMessage {
    fn from_error(error: &(dyn StdError + 'static)) -> Self {
        let text = innermost(error);
        // An empty response has only its status.
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

    /// True for a refused list request, for which `object_store` has no error kind.
    fn is_refusal(&self) -> bool {
        self.status
            .as_deref()
            .is_some_and(|status| status.starts_with("401") || status.starts_with("403"))
    }

    fn refusal(&self) -> String {
        let code = self.code.as_deref().unwrap_or_default();
        let reason = match code {
            "SignatureDoesNotMatch" => "the secret key does not match the access key",
            "InvalidAccessKeyId" => "the access key does not exist",
            "ExpiredToken" => "the credentials have expired",
            "RequestTimeTooSkewed" => "the clock of this machine is wrong",
            _ => return self.sentence(),
        };
        format!("{reason} ({code})")
    }

    fn sentence(&self) -> String {
        match (&self.code, self.text.trim_end_matches('.'), &self.status) {
            (Some(code), "", _) => code.clone(),
            (Some(code), text, _) => format!("{text} ({code})"),
            (None, _, Some(status)) => format!("the service returned {status}"),
            (None, text, None) => text.to_owned(),
        }
    }
}

/// The message of the last error in the chain, from the service or the operating system itself.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The text between the XML tags of this name.
fn tagged(text: &str, tag: &str) -> Option<String> {
    let start = text.find(&format!("<{tag}>"))? + tag.len() + 2;
    let end = text[start..].find(&format!("</{tag}>"))? + start;
    Some(text[start..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_list_names_bucket_and_reason() {
        let address = BucketAddress {
            bucket: "s3://feedback".into(),
            endpoint: Some("http://127.0.0.1:9000".into()),
        };
        let failed_list = |message: &str| {
            let error = object_store::Error::Generic {
                store: "S3",
                source: message.into(),
            };
            Error::from_bucket(&address, error)
        };

        let error = failed_list("Server returned non-2xx status code: 403 Forbidden: ");
        assert!(error.is_access());
        assert_eq!(
            error.to_string(),
            "no access to s3://feedback: the service returned 403 Forbidden"
        );
        let error = failed_list(
            "Server returned non-2xx status code: 404 Not Found: <Error><Code>NoSuchBucket</Code>\
             <Message>The specified bucket does not exist</Message></Error>",
        );
        assert!(error.is_not_found());
        assert_eq!(
            error.to_string(),
            "the bucket s3://feedback at http://127.0.0.1:9000 does not exist"
        );
        let error = failed_list("Connection refused (os error 111)");
        assert!(error.is_storage());
        assert_eq!(
            error.to_string(),
            "the request to s3://feedback at http://127.0.0.1:9000 failed: Connection refused (os \
             error 111)"
        );
        let error = failed_list(
            "Received redirect without LOCATION, this normally indicates an incorrectly \
             configured region",
        );
        assert!(error.hint().unwrap().contains("AWS_REGION"));
    }

    #[test]
    fn a_full_disk_is_called_so() {
        let full = || object_store::Error::Generic {
            store: "LocalFileSystem",
            source: "/lake/a.parquet: No space left on device (os error 28)".into(),
        };
        let in_parquet = datafusion::parquet::errors::ParquetError::External(Box::new(full()));
        for error in [
            Error::from(full()),
            Error::from(DataFusionError::ParquetError(Box::new(in_parquet))),
            Error::from(deltalake::DeltaTableError::from(full())),
        ] {
            assert!(error.is_storage());
            assert_eq!(error.to_string(), "the disk is full: /lake/a.parquet");
        }
        let unnamed = DataFusionError::IoError(std::io::Error::from_raw_os_error(28));
        assert_eq!(Error::from(unnamed).to_string(), "the disk is full");
    }

    #[test]
    fn a_message_from_the_bucket_is_kept() {
        let address = BucketAddress {
            bucket: "s3://feedback".into(),
            endpoint: None,
        };
        let found = object_store::Error::Generic {
            store: "S3",
            source: Box::new(Error::no_credentials(std::io::Error::other("none"))),
        };
        let error = Error::from_bucket(&address, found);
        let wrapped = DataFusionError::ObjectStore(Box::new(object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        }));
        let error = Error::from(wrapped.context("while planning"));
        assert!(error.is_access());
        assert_eq!(error.to_string(), "no AWS credentials found (none)");
    }
}
