//! Parquet: streams row groups; nested columns become dotted columns.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Fields};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::rows::{EachRow, Row};
use crate::error::{Error, Result};
use crate::files::shared_file::SharedFile;
use crate::files::source::SourceFile;

const BATCH_ROWS: usize = 1024;

/// A Parquet file, decompressed if it was compressed as a whole.
#[derive(Clone, Debug)]
pub struct ParquetFormat {
    shared: SharedFile,
    /// The names of the columns; nested ones are dotted.
    pub keys: Vec<String>,
}

impl ParquetFormat {
    pub fn recognise(source: &SourceFile) -> Result<Self> {
        let shared = source.shared()?;
        let builder = catch_panics(source, || builder(shared.clone()))?;
        let mut keys = Vec::new();
        add_leaf_names("", builder.schema().fields(), &mut keys);
        Ok(Self { shared, keys })
    }

    /// Calls `each` with every row until it breaks.
    pub fn read(&self, source: &SourceFile, each: &mut EachRow<'_>) -> Result<()> {
        let mut batches = catch_panics(source, || {
            let builder = builder(self.shared.clone())?;
            builder.with_batch_size(BATCH_ROWS).build()
        })?;
        let mut number = 0;
        while let Some(batch) = catch_panics(source, || batches.next().transpose())? {
            let leaves = leaves(&batch);
            let options = format_options();
            let columns = leaves.iter().map(|leaf| {
                let formatter = ArrayFormatter::try_new(&leaf.array, &options);
                formatter.map(|formatter| (leaf, formatter))
            });
            let columns: Vec<_> = columns
                .collect::<Result<_, _>>()
                .map_err(|error: ArrowError| failed(source, error))?;
            for index in 0..batch.num_rows() {
                number += 1;
                let cells = columns
                    .iter()
                    .map(|(leaf, formatter)| leaf.text(formatter, &options, index).into());
                let row = Row {
                    number,
                    cells: cells.collect(),
                    ..Row::default()
                };
                if each(&row)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn builder(
    shared: SharedFile,
) -> Result<ParquetRecordBatchReaderBuilder<SharedFile>, ParquetError> {
    // The file's own schema counts, not the writer's in-memory types.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(shared, options)
}

/// Runs the Parquet reader, which panics on some files with broken metadata.
fn catch_panics<T, E: std::error::Error>(
    source: &SourceFile,
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(outcome) => outcome.map_err(|error| failed(source, error)),
        Err(_) => Err(failed(
            source,
            io::Error::other("its parts contradict each other"),
        )),
    }
}

fn failed(source: &SourceFile, error: impl std::error::Error) -> Error {
    let message = error.to_string();
    let what = message.lines().next().unwrap_or_default();
    let error = source.invalid(format!("cannot be read as Parquet ({what})"));
    error.with_hint("export or download the file again")
}

fn add_leaf_names(prefix: &str, fields: &Fields, keys: &mut Vec<String>) {
    for field in fields {
        let name = match prefix {
            "" => field.name().clone(),
            prefix => format!("{prefix}.{}", field.name()),
        };
        match field.data_type() {
            DataType::Struct(fields) => add_leaf_names(&name, fields, keys),
            _ => keys.push(name),
        }
    }
}

/// A column that is not a struct.
struct Leaf {
    array: ArrayRef,
    /// Nulls of this column and of the structs around it.
    nulls: Option<NullBuffer>,
}

/// Returns the leaves in the order of [`add_leaf_names`].
fn leaves(batch: &RecordBatch) -> Vec<Leaf> {
    fn add(array: &ArrayRef, outer: Option<&NullBuffer>, leaves: &mut Vec<Leaf>) {
        let nulls = NullBuffer::union(outer, array.logical_nulls().as_ref());
        match array.as_struct_opt() {
            Some(columns) => {
                for column in columns.columns() {
                    add(column, nulls.as_ref(), leaves);
                }
            }
            None => leaves.push(Leaf {
                array: ArrayRef::clone(array),
                nulls,
            }),
        }
    }
    let mut leaves = Vec::new();
    for column in batch.columns() {
        add(column, None, &mut leaves);
    }
    leaves
}

fn format_options() -> FormatOptions<'static> {
    FormatOptions::default()
        // A value that cannot be formatted becomes the error's text, and its row is rejected.
        .with_display_error(true)
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"))
}

impl Leaf {
    /// Formats a cell.
    fn text(
        &self,
        formatter: &ArrayFormatter<'_>,
        options: &FormatOptions<'_>,
        row: usize,
    ) -> String {
        let nulls = self.nulls.as_ref();
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return String::new();
        }
        if let Some(items) = self.items(options, row) {
            return items;
        }
        // Old writers declare text columns as binary.
        if *self.array.data_type() == DataType::Binary
            && let Ok(text) = std::str::from_utf8(self.array.as_binary::<i32>().value(row))
        {
            return text.to_owned();
        }
        let text = formatter.value(row).to_string();
        match self.array.data_type() {
            DataType::Float16 | DataType::Float32 | DataType::Float64 => match text.as_str() {
                "NaN" => String::new(),
                text => text.strip_suffix(".0").unwrap_or(text).to_owned(),
            },
            _ => text,
        }
    }

    /// Formats a list of scalars, separated by commas.
    fn items(&self, options: &FormatOptions<'_>, row: usize) -> Option<String> {
        let items = self.array.as_list_opt::<i32>()?.value(row);
        if items.data_type().is_nested() {
            return None;
        }
        let formatter = ArrayFormatter::try_new(&items, options).ok()?;
        let texts = (0..items.len()).map(|item| formatter.value(item).to_string());
        Some(texts.collect::<Vec<_>>().join(", "))
    }
}
