//! AWS credentials, region and endpoint from the default chain of the AWS tools.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::region::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, SdkConfig, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use datafusion::error::{DataFusionError, Result};
use object_store::CredentialProvider;
use object_store::aws::{AmazonS3Builder, AwsCredential};
use tokio::sync::Mutex;

use super::requests::Requests;
use crate::error::Error;

/// Credentials are renewed this long before they expire.
const RENEWAL_MARGIN: Duration = Duration::from_secs(300);

/// Adds credentials and the region to a store, and returns the endpoint that the environment or the
/// profile names.
pub(super) fn configure(
    builder: AmazonS3Builder,
    requests: &Arc<Requests>,
) -> Result<(AmazonS3Builder, Option<String>)> {
    // The AWS configuration is loaded asynchronously, and this is called from synchronous code
    // inside runtimes of every flavour: a separate thread can wait for it without blocking one.
    let (profile, credentials) = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                requests
                    .runtime()
                    .block_on(async { (profile().await, DefaultCredentials::find(requests).await) })
            })
            .join()
    })
    .map_err(|_| {
        DataFusionError::Execution("the AWS configuration could not be loaded".to_owned())
    })?;
    let mut builder = builder.with_credentials(Arc::new(credentials));
    if let Some(region) = profile.region() {
        builder = builder.with_region(region.to_string());
    }
    Ok((builder, profile.endpoint_url().map(str::to_owned)))
}

/// Region and endpoint, from the environment or the profile only: querying the instance metadata
/// service takes seconds on every machine that is not Amazon's.
async fn profile() -> SdkConfig {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new());
    aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .no_credentials()
        .load()
        .await
}

/// Credentials from the environment, the profile (with single sign-on, roles and processes), web
/// identity, the container's and the instance's role, in this order. The first request looks for
/// them.
#[derive(Debug)]
struct DefaultCredentials {
    chain: Arc<DefaultCredentialsChain>,
    requests: Arc<Requests>,
    found: Mutex<Option<Credentials>>,
}

impl DefaultCredentials {
    async fn find(requests: &Arc<Requests>) -> Self {
        // Outside Amazon's machines the service does not answer, and every attempt costs a second.
        let instance = imds::Client::builder().max_attempts(2).build();
        let chain = DefaultCredentialsChain::builder()
            .imds_client(instance)
            .build()
            .await;
        Self {
            chain: Arc::new(chain),
            requests: Arc::clone(requests),
            found: Mutex::new(None),
        }
    }
}

#[async_trait]
impl CredentialProvider for DefaultCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut found = self.found.lock().await;
        let credentials = match found.take().filter(is_fresh) {
            Some(credentials) => credentials,
            None => {
                let chain = Arc::clone(&self.chain);
                self.requests
                    .runtime()
                    .spawn(async move { chain.provide_credentials().await })
                    .await?
                    .map_err(|error| object_store::Error::Generic {
                        store: "S3",
                        source: Box::new(Error::no_credentials(error)),
                    })?
            }
        };
        let given = AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        };
        *found = Some(credentials);
        Ok(Arc::new(given))
    }
}

fn is_fresh(credentials: &Credentials) -> bool {
    credentials
        .expiry()
        .is_none_or(|expiry| SystemTime::now() + RENEWAL_MARGIN < expiry)
}
