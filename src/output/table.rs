//! Tables fitted to the terminal.
//!
//! One line per row: text that does not fit ends in `…`, and if that is not enough, one column with
//! `…` replaces the columns in the middle. Only plans keep their line breaks. The table library
//! draws; the widths are computed here, because the library wraps long text over many lines.

use std::borrow::Cow;
use std::io::Write;

use comfy_table::{CellAlignment, Table};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::column::Column;
use super::error::OutputError;
use super::expanded;
use super::style::{Expanded, Style};
use super::text::{ELLIPSIS, count_of_rows, cut, fill, fill_words};
use super::writer::ResultWriter;

/// Light lines, a rule under the header and none between rows.
const BORDERS: &str = "││──├─┼┤│    ┬┴┌┐└┘";

/// Width of a column beyond its content: a space on either side and a border.
const COLUMN_FRAME: usize = 3;

/// Text is not cut below this width while omitting columns still helps.
const TEXT_WIDTH_READABLE: usize = 10;

/// With all middle columns omitted, text is cut to this width before numbers are cut.
const TEXT_WIDTH_MIN: usize = 1;

/// Minimum terminal width: two columns and the `…` between them fit.
const TERMINAL_WIDTH_MIN: usize = 20;

/// Collects the first [`Style::rows_max`] rows, counts the rest, and draws the table at the end.
pub(super) struct TableWriter<W> {
    sink: W,
    schema: SchemaRef,
    style: Style,
    shown: Vec<RecordBatch>,
    rows_shown: usize,
    rows: usize,
}

impl<W: Write> TableWriter<W> {
    pub(super) fn new(sink: W, schema: SchemaRef, style: &Style) -> Self {
        let mut style = style.clone();
        style.width = style.width.map(|width| width.max(TERMINAL_WIDTH_MIN));
        Self {
            sink,
            schema,
            style,
            shown: Vec::new(),
            rows_shown: 0,
            rows: 0,
        }
    }

    /// Returns the footer in pieces that each fit on a line.
    fn footer(&self, columns_shown: usize) -> Vec<String> {
        let rows = self.rows;
        let mut pieces = if self.rows_shown == rows {
            vec![count_of_rows(rows)]
        } else {
            let all: &[&str] = if self.style.in_shell {
                &["\\pset maxrows 0", "shows all)"]
            } else {
                &["another --format,", "such as csv,", "prints all)"]
            };
            let counts = [
                format!("({rows} rows,"),
                format!("{} shown;", self.rows_shown),
            ];
            let all = all.iter().map(|&piece| piece.to_owned());
            counts.into_iter().chain(all).collect()
        };
        let columns = self.schema.fields().len();
        if columns_shown < columns {
            pieces.push(format!(" {columns} columns"));
            pieces.push(format!("({columns_shown} shown)"));
        }
        pieces
    }
}

impl<W: Write> ResultWriter for TableWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let room = self.style.rows_max.map(|max| max - self.rows_shown);
        let wanted = batch.num_rows().min(room.unwrap_or(usize::MAX));
        if wanted > 0 {
            self.shown.push(batch.slice(0, wanted));
            self.rows_shown += wanted;
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        let width = self.style.width;
        if self.style.expanded != Expanded::On {
            let columns = self.columns(self.style.breaks_lines)?;
            let layout = Layout::fit(&columns, width);
            if self.style.expanded == Expanded::Off || layout.shows_all(&columns) {
                self.draw(&columns, &layout)?;
                return self.write_footer(layout.columns_shown());
            }
        }
        let columns = self.columns(true)?;
        expanded::write(&mut self.sink, &columns, self.rows_shown, width)?;
        self.write_footer(columns.len())
    }
}

impl<W: Write> TableWriter<W> {
    fn columns(&self, breaks_lines: bool) -> Result<Vec<Column>, OutputError> {
        (0..self.schema.fields().len())
            .map(|index| {
                let null = &self.style.null;
                Column::read(&self.schema, index, &self.shown, null, breaks_lines)
            })
            .collect()
    }

    fn draw(&mut self, columns: &[Column], layout: &Layout) -> Result<(), OutputError> {
        let mut table = Table::new();
        table.load_preset(BORDERS);
        table.set_header(layout.line(columns, |column| &column.header));
        for row in 0..self.rows_shown {
            table.add_row(layout.line(columns, |column| &column.cells[row]));
        }
        for (slot, drawn) in std::iter::zip(&layout.slots, table.column_iter_mut()) {
            let is_numeric = slot.column.is_some_and(|index| columns[index].is_numeric);
            drawn.set_cell_alignment(if is_numeric {
                CellAlignment::Right
            } else {
                CellAlignment::Left
            });
        }
        for line in table.lines() {
            writeln!(self.sink, "{line}")?;
        }
        Ok(())
    }

