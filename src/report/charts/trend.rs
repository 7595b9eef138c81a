//! The chart of NPS over time with its interval, above bars of the number of responses.

use plotters::prelude::{ChartBuilder, Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, ShapeStyle, TRANSPARENT};

use super::palette::{GRID, INTERVAL, LABEL, PAPER, REFERENCE, RESPONSES, SCORE};
use super::svg::{Area, Drawn, Frame, Width, chart, label};
use crate::report::data::{RESPONSES_FEW, Stats, Trend, TrendPoint};
use crate::report::text::{count, nps, step, whole};

const LEFT: u32 = 46;
const RIGHT: u32 = 26;
/// Heights of the scores and of the responses below them.
const SCORES_HEIGHT: u32 = 250;
const RESPONSES_HEIGHT: u32 = 108;
/// Width of a label on the time axis.
const LABEL_WIDTH: u32 = 74;

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    nps: f64,
    low: f64,
    high: f64,
    fill: RGBColor,
}

pub(crate) fn trend(trend: &Trend, frame: &Frame<'_>) -> String {
    chart(SCORES_HEIGHT + RESPONSES_HEIGHT, frame, |area| {
        let (scores, responses) = area.split_vertically(SCORES_HEIGHT);
        draw_scores(trend, &scores)?;
        draw_responses(trend, frame.width, &responses)
    })
}

fn draw_scores(trend: &Trend, area: &Area<'_>) -> Drawn {
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
        .build_cartesian_2d(x_range(trend), low.max(-102.0)..high.min(102.0))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(labels)
        .y_label_formatter(&|value| whole(*value))
        .y_label_style(label(LABEL, HPos::Right, VPos::Center))
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(TRANSPARENT)
        .draw()?;
    for run in &runs {
        chart.draw_series([Polygon::new(band(run), INTERVAL.filled())])?;
    }
    chart.draw_series([zero_line(trend)])?;
    for run in &runs {
        let line: Vec<_> = run.iter().map(|point| (point.x, point.nps)).collect();
        chart.draw_series([PathElement::new(line, SCORE.stroke_width(2))])?;
        let circles = |style: fn(&Point) -> ShapeStyle| {
            run.iter()
                .map(move |point| Circle::new((point.x, point.nps), 4, style(point)))
        };
        chart.draw_series(circles(|point| point.fill.filled()))?;
        chart.draw_series(circles(|_| SCORE.stroke_width(2)))?;
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

fn draw_responses(trend: &Trend, width: Width, area: &Area<'_>) -> Drawn {
    let responses = |point: &TrendPoint| point.stats.map_or(0, |stats| stats.responses);
    let max = trend.points.iter().map(responses).max();
    let max = max.unwrap_or_default().max(1);
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(RIGHT)
        .x_label_area_size(24)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(x_range(trend), 0.0..max as f64 * 1.02)?;
    chart.draw_series([zero_line(trend)])?;
    chart.draw_series(trend.points.iter().enumerate().map(|(index, point)| {
        let x = index as f64;
        let height = responses(point) as f64;
        Rectangle::new([(x - 0.36, 0.0), (x + 0.36, height)], RESPONSES.filled())
    }))?;
    let (_, top) = chart.backend_coord(&(0.0, max as f64));
    let (_, bottom) = chart.backend_coord(&(0.0, 0.0));
    // Drawing in a part of the area starts at 0, but `backend_coord` counts from the whole area.
    let offset = SCORES_HEIGHT as i32;
    let style = label(LABEL, HPos::Right, VPos::Center);
    let place = (LEFT as i32 - 8, top - offset + 4);
    area.draw(&Text::new(count(max), place, style))?;
    let name = label(LABEL, HPos::Left, VPos::Top);
    area.draw(&Text::new("responses", (2, 8), name))?;
    let labels = (width.pixels() - LEFT - RIGHT) / LABEL_WIDTH;
    let every = every(trend.points.len(), labels);
    // Backwards, so that the newest point always has a label.
    for (index, point) in trend.points.iter().enumerate().rev().step_by(every) {
        let (x, _) = chart.backend_coord(&(index as f64, 0.0));
        let style = label(LABEL, HPos::Center, VPos::Top);
        let place = (x, bottom - offset + 7);
        area.draw(&Text::new(step(trend.step, point.from), place, style))?;
    }
    Ok(())
}

/// The distance between labelled steps, so that there are at most `labels`.
fn every(steps: usize, labels: u32) -> usize {
    const DISTANCES: [usize; 11] = [1, 2, 3, 4, 6, 12, 24, 36, 48, 60, 120];
    let labels = labels.max(1) as usize;
    let enough = DISTANCES
        .into_iter()
        .find(|every| steps.div_ceil(*every) <= labels);
    enough.unwrap_or(steps.max(1))
}

/// The range of the time axis: point n is at n, with half a step on both sides.
fn x_range(trend: &Trend) -> std::ops::Range<f64> {
    -0.5..trend.points.len() as f64 - 0.5
}

fn zero_line(trend: &Trend) -> PathElement<(f64, f64)> {
    let range = x_range(trend);
    PathElement::new([(range.start, 0.0), (range.end, 0.0)], REFERENCE)
}

/// Returns the runs of points with a score, between which the line is broken.
fn runs(trend: &Trend) -> Vec<Vec<Point>> {
    let points: Vec<_> = (0..)
        .zip(&trend.points)
        .map(|(x, point)| to_point(x, point.stats.as_ref()?))
        .collect();
    let runs = points.split(Option::is_none).filter(|run| !run.is_empty());
    runs.map(|run| run.iter().flatten().copied().collect())
        .collect()
}

fn to_point(x: u32, stats: &Stats) -> Option<Point> {
    Some(Point {
        x: x.into(),
        nps: stats.nps?,
        low: stats.ci_low?,
        high: stats.ci_high?,
        fill: if stats.responses < RESPONSES_FEW {
            PAPER
        } else {
            SCORE
        },
    })
}

/// The outline of the intervals of a run; a single point has a narrow bar.
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

/// The description for screen readers.
pub(crate) fn description(trend: &Trend) -> String {
    let points = trend.points.iter();
    let scored = points.filter_map(|point| Some((point.stats?.nps?, step(trend.step, point.from))));
    let scored: Vec<_> = scored.collect();
    let by_nps = |a: &&(f64, String), b: &&(f64, String)| a.0.total_cmp(&b.0);
    let (Some(lowest), Some(highest), Some(last)) = (
        scored.iter().min_by(by_nps),
        scored.iter().max_by(by_nps),
        scored.last(),
    ) else {
        return "There are no scores.".to_owned();
    };
    let text = |(score, step): &(f64, String)| format!("{} ({step})", nps(Some(*score)));
    format!(
        "Line chart of {} points with the confidence interval as a band, above bars of the number of \
         responses. Highest {}, lowest {}, last {}. The table below has all numbers.",
        trend.points.len(),
        text(highest),
        text(lowest),
        text(last),
    )
}
