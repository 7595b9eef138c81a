//! Lines over time, drawn in dots of Braille: two across and four down in a place.

use super::super::text::{cut, fill_words};
use super::axis::{labels, time_ticks, value_ticks};
use super::choose::{Lines, Point, Series};
use super::paint::{Colour, FAINT, MARKERS, PALETTE, Painter};

/// Lines of a chart, its axis apart, where there is one and where there are several.
const HEIGHT: usize = 15;
const HEIGHT_OF_SEVERAL: usize = 8;
const HEIGHT_MIN: usize = 5;

/// Lines that axis, legend, footer and prompt take.
const HEIGHT_AROUND: usize = 6;

/// Points nearer than this many columns have no markers of their own.
const MARKER_DISTANCE: usize = 4;

/// The bits of a Braille character, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// The lines of the charts, below one another over the same time.
pub(super) fn draw(
    drawing: &Lines,
    width: usize,
    height: Option<usize>,
    has_colours: bool,
) -> Vec<String> {
    let panels = drawing.panels.len();
    let wanted = if panels > 1 {
        HEIGHT_OF_SEVERAL
    } else {
        HEIGHT
    };
    let room = height.map_or(wanted, |height| {
        (height / panels).saturating_sub(HEIGHT_AROUND)
    });
    let rows = wanted.min(room).max(HEIGHT_MIN);
    let scales: Vec<Scale> = drawing
        .panels
        .iter()
        .map(|panel| Scale::of(panel, rows))
        .collect();
    // One margin, so that times stand below one another.
    let margin = scales.iter().map(Scale::label_width).max().unwrap_or(0);
    let columns = width - margin - 1;
    let points = drawing
        .panels
        .iter()
        .flatten()
        .flat_map(|series| &series.points);
    let times = points.map(|point| point.time);
    let first = times.clone().fold(f64::INFINITY, f64::min);
    let last = times.fold(f64::NEG_INFINITY, f64::max);
    let mut lines = Vec::new();
    let mut index = 0;
    for (number, (panel, scale)) in std::iter::zip(&drawing.panels, scales).enumerate() {
        let mut canvas = Canvas::new(columns, rows, first, last, scale);
        lines.extend(legend(panel, index, width, has_colours));
        for (nth, series) in panel.iter().enumerate() {
            canvas.shade(series, index + nth);
        }
        for (nth, series) in panel.iter().enumerate() {
            canvas.draw(series, index + nth);
        }
        let has_markers = panel.len() > 1;
        for (nth, series) in panel.iter().enumerate() {
            canvas.mark(series, index + nth, has_markers);
        }
        index += panel.len();
        lines.extend(canvas.lines(margin, has_colours));
        let is_last = number + 1 == panels;
        let ticks = time_ticks(first, last, drawing.step_min, |label| columns / (label + 2));
        lines.extend(canvas.time_axis(&ticks, margin, is_last, has_colours));
    }
    lines
}

/// What the lines are, by their markers.
fn legend(panel: &[Series], index: usize, width: usize, has_colours: bool) -> Vec<String> {
    let entries: Vec<String> = panel
        .iter()
        .enumerate()
        .map(|(nth, series)| {
            let mut entry = format!("{} {}", MARKERS[index + nth], series.name);
            if !series.interval_name.is_empty() {
                entry.push_str(&format!("  ░ {}", series.interval_name));
            }
            format!("{} ", cut(&entry, width))
        })
        .collect();
    let mut nth = 0;
    let lines = fill_words(&entries, Some(width));
    let painted = lines.into_iter().map(|line| {
        let mut painter = Painter::new(has_colours);
        let mut buffer = [0; 4];
        for c in line.chars() {
            let mut colour = None;
            if nth < panel.len() && c == MARKERS[index + nth] {
                colour = Some(PALETTE[index + nth]);
                nth += 1;
            }
            painter.put(c.encode_utf8(&mut buffer), colour);
        }
        painter.finish()
    });
    painted.collect()
}

/// The values that a chart goes from and to, in round steps.
struct Scale {
    ticks: Vec<f64>,
    labels: Vec<String>,
}

