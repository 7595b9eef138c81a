//! Appending an import to a table: one commit, carrying its application transaction.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{cast as cast_array, partition};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{cast, ident, lit};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{
    ExecutionPlan, Partitioning, SendableRecordBatchStream, execute_stream_partitioned,
};
use datafusion::prelude::DataFrame;
use datafusion::scalar::ScalarValue;
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::engine::arrow_conversion::{TryIntoArrow, TryIntoKernel};
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{
    Action, Add, EagerSnapshot, MetadataExt, Remove, StructField, StructType, Transaction,
};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError, ObjectStore};
use futures::TryStreamExt;
use tokio::task::JoinSet;

use super::Lake;
use crate::error::{Error, Result};

/// What came of an attempt to append.
pub(crate) enum Appended {
    /// Committed, with this many new files.
    Done { files: usize },
    /// Another writer committed since the table was read; nothing of this append is visible.
    Raced,
}

/// How often a change is attempted while others commit first, each time a little later.
const ATTEMPTS_MAX: u32 = 50;
const DELAY: Duration = Duration::from_millis(20);

/// The attempts at a change, each from reading to committing, that others were faster than.
pub(crate) struct Attempts<'a> {
    lake: &'a Lake,
    raced: u32,
}

impl<'a> Attempts<'a> {
    pub(crate) fn at(lake: &'a Lake) -> Self {
        Self { lake, raced: 0 }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// Where there were too many; the error says `outcome`.
    pub(crate) async fn raced(&mut self, outcome: &str) -> Result<()> {
        self.raced += 1;
        if self.raced == ATTEMPTS_MAX {
            return Err(Error::conflict(format!(
                "{ATTEMPTS_MAX} times another process committed to {} first; {outcome}",
                self.lake.uri()
            ))
            .with_hint("try again when fewer imports run at once"));
        }
        tracing::info!(self.raced, "another process committed first, trying again");
        tokio::time::sleep(DELAY * self.raced).await;
        Ok(())
    }
}

/// Rows to write into a table in one commit directly after the version that is held of it, and
/// in no other place: what the caller has read of that version is still true then.
///
/// Rows come to the files partition by partition, so that there is one open file a core however many
/// partitions there are; deltalake's own writer keeps one open for each.
pub(crate) struct Append<'a> {
    pub(crate) table: &'a DeltaTable,
    /// The rows, in a session that spills what it cannot hold. Columns that the table lacks become
    /// its last.
    pub(crate) rows: DataFrame,
    pub(crate) order: Order<'a>,
    /// Makes a second append of the same thing recognisable for ever (see [`was_appended`]).
    pub(crate) transaction_id: Option<&'a str>,
    /// Goes into the commit's provenance.
    pub(crate) metadata: Vec<(String, serde_json::Value)>,
    /// Files that go with the same commit. What stays of them is among the rows.
    pub(crate) removed: Vec<Remove>,
    /// The rows are those of the removed files, no more and no less.
    pub(crate) is_same_data: bool,
}

/// How the rows come to their files.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order<'a> {
    /// As they are given, those of a partition together.
    AsGiven,
    /// Sorted by partition first, and in each by this column.
    By(&'a str),
}

/// Where a file ends and the next one begins.
pub(crate) const FILE_BYTES: NonZeroU64 = NonZeroU64::new(128 << 20).expect("it is not zero");

/// A row group is built in memory. Larger ones compress hardly better.
const ROW_GROUP_BYTES: usize = 32 << 20;

/// Rows that go to a file's writer at once.
const ROWS_AT_ONCE: usize = 8192;

impl<'a> Append<'a> {
    pub(crate) fn new(table: &'a DeltaTable, rows: DataFrame, order: Order<'a>) -> Self {
        Self {
            table,
            rows,
            order,
            transaction_id: None,
            metadata: Vec::new(),
            removed: Vec::new(),
            is_same_data: false,
        }
    }

