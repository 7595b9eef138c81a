//! Values of the respondent's column: one that stands for nobody, and spellings that may be of one person.

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

/// The note on ids with and without zeros before them, which may be of the same.
pub fn note_on_zeros(column: &Column, field: Field) -> Option<Message> {
    let (padded, short) = column
        .padded_and_short_ids()
        .filter(|_| !column.has_phones())?;
    let what = match field {
        Field::Respondent => "respondents",
        _ => "responses",
    };
    let note = format!(
        "column \"{}\" has ids with zeros before them and without, such as \"{}\" and \"{}\": they \
         count as different {what}; if they are not, write them in one way",
        clip(&column.header),
        clip(padded),
        clip(short)
    );
    Some(note.into())
}

/// The note on telephone numbers without their country, which are other respondents than the same with
/// it.
pub fn note_on_phones(column: &Column, has_country: bool) -> Option<Message> {
    let national = column.has_phones() && column.has_national_phones();
    (national && !has_country && column.has_international_phones()).then(|| {
        format!(
            "column \"{}\" has telephone numbers with and without the code of a country: the same \
             number counts as two respondents; write all with it, such as +49 30 1234567",
            clip(&column.header)
        )
        .into()
    })
}
