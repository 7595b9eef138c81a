//! Where requests to object stores run.

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

/// A small runtime of its own: connections outlive the runtime that asked for them, and a caller
/// that computes or blocks must not keep their answers waiting until they time out.
///
/// It lives as long as the registry or a store that was made by it.
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
        self.runtime
            .as_ref()
            .expect("it is there until this is dropped")
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