impl Scale {
    fn of(panel: &[Series], rows: usize) -> Self {
        let points = panel.iter().flat_map(|series| &series.points);
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for point in points {
            let interval = point.interval.map(|(low, high)| [low, high]);
            for value in point
                .value
                .into_iter()
                .chain(interval.into_iter().flatten())
            {
                low = low.min(value);
                high = high.max(value);
            }
        }
        if low > high {
            // Nothing but gaps.
            (low, high) = (0.0, 1.0);
        }
        let ticks = value_ticks(low, high, (rows / 3).max(2));
        let labels = labels(&ticks);
        Self { ticks, labels }
    }

    fn label_width(&self) -> usize {
        self.labels.iter().map(String::len).max().unwrap_or(0)
    }

    fn low(&self) -> f64 {
        self.ticks.first().copied().unwrap_or(0.0)
    }

    fn high(&self) -> f64 {
        self.ticks.last().copied().unwrap_or(1.0)
    }
}

#[derive(Clone, Copy, Default)]
struct Place {
    dots: u8,
    marker: Option<char>,
    series: usize,
    /// The series whose interval the place is in.
    shade: Option<usize>,
}

struct Canvas {
    places: Vec<Vec<Place>>,
    columns: usize,
    rows: usize,
    first: f64,
    last: f64,
    scale: Scale,
}

impl Canvas {
    fn new(columns: usize, rows: usize, first: f64, last: f64, scale: Scale) -> Self {
        Self {
            places: vec![vec![Place::default(); columns]; rows],
            columns,
            rows,
            first,
            last,
            scale,
        }
    }

    /// The column of dots of a time, from the left.
    fn x(&self, time: f64) -> i64 {
        let span = self.last - self.first;
        let part = if span > 0.0 {
            (time - self.first) / span
        } else {
            0.5
        };
        (part * (2 * self.columns - 1) as f64).round() as i64
    }

    /// The row of dots of a value, from the top.
    fn y(&self, value: f64) -> i64 {
        let span = self.scale.high() - self.scale.low();
        let part = (self.scale.high() - value) / span;
        (part * (4 * self.rows - 1) as f64).round() as i64
    }

