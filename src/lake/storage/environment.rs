//! AWS credentials, region and endpoint from the environment and from the machine's role.
//!
//! Reading profiles and single sign-on takes the AWS SDK: the feature `aws-profiles`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use datafusion::error::Result;
use object_store::CredentialProvider;
use object_store::aws::{AmazonS3Builder, AwsCredential, AwsCredentialProvider};
use tokio::time::timeout;

use super::requests::Requests;
use crate::error::Error;

/// The time limit for the role of a container or an instance: outside Amazon's machines, the
/// service does not respond.
const ROLE_PATIENCE: Duration = Duration::from_secs(5);

const HINT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
    AWS profiles are read by a build with --features aws-profiles";

/// Variables that name another role than that of the instance.
const ROLES: [&str; 3] = [
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Adds credentials to a store, and returns the endpoint that the environment names.
///
/// `variable` returns the value of an environment variable.
pub(super) fn configure(
    builder: AmazonS3Builder,
    requests: &Arc<Requests>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(AmazonS3Builder, Option<String>)> {
    let variable = |name| variable(name).filter(|value| !value.is_empty());
    let is_set = |name| variable(name).is_some();
    let endpoint = variable("AWS_ENDPOINT_URL");
    if is_set("AWS_ACCESS_KEY_ID") || is_set("AWS_SECRET_ACCESS_KEY") {
        return Ok((builder, endpoint));
    }
    let is_instance_excluded = variable("AWS_EC2_METADATA_DISABLED")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let source = if is_set("AWS_PROFILE") {
        Source::Profile
    } else if is_instance_excluded && !ROLES.into_iter().any(is_set) {
        Source::Nothing
    } else {
        let mut builder = builder.clone();
        if let Some(service) = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
            builder = builder.with_metadata_endpoint(service);
        }
        let store = builder.build().map_err(Error::from)?;
        Source::Role(Arc::clone(store.credentials()))
    };
    let credentials = RoleCredentials {
        source,
        requests: Arc::clone(requests),
    };
    Ok((builder.with_credentials(Arc::new(credentials)), endpoint))
}

/// The role of a web identity, the container or the instance, requested with the first request.
#[derive(Debug)]
struct RoleCredentials {
    source: Source,
    requests: Arc<Requests>,
}

#[derive(Debug)]
enum Source {
    /// A profile, which this build cannot read.
    Profile,
    /// No variable names credentials or a role, and the instance must not be asked.
    Nothing,
    Role(AwsCredentialProvider),
}

#[async_trait]
impl CredentialProvider for RoleCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let provider = match &self.source {
            Source::Profile => return Err(generic(no_profiles())),
            Source::Nothing => {
                return Err(missing(io::Error::other("AWS_ACCESS_KEY_ID is not set")));
            }
            Source::Role(provider) => Arc::clone(provider),
        };
        self.requests
            .runtime()
            .spawn(async move { timeout(ROLE_PATIENCE, provider.get_credential()).await })
            .await?
            .map_err(|_| {
                let seconds = ROLE_PATIENCE.as_secs();
                missing(io::Error::other(format!("no answer within {seconds} s")))
            })?
            .map_err(missing)
    }
}

fn missing(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
    generic(Error::no_credentials(error).with_hint(HINT))
}

fn no_profiles() -> Error {
    Error::forbidden("AWS_PROFILE is set, and this build reads no AWS profiles").with_hint(
        "build with --features aws-profiles, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    )
}

fn generic(error: Error) -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of the first request, where only the named variables are set.
    fn refused(variables: &[(&str, &str)]) -> Error {
        let requests = Requests::start().expect("threads");
        let builder = AmazonS3Builder::new().with_bucket_name("feedback");
        let (builder, _) = configure(builder, &requests, |name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        })
        .expect("a store");
        let store = builder.build().expect("a store");
        let found = requests
            .runtime()
            .block_on(store.credentials().get_credential());
        Error::from(found.expect_err("no credentials"))
    }

    #[test]
    fn a_profile_needs_a_build_that_reads_profiles() {
        let error = refused(&[("AWS_PROFILE", "research")]);
        assert!(error.is_access());
        assert_eq!(
            error.to_string(),
            "AWS_PROFILE is set, and this build reads no AWS profiles"
        );
        assert_eq!(
            error.hint(),
            Some(
                "build with --features aws-profiles, or set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY"
            )
        );
    }

    #[test]
    fn a_disabled_metadata_service_is_not_requested() {
        let error = refused(&[("AWS_EC2_METADATA_DISABLED", "true")]);
        assert_eq!(
            error.to_string(),
            "no AWS credentials found (AWS_ACCESS_KEY_ID is not set)"
        );
    }

    #[test]
    fn keys_take_precedence_over_a_profile() {
        let requests = Requests::start().expect("threads");
        let builder = AmazonS3Builder::new()
            .with_bucket_name("feedback")
            .with_access_key_id("key")
            .with_secret_access_key("secret");
        let (builder, endpoint) = configure(builder, &requests, |name| match name {
            "AWS_ENDPOINT_URL" => Some("http://localhost:9000".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_PROFILE" => Some("any".to_owned()),
            _ => None,
        })
        .expect("a store");
        assert_eq!(endpoint.as_deref(), Some("http://localhost:9000"));
        let store = builder.build().expect("a store");
        let found = requests
            .runtime()
            .block_on(store.credentials().get_credential());
        assert_eq!(found.expect("credentials").key_id, "key");
    }
}