    pub(crate) async fn run(self) -> Result<Appended> {
        let snapshot = self.table.snapshot()?.snapshot();
        let mut properties = CommitProperties::default()
            .with_max_retries(0)
            .with_metadata(self.metadata);
        if let Some(id) = self.transaction_id {
            properties = properties.with_application_transaction(Transaction::new(id, 1));
        }
        let is_same_data = self.is_same_data;
        let mode = match self.removed.is_empty() {
            true => SaveMode::Append,
            false => SaveMode::Overwrite,
        };
        let mut actions: Vec<Action> = self.removed.into_iter().map(Action::Remove).collect();
        let schema = match with_new_columns(snapshot, self.rows.schema())? {
            None => snapshot.arrow_schema(),
            Some(columns) => {
                let metadata = snapshot.metadata().clone().with_schema(&columns);
                let metadata = metadata.map_err(DeltaTableError::from)?;
                actions.push(Action::Metadata(metadata));
                let schema = (&columns).try_into_arrow();
                Arc::new(schema.map_err(DeltaTableError::from)?)
            }
        };
        let sorted_schema = keeping_dictionaries(&schema, self.rows.schema());
        let files = Files {
            store: self.table.log_store().object_store(None),
            partition_columns: snapshot.metadata().partition_columns().to_vec(),
            config: writer_config(snapshot, &schema),
            schema,
            failed: Arc::new(AtomicBool::new(false)),
        };
        let rows = with_columns(self.rows, &sorted_schema)?;
        let written = files.clone().write(rows, self.order).await?;
        let file_count = written.len();
        actions.extend(written.into_iter().map(|mut file| {
            file.data_change = !is_same_data;
            Action::Add(file)
        }));
        if actions.is_empty() && self.transaction_id.is_none() {
            return Ok(Appended::Done { files: 0 });
        }
        let operation = match is_same_data {
            true => DeltaOperation::Optimize {
                predicate: None,
                target_size: FILE_BYTES.get().cast_signed(),
            },
            false => DeltaOperation::Write {
                mode,
                partition_by: Some(files.partition_columns).filter(|columns| !columns.is_empty()),
                predicate: None,
            },
        };
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(snapshot), self.table.log_store(), operation)
            .await;
        match committed {
            Ok(_) => Ok(Appended::Done { files: file_count }),
            Err(
                DeltaTableError::VersionAlreadyExists(_)
                | DeltaTableError::Transaction {
                    source:
                        TransactionError::MaxCommitAttempts(_)
                        | TransactionError::VersionAlreadyExists(_)
                        | TransactionError::CommitConflict(_),
                },
            ) => Ok(Appended::Raced),
            Err(error) => Err(error.into()),
        }
    }
}

/// The table's columns and those of `rows` that it lacks, if there are any.
fn with_new_columns(snapshot: &EagerSnapshot, rows: &DFSchema) -> Result<Option<StructType>> {
    let columns = snapshot.schema();
    let mut new = Vec::new();
    for field in rows.fields() {
        if columns.field(field.name()).is_none() {
            let field: StructField = field
                .as_ref()
                .try_into_kernel()
                .map_err(DeltaTableError::from)?;
            new.push(field);
        }
    }
    if new.is_empty() {
        return Ok(None);
    }
    let all = columns.fields().cloned().chain(new);
    Ok(Some(
        StructType::try_new(all).map_err(DeltaTableError::from)?,
    ))
}

/// The rows with just the columns of `schema`, null where they have none of the name.
pub(crate) fn with_columns(rows: DataFrame, schema: &SchemaRef) -> Result<DataFrame> {
    let own = DFSchema::clone(rows.schema());
    let columns = schema.fields().iter().map(|field| {
        let value = match own.has_column_with_unqualified_name(field.name()) {
            true => ident(field.name()),
            false => lit(ScalarValue::Null),
        };
        cast(value, field.data_type().clone()).alias(field.name())
    });
    Ok(rows.select(columns.collect::<Vec<_>>())?)
}