    fn write_footer(&mut self, columns_shown: usize) -> Result<(), OutputError> {
        for line in fill_words(&self.footer(columns_shown), self.style.width) {
            writeln!(self.sink, "{line}")?;
        }
        Ok(())
    }
}

/// The columns to draw, and their widths.
struct Layout {
    slots: Vec<Slot>,
}

struct Slot {
    /// `None` for the column of `…`.
    column: Option<usize>,
    width: usize,
}

impl Layout {
    fn fit(columns: &[Column], width: Option<usize>) -> Self {
        let count = columns.len();
        let natural = |kept: usize| Self::outermost(columns, kept);
        let Some(width) = width else {
            return natural(count);
        };
        // First, last, second, last but one: the outer columns matter most, because they are the
        // keys and the values queried.
        for kept in (count.min(2)..=count).rev() {
            let mut layout = natural(kept);
            if layout.shrink(columns, width, |c| c.width_min(TEXT_WIDTH_READABLE)) {
                return layout;
            }
        }
        let mut layout = natural(count.min(2));
        let fits = layout.shrink(columns, width, |c| c.width_min(TEXT_WIDTH_MIN))
            || layout.shrink(columns, width, |_| 1);
        debug_assert!(fits, "two columns of width one fit any terminal");
        layout
    }

    /// Lays out the `kept` outermost columns at full width.
    fn outermost(columns: &[Column], kept: usize) -> Self {
        let count = columns.len();
        let slot = |index: usize| Slot {
            column: Some(index),
            width: columns[index].width(),
        };
        let left = kept.div_ceil(2);
        let ellipsis = (kept < count).then_some(Slot {
            column: None,
            width: 1,
        });
        let right = count - (kept - left)..count;
        let slots = (0..left).map(slot).chain(ellipsis).chain(right.map(slot));
        Self {
            slots: slots.collect(),
        }
    }

    /// Narrows the widest columns, none below its `width_min`, until the table fits into `width`.
    /// Changes nothing and returns false if that is not possible.
    fn shrink(
        &mut self,
        columns: &[Column],
        width: usize,
        width_min: impl Fn(&Column) -> usize,
    ) -> bool {
        let frame = COLUMN_FRAME * self.slots.len() + 1;
        let Some(room) = width.checked_sub(frame) else {
            return false;
        };
        let floor = |slot: &Slot| {
            let floor = slot.column.map_or(1, |index| width_min(&columns[index]));
            floor.min(slot.width)
        };
        let capped = |slot: &Slot, cap: usize| slot.width.min(cap.max(floor(slot)));
        let total = |cap: usize| -> usize { self.slots.iter().map(|s| capped(s, cap)).sum() };
        if total(0) > room {
            return false;
        }
        // No column needs a cap beyond the room.
        let fits = (0..=room).rfind(|&cap| total(cap) <= room).unwrap_or(0);
        let mut spare = room - total(fits);
        let widths: Vec<usize> = self.slots.iter().map(|slot| capped(slot, fits)).collect();
        for (slot, width) in std::iter::zip(&mut self.slots, widths) {
            let extra = usize::from(width < slot.width && width == fits && spare > 0);
            spare -= extra;
            slot.width = width + extra;
        }
        true
    }

    /// Returns one row of the table, its cells cut or wrapped to their columns.
    fn line<'a>(
        &self,
        columns: &'a [Column],
        text: impl Fn(&'a Column) -> &'a str,
    ) -> Vec<Cow<'a, str>> {
        self.slots
            .iter()
            .map(|slot| match slot.column.map(|index| &columns[index]) {
                Some(column) if column.breaks_lines => {
                    let lines = text(column).split('\n');
                    let lines = lines.flat_map(|line| fill(line, slot.width, 4));
                    lines.collect::<Vec<_>>().join("\n").into()
                }
                Some(column) => cut(text(column), slot.width),
                None => ELLIPSIS.into(),
            })
            .collect()
    }

    fn columns_shown(&self) -> usize {
        self.slots.iter().filter(|s| s.column.is_some()).count()
    }

    /// True if nothing is cut and no column is omitted.
    fn shows_all(&self, columns: &[Column]) -> bool {
        self.slots.iter().all(|slot| {
            slot.column
                .is_some_and(|index| slot.width >= columns[index].width())
        })
    }
}
