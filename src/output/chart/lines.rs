//! Lines over time, drawn in Braille dots: two across and four down per character.

use super::super::text::{cut, fill_words};
use super::axis::{labels, time_ticks, value_ticks};
use super::choose::{Lines, Series};
use super::paint::{Colour, FAINT, MARKERS, PALETTE, Painter};

/// Lines of a single panel, without its axis.
const HEIGHT: usize = 15;
/// Lines of each of several panels.
const HEIGHT_OF_SEVERAL: usize = 8;
const HEIGHT_MIN: usize = 5;

/// Lines of axis, legend, footer and prompt.
const HEIGHT_AROUND: usize = 6;

/// Minimum columns between two markers.
const MARKER_DISTANCE: usize = 4;

/// Bits of a Braille character, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Draws the panels, one below the other over the same time axis.
pub(super) fn draw(
    drawing: &Lines,
    width: usize,
    height: Option<usize>,
    has_colours: bool,
) -> Vec<String> {
    let panels = drawing.panels.len();
    let height_max = if panels > 1 {
        HEIGHT_OF_SEVERAL
    } else {
        HEIGHT
    };
    let room = height.map(|height| (height / panels).saturating_sub(HEIGHT_AROUND));
    let rows = room.unwrap_or(height_max).clamp(HEIGHT_MIN, height_max);
    let scales = drawing.panels.iter().map(|panel| Scale::new(panel, rows));
    let scales: Vec<Scale> = scales.collect();
    // The same margin for all panels aligns their times.
    let labels = scales.iter().flat_map(|scale| &scale.labels);
    let margin = labels.map(String::len).max().unwrap_or(0);
    let columns = width - margin - 1;
    let series = drawing.panels.iter().flatten();
    let points = series.flat_map(|series| &series.points);
    let times = points.map(|point| point.time);
    let first = times.clone().fold(f64::INFINITY, f64::min);
    let last = times.fold(f64::NEG_INFINITY, f64::max);
    let mut lines = Vec::new();
    let mut index = 0;
    for (number, (panel, scale)) in std::iter::zip(&drawing.panels, scales).enumerate() {
        let mut canvas = Canvas {
            places: vec![vec![Place::default(); columns]; rows],
            columns,
            rows,
            first,
            last,
            scale,
        };
        lines.extend(legend(panel, index, width, has_colours));
        let numbered = || std::iter::zip(index.., panel);
        numbered().for_each(|(nth, series)| canvas.shade(series, nth));
        numbered().for_each(|(nth, series)| canvas.draw(series, nth));
        numbered().for_each(|(nth, series)| canvas.mark(series, nth, panel.len() > 1));
        index += panel.len();
        lines.extend(canvas.lines(margin, has_colours));
        let is_last = number + 1 == panels;
        let ticks = time_ticks(first, last, drawing.step_min, |label| columns / (label + 2));
        lines.extend(canvas.time_axis(&ticks, margin, is_last, has_colours));
    }
    lines
}

/// Returns the legend: markers and names of the series.
fn legend(panel: &[Series], index: usize, width: usize, has_colours: bool) -> Vec<String> {
    let entries: Vec<String> = std::iter::zip(&MARKERS[index..], panel)
        .map(|(marker, series)| {
            let mut entry = format!("{marker} {}", series.name);
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
        for c in line.chars() {
            let mut colour = None;
            if nth < panel.len() && c == MARKERS[index + nth] {
                colour = Some(PALETTE[index + nth]);
                nth += 1;
            }
            painter.put_char(c, colour);
        }
        painter.finish()
    });
    painted.collect()
}

/// Value axis in round steps.
struct Scale {
    ticks: Vec<f64>,
    labels: Vec<String>,
    low: f64,
    high: f64,
}

impl Scale {
    fn new(panel: &[Series], rows: usize) -> Self {
        let points = panel.iter().flat_map(|series| &series.points);
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for point in points {
            let (lower, upper) = point.interval.unzip();
            for value in [point.value, lower, upper].into_iter().flatten() {
                low = low.min(value);
                high = high.max(value);
            }
        }
        if low > high {
            // There are only gaps.
            (low, high) = (0.0, 1.0);
        }
        let ticks = value_ticks(low, high, (rows / 3).max(2));
        Self {
            low: ticks.first().copied().unwrap_or(0.0),
            high: ticks.last().copied().unwrap_or(1.0),
            labels: labels(&ticks),
            ticks,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Place {
    dots: u8,
    marker: Option<char>,
    series: usize,
    /// The series whose interval includes the place.
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
    /// Returns the dot column of a time, from the left.
    fn x(&self, time: f64) -> i64 {
        let span = self.last - self.first;
        let part = if span > 0.0 {
            (time - self.first) / span
        } else {
            0.5
        };
        (part * (2 * self.columns - 1) as f64).round() as i64
    }

    /// Returns the dot row of a value, from the top.
    fn y(&self, value: f64) -> i64 {
        let span = self.scale.high - self.scale.low;
        let part = (self.scale.high - value) / span;
        (part * (4 * self.rows - 1) as f64).round() as i64
    }

    fn dot(&mut self, x: i64, y: i64, series: usize) {
        if let Some(place) = self.place(x.div_euclid(2), y.div_euclid(4)) {
            place.dots |= DOTS[y.rem_euclid(4) as usize][x.rem_euclid(2) as usize];
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
                let part = (x - x0) as f64 / (x1 - x0).max(1) as f64;
                let between = |a: f64, b: f64| a + (b - a) * part;
                let top = self.y(between(from.1, to.1));
                let bottom = self.y(between(from.0, to.0));
                for y in (0..self.rows as i64).filter(|y| (top..=bottom).contains(&(4 * y + 2))) {
                    if let Some(place) = self.place(x, y) {
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

    /// Draws a line with gaps at missing values.
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

    /// Draws markers: on all points if they are far apart, on some if `always`, and on points between
    /// two gaps, which are not part of a line.
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
            let is_gap = |nth: usize| series.points.get(nth).is_none_or(|p| p.value.is_none());
            let is_alone = is_gap(nth.wrapping_sub(1)) && is_gap(nth + 1);
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
        let ticks = self.scale.ticks.iter();
        let tick_rows: Vec<i64> = ticks.map(|tick| self.y(*tick) / 4).collect();
        let zero = (self.scale.low < 0.0 && self.scale.high > 0.0).then(|| self.y(0.0) / 4);
        let rows = self.places.iter().enumerate().map(|(row, places)| {
            let row = row as i64;
            let mut painter = Painter::new(has_colours);
            let label = tick_rows.iter().position(|tick| *tick == row);
            let text = label.map_or("", |label| self.scale.labels[label].as_str());
            let axis = if label.is_some() { '┤' } else { '│' };
            painter.put(&format!("{text:>margin$}{axis}"), Some(FAINT));
            for place in places {
                let (c, colour) = place.drawn(zero == Some(row));
                painter.put_char(c, colour);
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
            // Centred below the tick, inside the width.
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
        let rule = format!("{:margin$}└{}", "", String::from_iter(rule));
        let mut lines = vec![Painter::line(&rule, FAINT, has_colours)];
        if has_labels {
            let labels = String::from_iter(labels);
            lines.push(Painter::line(labels.trim_end(), FAINT, has_colours));
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
