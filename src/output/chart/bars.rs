//! Bars across, a row each, with their numbers at the end; what is negative goes to the left of a
//! line at zero. Several measures stand side by side, each on its own scale. An interval is a line
//! from its lower to its upper end, of which the bar shows the ends alone.

use unicode_width::UnicodeWidthStr;

use super::super::Style;
use super::super::text::cut;
use super::axis::{decimals, number};
use super::choose::Bars;
use super::measures::Measure;
use super::paint::{Colour, FAINT, NEGATIVE, PALETTE, Painter};

/// A bar's longest has at least this many columns; measures give way before.
const BAR_WIDTH_MIN: usize = 6;

/// Between two measures.
const GAP: usize = 3;

/// From an eighth of a place to the whole.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// What was drawn, and what the footer says of it.
pub(super) struct Drawn {
    pub(super) lines: Vec<String>,
    pub(super) notes: Vec<String>,
}

pub(super) fn draw(bars: &Bars, width: usize, style: &Style) -> Drawn {
    let rows = bars.labels.len().min(style.rows_max.unwrap_or(usize::MAX));
    let widest = bars.labels[..rows].iter().map(|label| label.width()).max();
    let label_width = widest.unwrap_or(0).max(bars.name.width()).min(width / 3);
    let mut panels: Vec<Panel> = bars
        .measures
        .iter()
        .map(|m| Panel::of(m, rows, style))
        .collect();
    let mut notes = Vec::new();
    if rows < bars.labels.len() {
        notes.push(format!("{rows} drawn"));
    }
    let measures = panels.len();
    while panels.len() > 1 && !fits(&panels, width - label_width) {
        panels.pop();
    }
    if panels.len() < measures {
        notes.push(format!("{measures} columns ({} drawn)", panels.len()));
    }
    let needed: usize = panels.iter().map(|panel| panel.width_min() + GAP).sum();
    let spare = (width - label_width).saturating_sub(needed) / panels.len().max(1);
    for panel in &mut panels {
        panel.fit(panel.width_min() + spare);
    }
    let mut lines = Vec::new();
    if panels.iter().any(|panel| !panel.name.is_empty()) {
        lines.push(header(&bars.name, &panels, label_width, style.colour));
    }
    for row in 0..rows {
        let mut painter = Painter::new(style.colour);
        let label = cut(&bars.labels[row], label_width);
        painter.put(&label, None);
        painter.spaces(label_width - label.width());
        for (index, panel) in panels.iter().enumerate() {
            painter.spaces(if index == 0 { 1 } else { GAP });
            panel.draw(row, PALETTE[index % PALETTE.len()], &mut painter);
        }
        lines.push(painter.finish());
    }
    Drawn { lines, notes }
}

fn fits(panels: &[Panel], room: usize) -> bool {
    let needed: usize = panels.iter().map(|panel| panel.width_min() + GAP).sum();
    needed <= room
}

/// The names of the labels and of the measures, those over their zero lines where there is room.
fn header(name: &str, panels: &[Panel], label_width: usize, has_colours: bool) -> String {
    let mut painter = Painter::new(has_colours);
    let name = cut(name, label_width);
    painter.put(&name, Some(FAINT));
    painter.spaces(label_width - name.width());
    for (index, panel) in panels.iter().enumerate() {
        painter.spaces(if index == 0 { 1 } else { GAP });
        let name = cut(&panel.name, panel.width());
        let before = panel.left.min(panel.width() - name.width());
        painter.spaces(before);
        painter.put(&name, Some(FAINT));
        painter.spaces(panel.width() - before - name.width());
    }
    painter.finish()
}

/// The bars of one measure.
struct Panel {
    name: String,
    values: Vec<Option<f64>>,
    intervals: Vec<Option<(f64, f64)>>,
    /// The number at the end of each bar, with its interval.
    texts: Vec<String>,
    negative_max: f64,
    positive_max: f64,
    /// Columns of a unit.
    scale: f64,
    /// Columns of the longest bar or interval to the left of the zero line, and to the right of it.
    negative: usize,
    positive: usize,
    /// Columns to the left of the zero line, and to the right of it, with the numbers.
    left: usize,
    right: usize,
}

