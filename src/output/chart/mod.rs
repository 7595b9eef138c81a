//! Charts in the terminal: lines over time, bars over a category.
//!
//! [`measures`] finds the numbers and their confidence columns, [`times`] the times, [`choose`] what
//! is drawn over what; [`lines`] and [`bars`] draw. Like a table, a chart is made of bounded rows and
//! at the end.

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

use super::text::fill_words;
use super::{OutputError, ResultWriter, Style};

/// Rows that a chart is drawn of. More cannot be told apart on any screen.
pub(crate) const ROWS_MAX: usize = 20_000;

/// Where no terminal says how wide it is.
const WIDTH_DEFAULT: usize = 80;

/// Below this, labels, axis and numbers leave no room to draw.
const WIDTH_MIN: usize = 40;

/// Wider lines are no easier to read.
const WIDTH_MAX: usize = 160;

/// Gathers the rows of a result and draws them at the end.
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
            return Err(cannot_draw(
                format!("the result has more than {ROWS_MAX} rows, too many for a chart"),
                "aggregate it, such as SELECT month, nps(score) FROM responses GROUP BY month",
            ));
        }
        self.batches.push(batch.clone());
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        let rows = concat_batches(&self.schema, &self.batches)?;
        let width = self.style.width.unwrap_or(WIDTH_DEFAULT);
        let width = width.clamp(WIDTH_MIN, WIDTH_MAX);
        let mut notes = vec![format!(
            "({} row{})",
            self.rows,
            if self.rows == 1 { "" } else { "s" }
        )];
        let lines = match choose::choose(&rows, &self.style.null)? {
            Drawing::Lines(drawing) => {
                notes.extend(drawing.notes.iter().cloned());
                lines::draw(&drawing, width, self.style.height, self.style.colour)
            }
            Drawing::Bars(drawing) => {
                let mut drawn = bars::draw(&drawing, width, &self.style);
                notes.append(&mut drawn.notes);
                drawn.lines
            }
        };
        for line in lines.iter().chain(&fill_words(&notes, Some(width))) {
            writeln!(self.sink, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn cannot_draw(message: impl Into<String>, hint: impl Into<String>) -> OutputError {
    OutputError::Chart {
        message: message.into(),
        hint: hint.into(),
    }
}
