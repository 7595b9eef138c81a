//! Tables for the lake's writer: the staged responses with a verdict, and the identities of an
//! import.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::compute::{filter, filter_record_batch, is_not_null};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;

use super::batch::Batches;
use crate::error::Result;
use crate::ingest::decide::verdicts::{Verdict, Verdicts};
use crate::ingest::progress::IngestProgress;
use crate::ingest::stage::answer::nth_id;
use crate::ingest::stage::staged::{RESPONDENT, RESPONSE_ID, SEALED, SEALED_FIELDS, Staged};
use crate::lake::identities;

/// Number of batches prepared ahead of the writer.
const BATCHES_AHEAD: usize = 2;

/// The staged responses with a verdict.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub(super) staged: Staged,
    pub(super) verdicts: Arc<Verdicts>,
    pub(super) batches: Batches,
    pub(super) verdict: Verdict,
    pub(super) progress: Option<Arc<IngestProgress>>,
}

/// A table with one partition.
pub(super) fn streaming_table(
    partition: impl PartitionStream + 'static,
) -> Result<Arc<StreamingTable>> {
    let schema = Arc::clone(partition.schema());
    let table = StreamingTable::try_new(schema, vec![Arc::new(partition)])?;
    Ok(Arc::new(table))
}

impl Selected {
    /// The staged batches, reduced to these responses.
    pub(super) fn staged_batches(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<'_>> {
        let verdicts = &self.verdicts;
        let mut row = 0;
        Ok(self.staged.batches()?.map(move |batch| {
            let mut batch = batch?;
            let rows = row..row + batch.num_rows() as u64;
            row = rows.end;
            if rows.clone().any(|row| verdicts.nth.contains_key(&row)) {
                batch = with_numbered_ids(&batch, rows.start, verdicts)?;
            }
            selected(&batch, rows, verdicts, |verdict| verdict == self.verdict)
        }))
    }
}

/// The batch, whose responses have the indexes `rows`, reduced to those with the wanted verdicts.
fn selected(
    batch: &RecordBatch,
    rows: Range<u64>,
    verdicts: &Verdicts,
    is_wanted: impl Fn(Verdict) -> bool,
) -> Result<RecordBatch> {
    let wanted: BooleanArray = rows.map(|row| Some(is_wanted(verdicts.get(row)))).collect();
    if wanted.true_count() == batch.num_rows() {
        return Ok(batch.clone());
    }
    Ok(filter_record_batch(batch, &wanted).map_err(DataFusionError::from)?)
}

/// The batch with the ids of responses that share theirs with different ones. `first` is the index
/// of its first response.
fn with_numbered_ids(batch: &RecordBatch, first: u64, verdicts: &Verdicts) -> Result<RecordBatch> {
    let ids = batch.column(RESPONSE_ID).as_string::<i32>();
    let ids = ids.iter().zip(first..).map(|(id, row)| {
        let nth = verdicts.nth.get(&row).copied().unwrap_or_default();
        Some(nth_id(id?, nth))
    });
    let mut columns = batch.columns().to_vec();
    columns[RESPONSE_ID] = Arc::new(ids.collect::<StringArray>());
    let batch = RecordBatch::try_new(batch.schema(), columns);
    Ok(batch.map_err(DataFusionError::from)?)
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
                let batch = selected.batches.convert(&batch)?;
                if let Some(progress) = &selected.progress {
                    progress.add_rows(batch.num_rows() as u64);
                }
                if sender.blocking_send(Ok(batch)).is_err() {
                    // The writer has failed and returns the error.
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}

/// The sealed identities in new and updated responses, or in all without verdicts.
#[derive(Clone, Debug)]
pub(super) struct People {
    pub(super) staged: Staged,
    pub(super) verdicts: Option<Arc<Verdicts>>,
}

/// The columns of [`IDENTITIES_SCHEMA`](crate::lake::schema::IDENTITIES_SCHEMA) set by an import.
static PEOPLE_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new(identities::RESPONDENT, DataType::Utf8, false),
        Field::new(identities::FIELDS, DataType::Utf8, false),
        Field::new(identities::SEALED, DataType::Binary, false),
    ]))
});

impl PartitionStream for People {
    fn schema(&self) -> &SchemaRef {
        &PEOPLE_SCHEMA
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder =
            RecordBatchReceiverStream::builder(Arc::clone(&PEOPLE_SCHEMA), BATCHES_AHEAD);
        let sender = builder.tx();
        let Self { staged, verdicts } = self.clone();
        builder.spawn_blocking(move || {
            let mut row = 0;
            for batch in staged.batches()? {
                let mut batch = batch?;
                let rows = row..row + batch.num_rows() as u64;
                row = rows.end;
                if let Some(verdicts) = &verdicts {
                    batch = selected(&batch, rows, verdicts, |verdict| {
                        matches!(verdict, Verdict::New | Verdict::Updated)
                    })?;
                }
                let is_sealed = is_not_null(batch.column(SEALED))?;
                let people = [RESPONDENT, SEALED_FIELDS, SEALED]
                    .map(|column| filter(batch.column(column), &is_sealed));
                let people = people.into_iter().collect::<Result<Vec<_>, _>>()?;
                let people = RecordBatch::try_new(Arc::clone(&PEOPLE_SCHEMA), people)?;
                if sender.blocking_send(Ok(people)).is_err() {
                    // The writer has failed and returns the error.
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}
