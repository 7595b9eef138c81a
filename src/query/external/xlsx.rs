//! `COPY … TO 'file.xlsx'`.

use std::collections::HashMap;
use std::fmt;
use std::io::{Read, Seek};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::{GetExt, Statistics};
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::{FileFormat, FileFormatFactory};
use datafusion::datasource::physical_plan::{FileScanConfig, FileSinkConfig, FileSource};
use datafusion::datasource::sink::{DataSink, DataSinkExec};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::LexRequirement;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, WriteMultipart};

use crate::error::Error;
use crate::output::{Format, OutputError, Style, write_stream};

/// Bytes of a workbook that are uploaded at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Creates [`Xlsx`].
#[derive(Debug)]
pub(super) struct XlsxFactory;

impl FileFormatFactory for XlsxFactory {
    fn create(
        &self,
        _: &dyn Session,
        options: &HashMap<String, String>,
    ) -> Result<Arc<dyn FileFormat>> {
        match options.keys().next() {
            None => Ok(Arc::new(Xlsx)),
            Some(option) => {
                let error = Error::query(format!("OPTIONS ({option}) do not apply to xlsx"));
                Err(error.with_hint("remove OPTIONS").into())
            }
        }
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        Arc::new(Xlsx)
    }
}

impl GetExt for XlsxFactory {
    fn get_ext(&self) -> String {
        "xlsx".to_owned()
    }
}

/// Workbooks, which are only written: quoted paths and `read_export` read them.
#[derive(Debug)]
struct Xlsx;

fn not_read() -> DataFusionError {
    Error::query("STORED AS XLSX cannot be read")
        .with_hint("use CREATE VIEW … AS SELECT * FROM 'file.xlsx'")
        .into()
}

#[async_trait]
impl FileFormat for Xlsx {
    fn get_ext(&self) -> String {
        "xlsx".to_owned()
    }

    fn get_ext_with_compression(&self, _: &FileCompressionType) -> Result<String> {
        Ok(self.get_ext())
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        None
    }

    async fn infer_schema(
        &self,
        _: &dyn Session,
        _: &Arc<dyn ObjectStore>,
        _: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        Err(not_read())
    }

    async fn infer_stats(
        &self,
        _: &dyn Session,
        _: &Arc<dyn ObjectStore>,
        _: SchemaRef,
        _: &ObjectMeta,
    ) -> Result<Statistics> {
        Err(not_read())
    }

    async fn create_physical_plan(
        &self,
        _: &dyn Session,
        _: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(not_read())
    }

    async fn create_writer_physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        _: &dyn Session,
        config: FileSinkConfig,
        order_requirements: Option<LexRequirement>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let is_file = match config.table_paths.as_slice() {
            [path] => config.file_output_mode.single_file_output(path),
            _ => false,
        };
        if !is_file || !config.table_partition_cols.is_empty() {
            let error = Error::query("a result is written into one workbook, not a folder of them");
            let hint = "name a file that ends with .xlsx, without PARTITIONED BY";
            return Err(error.with_hint(hint).into());
        }
        let sink = XlsxSink { config };
        Ok(Arc::new(DataSinkExec::new(
            input,
            Arc::new(sink),
            order_requirements,
        )))
    }

    fn file_source(&self, _: TableSchema) -> Arc<dyn FileSource> {
        unreachable!("infer_schema, which comes first, returns an error")
    }
}

/// Writes rows to a workbook.
#[derive(Debug)]
struct XlsxSink {
    config: FileSinkConfig,
}

impl DisplayAs for XlsxSink {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XlsxSink({})", self.config.original_url)
    }
}

#[async_trait]
impl DataSink for XlsxSink {
    fn schema(&self) -> &SchemaRef {
        self.config.output_schema()
    }

    async fn write_all(
        &self,
        rows: SendableRecordBatchStream,
        context: &Arc<TaskContext>,
    ) -> Result<u64> {
        let store = context
            .runtime_env()
            .object_store(&self.config.object_store_url)?;
        let mut file = tempfile::tempfile()?;
        let written = write_stream(rows, Format::Xlsx, &Style::default(), &mut file).await;
        let written = written.map_err(|error| match error {
            OutputError::Io(error) => DataFusionError::from(error),
            OutputError::Query(error) => error,
            OutputError::Encode(error) => Error::query(error.to_string()).into(),
            OutputError::Unfit { message, hint } => Error::query(message).with_hint(hint).into(),
        })?;
        file.rewind()?;
        let path = self.config.table_paths[0].prefix();
        let mut upload = WriteMultipart::new(store.put_multipart(path).await?);
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                read => upload.write(&chunk[..read]),
            }
            upload.wait_for_capacity(4).await?;
        }
        upload.finish().await?;
        Ok(written as u64)
    }
}
