//! Small drawings next to numbers, in table rows and in the headline.

use plotters::prelude::{Circle, PathElement, Rectangle};
use plotters::style::{Color, RGBColor};

use super::palette::{DETRACTOR, GRID, INTERVAL, PAPER, PASSIVE, PROMOTER, REFERENCE, SCORE};
use super::svg::{Area, Drawn, Fit, decoration};
use crate::report::data::Stats;
use crate::report::section::Graphic;

const ROW: (u32, u32) = (220, 24);
/// Space on both sides for half a point.
const SIDE: f64 = 8.0;
/// All possible values of NPS.
const FULL_SCALE: (f64, f64) = (-100.0, 100.0);

/// Draws the graphic of a table row.
pub(crate) fn row(graphic: Graphic) -> String {
    decoration(ROW, Fit::Scale, |area| match graphic {
        Graphic::Interval {
            stats,
            overall,
            scale,
        } => interval(area, &stats, Some(overall), scale),
        Graphic::Change { from, to } => change(area, from, to),
        Graphic::Shares {
            detractors,
            promoters,
            max,
        } => {
            let max = max.max(0.01);
            bar(area, (2, 10), detractors / max, DETRACTOR)?;
            bar(area, (13, 21), promoters / max, PROMOTER)
        }
    })
}

/// Draws the headline's score on a scale from −100 to 100.
pub(crate) fn score(stats: &Stats) -> String {
    decoration((400, 24), Fit::Scale, |area| {
        interval(area, stats, None, FULL_SCALE)
    })
}

/// Draws the three categories as one bar.
pub(crate) fn categories(stats: &Stats) -> String {
    const WIDTH: u32 = 900;
    decoration((WIDTH, 22), Fit::Stretch, |area| {
        let all = stats.responses.max(1) as f64;
        let mut left = 0.0;
        for (responses, color) in [
            (stats.detractors, DETRACTOR),
            (stats.passives, PASSIVE),
            (stats.promoters, PROMOTER),
        ] {
            let right = left + responses as f64 / all * f64::from(WIDTH);
            let corners = [(left.round() as i32, 0), (right.round() as i32, 22)];
            area.draw(&Rectangle::new(corners, color.filled()))?;
            left = right;
        }
        Ok(())
    })
}

/// The x coordinate of a value on a scale.
fn x(area: &Area<'_>, value: f64, (low, high): (f64, f64)) -> i32 {
    let (width, _) = area.dim_in_pixel();
    let free = f64::from(width) - 2.0 * SIDE;
    let part = (value - low) / (high - low).max(1.0);
    (SIDE + part.clamp(0.0, 1.0) * free).round() as i32
}

fn interval(area: &Area<'_>, stats: &Stats, overall: Option<f64>, scale: (f64, f64)) -> Drawn {
    let at = |value| x(area, value, scale);
    axis(area, scale)?;
    if let Some(overall) = overall {
        let line = [(at(overall), 0), (at(overall), 24)];
        area.draw(&PathElement::new(line, REFERENCE.stroke_width(2)))?;
    }
    if let (Some(low), Some(high)) = (stats.ci_low, stats.ci_high) {
        let band = [(at(low), 8), (at(high), 16)];
        area.draw(&Rectangle::new(band, INTERVAL.filled()))?;
    }
    if let Some(nps) = stats.nps {
        area.draw(&Circle::new((at(nps), 12), 5, SCORE.filled()))?;
    }
    Ok(())
}

/// Draws a scale with a mark at 0.
fn axis(area: &Area<'_>, scale: (f64, f64)) -> Drawn {
    let at = |value| x(area, value, scale);
    let line = [(at(scale.0), 12), (at(scale.1), 12)];
    area.draw(&PathElement::new(line, GRID.stroke_width(2)))?;
    let zero = [(at(0.0), 8), (at(0.0), 16)];
    area.draw(&PathElement::new(zero, REFERENCE))?;
    Ok(())
}

fn change(area: &Area<'_>, from: f64, to: f64) -> Drawn {
    let at = |value| x(area, value, FULL_SCALE);
    axis(area, FULL_SCALE)?;
    let line = [(at(from), 12), (at(to), 12)];
    area.draw(&PathElement::new(line, SCORE.stroke_width(3)))?;
    area.draw(&Circle::new((at(from), 12), 5, PAPER.filled()))?;
    area.draw(&Circle::new((at(from), 12), 5, SCORE.stroke_width(2)))?;
    area.draw(&Circle::new((at(to), 12), 5, SCORE.filled()))?;
    Ok(())
}

fn bar(area: &Area<'_>, (top, bottom): (i32, i32), share: f64, color: RGBColor) -> Drawn {
    let (width, _) = area.dim_in_pixel();
    let right = (share.clamp(0.0, 1.0) * f64::from(width)).round() as i32;
    area.draw(&Rectangle::new([(0, top), (right, bottom)], color.filled()))?;
    Ok(())
}
