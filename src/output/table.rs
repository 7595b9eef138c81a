//! The table a person reads, fitted to the terminal.
//!
//! One line a row: text that does not fit ends in `…`, and where even that is not enough, columns in
//! the middle give way to one that says `…`. Only the lines of a plan stay lines. The library draws;
//! what is shown and how wide is decided here, because its own arrangement wraps long text over many
//! lines.

use std::borrow::Cow;
use std::io::Write;

use comfy_table::{CellAlignment, Table};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use unicode_width::UnicodeWidthStr;

use super::text::{ELLIPSIS, cut, fill, fill_words, visible};
use super::value::{Cells, is_midnight, is_numeric};
use super::{Expanded, OutputError, ResultWriter, Style, expanded};

/// Light lines, a rule under the header and none between rows.
const BORDERS: &str = "││──├─┼┤│    ┬┴┌┐└┘";

/// What a column takes beside its content: a space on either side and a border.
const COLUMN_FRAME: usize = 3;

/// A column's text is not cut below this while leaving columns out still helps.
const TEXT_WIDTH_READABLE: usize = 10;

/// With columns left out as far as they may be, text is cut down to this before numbers are.
const TEXT_WIDTH_MIN: usize = 1;

/// Terminals are never narrower; below this, two columns and what stands between them do not fit.
const TERMINAL_WIDTH_MIN: usize = 20;

/// No cell is wider even where nothing is to be cut; the library counts in 16 bits.
const CELL_WIDTH_MAX: usize = u16::MAX as usize - 2;

/// Holds the first [`Style::rows_max`] rows, counts the rest, and draws them all at the end.
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

    /// What the footer says, each piece short enough to stand on a line of its own.
    fn footer(&self, columns_shown: usize) -> Vec<String> {
        let rows = self.rows;
        let mut pieces = if self.rows_shown < rows {
            let mut pieces = vec![
                format!("({rows} rows,"),
                format!("{} shown;", self.rows_shown),
            ];
            let all: &[&str] = if self.style.in_shell {
                &["\\pset maxrows 0", "shows all)"]
            } else {
                &["another --format,", "such as csv,", "gives all)"]
            };
            pieces.extend(all.iter().map(|&piece| piece.to_owned()));
            pieces
        } else {
            vec![format!("({rows} row{})", if rows == 1 { "" } else { "s" })]
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
            let right = slot.column.is_some_and(|index| columns[index].numeric);
            let right = right.then_some(CellAlignment::Right);
            drawn.set_cell_alignment(right.unwrap_or(CellAlignment::Left));
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

/// A column's text as it would be shown with all the room it wants.
pub(super) struct Column {
    pub(super) header: String,
    /// With line breaks only where lines are to be broken at them.
    pub(super) cells: Vec<String>,
    breaks_lines: bool,
    numeric: bool,
    /// Its values mislead when cut: numbers, dates, booleans.
    rigid: bool,
    header_width: usize,
    cells_width: usize,
}

impl Column {
    fn read(
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
                if values.is_null(row) {
                    text.push_str(null);
                } else {
                    values.append(row, &mut text)?;
                }
                let shown = if breaks_lines {
                    let lines = text.trim_end_matches('\n').lines();
                    let lines = lines.map(|line| cut(&visible(line), CELL_WIDTH_MAX).into_owned());
                    lines.collect::<Vec<_>>().join("\n")
                } else {
                    cut(&visible(&text), CELL_WIDTH_MAX).into_owned()
                };
                cells.push(shown);
            }
        }
        let header = cut(&visible(field.name()), CELL_WIDTH_MAX).into_owned();
        Ok(Self {
            breaks_lines,
            numeric: is_numeric(field.data_type()),
            rigid: is_rigid(field.data_type()),
            header_width: header.width(),
            cells_width: cells.iter().map(|cell| width_of(cell)).max().unwrap_or(0),
            header,
            cells,
        })
    }

    /// The width of the cell of a row, its longest line.
    pub(super) fn cell_width(&self, row: usize) -> usize {
        width_of(&self.cells[row])
    }

    fn width(&self) -> usize {
        // The library draws an empty column one wide.
        self.header_width.max(self.cells_width).max(1)
    }

    /// The narrowest this column may become when text may be cut down to `text_width`.
    fn width_min(&self, text_width: usize) -> usize {
        let uncut = if self.rigid { self.cells_width } else { 0 };
        self.width().min(text_width).max(uncut)
    }
}

/// The width of the widest line.
fn width_of(cell: &str) -> usize {
    cell.split('\n').map(|line| line.width()).max().unwrap_or(0)
}

fn is_rigid(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_rigid(value),
        DataType::RunEndEncoded(_, value) => is_rigid(value.data_type()),
        data_type => {
            data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean
        }
    }
}

/// Which columns are drawn, and how wide.
struct Layout {
    slots: Vec<Slot>,
}

struct Slot {
    /// `None` for the column that stands for those left out.
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
        // First, last, second, last but one: a result's outer columns say most, its keys and what
        // was asked of them.
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

    /// The first and last columns, `kept` in all, at the width they want.
    fn outermost(columns: &[Column], kept: usize) -> Self {
        let count = columns.len();
        let slot = |index: usize| Slot {
            column: Some(index),
            width: columns[index].width(),
        };
        let left = kept.div_ceil(2);
        let mut slots: Vec<Slot> = (0..left).map(slot).collect();
        if kept < count {
            slots.push(Slot {
                column: None,
                width: 1,
            });
        }
        slots.extend((count - (kept - left)..count).map(slot));
        Self { slots }
    }

    /// Takes width from the widest columns first, none below its `width_min`, until the table is
    /// at most `width` wide. Changes nothing and returns false when it cannot be.
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
        // No column needs a cap beyond the room, and a cap of 0 fits: the widest that does is the
        // level at which the tallest columns are cut.
        let (mut fits, mut too_wide) = (0, room + 1);
        while too_wide - fits > 1 {
            let middle = fits.midpoint(too_wide);
            if total(middle) <= room {
                fits = middle;
            } else {
                too_wide = middle;
            }
        }
        let mut spare = room - total(fits);
        let widths: Vec<usize> = self.slots.iter().map(|slot| capped(slot, fits)).collect();
        for (slot, width) in std::iter::zip(&mut self.slots, widths) {
            let extra = usize::from(width < slot.width && width == fits && spare > 0);
            spare -= extra;
            slot.width = width + extra;
        }
        true
    }

    /// One row of the table, its cells cut to their columns, or their lines broken.
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

    /// Whether nothing is cut and no column is left out.
    fn shows_all(&self, columns: &[Column]) -> bool {
        self.slots.iter().all(|slot| {
            slot.column
                .is_some_and(|index| slot.width >= columns[index].width())
        })
    }
}