/// The schema, but with the dictionaries of `rows`: they are sorted with less memory than texts.
fn keeping_dictionaries(schema: &SchemaRef, rows: &DFSchema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let given = rows.field_with_unqualified_name(field.name());
        let given = given.map_or(field.data_type(), |given| given.data_type());
        match given {
            DataType::Dictionary(_, values) if **values == *field.data_type() => {
                field.as_ref().clone().with_data_type(given.clone())
            }
            _ => field.as_ref().clone(),
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn writer_config(snapshot: &EagerSnapshot, schema: &SchemaRef) -> WriterConfig {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_created_by(concat!("voxql ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let table = snapshot.table_properties();
    let statistics = table.data_skipping_stats_columns.as_ref();
    let statistics = statistics.map(|columns| columns.iter().map(ToString::to_string).collect());
    WriterConfig::new(
        Arc::clone(schema),
        snapshot.metadata().partition_columns().to_vec(),
        Some(properties),
        Some(FILE_BYTES),
        Some(ROWS_AT_ONCE),
        table.data_skipping_num_indexed_cols.unwrap_or_default(),
        statistics,
    )
}

/// The files of an append.
#[derive(Clone)]
struct Files {
    store: Arc<dyn ObjectStore>,
    partition_columns: Vec<String>,
    config: WriterConfig,
    schema: SchemaRef,
    /// One of them could not be written, so the others need not be.
    failed: Arc<AtomicBool>,
}

impl Files {
    /// Writes rows that have the columns of the schema.
    async fn write(self, rows: DataFrame, order: Order<'_>) -> Result<Vec<Add>> {
        let context = Arc::new(rows.task_ctx());
        let is_partitioned = !self.partition_columns.is_empty();
        let rows = match order {
            Order::By(column) if !is_partitioned => rows.sort_by(vec![ident(column)])?,
            _ => rows,
        };
        let mut plan = rows.create_physical_plan().await?;
        if let Order::By(column) = order
            && is_partitioned
        {
            let lanes = context.session_config().target_partitions();
            plan = self.by_partition(plan, column, lanes)?;
        }
        let mut lanes = JoinSet::new();
        for stream in execute_stream_partitioned(plan, context)? {
            lanes.spawn(self.clone().write_lane(stream));
        }
        // Each lane is heard to its end, so that none leaves half an upload behind.
        let mut outcome = Ok(Vec::new());
        while let Some(lane) = lanes.join_next().await {
            let lane = lane.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
            match (&mut outcome, lane) {
                (Ok(files), Ok(written)) => files.extend(written),
                (Ok(_), Err(error)) => outcome = Err(error),
                (Err(_), _) => {}
            }
        }
        outcome
    }

    /// The rows in as many streams as there are cores, each with partitions of its own, one behind
    /// the other.
    fn by_partition(
        &self,
        rows: Arc<dyn ExecutionPlan>,
        sorted_by: &str,
        lanes: usize,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let column = |name: &str| -> Result<Arc<dyn PhysicalExpr>> {
            Ok(Arc::new(Column::new_with_schema(name, &rows.schema())?))
        };
        let mut columns = Vec::new();
        for name in &self.partition_columns {
            columns.push(column(name)?);
        }
        let partitioning = Partitioning::Hash(columns.clone(), lanes);
        columns.push(column(sorted_by)?);
        let order = columns.into_iter().map(PhysicalSortExpr::new_default);
        let order = LexOrdering::new(order).expect("it is by one column at least");
        let rows = RepartitionExec::try_new(rows, partitioning)?;
        Ok(Arc::new(
            SortExec::new(order, Arc::new(rows)).with_preserve_partitioning(true),
        ))
    }

    async fn write_lane(self, rows: SendableRecordBatchStream) -> Result<Vec<Add>> {
        let mut open = None;
        let written = self.write_partitions(rows, &mut open).await;
        if written.is_err() {
            self.failed.store(true, Ordering::Relaxed);
            if let Some(OpenFile { writer, .. }) = open
                && let Err(error) = writer.abort().await
            {
                tracing::warn!("what was written of a file could not be taken back: {error}");
            }
        }
        written
    }

    async fn write_partitions(
        &self,
        mut rows: SendableRecordBatchStream,
        open: &mut Option<OpenFile>,
    ) -> Result<Vec<Add>> {
        let mut files = Vec::new();
        while let Some(batch) = rows.try_next().await? {
            if self.failed.load(Ordering::Relaxed) {
                return Err(DataFusionError::Execution("another file failed".to_owned()).into());
            }
            // Which of the columns may be null is the table's to say, and is checked here.
            let columns = std::iter::zip(batch.columns(), self.schema.fields());
            let columns = columns.map(|(column, field)| cast_array(column, field.data_type()));
            let batch = columns
                .collect::<Result<_, _>>()
                .and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns))
                .map_err(DataFusionError::from)?;
            for (partition, rows) in self.partitions(&batch)? {
                if let Some(ended) = open.take_if(|open| open.partition != partition) {
                    files.extend(ended.writer.close().await?);
                }
                let file = open.get_or_insert_with(|| OpenFile {
                    partition,
                    writer: DeltaWriter::new(Arc::clone(&self.store), self.config.clone()),
                });
                file.writer.write(&rows).await?;
            }
        }
        if let Some(ended) = open.take() {
            files.extend(ended.writer.close().await?);
        }
        Ok(files)
    }

    /// The runs of rows of one partition each, with its values.
    fn partitions(&self, batch: &RecordBatch) -> Result<Vec<(Vec<String>, RecordBatch)>> {
        let columns = self.partition_columns.iter();
        let columns = columns.filter_map(|name| batch.column_by_name(name).cloned());
        let columns: Vec<_> = columns.collect();
        if columns.is_empty() {
            return Ok(vec![(Vec::new(), batch.clone())]);
        }
        let runs = partition(&columns).map_err(DataFusionError::from)?;
        runs.ranges()
            .into_iter()
            .map(|run| {
                let values = columns
                    .iter()
                    .map(|column| array_value_to_string(column, run.start));
                let values: Result<_, _> = values.collect();
                Ok((
                    values.map_err(DataFusionError::from)?,
                    batch.slice(run.start, run.len()),
                ))
            })
            .collect()
    }
}

/// The file that a lane writes, with the values of its partition.
struct OpenFile {
    partition: Vec<String>,
    writer: DeltaWriter,
}

/// Whether an append with this transaction is part of `table`.
pub(crate) async fn was_appended(table: &DeltaTable, transaction_id: &str) -> Result<bool> {
    let snapshot = table.snapshot()?;
    let version = snapshot
        .transaction_version(&table.log_store(), transaction_id)
        .await?;
    Ok(version.is_some())
}
