//! Facts about the rows of a file that rows are compared with.

use crate::columns::Column;
use crate::columns::cells::looks_like_email;

/// Rows below which a time of day that all share on several days may be chance.
const SHARED_TIME_ROWS_MIN: usize = 3;

/// The same for a moment that all share.
const SHARED_MOMENT_ROWS_MIN: usize = 5;

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
    /// `true` if all cells have the same time of day, which is then that of an export.
    pub shares_time: bool,
}

impl RowFacts {
    /// Facts about the observed columns; `rows` is the number of rows observed.
    pub fn new(columns: &[Column], rows: u64, times: &[TimesOfDay]) -> Self {
        let facts = |(index, column): (usize, &Column)| {
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
                shares_time: times.get(index).is_some_and(TimesOfDay::are_shared),
            }
        };
        Self {
            columns: columns.iter().enumerate().map(facts).collect(),
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
            shares_time: false,
        };
        self.columns.get(index).unwrap_or(&UNKNOWN)
    }
}

/// The times of day in the cells of a column.
#[derive(Clone, Debug, Default)]
pub struct TimesOfDay {
    first: Option<String>,
    first_cell: Option<String>,
    count: usize,
    /// `true` if another cell has another time, or none.
    differ: bool,
    /// `true` if cells with the same time are different.
    days_differ: bool,
}

impl TimesOfDay {
    pub fn observe(&mut self, cell: &str) {
        let cell = cell.trim();
        if cell.is_empty() || self.differ {
            return;
        }
        let Some(time) = time_of_day(cell) else {
            self.differ = true;
            return;
        };
        self.count += 1;
        let first_cell = self.first_cell.get_or_insert_with(|| cell.to_owned());
        self.days_differ |= first_cell != cell;
        let first = self.first.get_or_insert_with(|| time.to_owned());
        self.differ |= first != time;
    }

    fn are_shared(&self) -> bool {
        let rows_min = if self.days_differ {
            SHARED_TIME_ROWS_MIN
        } else {
            SHARED_MOMENT_ROWS_MIN
        };
        !self.differ && self.count >= rows_min
    }
}

/// The time of day in a cell such as `2026-03-01T19:00:00.000Z`, with what follows it.
fn time_of_day(cell: &str) -> Option<&str> {
    let colon = cell.find(':')?;
    let digits = cell[..colon].bytes().rev().take_while(u8::is_ascii_digit);
    let hour = colon - digits.count();
    (1..=2).contains(&(colon - hour)).then(|| &cell[hour..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_all_rows_share_is_found() {
        for (cells, expected) in [
            (
                &[
                    "2025-09-15T19:00:00Z",
                    "2025-09-15T19:00:00Z",
                    "2025-09-16T19:00:00Z",
                ][..],
                true,
            ),
            (
                &[
                    "01.03.2026 00:00",
                    "02.03.2026 00:00",
                    "",
                    "03.03.2026 00:00",
                ],
                true,
            ),
            (
                &["3/1/26 12:00 AM", "3/2/26 12:00 AM", "3/2/26 12:00 PM"],
                false,
            ),
            (&["2025-09-15 19:00", "2025-09-16 19:00"], false),
            (
                &["2025-09-15 19:00", "2025-09-15 19:00", "2025-09-15 19:00"],
                false,
            ),
            (&["2025-09-15", "2025-09-16", "2025-09-17"], false),
        ] {
            let mut times = TimesOfDay::default();
            cells.iter().for_each(|cell| times.observe(cell));
            assert_eq!(times.are_shared(), expected, "{cells:?}");
        }
    }
}
