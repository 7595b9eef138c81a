//! Rows on their way from the thread that reads a file to those that clean them.

use std::borrow::Cow;

use exports::format::rows::Row;

/// Rows that are cleaned at once, and become a batch: as many as DataFusion works on at once.
const ROWS_MAX: usize = 8192;

/// Text that is cleaned at once, so that long comments do not add up.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Rows of a file that follow each other.
#[derive(Debug)]
pub(in crate::ingest) struct Chunk {
    /// The cells of all rows, one behind the other, and where each ends.
    text: String,
    ends: Vec<usize>,
    rows: Vec<Head>,
    first_ordinal: u64,
}

/// A row without its cells.
#[derive(Debug)]
struct Head {
    /// How many cells there are up to its last.
    cells_end: usize,
    number: u64,
    repeats_header: bool,
    problem: Option<String>,
    below_gap: bool,
}

/// A row, and where it stands.
pub(in crate::ingest) struct PlacedRow<'a> {
    pub(in crate::ingest) row: Row<'a>,
    /// Which of the file's rows it is, from 1.
    pub(in crate::ingest) ordinal: u64,
    /// Nothing is in the rows directly above it.
    pub(in crate::ingest) below_gap: bool,
}

impl Chunk {
    /// For rows from this one on.
    pub(in crate::ingest) fn starting_at(ordinal: u64) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            rows: Vec::new(),
            first_ordinal: ordinal,
        }
    }

    pub(in crate::ingest) fn push(&mut self, row: &Row<'_>, below_gap: bool) {
        for cell in &row.cells {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }
        self.rows.push(Head {
            cells_end: self.ends.len(),
            number: row.number,
            repeats_header: row.repeats_header,
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

    /// The ordinal of the row that would come next.
    pub(in crate::ingest) fn end(&self) -> u64 {
        self.first_ordinal + self.rows.len() as u64
    }

    /// The row at this place in the chunk.
    pub(in crate::ingest) fn row(&self, index: usize) -> PlacedRow<'_> {
        let head = &self.rows[index];
        let first_cell = index
            .checked_sub(1)
            .map_or(0, |last| self.rows[last].cells_end);
        let mut start = first_cell.checked_sub(1).map_or(0, |last| self.ends[last]);
        let ends = &self.ends[first_cell..head.cells_end];
        let cells = ends.iter().map(|end| {
            let cell = &self.text[start..*end];
            start = *end;
            Cow::Borrowed(cell)
        });
        PlacedRow {
            row: Row {
                number: head.number,
                cells: cells.collect(),
                repeats_header: head.repeats_header,
                problem: head.problem.clone(),
                ..Row::default()
            },
            ordinal: self.first_ordinal + index as u64,
            below_gap: head.below_gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_as_they_went_in() {
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
        assert_eq!((chunk.len(), chunk.end()), (4, 11));
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
