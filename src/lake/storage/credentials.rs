//! AWS credentials from the default chain of the AWS tools.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use super::requests::Requests;
use crate::error::Error;

/// Credentials are renewed this long before they expire.
const RENEWAL_MARGIN: Duration = Duration::from_secs(300);

/// Credentials from the environment, the profile (with single sign-on, roles and processes), web
/// identity, the container's and the instance's role, in this order. The first request looks for
/// them.
#[derive(Debug)]
pub(super) struct DefaultCredentials {
    chain: Arc<DefaultCredentialsChain>,
    requests: Arc<Requests>,
    found: Mutex<Option<Credentials>>,
}

impl DefaultCredentials {
    pub(super) async fn find(requests: &Arc<Requests>) -> Self {
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
