//! Searching a whole lake, every file decoded, for what must not be in it.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::parquet::errors::ParquetError;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::Lake;
use crate::error::{Error, Result};

/// Files that an error names.
const FILES_TOLD: usize = 5;

/// Looks for texts, upper and lower case alike, in the names and the content of all files of a
/// lake: Parquet column by column, everything else as it is. Gives how many files there are.
///
/// # Errors
/// Where one is found: says in which files, never what.
pub(super) async fn check_holds_none(lake: &Lake, texts: &[String]) -> Result<usize> {
    let store = lake.store()?;
    let root = lake.location().store_path()?;
    let wanted = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(texts)
        .map_err(|error| Error::invalid(format!("these cannot be searched for: {error}")))?;
    let wanted = Arc::new(wanted);
    let mut files = store.list(Some(&root));
    let mut searched = 0;
    let mut found = Vec::new();
    while let Some(file) = files.try_next().await? {
        searched += 1;
        let name = file.location.to_string();
        let bytes = match store.get(&file.location).await {
            Ok(file) => file.bytes().await?,
            // Removed since it was listed.
            Err(object_store::Error::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let is_named = wanted.is_match(&name);
        let is_parquet = name.ends_with(".parquet");
        let wanted = Arc::clone(&wanted);
        let search = move || match is_parquet {
            true => is_in_parquet(bytes, &wanted),
            false => Ok(wanted.is_match(&bytes)),
        };
        let is_held = tokio::task::spawn_blocking(search).await;
        let is_held = is_held.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
        if is_named || is_held.map_err(|error| Error::from(error).at(&name))? {
            found.push(name);
        }
    }
    if found.is_empty() {
        return Ok(searched);
    }
    let told = found.iter().take(FILES_TOLD).cloned();
    Err(Error::conflict(format!(
        "{} of {searched} files still hold what was to be forgotten: {}",
        found.len(),
        told.collect::<Vec<_>>().join(", ")
    ))
    .with_hint(
        "an import may be writing, or have been killed within the last hour: forget once more when \
         none runs; what other programs wrote into the lake's folder is theirs to remove",
    ))
}

/// Whether a column of a Parquet file, or what is said of it, holds one of the texts.
fn is_in_parquet(file: Bytes, wanted: &AhoCorasick) -> Result<bool, DataFusionError> {
    // Statistics and names of columns are in the footer as they are.
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
            let child = datafusion::arrow::array::make_array(child);
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
        // Numbers and moments hold no text.
        _ => false,
    })
}
