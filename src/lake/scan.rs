//! A version of a Delta table as a table provider: DataFusion's own Parquet scan over its files.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::{DFSchema, Statistics};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::parquet::transform_schema_to_view;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{
    CachedParquetFileReaderFactory, ParquetFileReaderFactory,
};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{ExecutionPlan, project_schema};
use datafusion::scalar::ScalarValue;
use deltalake::kernel::{LogicalFileView, Remove};
use deltalake::{DeltaTable, DeltaTableError};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use url::{Position, Url};

use super::bounds::{Bounds, with_exact_integers_only, with_statistics};
use super::checksums::{self, CheckedFile, CheckedFiles, Checksums};
use super::file_values::{decides, files_passing, pushdown};
use super::location::display;
use super::storage::layer::Layered;
use super::zone::Zone;
use crate::error::Error;

/// The end of a file that is read at once: all of a small one.
const FOOTER_BYTES: usize = 64 << 10;

/// The table property that is set if files use other column names.
const COLUMN_MAPPING: &str = "delta.columnMapping.mode";

/// The files of one version of a Delta table, with their values and statistics from the log.
///
/// Files are skipped by their partition values and statistics before any is opened. deltalake's
/// own provider is 5 to 60 % slower on queries over responses.
#[derive(Clone, Debug)]
pub(crate) struct DeltaScan {
    version: u64,
    /// The folder of the table.
    root: Url,
    /// The zone of the days of responses; `None` for other tables, and in format 1.
    zone: Option<Zone>,
    store_url: ObjectStoreUrl,
    /// The table's columns in its own order.
    schema: SchemaRef,
    /// The columns in the order of the scan: file columns, then partition columns.
    table_schema: TableSchema,
    files: Arc<[DataFile]>,
}

/// A Parquet file of the table.
#[derive(Clone)]
pub(crate) struct DataFile {
    /// Path in the Delta log.
    pub(crate) path: String,
    file: PartitionedFile,
    /// Bounds of all columns, including partition columns: no value is outside them.
    bounds: Arc<Statistics>,
    /// The entry of the log.
    entry: LogicalFileView,
    /// The checksums to read the file with, once they were decoded.
    checked: Arc<OnceLock<Option<Arc<CheckedFile>>>>,
}

impl fmt::Debug for DataFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl DataFile {
    pub(crate) fn bytes(&self) -> u64 {
        self.file.object_meta.size
    }

    /// A tag of the file in the log.
    pub(super) fn tag(&self, name: &str) -> Option<String> {
        #[expect(deprecated, reason = "nothing else returns the tags")]
        self.entry.add_action().tags?.remove(name)?
    }

    /// The checksums to read the file with; `None` if it was written without any.
    fn checked(&self, root: &Url) -> Result<Option<Arc<CheckedFile>>> {
        if let Some(checked) = self.checked.get() {
            return Ok(checked.clone());
        }
        let checked = match self.tag(checksums::TAG) {
            None => None,
            Some(tag) => {
                let name = display(root, &self.path);
                let meta = self.file.object_meta.clone();
                let checksums =
                    Checksums::parse(&tag, meta.size).map_err(|error| error.at(&name))?;
                Some(Arc::new(CheckedFile {
                    checksums,
                    meta,
                    name,
                }))
            }
        };
        Ok(self.checked.get_or_init(|| checked).clone())
    }

    /// Number of rows, if the log contains it.
    pub(crate) fn rows(&self) -> Option<usize> {
        self.bounds.num_rows.get_value().copied()
    }
}

