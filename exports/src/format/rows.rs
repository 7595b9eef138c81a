//! A row of text cells, from a file of any format.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::error::Result;

/// A callback for rows, which breaks to stop reading.
pub type EachRow<'a> = dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>> + 'a;

/// A row of a file. Its cells line up with the header.
#[derive(Debug, Default)]
pub struct Row<'a> {
    /// The line in a CSV file, row of a sheet or in Parquet, or ordinal of the object in JSON;
    /// from 1.
    pub number: u64,
    pub cells: Vec<Cow<'a, str>>,
    /// Cells that were not UTF-8 and were decoded with the file's fallback encoding.
    pub non_utf8_cells: u64,
    /// Replacement characters, for bytes that no encoding has a character for.
    pub replaced_chars: u64,
    /// `true` if the row repeats the header, as in concatenated files.
    pub repeats_header: bool,
    /// The number of cells in the file if the row ends before the header does. The other cells are
    /// empty, as in a spreadsheet.
    pub ends_after: Option<usize>,
    /// Why the row cannot be read.
    pub problem: Option<String>,
}

impl Row<'_> {
    /// Fits the cells to the header, or records a problem if they are more. Rows that end early get
    /// empty cells. Blank rows of any length fit, and so do rows with blank cells at the end: some
    /// tools end each row, but not the header, with a delimiter.
    pub fn fit(&mut self, columns: usize) {
        let is_blank = |cells: &[Cow<'_, str>]| cells.iter().all(|cell| cell.trim().is_empty());
        let found = self.cells.len();
        if found > columns && !is_blank(&self.cells[columns..]) {
            self.problem = Some(format!("the row has {found} cells, the header {columns}"));
            return;
        }
        if found < columns && !is_blank(&self.cells) {
            self.ends_after = Some(found);
        }
        self.cells.resize(columns, Cow::Borrowed(""));
    }

    /// The problem of a row that ends before this column, without which it is no response.
    pub fn ends_before(&self, column: usize) -> Option<String> {
        let found = self.ends_after.filter(|found| *found <= column)?;
        let columns = self.cells.len();
        Some(format!("the row has {found} cells, the header {columns}"))
    }

    /// The row with its own cells.
    pub fn to_owned(&self) -> Row<'static> {
        let cells = self.cells.iter();
        Row {
            number: self.number,
            cells: cells.map(|cell| Cow::Owned(cell.to_string())).collect(),
            non_utf8_cells: self.non_utf8_cells,
            replaced_chars: self.replaced_chars,
            repeats_header: self.repeats_header,
            ends_after: self.ends_after,
            problem: self.problem.clone(),
        }
    }

    /// The cells, borrowed.
    pub fn borrowed_cells(&self) -> Vec<Cow<'_, str>> {
        let cells = self.cells.iter();
        cells.map(|cell| Cow::Borrowed(&**cell)).collect()
    }
}
