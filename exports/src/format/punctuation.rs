//! The punctuation of a CSV file.

/// How the cells of a file are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// A quotation mark inside a cell stands behind a backslash, and not twice.
    pub escapes: bool,
    /// Lines end with a carriage return alone.
    pub only_returns: bool,
    /// Excel's own first line, `sep=;`, stands before the header.
    pub names_delimiter: bool,
}
