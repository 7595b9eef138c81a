//! Options for the format of a text file.

/// Options for the format of a text file. Those that are not set are detected.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The format; `None` to recognise it.
    pub text: Option<TextFormat>,
    pub delimiter: Option<u8>,
    /// The quotation mark; 0, which is in no text, for none.
    pub quote: Option<u8>,
    /// `true` if quotation marks in a cell are escaped with a backslash, `false` if doubled.
    pub has_escapes: Option<bool>,
    /// The character with which lines begin that are left out.
    pub comment: Option<u8>,
    /// The arrangement of the objects of JSON; an error if it is another one.
    pub json: Option<JsonShape>,
}

/// The arrangement of the objects of a JSON file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonShape {
    /// In an array.
    Array,
    /// One after the other.
    Lines,
}

/// A format of text, which others can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFormat {
    Csv,
    Json,
}
