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

/// Batches read ahead of the writer.
const BATCHES_AHEAD: usize = 2;

/// The rows of the last result, unless they are too many for a chart.
#[derive(Clone, Debug, Default)]
pub(super) struct LastResult {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
    rows: usize,
    /// When the last row arrived; `None` if the result was not read to its end.
    end: Option<Instant>,
}

impl LastResult {
    /// Returns all rows.
    ///
    /// # Errors
    /// Returns an error if there is no result, or it is too long or was not read to its end.
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
                "run it again, and scroll to the last line before you quit the pager",
            ));
        }
        let batches = self.batches.clone().into_iter();
        let batches = stream::iter(batches.map(Ok::<_, DataFusionError>));
        let rows = RecordBatchStreamAdapter::new(schema.clone(), batches);
        Ok(Box::pin(rows))
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

/// The result of a stream that is being read.
pub(super) struct Recording(Arc<Mutex<LastResult>>);

impl Recording {
    /// When the last row arrived; `None` if it did not.
    pub(super) fn end(&self) -> Option<Instant> {
        self.0.lock().ok()?.end
    }

    /// The result; `None` for a statement without rows.
    pub(super) fn into_result(self) -> Option<LastResult> {
        let result = self.0.lock().ok()?.clone();
        result.schema.as_ref()?;
        Some(result)
    }
}

/// Keeps the rows of a stream while it is read. A separate task reads it, so that Ctrl-C works even
/// if a plan blocks its thread.
pub(super) fn record(stream: &mut SendableRecordBatchStream) -> Recording {
    let schema = stream.schema();
    let result = Arc::new(Mutex::new(LastResult {
        schema: Some(schema.clone()).filter(|schema| !schema.fields().is_empty()),
        ..LastResult::default()
    }));
    let empty: SendableRecordBatchStream = Box::pin(EmptyRecordBatchStream::new(schema.clone()));
    let mut rows = std::mem::replace(stream, empty);
    let mut builder = RecordBatchReceiverStreamBuilder::new(schema, BATCHES_AHEAD);
    let sender = builder.tx();
    let recorded = Arc::clone(&result);
    builder.spawn(async move {
        while let Some(batch) = rows.next().await {
            if let (Ok(batch), Ok(mut result)) = (&batch, recorded.lock()) {
                result.add(batch);
            }
            // The receiver is gone.
            if sender.send(batch).await.is_err() {
                return Ok(());
            }
        }
        if let Ok(mut result) = recorded.lock() {
            result.end = Some(Instant::now());
        }
        Ok(())
    });
    *stream = builder.build();
    Recording(result)
}
