//! Charts and small drawings, as SVG inside the page.
//!
//! Colours stand for meanings (see [`palette`]); the page's style sheet sets how they look in light and
//! dark mode. Drawings contain only numbers and days, no text from the data.

mod palette;
mod rows;
mod scores;
mod svg;
mod trend;

pub(super) use rows::{categories, row, score};
pub(super) use scores::{DESCRIPTION as SCORES_DESCRIPTION, scores};
pub(super) use svg::{Frame, Width};
pub(super) use trend::{description as trend_description, trend};
