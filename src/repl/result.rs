//! The last result, kept for `\chart`.

use std::sync::{Arc, Mutex};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::EmptyRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use futures::StreamExt;

use crate::cli::Failure;

/// Rows that are kept. A result of more is none to draw.
const ROWS_MAX: usize = 100_000;

/// Batches that are ready before they are written.
const BATCHES_AHEAD: usize = 2;

/// The rows of a result, as far as they are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
    rows: usize,
}

impl Kept {
    /// All of the rows.
    ///
    /// # Errors
    /// Where there was no result, or one that was too long to be kept.
    pub(super) fn rows(&self) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
        let Some(schema) = &self.schema else {
            return Err(Failure::usage(
                "there is no result to draw yet",
                "run a SELECT first, then \\chart",
            ));
        };
        if self.rows > ROWS_MAX {
            return Err(Failure::usage(
                format!(
                    "the last result has {} rows, too many for a chart",
                    self.rows
                ),
                "aggregate it, such as SELECT month, nps(score) FROM responses GROUP BY month",
            ));
        }
        Ok((schema.clone(), self.batches.clone()))
    }

    fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows();
        if self.rows <= ROWS_MAX {
            self.batches.push(batch.clone());
        } else {
            self.batches.clear();
        }
    }
}

/// What is being kept of a stream that is being read.
pub(super) struct Keeping(Arc<Mutex<Kept>>);

impl Keeping {
    /// What was kept, `None` of a statement without rows.
    pub(super) fn take(self) -> Option<Kept> {
        let kept = self.0.lock().ok()?.clone();
        kept.schema.as_ref()?;
        Some(kept)
    }
}

/// Keeps the rows of a stream while it is read, and reads it in a task of its own: whatever keeps a
/// plan busy, the shell hears Ctrl-C.
pub(super) fn keep(stream: &mut SendableRecordBatchStream) -> Keeping {
    let schema = stream.schema();
    let kept = Arc::new(Mutex::new(Kept {
        schema: Some(schema.clone()).filter(|schema| !schema.fields().is_empty()),
        ..Kept::default()
    }));
    let empty: SendableRecordBatchStream = Box::pin(EmptyRecordBatchStream::new(schema.clone()));
    let mut rows = std::mem::replace(stream, empty);
    let mut builder = RecordBatchReceiverStreamBuilder::new(schema, BATCHES_AHEAD);
    let sender = builder.tx();
    let keeping = Arc::clone(&kept);
    builder.spawn(async move {
        while let Some(batch) = rows.next().await {
            if let (Ok(batch), Ok(mut kept)) = (&batch, keeping.lock()) {
                kept.add(batch);
            }
            // Nobody waits for more.
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    *stream = builder.build();
    Keeping(kept)
}
