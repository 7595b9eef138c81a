//! Consent: the headers and the cells of its columns.

mod cell;
mod cell_words;
mod header;
mod header_words;

pub use cell::Consent;
pub use cell_words::Word;
pub use header::{ConsentHeader, Sense};
