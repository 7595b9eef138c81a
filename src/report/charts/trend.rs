//! The score over time with its band, and under it how many answered.

use plotters::prelude::{ChartBuilder, Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, ShapeStyle, TRANSPARENT};

use super::palette::{GRID, INTERVAL, LABEL, PAPER, REFERENCE, RESPONSES, SCORE};
use super::{Described, Drawn, Width, chart, label};
use crate::report::data::{RESPONSES_FEW, Stats, Trend};
use crate::report::text::{count, nps, step, whole};

const LEFT: u32 = 46;
const RIGHT: u32 = 26;
/// The height of the scores, and of the responses under them.
const SCORES: u32 = 250;
const RESPONSES_HEIGHT: u32 = 108;
/// The width that a label of the time axis takes.
const LABEL_WIDTH: u32 = 74;

/// A point with a score: its place and its numbers.
struct Point {
    x: f64,
    nps: f64,
    low: f64,
    high: f64,
    is_of_few: bool,
}

pub(in crate::report) fn trend(trend: &Trend, width: Width, described: &Described<'_>) -> String {
    let size = (width.pixels(), SCORES + RESPONSES_HEIGHT);
    chart(size, width.name(), described, |area| {
        let (scores, responses) = area.split_vertically(SCORES);
        draw_scores(trend, &scores)?;
        draw_responses(trend, width, &responses)
    })
}

fn draw_scores(trend: &Trend, area: &super::Area<'_>) -> Drawn {
    let runs = runs(trend);
    let points = || runs.iter().flatten();
    let low = points().map(|point| point.low).fold(0.0, f64::min);
    let high = points().map(|point| point.high).fold(0.0, f64::max);
    let low = ((low - 1.0) / 10.0).floor() * 10.0;
    let high = ((high + 1.0) / 10.0).ceil() * 10.0;
    // A label every 20 points.
    let labels = ((high - low) / 20.0) as usize + 2;
    let mut chart = ChartBuilder::on(area)
        .margin_top(24)
        .margin_right(RIGHT)
        .margin_bottom(6)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(places(trend), low.max(-102.0)..high.min(102.0))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(labels)
        .y_label_formatter(&|value| whole(Some(*value)))
        .y_label_style(label(LABEL, HPos::Right, VPos::Center))
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(TRANSPARENT)
        .draw()?;
    for run in &runs {
        chart.draw_series([Polygon::new(band(run), INTERVAL.filled())])?;
    }
    let end = trend.points.len() as f64 - 0.5;
    let zero = [(-0.5, 0.0), (end, 0.0)];
    chart.draw_series([PathElement::new(zero, REFERENCE)])?;
    for run in &runs {
        let line: Vec<_> = run.iter().map(|point| (point.x, point.nps)).collect();
        chart.draw_series([PathElement::new(line, SCORE.stroke_width(2))])?;
        chart.draw_series(run.iter().map(|point| {
            let inside: ShapeStyle = match point.is_of_few {
                true => PAPER.filled(),
                false => SCORE.filled(),
            };
            Circle::new((point.x, point.nps), 4, inside)
        }))?;
        let around = run
            .iter()
            .map(|point| Circle::new((point.x, point.nps), 4, SCORE.stroke_width(2)));
        chart.draw_series(around)?;
    }
    if let Some(last) = points().last() {
        let (x, y) = chart.backend_coord(&(last.x, last.nps));
        let style = label(SCORE, HPos::Center, VPos::Bottom);
        area.draw(&Text::new(nps(Some(last.nps)), (x, y - 9), style))?;
    }
    let name = label(LABEL, HPos::Left, VPos::Top);
    area.draw(&Text::new("NPS", (2, 2), name))?;
    Ok(())
}

