//! Horizontal bars, one per row, with their numbers at the end.
//!
//! Negative bars extend to the left of the zero line. Several measures are side by side, each on its
//! own scale. An interval is a line between its ends; over a bar only the ends show.

use unicode_width::UnicodeWidthStr;

use super::super::style::Style;
use super::super::text::cut;
use super::axis::{decimals, number};
use super::choose::Bars;
use super::measures::Measure;
use super::paint::{Colour, FAINT, NEGATIVE, PALETTE, Painter};

/// Minimum columns of the longest bar; measures are omitted before bars get shorter.
const BAR_WIDTH_MIN: usize = 6;

/// Columns between two measures.
const GAP: usize = 3;

/// Blocks from one eighth to a full column.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Returns the lines of the chart and the notes for its footer.
pub(super) fn draw(bars: &Bars, width: usize, style: &Style) -> (Vec<String>, Vec<String>) {
    let rows = bars.labels.len().min(style.rows_max.unwrap_or(usize::MAX));
    let widest = bars.labels[..rows].iter().map(|label| label.width()).max();
    let label_width = widest.unwrap_or(0).max(bars.name.width()).min(width / 3);
    let mut panels: Vec<Panel> = bars
        .measures
        .iter()
        .map(|measure| Panel::new(measure, rows, style))
        .collect();
    let mut notes = Vec::new();
    if rows < bars.labels.len() {
        notes.push(format!("{rows} drawn"));
    }
    let measures = panels.len();
    let room = width - label_width;
    while panels.len() > 1 && width_min(&panels) > room {
        panels.pop();
    }
    if panels.len() < measures {
        notes.push(format!("{measures} columns ({} drawn)", panels.len()));
    }
    let spare = room.saturating_sub(width_min(&panels)) / panels.len().max(1);
    for panel in &mut panels {
        panel.fit(panel.width_min() + spare);
    }
    let mut lines = Vec::new();
    if panels.iter().any(|panel| !panel.name.is_empty()) {
        lines.push(header(&bars.name, &panels, label_width, style.colour));
    }
    for row in 0..rows {
        let mut painter = Painter::new(style.colour);
        put_label(&bars.labels[row], label_width, None, &mut painter);
        for (index, panel) in panels.iter().enumerate() {
            painter.spaces(if index == 0 { 1 } else { GAP });
            panel.draw(row, PALETTE[index % PALETTE.len()], &mut painter);
        }
        lines.push(painter.finish());
    }
    (lines, notes)
}

fn width_min(panels: &[Panel]) -> usize {
    panels.iter().map(|panel| panel.width_min() + GAP).sum()
}

fn put_label(label: &str, width: usize, colour: Option<Colour>, painter: &mut Painter) {
    let label = cut(label, width);
    painter.put(&label, colour);
    painter.spaces(width - label.width());
}

/// Returns the header: names of measures begin at their zero lines if there is room.
fn header(name: &str, panels: &[Panel], label_width: usize, has_colours: bool) -> String {
    let mut painter = Painter::new(has_colours);
    put_label(name, label_width, Some(FAINT), &mut painter);
    for (index, panel) in panels.iter().enumerate() {
        painter.spaces(if index == 0 { 1 } else { GAP });
        let width = panel.left + 1 + panel.right;
        let before = panel.left.min(width.saturating_sub(panel.name.width()));
        painter.spaces(before);
        put_label(&panel.name, width - before, Some(FAINT), &mut painter);
    }
    painter.finish()
}

/// Bars of one measure.
#[derive(Default)]
struct Panel {
    name: String,
    values: Vec<Option<f64>>,
    intervals: Vec<Option<(f64, f64)>>,
    /// Number at the end of each bar, with its interval.
    texts: Vec<String>,
    negative_max: f64,
    positive_max: f64,
    /// Columns per unit.
    scale: f64,
    /// Columns of the longest bar or interval on either side of the zero line.
    negative: usize,
    positive: usize,
    /// Columns on either side of the zero line, including the numbers.
    left: usize,
    right: usize,
}

/// Content of one column.
type Cell = (char, Option<Colour>);

const BLANK: Cell = (' ', None);

impl Panel {
    fn new(measure: &Measure, rows: usize, style: &Style) -> Self {
        let values = measure.values[..rows].to_vec();
        let shown = decimals(values.iter().flatten().copied());
        let intervals: Vec<_> = (0..rows).map(|row| measure.interval(row)).collect();
        let texts = std::iter::zip(&values, &intervals)
            .map(|(value, interval)| match value {
                Some(value) => value_text(*value, *interval, shown),
                None => style.null.clone(),
            })
            .collect();
        let ends = intervals.iter().flatten();
        let ends = ends.flat_map(|(low, high)| [*low, *high]);
        let numbers = values.iter().flatten().copied().chain(ends);
        Self {
            name: measure.name.clone(),
            negative_max: numbers.clone().fold(0.0, |max, value: f64| max.max(-value)),
            positive_max: numbers.fold(0.0, f64::max),
            texts,
            values,
            intervals,
            ..Self::default()
        }
    }

