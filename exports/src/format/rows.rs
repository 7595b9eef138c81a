//! A row of text cells, from a file of any format.

use std::borrow::Cow;

/// One row as the file has it. Cells line up with the header.
#[derive(Debug, Default)]
pub struct Row<'a> {
    /// Line in a CSV file, row of a sheet, ordinal of the object in JSON or of the row in Parquet;
    /// from 1.
    pub number: u64,
    pub cells: Vec<Cow<'a, str>>,
    /// How many of the cells were not UTF-8 and were read in the file's other encoding.
    pub narrow_cells: u64,
    /// Characters that stand in the place of bytes which no encoding has one for.
    pub replaced: u64,
    /// The row is the header once more, as in files that were put together of several.
    pub repeats_header: bool,
    /// Why the row cannot be read as the header says, where it cannot.
    pub problem: Option<String>,
}
