//! SVG drawings inside the page.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, IntoFont, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, TextStyle};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Result of drawing, which does not fail in memory.
pub(super) type Drawn = Result<(), Box<dyn Error>>;

/// Font size for labels of 13 pixels: plotters divides by 1.24.
const LABEL_SIZE: f64 = 13.0 * 1.24;

/// Width of a chart. Each is drawn twice, so that labels are legible on a phone too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Wide,
    Narrow,
}

impl Width {
    pub(super) fn pixels(self) -> u32 {
        match self {
            Self::Wide => 920,
            Self::Narrow => 400,
        }
    }
}

/// The width of a chart, and its description for screen readers.
pub(crate) struct Frame<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) width: Width,
}

pub(super) fn chart(
    height: u32,
    frame: &Frame<'_>,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> String {
    let class = match frame.width {
        Width::Wide => "wide",
        Width::Narrow => "narrow",
    };
    let id = format!("{}-{class}", frame.id);
    let (title, description) = (escaped(frame.title), escaped(frame.description));
    let attributes = format!(
        "class=\"{class}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
         <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{description}</desc"
    );
    svg((frame.width.pixels(), height), &attributes, draw)
}

/// Draws the numbers next to it, so screen readers skip it.
pub(super) fn decoration(
    size: (u32, u32),
    fit: Fit,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> String {
    let fit = if fit == Fit::Stretch {
        " preserveAspectRatio=\"none\""
    } else {
        ""
    };
    svg(size, &format!("aria-hidden=\"true\"{fit}"), draw)
}

/// Scaling of a drawing to the available width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// The height scales with the width.
    Scale,
    /// The height stays the same.
    Stretch,
}

fn svg(size: (u32, u32), attributes: &str, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        draw(&area)
            .and_then(|()| Ok(area.present()?))
            .expect("drawing in memory does not fail");
    }
    // The page's own opening tag has no fixed size.
    let content = drawn.split_once('>').map_or("", |(_, content)| content);
    let (width, height) = size;
    format!("<svg viewBox=\"0 0 {width} {height}\" {attributes}>{content}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The style of a label, anchored at the given position.
pub(super) fn label(color: RGBColor, h_pos: HPos, v_pos: VPos) -> TextStyle<'static> {
    ("sans-serif", LABEL_SIZE)
        .into_font()
        .color(&color.to_rgba())
        .pos(Pos::new(h_pos, v_pos))
}
