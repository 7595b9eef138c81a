//! Lines of a drawing, with or without colour.

/// Foreground code of one of the terminal's sixteen colours.
pub(super) type Colour = u8;

/// Colours of series, in order.
pub(super) const PALETTE: [Colour; 8] = [36, 33, 35, 32, 34, 31, 96, 93];

/// Markers of series, in order, to distinguish them without colours.
pub(super) const MARKERS: [char; 8] = ['●', '○', '▲', '△', '■', '□', '◆', '◇'];

/// Colour of axes and their labels.
pub(super) const FAINT: Colour = 90;

/// Colour of negative values.
pub(super) const NEGATIVE: Colour = 31;

/// Builds a line from coloured pieces.
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
        // Spaces show no colour, so a change of colour for them would be wasted bytes.
        if self.has_colours && colour != self.current && !text.trim_start().is_empty() {
            match colour {
                Some(colour) => self.line.push_str(&format!("\u{1b}[{colour}m")),
                None => self.line.push_str("\u{1b}[0m"),
            }
            self.current = colour;
        }
        self.line.push_str(text);
    }

    pub(super) fn put_char(&mut self, c: char, colour: Option<Colour>) {
        self.put(c.encode_utf8(&mut [0; 4]), colour);
    }

    pub(super) fn spaces(&mut self, count: usize) {
        self.line.push_str(&" ".repeat(count));
    }

    /// Returns a line of one colour.
    pub(super) fn line(text: &str, colour: Colour, has_colours: bool) -> String {
        let mut painter = Self::new(has_colours);
        painter.put(text, Some(colour));
        painter.finish()
    }

    pub(super) fn finish(mut self) -> String {
        if self.current.is_some() {
            self.line.push_str("\u{1b}[0m");
        }
        self.line
    }
}
