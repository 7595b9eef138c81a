//! The ids of responses, and which files may have them.
//!
//! An import looks for its responses in the lake by their ids, which can be in any month. A file whose ids are
//! all of the tool has a Bloom filter of them, so that a small import reads the filters and few of the files.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use deltalake::parquet::arrow::ParquetRecordBatchStreamBuilder;
use deltalake::parquet::arrow::async_reader::AsyncFileReader;
use futures::{StreamExt, TryStreamExt, stream};

use super::handle::Lake;
use super::scan::DeltaScan;
use super::schema::RESPONSE_ID;
use crate::error::Result;

/// Prefix of ids derived from respondent, answer and time.
pub(crate) const BY_CONTENT: &str = "c:";

/// Prefix of ids of rows that may be equal and still belong to different people.
pub(crate) const COUNTED: &str = "m:";

/// Maximum number of digits in an id that an export may have numbered itself.
const RESTARTING_DIGITS_MAX: usize = 7;

/// The tag of a file in the Delta log whose ids all identify their responses.
pub(super) const TAG: &str = "voxql.ids";

/// The value of the tag.
pub(super) const IDENTIFYING: &str = "identifying";

/// The share of ids that are not in a file and pass its filter, as the writer estimates it from the average
/// of the filter's blocks. Some blocks are fuller, so that it is some ten times as much: of the files that
/// have none of 1,000 ids, one in a hundred passes. A filter has 5 to 10 bytes an id.
pub(super) const FALSE_POSITIVES: f64 = 1e-6;

/// Files that are read at the same time.
const READ_AT_ONCE: usize = 8;

/// True if an id is all that identifies a response: the tool made it, and not for each export anew.
pub(crate) fn identifies(id: &str) -> bool {
    !id.starts_with(COUNTED) && !id.starts_with(BY_CONTENT) && !may_restart(id)
}

/// True if the export may have numbered the ids itself, from 1 each time.
pub(crate) fn may_restart(id: &str) -> bool {
    id.len() <= RESTARTING_DIGITS_MAX && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// True if all responses of a batch have ids that identify them.
pub(super) fn all_identify(batch: &RecordBatch) -> Result<bool> {
    let Some(ids) = batch.column_by_name(RESPONSE_ID) else {
        return Ok(false);
    };
    let ids = cast(ids, &DataType::Utf8).map_err(DataFusionError::from)?;
    let mut ids = ids.as_string::<i32>().iter();
    Ok(ids.all(|id| id.is_some_and(identifies)))
}

/// The table with only the files that may have one of these ids, or others than those of a tool.
pub(crate) async fn files_with(
    lake: &Lake,
    scan: &DeltaScan,
    ids: &HashSet<String>,
) -> Result<DeltaScan> {
    let (filtered, others): (Vec<_>, Vec<_>) = scan
        .files()
        .iter()
        .partition(|file| file.tag(TAG).as_deref() == Some(IDENTIFYING));
    let state = lake.reading_context().state();
    let readers = scan.parquet_readers(&state, &filtered)?;
    let ids = Arc::new(ids.clone());
    let mut reading = Vec::with_capacity(filtered.len());
    for (file, reader) in std::iter::zip(filtered, readers) {
        let (path, ids) = (file.path.clone(), Arc::clone(&ids));
        reading.push(async move { Ok((may_have(reader, &ids).await?, path)) });
    }
    let read: Vec<(bool, String)> = stream::iter(reading)
        .buffer_unordered(READ_AT_ONCE)
        .try_collect::<Vec<_>>()
        .await
        .map_err(|error: DataFusionError| crate::error::Error::from(error))?;
    let may_have = read
        .into_iter()
        .filter_map(|(may_have, path)| may_have.then_some(path));
    let others = others.into_iter().map(|file| file.path.clone());
    let paths: HashSet<String> = may_have.chain(others).collect();
    Ok(scan.only(|file| paths.contains(&file.path)))
}

/// True if the filters of a file do not rule out all ids.
async fn may_have(
    reader: Box<dyn AsyncFileReader>,
    ids: &HashSet<String>,
) -> Result<bool, DataFusionError> {
    let mut builder = ParquetRecordBatchStreamBuilder::new(reader).await?;
    let mut columns = builder.parquet_schema().columns().iter();
    let Some(column) = columns.position(|column| column.name() == RESPONSE_ID) else {
        return Ok(true);
    };
    for group in 0..builder.metadata().num_row_groups() {
        let filter = builder.get_row_group_column_bloom_filter(group, column);
        match filter.await? {
            Some(filter) if !ids.iter().any(|id| filter.check(id.as_str())) => {}
            _ => return Ok(true),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_tool_identify() {
        for id in ["R_3kx", "12345678", "4b5f0e3c-2c1e", "r:abc"] {
            assert!(identifies(id), "{id}");
        }
        for id in ["17", "1234567", "c:abc", "c:abc.2", "m:abc", ""] {
            assert!(!identifies(id), "{id}");
        }
    }
}