impl DeltaScan {
    /// The table at its loaded version. `None` if the files alone do not determine its rows (deletion
    /// vectors, mapped columns): only deltalake's provider can read those.
    pub(crate) fn try_new(table: &DeltaTable) -> Result<Option<Self>> {
        let snapshot = table.snapshot().map_err(external)?.snapshot();
        let mapping = snapshot.metadata().configuration().get(COLUMN_MAPPING);
        let is_mapped = mapping.is_some_and(|mode| mode != "none");
        let log = snapshot.log_data();
        let mut vectors = log.iter().map(|file| file.deletion_vector_descriptor());
        if is_mapped || vectors.any(|vector| vector.is_some()) {
            return Ok(None);
        }
        let partition_columns = snapshot.metadata().partition_columns();
        let columns = snapshot.arrow_schema();
        // A comment on a column, or its header, is nothing to a query: plans whose parts differ in
        // metadata fail, such as UNION with a constant.
        let plain = |field: &FieldRef| Arc::new(Field::clone(field).with_metadata(HashMap::new()));
        let (partition_fields, file_fields): (Vec<_>, Vec<_>) = columns
            .fields()
            .iter()
            .map(plain)
            .partition(|field| partition_columns.contains(field.name()));
        let file_schema = transform_schema_to_view(&Schema::new(file_fields));
        // Views of a few bytes are grouped faster than dictionaries.
        let partition_schema = transform_schema_to_view(&Schema::new(partition_fields));
        let partition_fields: Vec<FieldRef> = partition_columns
            .iter()
            .filter_map(|name| partition_schema.field_with_name(name).ok())
            .map(|field| Arc::new(field.clone()))
            .collect();
        let table_schema = TableSchema::builder(Arc::new(file_schema))
            .with_table_partition_cols(partition_fields)
            .build();
        let in_scan = table_schema.table_schema();
        let names = columns.fields().iter().map(|field| field.name());
        let fields = names.map(|name| in_scan.field_with_name(name).cloned());
        let schema = Schema::new(fields.collect::<Result<Vec<_>, _>>()?);

        let root = table.table_url().clone();
        let root_path = Path::from_url_path(root.path())
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let row_counts: Vec<_> = log.iter().map(|file| file.num_records()).collect();
        let statistics = Bounds::read(&log, table_schema.file_schema(), &row_counts);
        let mut files = Vec::with_capacity(row_counts.len());
        for (index, view) in log.iter().enumerate() {
            let values = view.partition_values_map();
            let partition_values = table_schema.table_partition_cols().iter().map(|field| {
                let value = values.get(field.name()).cloned().flatten();
                ScalarValue::Utf8(value).cast_to(field.data_type())
            });
            let path = view.path();
            // A path to another folder, or a URL, has segments that are not allowed.
            let Some(path_in_table) = Path::parse(&path).ok().filter(|_| !path.contains("://"))
            else {
                let message = format!("the log names a file outside the table: {path}");
                return Err(Error::damaged(message)
                    .at(display(&root, "_delta_log"))
                    .into());
            };
            let meta = ObjectMeta {
                location: root_path.parts().chain(path_in_table.parts()).collect(),
                last_modified: view.modification_datetime().map_err(external)?,
                size: view.size().unsigned_abs(),
                e_tag: None,
                version: None,
            };
            let file = PartitionedFile::new_from_meta(meta)
                .with_partition_values(partition_values.collect::<Result<_>>()?);
            let bounds = statistics.file(index);
            let answers = with_exact_integers_only(bounds.clone());
            let bounded = with_statistics(&file, bounds);
            files.push(DataFile {
                path: path.into_owned(),
                bounds: bounded.statistics.unwrap_or_default(),
                file: with_statistics(&file, answers),
                entry: view,
                checked: Arc::default(),
            });
        }
        Ok(Some(Self {
            version: snapshot.version(),
            zone: Zone::of_table(table)?,
            store_url: ObjectStoreUrl::parse(&root[..Position::BeforePath])?,
            root,
            schema: Arc::new(schema),
            table_schema,
            files: files.into(),
        }))
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The zone of the days of these responses; `None` in format 1.
    pub(crate) fn zone(&self) -> Option<Zone> {
        self.zone
    }

    pub(crate) fn files(&self) -> &[DataFile] {
        &self.files
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// The places of the files in their store.
    pub(crate) fn locations(&self) -> impl Iterator<Item = &object_store::path::Path> {
        self.files
            .iter()
            .map(|file| &file.file.object_meta.location)
    }

    /// The value of a file in a partition column.
    pub(crate) fn partition_value<'a>(&self, file: &'a DataFile, name: &str) -> Option<&'a str> {
        let mut columns = self.table_schema.table_partition_cols().iter();
        let column = columns.position(|field| field.name() == name)?;
        file.file.partition_values.get(column)?.try_as_str()?
    }