    fn dot(&mut self, x: i64, y: i64, series: usize) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if let Some(place) = self
            .places
            .get_mut(y / 4)
            .and_then(|row| row.get_mut(x / 2))
        {
            place.dots |= DOTS[y % 4][x % 2];
            place.series = series;
        }
    }

    /// Shades the interval of a line.
    fn shade(&mut self, series: &Series, index: usize) {
        for pair in series.points.windows(2) {
            let (Some(from), Some(to)) = (pair[0].interval, pair[1].interval) else {
                continue;
            };
            let (x0, x1) = (self.x(pair[0].time) / 2, self.x(pair[1].time) / 2);
            for x in x0..=x1 {
                let part = if x1 > x0 {
                    (x - x0) as f64 / (x1 - x0) as f64
                } else {
                    0.0
                };
                let between = |a: f64, b: f64| a + (b - a) * part;
                let top = self.y(between(from.1, to.1));
                let bottom = self.y(between(from.0, to.0));
                for y in 0..self.rows as i64 {
                    let middle = 4 * y + 2;
                    if top <= middle
                        && middle <= bottom
                        && let Some(place) = self.place(x, y)
                    {
                        place.shade = Some(index);
                    }
                }
            }
        }
    }

    fn place(&mut self, x: i64, y: i64) -> Option<&mut Place> {
        let row = self.places.get_mut(usize::try_from(y).ok()?)?;
        row.get_mut(usize::try_from(x).ok()?)
    }

    /// Draws a line, broken where a value is missing.
    fn draw(&mut self, series: &Series, index: usize) {
        for point in &series.points {
            if let Some(value) = point.value {
                self.dot(self.x(point.time), self.y(value), index);
            }
        }
        for pair in series.points.windows(2) {
            if let (Some(from), Some(to)) = (pair[0].value, pair[1].value) {
                let (x0, y0) = (self.x(pair[0].time), self.y(from));
                let (x1, y1) = (self.x(pair[1].time), self.y(to));
                let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
                for step in 0..=steps {
                    let part = step as f64 / steps as f64;
                    let x = x0 as f64 + (x1 - x0) as f64 * part;
                    let y = y0 as f64 + (y1 - y0) as f64 * part;
                    self.dot(x.round() as i64, y.round() as i64, index);
                }
            }
        }
    }

    /// Marks points as those of the line: all where they are apart, some where they are not and
    /// lines have to be told apart, and those between two gaps, which no line shows.
    fn mark(&mut self, series: &Series, index: usize, always: bool) {
        let columns: Vec<i64> = series.points.iter().map(|p| self.x(p.time) / 2).collect();
        let apart = columns
            .windows(2)
            .all(|pair| pair[1] - pair[0] >= MARKER_DISTANCE as i64);
        let mut before = None;
        for (nth, point) in series.points.iter().enumerate() {
            let Some(value) = point.value else {
                continue;
            };
            let neighbour = |nth: Option<usize>| {
                nth.and_then(|nth| series.points.get(nth))
                    .and_then(|p: &Point| p.value)
            };
            let is_alone =
                neighbour(nth.checked_sub(1)).is_none() && neighbour(Some(nth + 1)).is_none();
            let far = before.is_none_or(|x| columns[nth] - x >= MARKER_DISTANCE as i64);
            if apart || is_alone || (always && far) {
                let y = self.y(value) / 4;
                if let Some(place) = self.place(columns[nth], y) {
                    place.marker = Some(MARKERS[index]);
                    place.series = index;
                    before = Some(columns[nth]);
                }
            }
        }
    }

    fn lines(&self, margin: usize, has_colours: bool) -> Vec<String> {
        let tick_rows: Vec<i64> = self
            .scale
            .ticks
            .iter()
            .map(|tick| self.y(*tick) / 4)
            .collect();
        let zero = (self.scale.low() < 0.0 && self.scale.high() > 0.0).then(|| self.y(0.0) / 4);
        let mut buffer = [0; 4];
        let rows = self.places.iter().enumerate().map(|(row, places)| {
            let row = row as i64;
            let mut painter = Painter::new(has_colours);
            let label = tick_rows.iter().position(|tick| *tick == row);
            let text = label.map_or("", |label| self.scale.labels[label].as_str());
            let axis = if label.is_some() { '┤' } else { '│' };
            painter.put(&format!("{text:>margin$}{axis}"), Some(FAINT));
            for place in places {
                let (c, colour) = place.drawn(zero == Some(row));
                painter.put(c.encode_utf8(&mut buffer), colour);
            }
            painter.finish()
        });
        rows.collect()
    }

    fn time_axis(
        &self,
        ticks: &[(f64, String)],
        margin: usize,
        has_labels: bool,
        has_colours: bool,
    ) -> Vec<String> {
        let mut rule = vec!['─'; self.columns];
        let mut labels = vec![' '; margin + 1 + self.columns];
        let mut free_from = 0;
        for (time, label) in ticks {
            let x = usize::try_from(self.x(*time) / 2).unwrap_or(0);
            if let Some(place) = rule.get_mut(x) {
                *place = '┬';
            }
            // Under its tick, and inside the width.
            let middle = margin + 1 + x;
            let start = middle
                .saturating_sub(label.len() / 2)
                .min(labels.len().saturating_sub(label.len()));
            if start >= free_from {
                for (place, c) in std::iter::zip(&mut labels[start..], label.chars()) {
                    *place = c;
                }
                free_from = start + label.len() + 1;
            }
        }
        let paint = |text: String| {
            let mut painter = Painter::new(has_colours);
            painter.put(&text, Some(FAINT));
            painter.finish()
        };
        let rule: String = rule.into_iter().collect();
        let mut lines = vec![paint(format!("{}└{rule}", " ".repeat(margin)))];
        if has_labels {
            let labels: String = labels.into_iter().collect();
            lines.push(paint(labels.trim_end().to_owned()));
        }
        lines
    }
}

impl Place {
    fn drawn(&self, is_zero: bool) -> (char, Option<Colour>) {
        if let Some(marker) = self.marker {
            return (marker, Some(PALETTE[self.series]));
        }
        if self.dots != 0 {
            let dots = char::from_u32(0x2800 + u32::from(self.dots)).unwrap_or('·');
            return (dots, Some(PALETTE[self.series]));
        }
        match self.shade {
            Some(series) => ('░', Some(PALETTE[series])),
            None if is_zero => ('┄', Some(FAINT)),
            None => (' ', None),
        }
    }
}
