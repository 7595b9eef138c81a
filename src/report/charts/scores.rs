//! The chart of how often each score was given.

use plotters::prelude::{ChartBuilder, PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::palette::{DETRACTOR, LABEL, PASSIVE, PROMOTER, REFERENCE, SCORE};
use super::svg::{Frame, Width, chart, label};
use crate::report::data::ScoreCount;
use crate::report::text::percent;

pub(crate) const DESCRIPTION: &str =
    "Bar chart of the share of each score from 0 to 10. The table below has all numbers.";

const HEIGHT: u32 = 230;
const LABEL_HEIGHT: i32 = 20;

/// Draws bars of the current shares, each with a mark at its previous share.
pub(crate) fn scores(scores: &[ScoreCount], frame: &Frame<'_>) -> String {
    let share = |of: fn(&ScoreCount) -> u64| {
        let all = scores.iter().map(of).sum::<u64>().max(1);
        move |score: &ScoreCount| of(score) as f64 / all as f64
    };
    let (current, previous) = (share(|score| score.current), share(|score| score.previous));
    let has_previous = scores.iter().any(|score| score.previous > 0);
    let larger = scores
        .iter()
        .map(|score| current(score).max(previous(score)));
    let max = larger.fold(0.01, f64::max);
    chart(HEIGHT, frame, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin_top(26)
            .margin_left(4)
            .margin_right(4)
            .x_label_area_size(26)
            .build_cartesian_2d(-0.5..10.5, 0.0..max)?;
        chart.draw_series(scores.iter().map(|score| {
            let x = f64::from(score.score);
            let bar = [(x - 0.38, 0.0), (x + 0.38, current(score))];
            Rectangle::new(bar, category(score.score).filled())
        }))?;
        if has_previous {
            chart.draw_series(scores.iter().map(|score| {
                let (x, y) = (f64::from(score.score), previous(score));
                PathElement::new([(x - 0.44, y), (x + 0.44, y)], SCORE.stroke_width(2))
            }))?;
        }
        chart.draw_series([PathElement::new([(-0.5, 0.0), (10.5, 0.0)], REFERENCE)])?;
        for score in scores {
            let x = f64::from(score.score);
            let (place, top) = chart.backend_coord(&(x, current(score)));
            let (_, mark) = chart.backend_coord(&(x, previous(score)));
            // Above the mark if that would run through the number.
            let overlaps = has_previous && (0..LABEL_HEIGHT).contains(&(top - mark));
            let above = (place, if overlaps { mark } else { top });
            let style = label(LABEL, HPos::Center, VPos::Bottom);
            let text = match frame.width {
                Width::Wide => percent(current(score)),
                // No room for the percent sign.
                Width::Narrow => format!("{:.0}", current(score) * 100.0),
            };
            area.draw(&Text::new(text, (above.0, above.1 - 5), style))?;
            let below = chart.backend_coord(&(x, 0.0));
            let style = label(LABEL, HPos::Center, VPos::Top);
            let place = (below.0, below.1 + 7);
            area.draw(&Text::new(score.score.to_string(), place, style))?;
        }
        Ok(())
    })
}

fn category(score: u8) -> RGBColor {
    match score {
        ..=6 => DETRACTOR,
        7 | 8 => PASSIVE,
        _ => PROMOTER,
    }
}
