//! The punctuation of a CSV file.

/// The characters that separate and quote the cells of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// Quotation marks in a cell are escaped with a backslash instead of doubled.
    pub has_escapes: bool,
    /// Lines end with a carriage return alone.
    pub has_bare_returns: bool,
    /// Lines end with a carriage return and a line feed.
    pub has_return_line_feeds: bool,
    /// A line such as `sep=;`, as Excel writes it, precedes the header.
    pub has_sep_line: bool,
    /// Lines that begin with it are no rows.
    pub comment: Option<u8>,
}

impl Dialect {
    pub const COMMA: Self = Self {
        delimiter: b',',
        quote: b'"',
        has_escapes: false,
        has_bare_returns: false,
        has_return_line_feeds: false,
        has_sep_line: false,
        comment: None,
    };

    pub fn with_delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }
}
