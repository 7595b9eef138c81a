//! The cells of a file's first rows.

use crate::columns::cells;
use crate::dates::styles;

/// The number of cells that are not blank.
pub fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// True for a number, a date or an email address.
pub fn is_answer(cell: &str) -> bool {
    let cell = cell.trim();
    cell.parse::<f64>().is_ok() || cells::looks_like_email(cell) || styles::looks_like_date(cell)
}
