//! Lines of a drawing, in colour where there is any.

/// A colour of the terminal's own sixteen, as its code for the foreground.
pub(super) type Colour = u8;

/// What tells series apart, in their order.
pub(super) const PALETTE: [Colour; 8] = [36, 33, 35, 32, 34, 31, 96, 93];

/// What tells the points of series apart, without colours too.
pub(super) const MARKERS: [char; 8] = ['●', '○', '▲', '△', '■', '□', '◆', '◇'];

/// Axes and their labels stand back.
pub(super) const FAINT: Colour = 90;

/// What is below zero.
pub(super) const NEGATIVE: Colour = 31;

/// A line put together from pieces of a colour.
pub(super) struct Painter {
    line: String,
    has_colours: bool,
    current: Option<Colour>,
}

impl Painter {
    pub(super) fn new(has_colours: bool) -> Self {
        Self {
            line: String::new(),
            has_colours,
            current: None,
        }
    }

    pub(super) fn put(&mut self, text: &str, colour: Option<Colour>) {
        // A colour is not seen on spaces, and changing it for them is many bytes for nothing.
        if self.has_colours && colour != self.current && !text.trim_start().is_empty() {
            match colour {
                Some(colour) => self.line.push_str(&format!("\u{1b}[{colour}m")),
                None => self.line.push_str("\u{1b}[0m"),
            }
            self.current = colour;
        }
        self.line.push_str(text);
    }

    pub(super) fn spaces(&mut self, count: usize) {
        self.line.push_str(&" ".repeat(count));
    }

    pub(super) fn finish(mut self) -> String {
        if self.current.is_some() {
            self.line.push_str("\u{1b}[0m");
        }
        self.line
    }
}