    /// The actions that remove these files from the table.
    pub(crate) fn removes(&self, table: &DeltaTable, changes_data: bool) -> Result<Vec<Remove>> {
        let snapshot = table.snapshot().map_err(external)?.snapshot();
        let own: HashSet<&str> = self.paths().collect();
        let log = snapshot.log_data();
        let removed = log.iter().filter(|file| own.contains(file.path().as_ref()));
        Ok(removed
            .map(|file| file.remove_action(changes_data))
            .collect())
    }

    /// The same table with an additional column: the index of a row's file in
    /// [`files`](Self::files).
    pub(crate) fn with_file_column(mut self, name: &str) -> Self {
        let field = Arc::new(Field::new(name, DataType::UInt32, false));
        let mut partition_columns = self.table_schema.table_partition_cols().to_vec();
        partition_columns.push(Arc::clone(&field));
        let file_schema = Arc::clone(self.table_schema.file_schema());
        self.table_schema = TableSchema::builder(file_schema)
            .with_table_partition_cols(partition_columns)
            .build();
        let columns = self.schema.fields().iter().cloned().chain([field]);
        self.schema = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        let files = self.files.iter().zip(0..).map(|(file, index)| {
            let mut file = file.clone();
            let index = ScalarValue::UInt32(Some(index));
            file.file.partition_values.push(index);
            // Statistics are by column index, and the columns have changed.
            file.file.statistics = None;
            file
        });
        self.files = files.collect();
        self
    }

    /// The same table with only some of its files.
    pub(crate) fn only(&self, is_read: impl Fn(&DataFile) -> bool) -> Self {
        Self {
            files: self
                .files
                .iter()
                .filter(|file| is_read(file))
                .cloned()
                .collect(),
            ..self.clone()
        }
    }

    /// The same table with only a range of its files.
    pub(crate) fn slice(&self, files: Range<usize>) -> Self {
        Self {
            files: self.files[files].into(),
            ..self.clone()
        }
    }

    /// Compares the size of a file with the log. Returns true if the log has its checksums.
    pub(super) async fn check_size(
        &self,
        store: &dyn ObjectStore,
        file: &DataFile,
    ) -> crate::error::Result<bool> {
        let meta = &file.file.object_meta;
        let place = display(&self.root, &file.path);
        let found = match store.head(&meta.location).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => {
                return Err(Error::damaged("the file is missing").at(place));
            }
            Err(error) => return Err(error.into()),
        };
        if found.size != meta.size {
            let message = format!("it has {} bytes instead of {}", found.size, meta.size);
            return Err(Error::damaged(message).at(place));
        }
        Ok(file.checked(&self.root)?.is_some())
    }

    /// Reads all bytes of a file and checks them. Returns false, after comparing the size, if the log has
    /// no checksums.
    pub(super) async fn check(
        &self,
        store: &Arc<dyn ObjectStore>,
        file: &DataFile,
    ) -> crate::error::Result<bool> {
        const READ_BYTES: u64 = 8 << 20;
        if !self.check_size(store, file).await? {
            return Ok(false);
        }
        let Some((files, meta)) = self.behind_checksums(store, file)? else {
            return Ok(false);
        };
        let size = file.bytes();
        let mut start = 0;
        while start < size {
            let end = (start + READ_BYTES).min(size);
            files.get_range(&meta.location, start..end).await?;
            start = end;
        }
        Ok(true)
    }

    /// A store that checks what is read of a file, and the file as the log describes it; `None` if the log has no
    /// checksums of the file.
    pub(super) fn behind_checksums(
        &self,
        store: &Arc<dyn ObjectStore>,
        file: &DataFile,
    ) -> crate::error::Result<Option<(Layered<CheckedFiles>, ObjectMeta)>> {
        let Some(checked) = file.checked(&self.root)? else {
            return Ok(None);
        };
        let meta = checked.meta.clone();
        let files = HashMap::from([(meta.location.clone(), checked)]);
        Ok(Some((
            CheckedFiles::layered(Arc::clone(store), files),
            meta,
        )))
    }

    /// Reads the files, and checks what is read.
    fn reader(
        &self,
        session: &dyn Session,
        files: &[&DataFile],
    ) -> Result<Arc<CachedParquetFileReaderFactory>> {
        let runtime = session.runtime_env();
        let mut checked = HashMap::with_capacity(files.len());
        for file in files {
            if let Some(file) = file.checked(&self.root)? {
                checked.insert(file.meta.location.clone(), file);
            }
        }
        let store = runtime.object_store(&self.store_url)?;
        let store = Arc::new(CheckedFiles::layered(store, checked));
        let metadata = runtime.cache_manager.get_file_metadata_cache();
        Ok(Arc::new(CachedParquetFileReaderFactory::new(
            store, metadata,
        )))
    }

    /// Readers of files, which check what is read.
    pub(super) fn parquet_readers(
        &self,
        session: &dyn Session,
        files: &[&DataFile],
    ) -> Result<Vec<Box<dyn AsyncFileReader>>> {
        let readers = self.reader(session, files)?;
        let metrics = ExecutionPlanMetricsSet::new();
        let files = files.iter();
        files
            .map(|file| {
                let hint = Some(FOOTER_BYTES);
                let reader = readers.create_reader(0, file.file.clone(), hint, &metrics)?;
                Ok(reader as Box<dyn AsyncFileReader>)
            })
            .collect()
    }

    /// The files that may contain rows that pass the filters.
    fn files_passing(&self, session: &dyn Session, filters: &[Expr]) -> Result<Vec<&DataFile>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else {
            return Ok(self.files.iter().collect());
        };
        let schema = self.table_schema.table_schema();
        let filter =
            session.create_physical_expr(filter, &DFSchema::try_from(Arc::clone(schema))?)?;
        let statistics = self.files.iter().map(|file| Arc::clone(&file.bounds));
        let statistics = PrunableStatistics::new(statistics.collect(), Arc::clone(schema));
        let predicate = PruningPredicateBuilder::new()
            .with_file_schema(Arc::clone(schema))
            .build(filter);
        let may_pass = match predicate {
            Some(predicate) => predicate.prune(&statistics)?,
            // A filter that cannot be decided from bounds is left to the scan.
            None => vec![true; self.files.len()],
        };
        let files = self.files.iter().zip(may_pass);
        let mut passing: Vec<_> = files
            .filter_map(|(file, may_pass)| may_pass.then_some(file))
            .collect();
        let columns = self.table_schema.table_partition_cols();
        let on_partitions = filters.iter().filter(|filter| decides(columns, filter));
        if let Some(filter) = conjunction(on_partitions.cloned())
            && !passing.is_empty()
        {
            let values = passing.iter().map(|file| &*file.file.partition_values);
            let values: Vec<_> = values.collect();
            let passes = files_passing(session, columns, &values, filter)?;
            let mut passes = passes.into_iter();
            passing.retain(|_| passes.next() == Some(true));
        }
        Ok(passing)
    }
}

