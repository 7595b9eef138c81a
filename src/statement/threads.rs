//! The threads on which statements are planned and run.

use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::internal_err;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::{
    RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter,
};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{FutureExt, StreamExt};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::failure::Failure;
use crate::query::cancel::CancelOnDrop;
use crate::query::stack::STACK_BYTES;

/// Batches that a query may be ahead of its consumer.
const BATCHES_AHEAD: usize = 2;

/// The name of the threads, whose panics become errors.
pub(crate) const THREAD_NAME: &str = "query";

/// A runtime for queries, apart from the one that waits for Ctrl-C and draws progress: planning and
/// some operators compute for seconds without yielding.
pub(crate) struct QueryThreads {
    runtime: Option<Runtime>,
}

impl QueryThreads {
    pub(crate) fn new() -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_name(THREAD_NAME)
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(|error: io::Error| Failure::write("starting the threads of queries", error))?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// Waits until cancelled statements have ended and removed the files that they were writing.
    pub(crate) async fn settle(&self) {
        while self.handle().metrics().num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Files are removed on the threads for blocking calls.
        let _ = self.handle().spawn_blocking(|| ()).await;
    }

    fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("present until drop").handle()
    }

    /// Runs `work` without blocking the caller's thread. Dropping the future cancels it where it
    /// yields.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let task = {
            let _entered = self.handle().enter();
            SpawnedTask::spawn(caught(work))
        };
        let done = task.join_unwind().await;
        done.expect("the runtime is open as long as it is borrowed")
    }

    /// Runs a plan. Dropping the stream cancels it, and drops `cancel`.
    pub(super) fn execute(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        task: Arc<TaskContext>,
        cancel: CancelOnDrop,
    ) -> SendableRecordBatchStream {
        let schema = plan.schema();
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&schema), BATCHES_AHEAD);
        let sender = builder.tx();
        let work = async move {
            let mut batches = execute_stream(plan, task)?;
            while let Some(batch) = batches.next().await {
                if sender.send(batch).await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        builder.spawn_on(caught(work), self.handle());
        let batches = builder.build().map(move |batch| {
            let _owned = &cancel;
            batch
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

/// A panic of the engine as an error, so that a shell goes on. The log has its text, which may have values of
/// rows.
async fn caught<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done,
        Err(_) => internal_err!("the engine panicked; VOXQL_LOG=debug shows where"),
    }
}

impl Drop for QueryThreads {
    fn drop(&mut self) {
        // Dropping a runtime waits for its tasks, which may compute for long.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let threads = QueryThreads::new().expect("threads");
        let done = futures::executor::block_on(threads.run(async {
            let empty: Vec<u8> = Vec::new();
            Ok(empty[1..].len())
        }));
        let error = done.expect_err("a panic").to_string();
        assert!(error.contains("the engine panicked"), "{error}");
    }
}
