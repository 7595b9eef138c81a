//! Rows that exports leave among the responses: totals, repeated headers, and other tables.
//!
//! A row is a total by the [`signs`] that [`totals`] collects, never by a word alone.

pub mod facts;
pub mod signs;
pub mod sums;
pub mod totals;
mod words;

use super::columns::field::Field;
use super::columns::headers::{fold, names_a_count};
use super::format::rows::Row;
use super::layout::first_rows::is_answer;
use super::mapping::Mapping;
use super::text::trim;

/// True if a row without an answer is the header of another table below this one, whose rows
/// would be mistaken for responses. Below a gap, weaker evidence is enough.
pub fn heads_another_table(row: &Row<'_>, mapping: &Mapping, below_gap: bool) -> bool {
    let Some(score) = mapping.column(Field::Score) else {
        return false;
    };
    let names_a_column = |folded: &str| {
        names_a_count(folded) || Field::ALL.iter().any(|field| field.rank(folded).is_some())
    };
    let cells = row.cells.iter().map(|cell| trim(cell));
    let cells: Vec<String> = cells.filter(|cell| !cell.is_empty()).map(fold).collect();
    // The row may be too short to have a score.
    let score_cell = row.cells.get(score).map(|cell| fold(trim(cell)));
    (below_gap || score_cell.is_some_and(|folded| names_a_column(&folded)))
        && cells.len() >= 2
        && cells.iter().any(|cell| Field::Score.rank(cell).is_some())
        && !row.cells.iter().any(|cell| is_answer(cell))
}

/// True if a row repeats the header.
pub fn repeats_header(row: &Row<'_>, mapping: &Mapping) -> bool {
    let is_header = |index: usize, cell: &str| {
        // A repeated column name has a number in `headers`, but not in the row.
        let rest = mapping.headers[index].strip_prefix(cell);
        rest.is_some_and(|rest| {
            let number = rest.strip_prefix(' ');
            rest.is_empty() || number.is_some_and(|number| number.parse::<u32>().is_ok())
        })
    };
    let has_score_header = mapping.column(Field::Score).is_some_and(|score| {
        let cell = trim(&row.cells[score]);
        !cell.is_empty() && is_header(score, cell)
    });
    let mut cells = row.cells.iter().map(|cell| trim(cell)).enumerate();
    has_score_header && cells.all(|(index, cell)| cell.is_empty() || is_header(index, cell))
}
