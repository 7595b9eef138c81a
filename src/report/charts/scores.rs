//! How often each score was given.

use plotters::prelude::{ChartBuilder, PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::palette::{DETRACTOR, LABEL, PASSIVE, PROMOTER, REFERENCE, SCORE};
use super::{Described, Width, chart, label};
use crate::report::data::ScoreCount;
use crate::report::text::percent;

const HEIGHT: u32 = 230;
const LABEL_HEIGHT: i32 = 20;

/// Bars of the shares now, and a mark where each share was before.
pub(in crate::report) fn scores(
    scores: &[ScoreCount],
    width: Width,
    described: &Described<'_>,
) -> String {
    let share = |of: fn(&ScoreCount) -> u64| {
        let all = scores.iter().map(of).sum::<u64>().max(1);
        move |score: &ScoreCount| of(score) as f64 / all as f64
    };
    let (now, before) = (share(|score| score.current), share(|score| score.previous));
    let has_before = scores.iter().any(|score| score.previous > 0);
    let most = scores.iter().map(|score| now(score).max(before(score)));
    let most = most.fold(0.01, f64::max);
    chart((width.pixels(), HEIGHT), width.name(), described, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin_top(26)
            .margin_left(4)
            .margin_right(4)
            .x_label_area_size(26)
            .build_cartesian_2d(-0.5..10.5, 0.0..most)?;
        chart.draw_series(scores.iter().map(|score| {
            let x = f64::from(score.score);
            let bar = [(x - 0.38, 0.0), (x + 0.38, now(score))];
            Rectangle::new(bar, category(score.score).filled())
        }))?;
        if has_before {
            chart.draw_series(scores.iter().map(|score| {
                let (x, y) = (f64::from(score.score), before(score));
                PathElement::new([(x - 0.44, y), (x + 0.44, y)], SCORE.stroke_width(2))
            }))?;
        }
        chart.draw_series([PathElement::new([(-0.5, 0.0), (10.5, 0.0)], REFERENCE)])?;
        for score in scores {
            let x = f64::from(score.score);
            let (place, top) = chart.backend_coord(&(x, now(score)));
            let (_, mark) = chart.backend_coord(&(x, before(score)));
            // Above the mark, where that would run through the number.
            let is_struck = has_before && (0..LABEL_HEIGHT).contains(&(top - mark));
            let above = (place, if is_struck { mark } else { top });
            let style = label(LABEL, HPos::Center, VPos::Bottom);
            let text = match width {
                Width::Wide => percent(now(score)),
                // There is no room for the sign.
                Width::Narrow => format!("{:.0}", now(score) * 100.0),
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
