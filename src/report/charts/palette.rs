//! Colours by meaning. The style sheet finds each by its value and replaces it by one for light and one
//! for dark mode, so no value may occur twice; these are the ones for light mode.
//!
//! Promoters and detractors are blue and orange, which colour-blind people can tell apart.

use plotters::style::RGBColor;

pub(super) const PROMOTER: RGBColor = RGBColor(0x1A, 0x66, 0xAB);
pub(super) const PASSIVE: RGBColor = RGBColor(0x7E, 0x85, 0x91);
pub(super) const DETRACTOR: RGBColor = RGBColor(0xC2, 0x4A, 0x0E);
/// Scores and the line through them.
pub(super) const SCORE: RGBColor = RGBColor(0x25, 0x3B, 0x6E);
pub(super) const INTERVAL: RGBColor = RGBColor(0xB9, 0xCB, 0xEA);
/// Number of responses.
pub(super) const RESPONSES: RGBColor = RGBColor(0xB3, 0xBB, 0xC7);
pub(super) const GRID: RGBColor = RGBColor(0xE1, 0xE5, 0xEB);
/// Zero, and the overall NPS.
pub(super) const REFERENCE: RGBColor = RGBColor(0x7A, 0x82, 0x90);
pub(super) const LABEL: RGBColor = RGBColor(0x4B, 0x53, 0x63);
pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_has_every_colour() {
        let style = include_str!("../style.css");
        for RGBColor(red, green, blue) in [
            PROMOTER, PASSIVE, DETRACTOR, SCORE, INTERVAL, RESPONSES, GRID, REFERENCE, LABEL, PAPER,
        ] {
            let color = format!("#{red:02X}{green:02X}{blue:02X}");
            assert!(
                style.contains(&format!("svg [fill=\"{color}\"]")),
                "style.css has no rule for a fill of {color}"
            );
        }
    }
}
