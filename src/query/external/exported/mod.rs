//! Text files, workbooks and archives as a table, read as an import reads them: their cells and
//! types only.

mod batches;
mod conversion;
mod file;
mod infer;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::project_schema;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::scalar::ScalarValue;
use exports::files::blocking;

use super::constants::Constants;
use super::find::FoundFiles;
use super::options::FileOptions;
use crate::error::{Error, Result};
use crate::lake::Lake;
use batches::BatchWriter;
use conversion::Column;
use file::File;

/// Batches that wait for a slower consumer.
const BATCHES_MAX: usize = 2;

/// Files that stay open from planning to reading; each takes one or two of the operating system's
/// file handles. Others are opened, and objects fetched, a second time.
const OPEN_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct ExportFiles {
    /// The columns of the files, then those of [`Constants`].
    schema: SchemaRef,
    columns: Vec<Column>,
    files: Vec<File>,
    constants: Constants,
}

impl ExportFiles {
    /// Reads all files once, for their columns and the types of these.
    pub(super) async fn open(
        lake: &Lake,
        found: FoundFiles,
        constants: Constants,
        options: FileOptions,
    ) -> Result<Self> {
        let options = Arc::new(options);
        let keeps_open = found.files.len() <= OPEN_MAX;
        let files = found.files.into_iter().map(|file| File {
            lake: lake.clone(),
            input: file.input.resolved(),
            opened: None,
            options: Arc::clone(&options),
        });
        let inferred = infer::infer(files.collect(), &options, keeps_open).await?;
        let (mut columns, files) = inferred;
        let names = columns.iter().map(|column| column.name.as_str());
        Constants::check_filename(&options, names)?;
        // The value of a folder comes before that in the file, as in Hive.
        columns.retain(|column| !constants.has(&column.name));
        let fields = columns.iter().map(|column| {
            Arc::new(Field::new(
                &column.name,
                column.conversion.data_type(),
                true,
            ))
        });
        let fields: Vec<_> = fields.chain(constants.fields.iter().cloned()).collect();
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            columns,
            files,
            constants,
        })
    }
}

#[async_trait]
impl TableProvider for ExportFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let passing = self.constants.files_passing(session, filters)?;
        let schema = project_schema(&self.schema, projection)?;
        if passing.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let projection = projection.unwrap_or(&all);
        let columns = projection
            .iter()
            .filter_map(|index| self.columns.get(*index));
        let columns: Arc<[Column]> = columns.cloned().collect();
        // In each batch, the columns of the file come before those of its folder.
        let mut order = Vec::new();
        let (mut in_file, mut in_folder) = (0, columns.len());
        for index in projection {
            let next = if *index < self.columns.len() {
                &mut in_file
            } else {
                &mut in_folder
            };
            order.push(*next);
            *next += 1;
        }
        let order: Arc<[usize]> = order.into();
        let target = session.config().target_partitions().max(1);
        let groups = passing.chunks(passing.len().div_ceil(target));
        let partitions = groups.map(|group| {
            let files = group.iter().map(|file| {
                let values = &self.constants.values[*file];
                let constants = projection
                    .iter()
                    .filter_map(|index| values.get(index.checked_sub(self.columns.len())?));
                (self.files[*file].clone(), constants.cloned().collect())
            });
            let partition = Partition {
                schema: Arc::clone(&schema),
                columns: Arc::clone(&columns),
                order: Arc::clone(&order),
                files: files.collect(),
            };
            Arc::new(partition) as Arc<dyn PartitionStream>
        });
        let exec = StreamingTableExec::try_new(
            Arc::clone(&schema),
            partitions.collect(),
            None,
            [],
            false,
            limit,
        )?;
        Ok(Arc::new(exec))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        let others = TableProviderFilterPushDown::Unsupported;
        Ok(self.constants.pushdown(filters, &others))
    }
}

/// Files that are read one after the other.
#[derive(Debug)]
struct Partition {
    schema: SchemaRef,
    columns: Arc<[Column]>,
    /// For each column of the schema, its place among the columns and the constants.
    order: Arc<[usize]>,
    /// The files with their constants.
    files: Vec<(File, Vec<ScalarValue>)>,
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), BATCHES_MAX);
        let sender = stream.tx();
        let batch_rows = context.session_config().batch_size();
        let files = self.files.clone();
        let (schema, columns) = (Arc::clone(&self.schema), Arc::clone(&self.columns));
        let order = Arc::clone(&self.order);
        stream.spawn(async move {
            for (file, constants) in files {
                let opened = file.open().await?;
                let writer = BatchWriter {
                    schema: Arc::clone(&schema),
                    columns: Arc::clone(&columns),
                    order: Arc::clone(&order),
                    constants,
                    options: Arc::clone(&file.options),
                    batch_rows,
                    sender: sender.clone(),
                };
                let goes_on = blocking(move || {
                    let goes_on = writer.read(&opened)?;
                    if goes_on {
                        opened.source.check_unchanged()?;
                    }
                    Ok::<_, Error>(goes_on)
                });
                if !goes_on.await? {
                    break;
                }
            }
            Ok(())
        });
        stream.build()
    }
}
