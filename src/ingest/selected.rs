//! The staged responses of one verdict, as a table that the lake's writer reads.

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;

use super::IngestProgress;
use super::batch::Batches;
use super::staged::Staged;
use super::verdicts::{Verdict, Verdicts};
use crate::error::Result;

/// Batches that are made ahead of the writer.
const BATCHES_AHEAD: usize = 2;

/// The staged responses of one verdict.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub(super) staged: Staged,
    pub(super) verdicts: Arc<Verdicts>,
    pub(super) batches: Batches,
    pub(super) verdict: Verdict,
    pub(super) progress: Option<Arc<IngestProgress>>,
}

impl Selected {
    /// The responses as a table of one partition.
    pub(super) fn table(self) -> Result<Arc<StreamingTable>> {
        let schema = Arc::clone(self.batches.schema());
        Ok(Arc::new(StreamingTable::try_new(
            schema,
            vec![Arc::new(self)],
        )?))
    }

    /// The staged batches with just these responses in them.
    pub(super) fn staged_batches(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<'_>> {
        let mut row = 0;
        Ok(self.staged.batches()?.map(move |batch| {
            let batch = batch?;
            let rows = row..row + batch.num_rows() as u64;
            row = rows.end;
            let wanted: BooleanArray = rows
                .map(|row| Some(self.verdicts.of(row) == self.verdict))
                .collect();
            if wanted.true_count() == batch.num_rows() {
                return Ok(batch);
            }
            Ok(filter_record_batch(&batch, &wanted).map_err(DataFusionError::from)?)
        }))
    }
}

impl PartitionStream for Selected {
    fn schema(&self) -> &SchemaRef {
        self.batches.schema()
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder =
            RecordBatchReceiverStream::builder(Arc::clone(self.batches.schema()), BATCHES_AHEAD);
        let sender = builder.tx();
        let selected = self.clone();
        builder.spawn_blocking(move || {
            for batch in selected.staged_batches()? {
                let batch = batch?;
                if batch.num_rows() == 0 {
                    continue;
                }
                let batch = selected.batches.of_staged(&batch)?;
                if let Some(progress) = &selected.progress {
                    progress.add_rows(batch.num_rows() as u64);
                }
                if sender.blocking_send(Ok(batch)).is_err() {
                    // The writer has failed and says why.
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}
