//! Input files: finding them, and reading their bytes.

pub mod archive;
pub mod content;
pub mod expand;
pub mod input;
pub mod names;
pub mod patterns;
pub mod shared_file;
pub mod source;
pub mod spool;

use std::sync::Arc;

use object_store::ObjectStore;
use url::Url;

use crate::error::{Error, Result};

/// The object stores that files are fetched from.
pub trait Stores: Send + Sync {
    /// Returns the store of a URL such as `s3://bucket/key`.
    ///
    /// # Errors
    /// Returns an error if the scheme is unknown or the store's settings are wrong.
    fn store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>>;
}

/// Runs blocking work on a thread for it.
pub async fn blocking<T: Send + 'static, E: From<Error> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::cancelled("the import was cancelled").into()),
        },
    }
}
