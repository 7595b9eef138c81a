//! The rows of a file as record batches.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::scalar::ScalarValue;
use exports::format::rows::Row;
use exports::quote::shown;
use tokio::sync::mpsc::Sender;

use super::conversion::{Builder, Column, with_decimal_point};
use super::file::Opened;
use crate::error::{Error, Result};
use crate::query::external::options::FileOptions;
use crate::sql_type::sql_type;

/// Reads files into batches, and sends them.
pub(super) struct BatchWriter {
    pub(super) schema: SchemaRef,
    pub(super) columns: Arc<[Column]>,
    pub(super) order: Arc<[usize]>,
    pub(super) constants: Vec<ScalarValue>,
    pub(super) options: Arc<FileOptions>,
    pub(super) batch_rows: usize,
    pub(super) sender: Sender<DataFusionResult<RecordBatch>>,
}

/// A cell that does not fit the type of its column.
struct Misfit {
    row: usize,
    column: usize,
    cell: String,
}

/// The rows of one batch.
struct Rows<'a> {
    builders: Vec<Builder<'a>>,
    /// The number of each row in the file.
    numbers: Vec<u64>,
    misfits: Vec<Misfit>,
}

impl BatchWriter {
    /// Reads a file. Returns `false` if nobody wants more rows.
    pub(super) fn read(&self, opened: &Opened) -> Result<bool> {
        let table = &opened.table;
        let places: Vec<Option<usize>> = self
            .columns
            .iter()
            .map(|column| table.names.iter().position(|name| *name == column.name))
            .collect();
        let columns = Arc::clone(&self.columns);
        let mut rows = Rows::new(&columns);
        let mut outcome = Ok(true);
        table.read(&opened.source, &mut |row| {
            let next = self.take(row, &places, &mut rows, opened);
            let next = next.and_then(|()| {
                if rows.numbers.len() < self.batch_rows {
                    return Ok(true);
                }
                let full = std::mem::replace(&mut rows, Rows::new(&columns));
                self.send(full, opened)
            });
            Ok(match next {
                Ok(true) => ControlFlow::Continue(()),
                stopped => {
                    outcome = stopped;
                    ControlFlow::Break(())
                }
            })
        })?;
        if !outcome? {
            return Ok(false);
        }
        if rows.numbers.is_empty() {
            return Ok(!self.sender.is_closed());
        }
        self.send(rows, opened)
    }

    fn take(
        &self,
        row: &Row<'_>,
        places: &[Option<usize>],
        rows: &mut Rows<'_>,
        opened: &Opened,
    ) -> Result<()> {
        if let Some(problem) = &row.problem {
            if self.options.ignore_errors {
                return Ok(());
            }
            return Err(opened.does_not_fit(row.number, problem));
        }
        for (column, place) in places.iter().enumerate() {
            let cell = place
                .and_then(|place| row.cells.get(place))
                .map_or("", |cell| &**cell);
            let builder = &mut rows.builders[column];
            if cell.is_empty() || self.options.null_texts.iter().any(|null| null == cell) {
                builder.append_null();
                continue;
            }
            let is_appended = if self.options.has_decimal_comma && !builder.is_text() {
                builder.append(&with_decimal_point(cell))
            } else {
                builder.append(cell)
            };
            if !is_appended {
                rows.misfits.push(Misfit {
                    row: rows.numbers.len(),
                    column,
                    cell: cell.to_owned(),
                });
            }
        }
        rows.numbers.push(row.number);
        Ok(())
    }

    /// Sends a batch. Returns `false` if nobody wants more.
    fn send(&self, rows: Rows<'_>, opened: &Opened) -> Result<bool> {
        let Rows {
            builders,
            numbers,
            mut misfits,
        } = rows;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.order.len());
        for (column, builder) in builders.into_iter().enumerate() {
            let (array, failed) = builder.finish().map_err(DataFusionError::from)?;
            misfits.extend(
                failed
                    .into_iter()
                    .map(|(row, cell)| Misfit { row, column, cell }),
            );
            arrays.push(array);
        }
        if let Some(first) = misfits.iter().min_by_key(|misfit| misfit.row)
            && !self.options.ignore_errors
        {
            return Err(self.misfit(first, numbers[first.row], opened));
        }
        for value in &self.constants {
            arrays.push(value.to_array_of_size(numbers.len())?);
        }
        let arrays = self.order.iter().map(|place| Arc::clone(&arrays[*place]));
        let options = RecordBatchOptions::new().with_row_count(Some(numbers.len()));
        let schema = Arc::clone(&self.schema);
        let mut batch = RecordBatch::try_new_with_options(schema, arrays.collect(), &options)
            .map_err(DataFusionError::from)?;
        if !misfits.is_empty() {
            let mut fits = vec![true; numbers.len()];
            for misfit in &misfits {
                fits[misfit.row] = false;
            }
            batch = filter_record_batch(&batch, &BooleanArray::from(fits))
                .map_err(DataFusionError::from)?;
        }
        Ok(self.sender.blocking_send(Ok(batch)).is_ok())
    }

    fn misfit(&self, misfit: &Misfit, number: u64, opened: &Opened) -> Error {
        let column = &self.columns[misfit.column];
        Error::query(format!(
            "{}: {} {number}, column \"{}\": \"{}\" does not fit the type {}",
            opened.source.path().display(),
            opened.table.row_noun(),
            column.name,
            shown(&misfit.cell),
            sql_type(&column.conversion.data_type()),
        ))
        .with_hint("read the column as VARCHAR, or leave such rows out with ignore_errors => true")
    }
}

impl<'a> Rows<'a> {
    fn new(columns: &'a [Column]) -> Self {
        Self {
            builders: columns
                .iter()
                .map(|column| column.conversion.builder())
                .collect(),
            numbers: Vec::new(),
            misfits: Vec::new(),
        }
    }
}
