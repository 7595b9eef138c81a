//! Imports of record batches, without a file.

use std::fs::File;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::errors::ParquetError;
use exports::files::blocking;
use exports::files::content::Content;
use exports::files::input::Input;
use exports::files::spool::{failed, unnamed_file};
use futures::{Stream, StreamExt};

use super::options::IngestOptions;
use super::summary::ImportSummary;
use crate::error::{Error, Result};
use crate::lake::Lake;

impl Lake {
    /// Imports a stream of record batches, such as a DataFusion query gives them, as
    /// [`ingest`](Self::ingest) imports a Parquet file with these rows: each column by its name,
    /// and the same batches again are the same import. `name` is their file name in messages and in
    /// the table `imports`.
    ///
    /// The batches are kept in a temporary file.
    ///
    /// # Errors
    /// The errors of the stream and of [`ingest`](Self::ingest), and an error if there is no batch.
    pub async fn ingest_batches(
        &self,
        name: &str,
        batches: impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send,
        options: &IngestOptions,
    ) -> Result<ImportSummary> {
        let mut batches = std::pin::pin!(batches);
        let mut writer: Option<ArrowWriter<File>> = None;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let write = move || -> Result<_, exports::Error> {
                let mut writer = match writer {
                    Some(writer) => writer,
                    None => ArrowWriter::try_new(unnamed_file()?, batch.schema(), None)
                        .map_err(write_failed)?,
                };
                writer.write(&batch).map_err(write_failed)?;
                Ok(writer)
            };
            writer = Some(blocking(write).await?);
        }
        let writer = writer.ok_or_else(|| {
            Error::invalid(format!("{name}: no record batches"))
                .with_hint("give at least one batch, which may be empty")
        })?;
        let content = blocking(move || {
            let file = writer.into_inner().map_err(write_failed)?;
            Content::from_temporary(file)
        });
        self.ingest(Input::from_content(name, content.await?), options)
            .await
    }
}

fn write_failed(error: ParquetError) -> exports::Error {
    failed(std::io::Error::other(error))
}
