//! Searches a whole lake, decoding every file, for what names people who must not be in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::parquet::errors::ParquetError;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::checksums::Checksums;
use super::handle::Lake;
use super::identities::{self, RESPONDENT};
use super::schema::{
    IDENTITIES, IMPERSONAL, IMPORTS, PARTITION_COLUMNS, RESPONSE_ID, RESPONSES, ROLLUP,
};
use super::sealed_names::is_about_someone_else;
use super::traces::{Certainty, Traces};
use crate::error::{Error, Result};

/// Rows that are listed of one place.
const ROWS_LISTED: usize = 5;

/// The folder of a table with its log.
const LOG: &str = "_delta_log";

/// Files of the audit log with nothing but hashes and signatures.
const AUDIT_HASHES: [&str; 2] = ["audit/checkpoint", "audit/tile/"];

/// Columns with names of other columns and of keys, whose words are rarely those of a person.
const OF_HEADERS: [&str; 3] = ["fields", "dropped", "key_fingerprint"];

/// The files that are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All but those of the identities.
    AllButIdentities,
    /// Those of the identities.
    Identities,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// Number of files searched.
    pub(super) files: usize,
    /// Places that name one of the people, in the data of others.
    pub(super) places: Vec<Place>,
    /// Files with rows of the people themselves.
    pub(super) not_erased: Vec<String>,
    /// Compressed files that are none of the lake's.
    pub(super) not_searched: Vec<String>,
}

