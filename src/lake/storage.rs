//! Object stores: made on first use from a URL, or given by the embedding program.

use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::region::ProfileFileRegionProvider;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use deltalake::aws::storage::S3ObjectStoreFactory;
use deltalake::logstore::{ObjectStoreFactory, StorageConfig};
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use url::Url;

/// How long a failing request is tried again before it is an error.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);

/// A registry that makes S3 stores when a query first names them, so that starting up touches
/// neither the network nor the AWS configuration.
///
/// Stores that were registered by hand win over made ones.
#[derive(Debug, Default)]
pub(crate) struct OnDemandRegistry {
    inner: DefaultObjectStoreRegistry,
}

impl ObjectStoreRegistry for OnDemandRegistry {
    fn register_store(
        &self,
        url: &Url,
        store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        self.inner.register_store(url, store)
    }

    fn deregister_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        self.inner.deregister_store(url)
    }

    fn get_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        match self.inner.get_store(url) {
            Err(_) if matches!(url.scheme(), "s3" | "s3a") => {
                let store = s3_store(url)?;
                self.inner.register_store(url, Arc::clone(&store));
                Ok(store)
            }
            found => found,
        }
    }
}

/// An S3 store for the bucket of `url`, from the usual AWS environment variables and profiles.
fn s3_store(url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
    let mut bucket = url.clone();
    bucket.set_path("");
    // The AWS configuration is loaded asynchronously, and this is called from synchronous code
    // inside runtimes of every flavour: a thread with a small runtime of its own is the one
    // place where waiting for it can never block the caller's runtime.
    let built = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let options = s3_options()?;
                let config = StorageConfig {
                    retry: RetryConfig {
                        backoff: BackoffConfig::default(),
                        max_retries: 5,
                        retry_timeout: RETRY_TIMEOUT,
                    },
                    raw: options.into_iter().collect(),
                    ..StorageConfig::default()
                };
                S3ObjectStoreFactory::default()
                    .parse_url_opts(&bucket, &config)
                    .map(|(store, _)| store)
                    .map_err(|error| DataFusionError::External(Box::new(error)))
            })
            .join()
    });
    built.unwrap_or_else(|_| {
        Err(DataFusionError::Execution(format!(
            "the AWS configuration for {bucket} could not be loaded"
        )))
    })
}

/// What the factory does not take from the environment by itself: region and endpoint of the
/// profile, plain HTTP on loopback, and credentials from the profile with an endpoint of one's
/// own.
fn s3_options() -> DataFusionResult<Vec<(String, String)>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Region from the environment or the profile only: asking the instance metadata service
    // takes seconds on every machine that is not one of Amazon's.
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new());
    let profile = runtime.block_on(
        aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .load(),
    );
    let mut options = Vec::new();
    if let Some(region) = profile.region() {
        options.push(("aws_region".to_owned(), region.to_string()));
    }
    let endpoint = std::env::var("AWS_ENDPOINT_URL_S3")
        .ok()
        .or_else(|| std::env::var("AWS_ENDPOINT").ok())
        .or_else(|| profile.endpoint_url().map(str::to_owned));
    if let Some(endpoint) = endpoint {
        if is_loopback_http(&endpoint) {
            options.push(("aws_allow_http".to_owned(), "true".to_owned()));
        }
        options.push((
            "aws_endpoint".to_owned(),
            endpoint.trim_end_matches('/').to_owned(),
        ));
        if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
            // With an endpoint set, the factory would ask the instance metadata service only.
            options.push(("aws_force_credential_load".to_owned(), "true".to_owned()));
        }
    }
    Ok(options)
}

/// Credentials never travel in the clear: plain HTTP is for servers on this machine.
fn is_loopback_http(endpoint: &str) -> bool {
    let Ok(url) = Url::parse(endpoint) else {
        return false;
    };
    url.scheme() == "http"
        && match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(is_loopback_http("http://127.0.0.1:9000"));
        assert!(is_loopback_http("http://localhost:9000/"));
        assert!(is_loopback_http("http://[::1]:9000"));
        assert!(!is_loopback_http("http://minio.example.com"));
        assert!(!is_loopback_http("https://127.0.0.1"));
    }
}
