//! The runtime for requests to object stores.

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

/// A small separate runtime: connections outlive the runtime of the caller, and a caller that
/// computes or blocks must not delay responses until they time out.
///
/// It lives as long as the registry or a store that the registry created.
#[derive(Debug)]
pub(super) struct Requests {
    runtime: Option<Runtime>,
}

impl Requests {
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("voxql-requests")
            .enable_all()
            .build()?;
        Ok(Arc::new(Self {
            runtime: Some(runtime),
        }))
    }

    pub(super) fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("present until drop")
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        // The last owner may be a task, and dropping a runtime inside another one would block it.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
