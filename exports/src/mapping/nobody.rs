//! A value of the respondent's column that stands for nobody.

use super::choose::Chosen;
use super::fields::Fields;
use super::signs::Sign;
use super::undecided::map_option;
use crate::columns::Column;
use crate::columns::field::Field;
use crate::message::Message;
use crate::quote::clip;

/// The value of the respondent's column that far more rows have than any other, with its number of rows;
/// `None` if an option or a profile maps the column.
pub fn unmapped_outlier<'a>(
    columns: &'a [Column],
    fields: &Fields,
    chosen: &Chosen,
) -> Option<(&'a Column, &'a str, usize)> {
    let column = fields.column(columns, Field::Respondent)?;
    let index = fields[Field::Respondent]?;
    let candidate = chosen.assignment.candidate(Field::Respondent, index);
    let is_mapped = candidate.is_none_or(|candidate| candidate.has(Sign::Profile));
    let (value, count) = column.outlier().filter(|_| !is_mapped)?;
    Some((column, value, count))
}

/// The note that the value stands for nobody.
pub fn note_on_nobody(column: &Column, value: &str, count: usize) -> Message {
    let note = format!(
        "\"{}\" stands in {count} of the first {} rows of \"{}\", and so for nobody; if it is one person, set ",
        clip(value),
        column.cells,
        clip(&column.header)
    );
    Message::from(note).message(map_option(Field::Respondent, column))
}
