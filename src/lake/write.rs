//! Writing rows into Parquet files.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{cast as cast_array, partition};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::internal_err;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ident;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{
    ExecutionPlan, Partitioning, SendableRecordBatchStream, execute_stream_partitioned,
};
use datafusion::prelude::DataFrame;
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::{Add, EagerSnapshot};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::parquet::schema::types::ColumnPath;
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::path::Path;
use tokio::task::JoinSet;

use super::checksums::{self, SummedWrites};
use super::response_ids::{FALSE_POSITIVES, IDENTIFYING, TAG, all_identify};
use super::schema::RESPONSE_ID;
use super::storage::layer::Layered;
use crate::error::Result;

/// Order in which rows reach their files.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order<'a> {
    /// As given, with the rows of a partition together.
    AsGiven,
    /// Sorted by partition first, and within each by this column.
    By(&'a str),
}

/// Size at which a file ends and the next one begins.
pub(super) const FILE_BYTES: NonZeroU64 = NonZeroU64::new(128 << 20).expect("not zero");

/// A row group is built in memory. Larger ones compress hardly better.
const ROW_GROUP_BYTES: usize = 32 << 20;

/// Rows passed to a file's writer in one call.
const WRITE_BATCH_ROWS: usize = 8192;

/// Writes rows into the files of a table.
///
/// Rows reach the files partition by partition, so only one file per core is open however many
/// partitions there are; deltalake's own writer keeps one open for each.
#[derive(Clone)]
pub(super) struct FileWriter {
    store: SummedWrites,
    partition_columns: Vec<String>,
    config: WriterConfig,
    schema: SchemaRef,
    /// A file could not be written, so the others need not be.
    failed: Arc<AtomicBool>,
}

impl FileWriter {
    /// `statistics` are the columns whose minimum and maximum go into the log; without them, those
    /// that the table states.
    pub(super) fn new(
        table: &DeltaTable,
        snapshot: &EagerSnapshot,
        schema: SchemaRef,
        statistics: Option<&str>,
    ) -> Self {
        Self {
            store: SummedWrites::new(table.log_store().object_store(None)),
            partition_columns: snapshot.metadata().partition_columns().to_vec(),
            config: writer_config(snapshot, &schema, statistics),
            schema,
            failed: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Writes rows that have the columns of the schema.
    pub(super) async fn write(&self, rows: DataFrame, order: Order<'_>) -> Result<Vec<Add>> {
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
        // Wait for every lane, so that none leaves half an upload behind.
        let mut outcome = Ok(Vec::new());
        while let Some(lane) = lanes.join_next().await {
            let lane = lane.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
            match (&mut outcome, lane) {
                (Ok(files), Ok(written)) => files.extend(written),
                (Ok(_), Err(error)) => outcome = Err(error),
                (Err(_), _) => {}
            }
        }
        let mut files = outcome?;
        for file in &mut files {
            self.add_checksums(file)?;
        }
        Ok(files)
    }

    /// Splits the rows into one stream per core. Each partition is in one stream, and its rows are
    /// together.
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
        let order = LexOrdering::new(order).expect("there is at least one column");
        let rows = RepartitionExec::try_new(rows, partitioning)?;
        Ok(Arc::new(
            SortExec::new(order, Arc::new(rows)).with_preserve_partitioning(true),
        ))
    }

    /// Adds the checksums of a file to its entry in the log.
    fn add_checksums(&self, file: &mut Add) -> Result<()> {
        let location = Path::parse(&file.path).map_err(DeltaTableError::from)?;
        let Some(checksums) = self.store.checksums(&location) else {
            return internal_err!("file {location} was not written").map_err(Into::into);
        };
        let tags = file.tags.get_or_insert_default();
        tags.insert(checksums::TAG.to_owned(), Some(checksums.tag()));
        Ok(())
    }

    async fn write_lane(self, rows: SendableRecordBatchStream) -> Result<Vec<Add>> {
        let mut open = None;
        let written = self.write_partitions(rows, &mut open).await;
        if written.is_err() {
            self.failed.store(true, Ordering::Relaxed);
            if let Some(OpenFile { writer, .. }) = open
                && let Err(error) = writer.abort().await
            {
                tracing::warn!("could not abort a partially written file: {error}");
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
                return Err(
                    DataFusionError::Execution("writing another file failed".to_owned()).into(),
                );
            }
            // This also checks for nulls in columns where the table allows none.
            let batch = std::iter::zip(batch.columns(), self.schema.fields())
                .map(|(column, field)| cast_array(column, field.data_type()))
                .collect::<Result<_, _>>()
                .and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns))
                .map_err(DataFusionError::from)?;
            for (partition, rows) in self.partitions(&batch)? {
                if let Some(ended) = open.take_if(|open| open.partition != partition) {
                    files.extend(ended.close().await?);
                }
                let file = open.get_or_insert_with(|| OpenFile {
                    partition,
                    writer: DeltaWriter::new(
                        Arc::new(Layered(self.store.clone())),
                        self.config.clone(),
                    ),
                    all_identify: true,
                });
                file.all_identify = file.all_identify && all_identify(&rows)?;
                file.writer.write(&rows).await?;
            }
        }
        if let Some(ended) = open.take() {
            files.extend(ended.close().await?);
        }
        Ok(files)
    }

    /// Splits a batch into runs of rows of one partition, each with its partition values.
    fn partitions(&self, batch: &RecordBatch) -> Result<Vec<(Vec<String>, RecordBatch)>> {
        let columns: Vec<_> = self
            .partition_columns
            .iter()
            .filter_map(|name| batch.column_by_name(name).cloned())
            .collect();
        if columns.is_empty() {
            return Ok(vec![(Vec::new(), batch.clone())]);
        }
        let runs = partition(&columns).map_err(DataFusionError::from)?;
        runs.ranges()
            .into_iter()
            .map(|run| {
                let values = columns
                    .iter()
                    .map(|column| array_value_to_string(column, run.start))
                    .collect::<Result<_, _>>()
                    .map_err(DataFusionError::from)?;
                Ok((values, batch.slice(run.start, run.len())))
            })
            .collect()
    }
}

