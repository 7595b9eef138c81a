//! Parquet: row groups one after the other, nested columns as dotted ones.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Fields};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::rows::Row;
use crate::error::{Error, Result};
use crate::files::positioned::Shared;
use crate::files::source::SourceFile;

const BATCH_ROWS: usize = 1024;

/// A Parquet file, decompressed where it was compressed as a whole.
#[derive(Clone, Debug)]
pub struct ParquetFormat {
    shared: Shared,
    /// The names of the columns, those in a column of columns behind its name and a dot.
    pub keys: Vec<String>,
}

impl ParquetFormat {
    pub fn recognise(source: &SourceFile) -> Result<Self> {
        let shared = source.shared()?;
        let builder = unbroken(source, || builder(shared.clone()))?;
        let mut keys = Vec::new();
        name_leaves("", builder.schema().fields(), &mut keys);
        Ok(Self { shared, keys })
    }

    /// Calls `each` with every row until it breaks.
    pub fn read(
        &self,
        source: &SourceFile,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut batches = unbroken(source, || {
            builder(self.shared.clone())?
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        let mut number = 0;
        while let Some(batch) = unbroken(source, || batches.next().transpose())? {
            let leaves = leaves(&batch);
            let options = options();
            let cells: Vec<LeafText<'_>> = leaves
                .iter()
                .map(|leaf| LeafText::new(leaf, &options))
                .collect::<Result<_, _>>()
                .map_err(|error: ArrowError| failed(source, error))?;
            for index in 0..batch.num_rows() {
                number += 1;
                let row = Row {
                    number,
                    cells: cells.iter().map(|cell| cell.text(index).into()).collect(),
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

fn builder(shared: Shared) -> Result<ParquetRecordBatchReaderBuilder<Shared>, ParquetError> {
    // What the columns are says the file itself; what the writer had in memory does not matter.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(shared, options)
}

/// Runs the reader of Parquet, which panics over some files whose metadata is broken.
fn unbroken<T, E: std::error::Error>(
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
    Error::invalid(format!("cannot be read as Parquet ({what})"))
        .at(source.path().display())
        .with_hint("export or download the file again")
}

fn name_leaves(prefix: &str, fields: &Fields, keys: &mut Vec<String>) {
    for field in fields {
        let name = match prefix {
            "" => field.name().clone(),
            prefix => format!("{prefix}.{}", field.name()),
        };
        match field.data_type() {
            DataType::Struct(fields) => name_leaves(&name, fields, keys),
            _ => keys.push(name),
        }
    }
}

/// A column that holds no columns.
struct Leaf {
    array: ArrayRef,
    /// Where it, or a column that it is in, has no value.
    nulls: Option<NullBuffer>,
}

/// In the order that [`name_leaves`] has.
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

fn options() -> FormatOptions<'static> {
    FormatOptions::default()
        // A value that has no text is shown as an error, and its row is rejected for that.
        .with_display_error(true)
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"))
}

/// The cells of a column as text.
struct LeafText<'a> {
    leaf: &'a Leaf,
    options: &'a FormatOptions<'a>,
    formatter: ArrayFormatter<'a>,
}

impl<'a> LeafText<'a> {
    fn new(leaf: &'a Leaf, options: &'a FormatOptions<'a>) -> Result<Self, ArrowError> {
        Ok(Self {
            leaf,
            options,
            formatter: ArrayFormatter::try_new(&leaf.array, options)?,
        })
    }

    fn text(&self, index: usize) -> String {
        if self
            .leaf
            .nulls
            .as_ref()
            .is_some_and(|nulls| nulls.is_null(index))
        {
            return String::new();
        }
        if let Some(items) = self.items(index) {
            return items;
        }
        // Columns of text of old writers are called binary.
        let bytes = match self.leaf.array.data_type() {
            DataType::Binary => Some(self.leaf.array.as_binary::<i32>().value(index)),
            _ => None,
        };
        if let Some(text) = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            return text.to_owned();
        }
        let text = self.formatter.value(index).to_string();
        match self.leaf.array.data_type() {
            DataType::Float16 | DataType::Float32 | DataType::Float64 => match text.as_str() {
                "NaN" => String::new(),
                text => text.strip_suffix(".0").unwrap_or(text).to_owned(),
            },
            _ => text,
        }
    }

    /// A list of plain values, with commas between them.
    fn items(&self, index: usize) -> Option<String> {
        let items = self.leaf.array.as_list_opt::<i32>()?.value(index);
        if items.data_type().is_nested() {
            return None;
        }
        let formatter = ArrayFormatter::try_new(&items, self.options).ok()?;
        let texts: Vec<Cow<'_, str>> = (0..items.len())
            .map(|item| formatter.value(item).to_string().into())
            .collect();
        Some(texts.join(", "))
    }
}
