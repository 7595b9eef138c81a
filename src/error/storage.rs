//! What went wrong with an object store, in a person's words.

use std::error::Error as StdError;
use std::fmt;

use datafusion::error::DataFusionError;

use super::{Error, Kind, one_line};

impl Error {
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
pub(super) fn classify(error: &object_store::Error, place: Option<&Place>) -> Error {
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
        Store::Generic {
            store: "LocalFileSystem",
            ..
        } => Error::new(
            Kind::Storage,
            format!("the folder could not be used: {}", said.sentence()),
        )
        .with_hint("check the path and the permissions on it"),
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

#[cfg(test)]
mod tests {
    use super::*;

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
