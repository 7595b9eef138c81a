//! Charts in the terminal: lines over time, bars over a category.
//!
//! [`measures`] finds the numbers and their confidence columns, [`times`] the time column, and
//! [`choose`] picks the kind of chart; [`lines`] and [`bars`] draw. Like a table, a chart has bounded
//! rows and is drawn at the end.

mod axis;
mod bars;
mod choose;
mod lines;
mod measures;
mod paint;
#[cfg(test)]
mod tests;
mod times;

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;

use choose::Drawing;

use super::error::OutputError;
use super::style::Style;
use super::text::{count_of_rows, fill_words};
use super::writer::ResultWriter;

/// Maximum rows of a chart. More cannot be distinguished on any screen.
pub(crate) const ROWS_MAX: usize = 20_000;

/// Width if there is no terminal.
const WIDTH_DEFAULT: usize = 80;

/// Minimum width: labels, axis and numbers leave room to draw.
const WIDTH_MIN: usize = 40;

/// Maximum width: wider lines are not easier to read.
const WIDTH_MAX: usize = 160;

/// Collects the rows of a result and draws them at the end.
pub(super) struct ChartWriter<W> {
    sink: W,
    schema: SchemaRef,
    style: Style,
    batches: Vec<RecordBatch>,
    rows: usize,
}

impl<W: Write> ChartWriter<W> {
    pub(super) fn new(sink: W, schema: SchemaRef, style: &Style) -> Self {
        Self {
            sink,
            schema,
            style: style.clone(),
            batches: Vec::new(),
            rows: 0,
        }
    }
}

impl<W: Write> ResultWriter for ChartWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        self.rows += batch.num_rows();
        if self.rows > ROWS_MAX {
            return Err(OutputError::unfit(
                format!("the result has more than {ROWS_MAX} rows, too many for a chart"),
                "aggregate it, for example with SELECT month, nps(score) FROM responses GROUP BY month",
            ));
        }
        self.batches.push(batch.clone());
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        let rows = concat_batches(&self.schema, &self.batches)?;
        let width = self.style.width.unwrap_or(WIDTH_DEFAULT);
        let width = width.clamp(WIDTH_MIN, WIDTH_MAX);
        let mut notes = vec![count_of_rows(self.rows)];
        let lines = match choose::choose(&rows, &self.style.null)? {
            Drawing::Lines(drawing) => {
                let lines = lines::draw(&drawing, width, self.style.height, self.style.colour);
                notes.extend(drawing.notes);
                lines
            }
            Drawing::Bars(drawing) => {
                let (lines, omitted) = bars::draw(&drawing, width, &self.style);
                notes.extend(omitted);
                lines
            }
        };
        for line in lines.iter().chain(&fill_words(&notes, Some(width))) {
            writeln!(self.sink, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
