//! The staged responses of one verdict, and the people of an import, as tables that the lake's
//! writer reads.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{BooleanArray, RecordBatch};
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
use crate::ingest::stage::staged::{RESPONDENT, SEALED, SEALED_FIELDS, Staged};
use crate::lake::identities;

/// Batches that are made ahead of the writer.
const BATCHES_AHEAD: usize = 2;

/// The staged responses of one verdict.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Selected {
    pub(in crate::ingest) staged: Staged,
    pub(in crate::ingest) verdicts: Arc<Verdicts>,
    pub(in crate::ingest) batches: Batches,
    pub(in crate::ingest) verdict: Verdict,
    pub(in crate::ingest) progress: Option<Arc<IngestProgress>>,
}

impl Selected {
    /// The responses as a table of one partition.
    pub(in crate::ingest) fn table(self) -> Result<Arc<StreamingTable>> {
        let schema = Arc::clone(self.batches.schema());
        Ok(Arc::new(StreamingTable::try_new(
            schema,
            vec![Arc::new(self)],
        )?))
    }

    /// The staged batches with just these responses in them.
    pub(in crate::ingest) fn staged_batches(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<'_>> {
        let verdict = self.verdict;
        batches(&self.staged, &self.verdicts, move |of| of == verdict)
    }
}

/// The staged batches with just the responses of the wanted verdicts in them.
fn batches<'a, F: Fn(Verdict) -> bool + 'a>(
    staged: &Staged,
    verdicts: &'a Verdicts,
    is_wanted: F,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<'a, F>> {
    let mut row = 0;
    Ok(staged.batches()?.map(move |batch| {
        let batch = batch?;
        let rows = row..row + batch.num_rows() as u64;
        row = rows.end;
        let wanted: BooleanArray = rows.map(|row| Some(is_wanted(verdicts.of(row)))).collect();
        if wanted.true_count() == batch.num_rows() {
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, &wanted).map_err(DataFusionError::from)?)
    }))
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

/// The respondents of new and updated responses, sealed.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct People {
    pub(in crate::ingest) staged: Staged,
    pub(in crate::ingest) verdicts: Arc<Verdicts>,
}

/// What an import brings of [`IDENTITIES_SCHEMA`](crate::lake::schema::IDENTITIES_SCHEMA).
static PEOPLE_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new(identities::RESPONDENT, DataType::Utf8, false),
        Field::new(identities::FIELDS, DataType::Utf8, false),
        Field::new(identities::SEALED, DataType::Binary, false),
    ]))
});

impl People {
    /// A table of one partition.
    pub(in crate::ingest) fn table(self) -> Result<Arc<StreamingTable>> {
        let schema = Arc::clone(&PEOPLE_SCHEMA);
        Ok(Arc::new(StreamingTable::try_new(
            schema,
            vec![Arc::new(self)],
        )?))
    }
}

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
            let comes_in = |verdict| matches!(verdict, Verdict::New | Verdict::Updated);
            for batch in batches(&staged, &verdicts, comes_in)? {
                let batch = batch?;
                let is_sealed = is_not_null(batch.column(SEALED))?;
                let people = [RESPONDENT, SEALED_FIELDS, SEALED]
                    .map(|column| filter(batch.column(column), &is_sealed));
                let people = people.into_iter().collect::<Result<Vec<_>, _>>()?;
                let people = RecordBatch::try_new(Arc::clone(&PEOPLE_SCHEMA), people)?;
                if sender.blocking_send(Ok(people)).is_err() {
                    // The writer has failed and says why.
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}