    /// Returns the widths of the numbers to the left and right of the zero line.
    fn text_widths(&self) -> (usize, usize) {
        let widest = |is_left: bool| {
            let texts = std::iter::zip(&self.texts, &self.values)
                .filter(|(_, value)| is_negative(**value) == is_left)
                .map(|(text, _)| text.width() + 1);
            texts.max().unwrap_or(0)
        };
        (widest(true), widest(false))
    }

    fn width_min(&self) -> usize {
        let (left, right) = self.text_widths();
        left + 1 + BAR_WIDTH_MIN + right
    }

    fn fit(&mut self, width: usize) {
        let (left, right) = self.text_widths();
        let room = width.saturating_sub(left + 1 + right).max(2);
        let span = self.negative_max + self.positive_max;
        // Both sides are rounded up to whole columns, which may be one too many.
        for room in [room, room - 1] {
            self.scale = if span > 0.0 { room as f64 / span } else { 0.0 };
            self.negative = (self.negative_max * self.scale).ceil() as usize;
            self.positive = (self.positive_max * self.scale).ceil() as usize;
            if self.negative + self.positive <= room {
                break;
            }
        }
        self.left = left + self.negative;
        self.right = right + self.positive;
    }

    fn draw(&self, row: usize, colour: Colour, painter: &mut Painter) {
        let text = &self.texts[row];
        let cells = self.cells(row, colour);
        let is_drawn = |cell: &Cell| *cell != BLANK;
        let first = cells.iter().position(is_drawn).unwrap_or(self.negative);
        let last = cells.iter().rposition(is_drawn).unwrap_or(self.negative);
        let before = self.left - self.negative + first;
        let behind = self.right + self.negative - last;
        let text_width = text.width() + 1;
        let is_left = is_negative(self.values[row]);
        if is_left {
            painter.spaces(before.saturating_sub(text_width));
            painter.put(&format!("{text} "), None);
        } else {
            painter.spaces(before);
        }
        for (c, colour) in &cells[first..=last] {
            painter.put_char(*c, *colour);
        }
        if is_left {
            painter.spaces(behind);
        } else {
            painter.put(&format!(" {text}"), None);
            painter.spaces(behind.saturating_sub(text_width));
        }
    }

    /// Returns the bar area of a row, from the longest bar on the left to the longest on the right.
    fn cells(&self, row: usize, colour: Colour) -> Vec<Cell> {
        let zero = self.negative;
        let mut cells = vec![BLANK; self.negative + 1 + self.positive];
        cells[zero] = ('│', Some(FAINT));
        let Some(value) = self.values[row] else {
            return cells;
        };
        let length = value.abs() * self.scale;
        if value < 0.0 {
            // Common fonts have no eighths from the right, only halves.
            let halves = (length * 2.0).round() as usize;
            for nth in 0..halves.div_ceil(2).min(zero) {
                let c = if 2 * nth + 1 == halves { '▐' } else { '█' };
                cells[zero - 1 - nth] = (c, Some(NEGATIVE));
            }
        } else {
            let eighths = (length * 8.0).round() as usize;
            for nth in 0..eighths.div_ceil(8).min(self.positive) {
                let c = EIGHTHS[(eighths - 8 * nth).min(8) - 1];
                cells[zero + 1 + nth] = (c, Some(colour));
            }
        }
        if let Some((low, high)) = self.intervals[row] {
            let (from, to) = (self.column(low), self.column(high));
            // An interval narrower than a column shows only in the number.
            for column in (from..=to).filter(|_| from < to) {
                let (drawn, colour) = cells[column];
                let is_bar = drawn != ' ' && column != zero;
                let c = if column == from {
                    if is_bar { '┣' } else { '├' }
                } else if column == to {
                    if is_bar { '┫' } else { '┤' }
                } else if is_bar {
                    drawn
                } else if column == zero {
                    '┼'
                } else {
                    '─'
                };
                cells[column] = (c, colour);
            }
        }
        cells
    }

    /// Returns the column of a value.
    fn column(&self, value: f64) -> usize {
        let columns = (value.abs() * self.scale) as usize;
        if value < 0.0 {
            self.negative - self.negative.min(columns + 1)
        } else {
            self.negative + self.positive.min(columns + 1)
        }
    }
}

fn value_text(value: f64, interval: Option<(f64, f64)>, decimals: usize) -> String {
    let text = number(value, decimals);
    let Some((low, high)) = interval else {
        return text;
    };
    let (below, above) = (value - low, high - value);
    if (below - above).abs() <= 1e-6 * (high - low).abs() {
        return format!("{text} ± {}", number(above, decimals));
    }
    let (low, high) = (number(low, decimals), number(high, decimals));
    format!("{text} ({low} to {high})")
}

fn is_negative(value: Option<f64>) -> bool {
    value.is_some_and(|value| value < 0.0)
}
