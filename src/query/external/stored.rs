//! Parquet and Arrow files as a table, read by DataFusion.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::{ExecutionPlan, project_schema};
use object_store::ObjectMeta;

use super::constants::Constants;
use super::find::{FileKind, FoundFiles};
use super::options::FileOptions;
use crate::error::Error;

#[derive(Debug)]
pub(super) struct StoredFiles {
    store: ObjectStoreUrl,
    format: Arc<dyn FileFormat>,
    /// The columns of the files, then those of [`Constants`].
    schema: TableSchema,
    files: Vec<ObjectMeta>,
    constants: Constants,
}

impl StoredFiles {
    /// Reads the columns of the files, which are combined by name.
    pub(super) async fn open(
        session: &dyn Session,
        found: &FoundFiles,
        kind: FileKind,
        constants: Constants,
        options: &FileOptions,
    ) -> Result<Self> {
        let format: Arc<dyn FileFormat> = if kind == FileKind::Arrow {
            Arc::new(ArrowFormat)
        } else {
            let options = TableParquetOptions {
                global: session.config_options().execution.parquet.clone(),
                ..TableParquetOptions::default()
            };
            Arc::new(ParquetFormat::default().with_options(options))
        };
        let objects: Vec<ObjectMeta> = found.files.iter().map(|file| file.object.clone()).collect();
        let store = session.runtime_env().object_store(&found.store)?;
        let schema = if options.union_by_name == Some(false) {
            let mut first: Option<SchemaRef> = None;
            for (file, object) in found.files.iter().zip(&objects) {
                let one = std::slice::from_ref(object);
                let schema = format.infer_schema(session, &store, one).await?;
                let names = |schema: &Schema| -> Vec<String> {
                    schema
                        .fields()
                        .iter()
                        .map(|field| field.name().clone())
                        .collect()
                };
                match &first {
                    Some(first) if names(first) != names(&schema) => {
                        return Err(other_columns(&file.name, &found.files[0].name).into());
                    }
                    Some(_) => {}
                    None => first = Some(schema),
                }
            }
            first.unwrap_or_else(|| Arc::new(Schema::empty()))
        } else {
            format.infer_schema(session, &store, &objects).await?
        };
        let names = schema.fields().iter().map(|field| field.name().as_str());
        Constants::check_filename(options, names)?;
        // The value of a folder comes before that in the file, as in Hive.
        let in_files = schema
            .fields()
            .iter()
            .filter(|field| !constants.has(field.name()));
        let in_files = Schema::new(in_files.cloned().collect::<Vec<_>>());
        let schema = TableSchema::builder(Arc::new(in_files))
            .with_table_partition_cols(constants.fields.clone())
            .build();
        Ok(Self {
            store: found.store.clone(),
            format,
            schema,
            files: objects,
            constants,
        })
    }
}

/// The error for a file without the columns of the first.
pub(super) fn other_columns(name: &str, first: &str) -> Error {
    Error::query(format!("{name}: its columns are not those of {first}"))
        .with_hint("remove union_by_name => false: then columns are combined by name")
}

#[async_trait]
impl TableProvider for StoredFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
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
        let passing = self.constants.files_passing(session, filters)?;
        if passing.is_empty() {
            let schema = project_schema(self.schema.table_schema(), projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let files = passing.into_iter().map(|file| {
            PartitionedFile::new_from_meta(self.files[file].clone())
                .with_partition_values(self.constants.values[file].clone())
        });
        let groups =
            FileGroup::new(files.collect()).split_files(session.config().target_partitions());
        let source = self.format.file_source(self.schema.clone());
        let config = FileScanConfigBuilder::new(self.store.clone(), source)
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        self.format.create_physical_plan(session, config).await
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let others = TableProviderFilterPushDown::Inexact;
        Ok(self.constants.pushdown(filters, &others))
    }
}
