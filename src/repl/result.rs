//! The last result, kept for `\chart`.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::EmptyRecordBatchStream;
use datafusion::physical_plan::stream::{
    RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter,
};
use futures::{StreamExt, stream};

use crate::failure::Failure;
use crate::output::CHART_ROWS_MAX;

/// Batches that are ready before they are written.
const BATCHES_AHEAD: usize = 2;

/// The rows of a result, as far as they are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
    rows: usize,
    /// When the last row came; `None` of a result that was not read to its end.
    end: Option<Instant>,
}

impl Kept {
    /// All of the rows.
    ///
    /// # Errors
    /// Where there was no result, or it was too long to be kept, or not read to its end.
    pub(super) fn rows(&self) -> Result<SendableRecordBatchStream, Failure> {
        let Some(schema) = &self.schema else {
            return Err(Failure::usage(
                "there is no result to draw yet",
                "run a SELECT first, then \\chart",
            ));
        };
        if self.rows > CHART_ROWS_MAX {
            return Err(Failure::usage(
                format!(
                    "the last result has more than {CHART_ROWS_MAX} rows, too many for a chart"
                ),
                "aggregate it, such as SELECT month, nps(score) FROM responses GROUP BY month",
            ));
        }
        if self.end.is_none() {
            return Err(Failure::usage(
                "the last result was not read to its end",
                "run it again, and leave the pager behind its last line",
            ));
        }
        let batches = self
            .batches
            .clone()
            .into_iter()
            .map(Ok::<_, DataFusionError>);
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema.clone(),
            stream::iter(batches),
        )))
    }

    fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows();
        if self.rows <= CHART_ROWS_MAX {
            self.batches.push(batch.clone());
        } else {
            self.batches.clear();
        }
    }
}

/// What is being kept of a stream that is being read.
pub(super) struct Keeping(Arc<Mutex<Kept>>);

impl Keeping {
    /// When the last row came, `None` where it did not.
    pub(super) fn end(&self) -> Option<Instant> {
        self.0.lock().ok()?.end
    }

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
                return Ok(());
            }
        }
        if let Ok(mut kept) = keeping.lock() {
            kept.end = Some(Instant::now());
        }
        Ok(())
    });
    *stream = builder.build();
    Keeping(kept)
}