/// A place in the lake that names a person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The column, log or file.
    pub name: String,
    /// Number of rows, or of files.
    pub matches: usize,
    /// The ids of the first of these responses.
    pub response_ids: Vec<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.matches)?;
        if !self.response_ids.is_empty() {
            write!(f, " ({}", self.response_ids.join(", "))?;
            if self.matches > self.response_ids.len() {
                f.write_str(", …")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// Searches the names and contents of files of a lake: Parquet files column by column, JSON value by
/// value, all others as text.
pub(super) async fn search(lake: &Lake, traces: &Arc<Traces>, scope: Scope) -> Result<Searched> {
    let store = lake.store()?;
    let root = lake.location().store_path()?;
    let mut files = store.list(Some(&root));
    let mut searched = Searched::default();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    while let Some(file) = files.try_next().await? {
        let path = file.location.to_string();
        let below = path.strip_prefix(root.as_ref()).unwrap_or(&path);
        let below = below.trim_start_matches('/').to_owned();
        let is_identities = below.split('/').next() == Some(IDENTITIES);
        if is_identities != (scope == Scope::Identities) {
            continue;
        }
        searched.files += 1;
        let bytes = match store.get(&file.location).await {
            Ok(file) => file.bytes().await?,
            // The file was removed after it was listed.
            Err(object_store::Error::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let shown = format!("{}/{below}", lake.uri().trim_end_matches('/'));
        let traces = Arc::clone(traces);
        let search = move || File::new(&below).search(bytes, &traces);
        let found = tokio::task::spawn_blocking(search).await;
        let found = found.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
        for found in found.map_err(|error| Error::from(error).at(&path))? {
            match found {
                Found::Person => searched.not_erased.push(shown.clone()),
                Found::Compressed => searched.not_searched.push(shown.clone()),
                Found::In(place) => {
                    let known = places.entry(place.name.clone()).or_insert_with(|| Place {
                        matches: 0,
                        response_ids: Vec::new(),
                        ..place.clone()
                    });
                    known.matches += place.matches;
                    known.response_ids.extend(place.response_ids);
                    known.response_ids.truncate(ROWS_LISTED);
                }
            }
        }
    }
    searched.not_erased.dedup();
    searched.places = places.into_values().collect();
    Ok(searched)
}

/// Searches what is sealed with the respondents that are left. Their own names and addresses are of interest
/// only in full: relatives have the same surname.
pub(super) async fn search_sealed(lake: &Lake, traces: &Traces) -> Result<Vec<Place>> {
    let mut matches: BTreeMap<String, usize> = BTreeMap::new();
    identities::for_each(lake, |_, person| {
        for (field, value) in person {
            let certainty = if is_about_someone_else(&field) {
                Certainty::Possible
            } else {
                Certainty::Whole
            };
            if traces.is_in(&value, certainty) {
                *matches.entry(field).or_default() += 1;
            }
        }
    })
    .await?;
    let places = matches.into_iter().map(|(field, matches)| Place {
        name: format!("{field} sealed in identities"),
        matches,
        response_ids: Vec::new(),
    });
    Ok(places.collect())
}

/// Something found in a file.
enum Found {
    /// A row of one of the people.
    Person,
    In(Place),
    /// Nothing, since the file is compressed.
    Compressed,
}

/// A file of the lake, by its path below the lake's.
struct File<'a> {
    path: &'a str,
    /// The table that it belongs to, and `true` if it is a part of the table's log.
    table: Option<(&'static str, bool)>,
}

impl<'a> File<'a> {
    fn new(path: &'a str) -> Self {
        let mut folders = path.split('/');
        let first = folders.next().unwrap_or_default();
        let tables = [RESPONSES, IDENTITIES, IMPORTS, ROLLUP];
        let table = tables.into_iter().find(|table| *table == first);
        Self {
            path,
            table: table.map(|table| (table, folders.next() == Some(LOG))),
        }
    }

    fn search(&self, bytes: Bytes, traces: &Traces) -> Result<Vec<Found>, DataFusionError> {
        let mut found = Vec::new();
        let is_parquet = self.path.ends_with(".parquet");
        match self.table {
            Some((table, false)) if is_parquet => {
                // The footer has statistics uncompressed.
                if table == IDENTITIES && traces.has_pseudonym(&bytes) {
                    found.push(Found::Person);
                }
                self.search_rows(table, bytes, traces, &mut found)?;
            }
            // Hashes and signatures, which have short names by chance.
            None if AUDIT_HASHES.iter().any(|path| self.path.starts_with(path)) => {}
            _ => {
                if self.table.is_none() && is_compressed(&bytes) {
                    found.push(Found::Compressed);
                }
                let is_named = traces.is_in(&decoded(self.path), Certainty::Clear);
                let is_inside = if is_parquet {
                    is_in_parquet(bytes, traces)?
                } else {
                    is_in_text(&String::from_utf8_lossy(&bytes), traces)
                };
                if is_named || is_inside {
                    let name = match self.table {
                        Some((table, true)) => format!("log of {table}"),
                        _ => self.path.to_owned(),
                    };
                    found.push(Found::In(Place {
                        name,
                        matches: 1,
                        response_ids: Vec::new(),
                    }));
                }
            }
        }
        Ok(found)
    }

    /// Searches the rows of a data file.
    fn search_rows(
        &self,
        table: &str,
        bytes: Bytes,
        traces: &Traces,
        found: &mut Vec<Found>,
    ) -> Result<(), DataFusionError> {
        let place = |column: &str, matches: usize, response_ids: Vec<String>| {
            Found::In(Place {
                name: format!("{column} of {table}"),
                matches,
                response_ids,
            })
        };
        let mut rows = 0;
        let mut columns: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
        for batch in reader(bytes)? {
            let batch = batch?;
            rows += batch.num_rows();
            let schema = batch.schema();
            for (field, column) in schema.fields().iter().zip(batch.columns()) {
                // Words of Voxql's own are in columns such as `source`.
                let name = field.name().as_str();
                let is_own_word =
                    IMPERSONAL.contains(&name) || OF_HEADERS.contains(&name) || table == ROLLUP;
                let is_in = |text: &str| {
                    if is_own_word {
                        is_in_value(text, traces)
                    } else {
                        traces.is_in(text, Certainty::Possible)
                    }
                };
                let matches = rows_in_column(column, traces, &is_in)?;
                if matches.is_empty() {
                    continue;
                }
                if field.name() == RESPONDENT {
                    found.push(Found::Person);
                    continue;
                }
                let listed = ids(&batch, &matches, traces)?;
                let (count, listed_before) = columns.entry(field.name().clone()).or_default();
                *count += matches.len();
                listed_before.extend(listed);
                listed_before.truncate(ROWS_LISTED);
            }
        }
        for (column, (matches, listed)) in columns {
            found.push(place(&column, matches, listed));
        }
        for folder in self.path.split('/') {
            let Some((column, value)) = folder.split_once('=') else {
                continue;
            };
            if PARTITION_COLUMNS.contains(&column)
                && traces.is_in(&decoded(value), Certainty::Possible)
            {
                found.push(place(column, rows, Vec::new()));
            }
        }
        Ok(())
    }
}

/// The ids of the first of these responses, if the rows are responses, without those that name the
/// person.
fn ids(
    batch: &RecordBatch,
    rows: &[usize],
    traces: &Traces,
) -> Result<Vec<String>, DataFusionError> {
    let Some(ids) = batch.column_by_name(RESPONSE_ID) else {
        return Ok(Vec::new());
    };
    let ids = cast(ids, &DataType::LargeUtf8)?;
    let ids = ids.as_string::<i64>();
    let ids = rows.iter().map(|row| ids.value(*row));
    let ids = ids
        .filter(|id| !traces.is_in(id, Certainty::Possible))
        .take(ROWS_LISTED);
    Ok(ids.map(ToOwned::to_owned).collect())
}

fn reader(
    file: Bytes,
) -> Result<
    impl Iterator<Item = Result<RecordBatch, datafusion::arrow::error::ArrowError>>,
    DataFusionError,
> {
    ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error: ParquetError| DataFusionError::ParquetError(Box::new(error)))
}

/// True if a column of a Parquet file names one of the people.
fn is_in_parquet(file: Bytes, traces: &Traces) -> Result<bool, DataFusionError> {
    for batch in reader(file)? {
        for column in batch?.columns() {
            if !rows_in_column(column, traces, &|text| is_in_value(text, traces))?.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The rows of a column that name one of the people; for a nested column, rows of what is in it.
fn rows_in_column(
    column: &ArrayRef,
    traces: &Traces,
    is_in: &dyn Fn(&str) -> bool,
) -> Result<Vec<usize>, DataFusionError> {
    let data_type = column.data_type();
    if data_type.is_nested() {
        let mut rows = Vec::new();
        for child in column.to_data().child_data() {
            rows.extend(rows_in_column(&make_array(child.clone()), traces, is_in)?);
        }
        return Ok(rows);
    }
    Ok(match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let values = cast(column, &DataType::LargeBinary)?;
            let values = values.as_binary::<i64>().iter().enumerate();
            // What is sealed is bytes, which have no words.
            let matches =
                values.filter(|(_, value)| value.is_some_and(|it| traces.has_pseudonym(it)));
            matches.map(|(row, _)| row).collect()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            let values = cast(column, &DataType::LargeUtf8)?;
            let values = values.as_string::<i64>().iter().enumerate();
            let matches = values.filter(|(_, value)| value.is_some_and(is_in));
            matches.map(|(row, _)| row).collect()
        }
        // Numbers and timestamps contain no text.
        _ => Vec::new(),
    })
}

/// True if a text of a log or another file names one of the people, also as a part of a path. One word of
/// a name may be a word of Voxql's own.
fn is_in_value(value: &str, traces: &Traces) -> bool {
    if Checksums::is_tag(value) {
        return false;
    }
    let is_clear = |text: &str| traces.is_in(text, Certainty::Clear);
    is_clear(value) || (value.contains('%') && is_clear(&decoded(value)))
}

/// True for files whose words are not their bytes: gzip, ZIP, Zstandard, bzip2, xz and 7z.
fn is_compressed(bytes: &[u8]) -> bool {
    const SIGNS: [&[u8]; 6] = [
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"\x28\xb5\x2f\xfd",
        b"BZh",
        b"\xfd7zXZ\0",
        b"7z\xbc\xaf\x27\x1c",
    ];
    SIGNS.iter().any(|sign| bytes.starts_with(sign))
}

/// True if a file that is not Parquet names one of the people.
fn is_in_text(text: &str, traces: &Traces) -> bool {
    text.lines().any(|line| match serde_json::from_str(line) {
        Ok(value) => is_in_json(&value, traces),
        Err(_) => is_in_value(line, traces),
    })
}

fn is_in_json(value: &Value, traces: &Traces) -> bool {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            // Schemas and statistics are JSON within JSON.
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => is_in_json(&inner, traces),
            _ => is_in_value(text, traces),
        },
        Value::Array(values) => values.iter().any(|value| is_in_json(value, traces)),
        Value::Object(values) => values
            .iter()
            .any(|(name, value)| is_in_value(name, traces) || is_in_json(value, traces)),
        _ => false,
    }
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}