/// What stands in a column.
type Cell = (char, Option<Colour>);

const BLANK: Cell = (' ', None);

impl Panel {
    fn of(measure: &Measure, rows: usize, style: &Style) -> Self {
        let values = measure.values[..rows].to_vec();
        let shown = decimals(values.iter().flatten().copied());
        let texts = (0..rows)
            .map(|row| match values[row] {
                None => style.null.clone(),
                Some(value) => {
                    let text = number(value, shown);
                    match measure.interval(row) {
                        None => text,
                        Some((low, high)) => {
                            let (below, above) = (value - low, high - value);
                            if (below - above).abs() <= 1e-6 * (high - low).abs() {
                                format!("{text} ± {}", number(above, shown))
                            } else {
                                format!(
                                    "{text} ({} to {})",
                                    number(low, shown),
                                    number(high, shown)
                                )
                            }
                        }
                    }
                }
            })
            .collect();
        let intervals: Vec<_> = (0..rows).map(|row| measure.interval(row)).collect();
        let ends = intervals
            .iter()
            .flatten()
            .flat_map(|(low, high)| [*low, *high]);
        let numbers = values.iter().flatten().copied().chain(ends);
        Self {
            name: measure.name.clone(),
            negative_max: numbers.clone().fold(0.0, |max, value: f64| max.max(-value)),
            positive_max: numbers.fold(0.0, f64::max),
            texts,
            values,
            intervals,
            scale: 0.0,
            negative: 0,
            positive: 0,
            left: 0,
            right: 0,
        }
    }

    /// The columns that the numbers to the left and right of the zero line take.
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

    fn width(&self) -> usize {
        self.left + 1 + self.right
    }

    fn fit(&mut self, width: usize) {
        let (left, right) = self.text_widths();
        let room = width.saturating_sub(left + 1 + right).max(2);
        let span = self.negative_max + self.positive_max;
        // Each side takes whole columns, and both may have to be rounded up.
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
        let mut buffer = [0; 4];
        let mut put_cells = |painter: &mut Painter| {
            for (c, colour) in &cells[first..=last] {
                painter.put(c.encode_utf8(&mut buffer), *colour);
            }
        };
        if is_negative(self.values[row]) {
            painter.spaces(before.saturating_sub(text.width() + 1));
            painter.put(text, None);
            painter.spaces(1);
            put_cells(painter);
            painter.spaces(behind);
        } else {
            painter.spaces(before);
            put_cells(painter);
            painter.spaces(1);
            painter.put(text, None);
            painter.spaces(behind.saturating_sub(text.width() + 1));
        }
    }

    /// The columns of a row, from the longest bar to the left to the longest to the right.
    fn cells(&self, row: usize, colour: Colour) -> Vec<Cell> {
        let zero = self.negative;
        let mut cells = vec![BLANK; self.negative + 1 + self.positive];
        cells[zero] = ('│', Some(FAINT));
        let Some(value) = self.values[row] else {
            return cells;
        };
        let length = value.abs() * self.scale;
        if value < 0.0 {
            // There are no eighths from the right in common fonts: halves.
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
            // One that is narrower than a column is said in numbers.
            for column in (from..=to).filter(|_| from < to) {
                let (drawn, colour) = cells[column];
                let is_bar = drawn != ' ' && column != zero;
                let c = match is_bar {
                    true if column == from => '┣',
                    true if column == to => '┫',
                    true => drawn,
                    false if column == from => '├',
                    false if column == to => '┤',
                    false if column == zero => '┼',
                    false => '─',
                };
                cells[column] = (c, colour);
            }
        }
        cells
    }

    /// The column that a value is in.
    fn column(&self, value: f64) -> usize {
        let columns = (value.abs() * self.scale) as usize;
        match value < 0.0 {
            true => self.negative - self.negative.min(columns + 1),
            false => self.negative + self.positive.min(columns + 1),
        }
    }
}

fn is_negative(value: Option<f64>) -> bool {
    value.is_some_and(|value| value < 0.0)
}
