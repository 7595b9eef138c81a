//! Parquet, compressed with zstd.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use super::error::OutputError;
use super::writer::{ResultWriter, with_unique_names};

/// Encoded size at which a row group is written and its memory freed. Long comments reach it
/// before the row count limit.
const ROW_GROUP_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Writes one Parquet file with unique column names (see [`with_unique_names`]).
pub(super) struct ParquetWriter<W: Write> {
    inner: ArrowWriter<W>,
    schema: SchemaRef,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(sink: W, schema: &Schema) -> Result<Self, OutputError> {
        let schema = with_unique_names(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES_MAX))
            .build();
        let inner = ArrowWriter::try_new(sink, schema.clone(), Some(properties))?;
        Ok(Self { inner, schema })
    }
}

impl<W: Write + Send> ResultWriter for ParquetWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let batch = RecordBatch::try_new(self.schema.clone(), batch.columns().to_vec())?;
        Ok(self.inner.write(&batch)?)
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.inner.finish()?;
        Ok(())
    }
}