/// The file a lane is writing, with its partition values.
struct OpenFile {
    partition: Vec<String>,
    writer: DeltaWriter,
    /// True if all ids of its responses identify them.
    all_identify: bool,
}

impl OpenFile {
    /// Ends the file, and those that were full.
    async fn close(self) -> Result<Vec<Add>> {
        let mut files = self.writer.close().await?;
        if self.all_identify {
            for file in &mut files {
                let tags = file.tags.get_or_insert_default();
                tags.insert(TAG.to_owned(), Some(IDENTIFYING.to_owned()));
            }
        }
        Ok(files)
    }
}

fn writer_config(
    snapshot: &EagerSnapshot,
    schema: &SchemaRef,
    statistics: Option<&str>,
) -> WriterConfig {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_created_by(concat!("voxql ", env!("CARGO_PKG_VERSION")).to_owned());
    if schema.column_with_name(RESPONSE_ID).is_some() {
        let ids = || ColumnPath::from(RESPONSE_ID);
        properties = properties
            .set_column_bloom_filter_enabled(ids(), true)
            .set_column_bloom_filter_fpp(ids(), FALSE_POSITIVES);
    }
    let table = snapshot.table_properties();
    let statistics = match statistics {
        Some(columns) => Some(columns.split(',').map(ToOwned::to_owned).collect()),
        None => {
            let columns = table.data_skipping_stats_columns.as_ref();
            columns.map(|columns| columns.iter().map(ToString::to_string).collect())
        }
    };
    WriterConfig::new(
        Arc::clone(schema),
        snapshot.metadata().partition_columns().to_vec(),
        Some(properties.build()),
        Some(FILE_BYTES),
        Some(WRITE_BATCH_ROWS),
        table.data_skipping_num_indexed_cols.unwrap_or_default(),
        statistics,
    )
}
