//! CSV files as tables, with line breaks inside quotes.
//!
//! DataFusion reads such files, but infers their columns from pieces split at line breaks, which it
//! finds from the end, where it cannot recognize those inside quotes (`object_store::delimited`).
//! Here the columns are inferred from the head of the file in one piece.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSinkConfig, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_expr::LexRequirement;
use datafusion::physical_plan::ExecutionPlan;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

/// Size of the head of a file from which its columns are inferred.
const HEAD_BYTES: usize = 4 << 20;

/// DataFusion's CSV format, except for inferring the columns.
#[derive(Debug)]
pub(super) struct QuotedCsv(pub(super) CsvFormat);

impl QuotedCsv {
    /// The first complete records of a file.
    async fn head(&self, store: &Arc<dyn ObjectStore>, object: &ObjectMeta) -> Result<Vec<u8>> {
        let bytes = store
            .get(&object.location)
            .await?
            .into_stream()
            .map_err(DataFusionError::from)
            .boxed();
        let compression = FileCompressionType::from(self.0.options().compression);
        let mut decompressed = compression.convert_stream(bytes)?;
        let mut head = Vec::new();
        while let Some(piece) = decompressed.try_next().await? {
            head.extend_from_slice(&piece);
            if head.len() >= HEAD_BYTES {
                head.truncate(complete_records(&head, self.0.options().quote));
                break;
            }
        }
        Ok(head)
    }
}

/// The length of the complete records in `bytes`, or of all of it if there are none.
fn complete_records(bytes: &[u8], quote: u8) -> usize {
    let mut quoted = false;
    let mut end = None;
    for (offset, byte) in bytes.iter().enumerate() {
        if *byte == quote {
            quoted = !quoted;
        } else if *byte == b'\n' && !quoted {
            end = Some(offset + 1);
        }
    }
    end.unwrap_or(bytes.len())
}

#[async_trait]
impl FileFormat for QuotedCsv {
    fn get_ext(&self) -> String {
        self.0.get_ext()
    }

    fn get_ext_with_compression(&self, compression: &FileCompressionType) -> Result<String> {
        self.0.get_ext_with_compression(compression)
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        self.0.compression_type()
    }

    async fn infer_schema(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        objects: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        let mut records_left = self.0.options().schema_infer_max_rec.unwrap_or(1000);
        let mut schemas = Vec::new();
        for object in objects {
            let head = self.head(store, object).await?;
            let piece = futures::stream::iter([Ok(head.into())]);
            let (schema, records) = self
                .0
                .infer_schema_from_stream(state, records_left, piece)
                .await
                .map_err(|error| error.context(format!("reading {}", object.location)))?;
            schemas.push(schema);
            records_left -= records;
            if records_left == 0 {
                break;
            }
        }
        Ok(Arc::new(Schema::try_merge(schemas)?))
    }

    async fn infer_stats(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        table_schema: SchemaRef,
        object: &ObjectMeta,
    ) -> Result<Statistics> {
        self.0.infer_stats(state, store, table_schema, object).await
    }

    async fn create_physical_plan(
        &self,
        state: &dyn Session,
        conf: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.create_physical_plan(state, conf).await
    }

    async fn create_writer_physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        state: &dyn Session,
        conf: FileSinkConfig,
        order_requirements: Option<LexRequirement>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0
            .create_writer_physical_plan(input, state, conf, order_requirements)
            .await
    }

    fn file_source(&self, table_schema: TableSchema) -> Arc<dyn FileSource> {
        self.0.file_source(table_schema)
    }
}

#[cfg(test)]
mod tests {
    use super::complete_records;

    #[test]
    fn records_end_at_line_breaks_outside_quotes() {
        assert_eq!(complete_records(b"a,b\n1,\"x\ny\"\n2,", b'"'), 12);
        assert_eq!(complete_records(b"a,b\n1,\"x\ny", b'"'), 4);
        assert_eq!(complete_records(b"a,b", b'"'), 3);
    }
}
