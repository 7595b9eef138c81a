//! Columns of a table as text.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use exports::text::visible;
use unicode_width::UnicodeWidthStr;

use super::error::OutputError;
use super::text::cut;
use super::value::{Cells, decoded, is_midnight};

/// Maximum width of a cell, even if nothing else cuts it; the table library counts in 16 bits.
const CELL_WIDTH_MAX: usize = u16::MAX as usize - 2;

/// A column as text at its full width.
pub(super) struct Column {
    pub(super) header: String,
    /// Contain line breaks only if `breaks_lines`.
    pub(super) cells: Vec<String>,
    pub(super) breaks_lines: bool,
    pub(super) is_numeric: bool,
    /// `true` if cut values would mislead: numbers, dates, booleans.
    is_rigid: bool,
    header_width: usize,
    cells_width: usize,
}

impl Column {
    pub(super) fn read(
        schema: &SchemaRef,
        index: usize,
        batches: &[RecordBatch],
        null: &str,
        breaks_lines: bool,
    ) -> Result<Self, OutputError> {
        let field = schema.field(index);
        let dates_only = batches.iter().all(|batch| is_midnight(batch.column(index)));
        let mut cells = Vec::new();
        let mut text = String::new();
        for batch in batches {
            let mut values = Cells::human(batch.column(index), dates_only)?;
            for row in 0..batch.num_rows() {
                text.clear();
                values.append_or(row, null, &mut text)?;
                cells.push(if breaks_lines {
                    let lines = text.trim_end_matches('\n').lines().map(cell_text);
                    lines.collect::<Vec<_>>().join("\n")
                } else {
                    cell_text(&text)
                });
            }
        }
        let header = cell_text(field.name());
        let data_type = decoded(field.data_type());
        Ok(Self {
            breaks_lines,
            is_numeric: data_type.is_numeric(),
            is_rigid: data_type.is_numeric()
                || data_type.is_temporal()
                || *data_type == DataType::Boolean,
            header_width: header.width(),
            cells_width: cells.iter().map(|cell| width_of(cell)).max().unwrap_or(0),
            header,
            cells,
        })
    }

    /// Returns the width of the longest line of a cell.
    pub(super) fn cell_width(&self, row: usize) -> usize {
        width_of(&self.cells[row])
    }

    pub(super) fn width(&self) -> usize {
        // The table library draws an empty column one wide.
        self.header_width.max(self.cells_width).max(1)
    }

    /// Returns the minimum width of the column if text may be cut to `text_width`.
    pub(super) fn width_min(&self, text_width: usize) -> usize {
        let uncut = if self.is_rigid { self.cells_width } else { 0 };
        self.width().min(text_width).max(uncut)
    }
}

fn width_of(cell: &str) -> usize {
    cell.split('\n').map(|line| line.width()).max().unwrap_or(0)
}

fn cell_text(text: &str) -> String {
    cut(&visible(text), CELL_WIDTH_MAX).into_owned()
}
