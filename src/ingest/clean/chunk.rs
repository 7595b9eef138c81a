//! Batches of rows passed from the thread that reads a file to those that clean rows.

use std::borrow::Cow;

use exports::format::rows::Row;

/// Maximum number of rows in a chunk: DataFusion's batch size, as each chunk becomes a batch.
const ROWS_MAX: usize = 8192;

/// Maximum amount of text in a chunk, to bound memory when comments are long.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Consecutive rows of a file.
#[derive(Debug)]
pub(in crate::ingest) struct Chunk {
    /// The cells of all rows, concatenated.
    text: String,
    /// The end of each cell in `text`.
    ends: Vec<usize>,
    rows: Vec<RowMeta>,
    next_ordinal: u64,
}

/// A row without its cells.
#[derive(Debug)]
struct RowMeta {
    /// The end of the row's cells in [`Chunk::ends`].
    cells_end: usize,
    ordinal: u64,
    number: u64,
    repeats_header: bool,
    ends_after: Option<usize>,
    problem: Option<String>,
    below_gap: bool,
}

/// A row and its position in the file.
pub(in crate::ingest) struct PlacedRow<'a> {
    pub(in crate::ingest) row: Row<'a>,
    /// The number of the row in the file, from 1.
    pub(in crate::ingest) ordinal: u64,
    /// `true` if the rows directly above are blank or missing.
    pub(in crate::ingest) below_gap: bool,
}

impl Chunk {
    /// Creates an empty chunk whose first row has this ordinal.
    pub(in crate::ingest) fn starting_at(ordinal: u64) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            rows: Vec::new(),
            next_ordinal: ordinal,
        }
    }

    /// Adds the next row of the file.
    pub(in crate::ingest) fn push(&mut self, row: &Row<'_>, below_gap: bool) {
        let ordinal = self.next_ordinal;
        self.push_at(row, ordinal, below_gap);
    }

    /// Adds a row of the file; rows between it and the one before may be missing.
    pub(in crate::ingest) fn push_at(&mut self, row: &Row<'_>, ordinal: u64, below_gap: bool) {
        self.next_ordinal = ordinal + 1;
        for cell in &row.cells {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }
        self.rows.push(RowMeta {
            cells_end: self.ends.len(),
            ordinal,
            number: row.number,
            repeats_header: row.repeats_header,
            ends_after: row.ends_after,
            problem: row.problem.clone(),
            below_gap,
        });
    }

    pub(in crate::ingest) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.text.len() >= TEXT_BYTES_MAX
    }

    pub(in crate::ingest) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(in crate::ingest) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The ordinal of the row after the chunk.
    pub(in crate::ingest) fn next_ordinal(&self) -> u64 {
        self.next_ordinal
    }

    /// The row at this index in the chunk.
    pub(in crate::ingest) fn row(&self, index: usize) -> PlacedRow<'_> {
        let meta = &self.rows[index];
        let previous = index.checked_sub(1);
        let first_cell = previous.map_or(0, |previous| self.rows[previous].cells_end);
        let mut start = first_cell.checked_sub(1).map_or(0, |last| self.ends[last]);
        let ends = &self.ends[first_cell..meta.cells_end];
        let cells = ends.iter().map(|end| {
            let cell = &self.text[start..*end];
            start = *end;
            Cow::Borrowed(cell)
        });
        PlacedRow {
            row: Row {
                number: meta.number,
                cells: cells.collect(),
                repeats_header: meta.repeats_header,
                ends_after: meta.ends_after,
                problem: meta.problem.clone(),
                ..Row::default()
            },
            ordinal: meta.ordinal,
            below_gap: meta.below_gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_round_trip() {
        let rows: [&[&str]; 4] = [&["a", "", "ü"], &[], &["b"], &["", "c"]];
        let mut chunk = Chunk::starting_at(7);
        for (number, cells) in (20..).zip(rows) {
            let row = Row {
                number,
                cells: cells.iter().map(|cell| Cow::Borrowed(*cell)).collect(),
                problem: (cells.len() == 1).then(|| "short".to_owned()),
                ..Row::default()
            };
            chunk.push(&row, number == 22);
        }
        assert_eq!((chunk.len(), chunk.next_ordinal()), (4, 11));
        for (index, cells) in rows.into_iter().enumerate() {
            let placed = chunk.row(index);
            assert_eq!(placed.row.cells, cells);
            assert_eq!(placed.row.number, 20 + index as u64);
            assert_eq!(placed.ordinal, 7 + index as u64);
            assert_eq!(placed.row.problem.is_some(), index == 2);
            assert_eq!(placed.below_gap, index == 2);
        }
    }
}
