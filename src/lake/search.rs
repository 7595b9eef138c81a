//! Searches a whole lake, decoding every file, for text that must not be in it.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, make_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::parquet::errors::ParquetError;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::handle::Lake;
use crate::error::{Error, Result};

/// Number of files that an error names.
const FILES_LISTED: usize = 5;

/// Searches the names and contents of all files of a lake for texts, ignoring case: Parquet files
/// column by column, all others as raw bytes. Returns the number of files.
///
/// # Errors
/// Returns an error if a text is found. The message names the files, never the text.
pub(super) async fn check_absent(lake: &Lake, texts: &[String]) -> Result<usize> {
    let store = lake.store()?;
    let root = lake.location().store_path()?;
    let wanted = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(texts)
        .map_err(|error| Error::invalid(format!("cannot search for these names: {error}")))?;
    let wanted = Arc::new(wanted);
    let mut files = store.list(Some(&root));
    let mut searched = 0;
    let mut found = Vec::new();
    while let Some(file) = files.try_next().await? {
        searched += 1;
        let name = file.location.to_string();
        let bytes = match store.get(&file.location).await {
            Ok(file) => file.bytes().await?,
            // The file was removed after it was listed.
            Err(object_store::Error::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let is_named = wanted.is_match(&name);
        let is_parquet = name.ends_with(".parquet");
        let wanted = Arc::clone(&wanted);
        let search = move || {
            if is_parquet {
                is_in_parquet(bytes, &wanted)
            } else {
                Ok(wanted.is_match(&bytes))
            }
        };
        let is_inside = tokio::task::spawn_blocking(search).await;
        let is_inside =
            is_inside.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
        if is_named || is_inside.map_err(|error| Error::from(error).at(&name))? {
            found.push(name);
        }
    }
    if found.is_empty() {
        return Ok(searched);
    }
    let listed: Vec<_> = found.iter().take(FILES_LISTED).cloned().collect();
    Err(Error::conflict(format!(
        "{} of {searched} files still contain data that was to be forgotten: {}",
        found.len(),
        listed.join(", ")
    ))
    .with_hint(
        "an import may be writing, or was killed within the last hour: run voxql forget again when \
         none is running; remove files that other programs wrote into the lake's folder yourself",
    ))
}

/// True if a column or the metadata of a Parquet file contains one of the texts.
fn is_in_parquet(file: Bytes, wanted: &AhoCorasick) -> Result<bool, DataFusionError> {
    // The footer contains statistics and column names uncompressed.
    if wanted.is_match(&file) {
        return Ok(true);
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error: ParquetError| DataFusionError::ParquetError(Box::new(error)))?;
    for batch in reader {
        for column in batch?.columns() {
            if is_in_column(column, wanted)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_in_column(column: &ArrayRef, wanted: &AhoCorasick) -> Result<bool, DataFusionError> {
    let data_type = column.data_type();
    if data_type.is_nested() {
        let mut children = column.to_data().child_data().to_vec().into_iter();
        return children.try_fold(false, |is_in, child| {
            let child = make_array(child);
            Ok(is_in || is_in_column(&child, wanted)?)
        });
    }
    Ok(match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let values = cast(column, &DataType::LargeBinary)?;
            let mut values = values.as_binary::<i64>().iter().flatten();
            values.any(|value| wanted.is_match(value))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            let values = cast(column, &DataType::LargeUtf8)?;
            let mut values = values.as_string::<i64>().iter().flatten();
            values.any(|value| wanted.is_match(value))
        }
        // Numbers and timestamps contain no text.
        _ => false,
    })
}