/// A table at its loaded version, read by [`DeltaScan`], or by deltalake's scan if that is not possible.
pub(crate) async fn provider(table: &DeltaTable) -> Result<Arc<dyn TableProvider>> {
    Ok(match DeltaScan::try_new(table)? {
        Some(scan) => Arc::new(scan),
        None => table.table_provider().await?,
    })
}

fn external(error: DeltaTableError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[async_trait]
impl TableProvider for DeltaScan {
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
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.files_passing(session, filters)?;
        if files.is_empty() {
            let schema = project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let in_scan = self.table_schema.table_schema();
        let all = (0..self.schema.fields().len()).collect();
        let projection = projection.unwrap_or(&all).iter();
        let projection = projection
            .map(|&column| in_scan.index_of(self.schema.field(column).name()))
            .collect::<Result<Vec<_>, _>>()?;

        let reader = self.reader(session, &files)?;
        let files: Vec<PartitionedFile> = files.iter().map(|file| file.file.clone()).collect();
        let statistics = files.iter().filter_map(|file| file.statistics.as_deref());
        let statistics = Statistics::try_merge_iter(statistics, in_scan)?;
        let groups = FileGroup::new(files).split_files(session.config().target_partitions());
        let options = TableParquetOptions {
            global: session.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let mut source =
            ParquetSource::new(self.table_schema.clone()).with_parquet_file_reader_factory(reader);
        if let Some(bytes) = options.global.metadata_size_hint {
            source = source.with_metadata_size_hint(bytes);
        }
        let source = source.with_table_parquet_options(options);
        let config = FileScanConfigBuilder::new(self.store_url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(projection))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let columns = self.table_schema.table_partition_cols();
        let others = TableProviderFilterPushDown::Inexact;
        Ok(pushdown(columns, filters, &others))
    }
}
