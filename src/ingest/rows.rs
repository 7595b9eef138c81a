//! A row of text cells, from a file of any format.

use std::borrow::Cow;

/// One row as the file has it. Cells line up with the header.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    /// Line in a CSV file, ordinal of the object in JSON; from 1.
    pub(super) number: u64,
    pub(super) cells: Vec<Cow<'a, str>>,
    /// How many of the cells were not UTF-8 and were read in the file's other encoding.
    pub(super) narrow_cells: u64,
    /// Why the row cannot be read as the header says, where it cannot.
    pub(super) problem: Option<String>,
}