fn draw_responses(trend: &Trend, width: Width, area: &super::Area<'_>) -> Drawn {
    let most = trend.points.iter().map(|point| point.stats.responses).max();
    let most = most.unwrap_or_default().max(1);
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(RIGHT)
        .x_label_area_size(24)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(places(trend), 0.0..most as f64 * 1.02)?;
    chart.draw_series([PathElement::new(
        [(-0.5, 0.0), (trend.points.len() as f64 - 0.5, 0.0)],
        REFERENCE,
    )])?;
    chart.draw_series(trend.points.iter().enumerate().map(|(index, point)| {
        let x = index as f64;
        let responses = point.stats.responses as f64;
        Rectangle::new([(x - 0.36, 0.0), (x + 0.36, responses)], RESPONSES.filled())
    }))?;
    let (_, top) = chart.backend_coord(&(0.0, most as f64));
    let (_, bottom) = chart.backend_coord(&(0.0, 0.0));
    // The area of a part begins at 0, its coordinates in the whole do not.
    let above = SCORES as i32;
    let most_label = label(LABEL, HPos::Right, VPos::Center);
    let left = LEFT as i32 - 8;
    area.draw(&Text::new(count(most), (left, top - above + 4), most_label))?;
    let name = label(LABEL, HPos::Left, VPos::Top);
    area.draw(&Text::new("responses", (2, 8), name))?;
    let shown = width.pixels() - LEFT - RIGHT;
    let every = every(trend.points.len(), shown / LABEL_WIDTH);
    for (index, point) in trend.points.iter().enumerate() {
        // The newest has its label, whatever is left out.
        if !(trend.points.len() - 1 - index).is_multiple_of(every) {
            continue;
        }
        let (x, _) = chart.backend_coord(&(index as f64, 0.0));
        let style = label(LABEL, HPos::Center, VPos::Top);
        let place = (x, bottom - above + 7);
        area.draw(&Text::new(step(trend.step, point.from), place, style))?;
    }
    Ok(())
}

/// Every which step has a label, so that at most so many do.
fn every(steps: usize, labels: u32) -> usize {
    const DISTANCES: [usize; 11] = [1, 2, 3, 4, 6, 12, 24, 36, 48, 60, 120];
    let labels = labels.max(1) as usize;
    let enough = DISTANCES
        .into_iter()
        .find(|every| steps.div_ceil(*every) <= labels);
    enough.unwrap_or(steps.max(1))
}

/// The places of the points, from 0, with half a step on both sides.
fn places(trend: &Trend) -> std::ops::Range<f64> {
    -0.5..trend.points.len() as f64 - 0.5
}

/// The points with a score; where there is none the line is broken.
fn runs(trend: &Trend) -> Vec<Vec<Point>> {
    let mut runs = vec![Vec::new()];
    for (index, point) in trend.points.iter().enumerate() {
        match drawn(index, &point.stats) {
            Some(point) => {
                if let Some(run) = runs.last_mut() {
                    run.push(point);
                }
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn drawn(index: usize, stats: &Stats) -> Option<Point> {
    Some(Point {
        x: index as f64,
        nps: stats.nps?,
        low: stats.ci_low?,
        high: stats.ci_high?,
        is_of_few: stats.responses < RESPONSES_FEW,
    })
}

/// The outline of the intervals; that of a single point is as wide as a bar.
fn band(run: &[Point]) -> Vec<(f64, f64)> {
    if let [only] = run {
        let (left, right) = (only.x - 0.2, only.x + 0.2);
        return vec![
            (left, only.high),
            (right, only.high),
            (right, only.low),
            (left, only.low),
        ];
    }
    let there = run.iter().map(|point| (point.x, point.high));
    let back = run.iter().rev().map(|point| (point.x, point.low));
    there.chain(back).collect()
}

/// What the trend says to who does not see it.
pub(in crate::report) fn description(trend: &Trend) -> String {
    let scored = trend
        .points
        .iter()
        .filter(|point| point.stats.nps.is_some());
    let lowest = scored.clone().min_by(|a, b| by_nps(&a.stats, &b.stats));
    let highest = scored.clone().max_by(|a, b| by_nps(&a.stats, &b.stats));
    let (Some(lowest), Some(highest), Some(last)) = (lowest, highest, scored.clone().next_back())
    else {
        return "There is no score.".to_owned();
    };
    format!(
        "A line of {} points with the interval of each as a band, and bars of the number of \
         responses. Highest {} ({}), lowest {} ({}), last {} ({}). The table under it has all \
         numbers.",
        trend.points.len(),
        nps(highest.stats.nps),
        step(trend.step, highest.from),
        nps(lowest.stats.nps),
        step(trend.step, lowest.from),
        nps(last.stats.nps),
        step(trend.step, last.from),
    )
}

fn by_nps(a: &Stats, b: &Stats) -> std::cmp::Ordering {
    let of = |stats: &Stats| stats.nps.unwrap_or_default();
    of(a).total_cmp(&of(b))
}
