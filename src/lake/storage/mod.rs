//! Object stores: created on first use from a URL, or registered by the embedding program.

mod bucket;
#[cfg(any(test, not(feature = "aws-profiles")))]
mod environment;
mod http;
pub(super) mod layer;
mod local;
#[cfg(feature = "aws-profiles")]
mod profiles;
mod requests;
mod staged;
mod web;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::error::Result as DataFusionResult;
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use url::Url;

use super::location::check_user;
use crate::error::Error;

use bucket::Bucket;
use http::StallTimeoutConnector;
use local::LocalFiles;
#[cfg(feature = "aws-profiles")]
use profiles::configure;
use requests::Requests;
use web::WebFiles;

/// Time for which a failing request is retried.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);

/// A registry that creates stores of S3 and of web servers when a query first names them, so that
/// starting up touches neither the network nor the AWS configuration.
///
/// Writes to local files are synced to disk, and those of the lake are private. Registered stores take
/// precedence over created ones.
#[derive(Debug)]
pub(crate) struct OnDemandRegistry {
    inner: DefaultObjectStoreRegistry,
    /// Started with the first store.
    requests: Mutex<Option<Arc<Requests>>>,
}

impl OnDemandRegistry {
    /// A registry for a lake, with its folder if it is local.
    pub(super) fn new(lake: Option<Path>) -> Self {
        let inner = DefaultObjectStoreRegistry::new();
        let files = Url::parse("file://").expect("a URL");
        inner.register_store(&files, Arc::new(LocalFiles::layered(lake)));
        Self {
            inner,
            requests: Mutex::new(None),
        }
    }

    fn requests(&self) -> DataFusionResult<Arc<Requests>> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        match &*requests {
            Some(requests) => Ok(Arc::clone(requests)),
            None => Ok(Arc::clone(requests.insert(Requests::start()?))),
        }
    }
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
                let store = s3_store(url, &self.requests()?)?;
                self.inner.register_store(url, Arc::clone(&store));
                Ok(store)
            }
            Err(_) if matches!(url.scheme(), "http" | "https") => {
                let store: Arc<dyn ObjectStore> = Arc::new(WebFiles::new(url, &self.requests()?)?);
                self.inner.register_store(url, Arc::clone(&store));
                Ok(store)
            }
            found => found,
        }
    }
}

/// An S3 store for the bucket of `url`, from the usual AWS environment variables and profiles.
fn s3_store(url: &Url, requests: &Arc<Requests>) -> DataFusionResult<Arc<dyn ObjectStore>> {
    check_user(url)?;
    let Some(bucket) = url.host_str() else {
        return Err(Error::invalid(format!("{url} does not name a bucket"))
            .with_hint("use the form s3://bucket/prefix")
            .into());
    };
    let builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_http_connector(StallTimeoutConnector::new(requests))
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 5,
            retry_timeout: RETRY_TIMEOUT,
        });
    let (mut builder, configured) = configure(builder, requests)?;
    let endpoint = endpoint(configured);
    if let Some(endpoint) = &endpoint {
        builder = builder.with_endpoint(endpoint);
        if is_loopback_http(endpoint) {
            builder = builder.with_allow_http(true);
        }
    }
    let store = builder.build().map_err(Error::from)?;
    Ok(Arc::new(Bucket::new(bucket, endpoint, store)))
}

#[cfg(not(feature = "aws-profiles"))]
fn configure(
    builder: AmazonS3Builder,
    requests: &Arc<Requests>,
) -> DataFusionResult<(AmazonS3Builder, Option<String>)> {
    environment::configure(builder, requests, |name| std::env::var(name).ok())
}

fn endpoint(configured: Option<String>) -> Option<String> {
    ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .or(configured)
        .map(|endpoint| endpoint.trim_end_matches('/').to_owned())
        .filter(|endpoint| !endpoint.is_empty())
}

/// Plain HTTP is only for servers on this machine, so that credentials are never sent unencrypted
/// without AWS_ALLOW_HTTP.
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
        for (endpoint, is_loopback) in [
            ("http://127.0.0.1:9000", true),
            ("http://localhost:9000/", true),
            ("http://[::1]:9000", true),
            ("http://minio.example.com", false),
            ("https://127.0.0.1", false),
        ] {
            assert_eq!(is_loopback_http(endpoint), is_loopback, "{endpoint}");
        }
    }
}
