//! The drawings, as SVG inside the page.
//!
//! A colour stands for what it means (see [`palette`]); the page's style sheet says what it looks
//! like, in light and in dark. No text of the data is in a drawing, only numbers and days.

mod palette;
mod rows;
mod scores;
mod trend;

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, IntoFont, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, TextStyle};

pub(super) use rows::{categories, row, score};
pub(super) use scores::scores;
pub(super) use trend::{description as trend_description, trend};

/// A drawing area of a chart.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What drawing gives; in memory it does not fail.
type Drawn = Result<(), Box<dyn Error>>;

/// The height of a label that the style sheet shows as 13 pixels: plotters divides by 1.24.
const LABEL_SIZE: f64 = 13.0 * 1.24;

/// A chart is drawn twice, since its labels have to be read on a telephone too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Wide,
    Narrow,
}

impl Width {
    /// Its name in the style sheet and in ids.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    fn pixels(self) -> u32 {
        match self {
            Self::Wide => 920,
            Self::Narrow => 400,
        }
    }
}

/// What a drawing says to who does not see it.
pub(super) struct Described<'a> {
    /// Its name in ids.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
}

/// A chart of its own, with its words.
fn chart(
    size: (u32, u32),
    class: &str,
    described: &Described<'_>,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> String {
    let Described {
        id,
        title,
        description,
    } = described;
    let (title, description) = (escaped(title), escaped(description));
    svg(
        size,
        &format!(
            "class=\"{class}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{description}</desc"
        ),
        draw,
    )
}

/// A drawing of numbers that stand beside it, which is only for the eye.
fn decoration(size: (u32, u32), fit: Fit, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let fit = match fit {
        Fit::Whole => "",
        Fit::Stretched => " preserveAspectRatio=\"none\"",
    };
    svg(size, &format!("aria-hidden=\"true\"{fit}"), draw)
}

/// What becomes of a drawing where there is less room or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// It is made smaller or larger as a whole.
    Whole,
    /// It is as wide as there is room, and stays as high as it is.
    Stretched,
}

fn svg(size: (u32, u32), attributes: &str, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        draw(&area)
            .and_then(|()| Ok(area.present()?))
            .expect("drawing in memory does not fail");
    }
    // The page says how wide it is, and what it shows.
    let content = drawn.split_once('>').map_or("", |(_, content)| content);
    let (width, height) = size;
    format!("<svg viewBox=\"0 0 {width} {height}\" {attributes}>{content}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A label that begins, is centred or ends where it is put.
fn label(color: RGBColor, h_pos: HPos, v_pos: VPos) -> TextStyle<'static> {
    ("sans-serif", LABEL_SIZE)
        .into_font()
        .color(&color.to_rgba())
        .pos(Pos::new(h_pos, v_pos))
}
