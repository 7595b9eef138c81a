//! Facts about the rows of a file that rows are compared with.

use crate::columns::Column;
use crate::columns::cells::looks_like_email;

/// Facts about each column, from the rows that the mapping was decided by.
#[derive(Clone, Debug, Default)]
pub struct RowFacts {
    columns: Vec<ColumnFacts>,
}

/// Facts about a column.
#[derive(Clone, Debug, Default)]
pub struct ColumnFacts {
    /// `true` if nearly every row has a cell.
    pub is_always_filled: bool,
    /// `true` if the cells are numbers, dates, addresses, or ids with digits.
    pub is_typed: bool,
    /// `true` if values repeat often, as categories do.
    pub has_categories: bool,
    /// `true` if most texts are different, as free texts are.
    pub has_distinct_texts: bool,
    /// `true` if the cells number the rows of the file.
    pub counts_rows: bool,
    /// `true` if any number has decimals.
    pub has_decimals: bool,
}

impl RowFacts {
    /// Facts about the observed columns; `rows` is the number of rows observed.
    pub fn new(columns: &[Column], rows: u64) -> Self {
        let facts = |column: &Column| {
            let has_digits = |sample: &String| sample.contains(|c: char| c.is_ascii_digit());
            let distinct = column.distinct_values();
            ColumnFacts {
                is_always_filled: column.cells > 0 && column.cells as u64 * 20 >= rows * 19,
                is_typed: !column.samples.is_empty()
                    && (column.has_numbers()
                        || column.dates.has_dates()
                        || column.samples.iter().all(|sample| looks_like_email(sample))
                        || column.samples.iter().all(has_digits)),
                has_categories: distinct * 2 <= column.cells,
                has_distinct_texts: distinct * 2 > column.cells,
                counts_rows: column.counts_rows(),
                has_decimals: column.has_decimals(),
            }
        };
        Self {
            columns: columns.iter().map(facts).collect(),
        }
    }

    /// The columns whose cells number the rows of the file.
    pub fn columns_that_count_rows(&self) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        let counting = columns.filter(|(_, column)| column.counts_rows);
        counting.map(|(index, _)| index).collect()
    }

    /// The facts about a column.
    pub fn column(&self, index: usize) -> &ColumnFacts {
        static UNKNOWN: ColumnFacts = ColumnFacts {
            is_always_filled: false,
            is_typed: false,
            has_categories: false,
            has_distinct_texts: false,
            counts_rows: false,
            has_decimals: false,
        };
        self.columns.get(index).unwrap_or(&UNKNOWN)
    }
}
