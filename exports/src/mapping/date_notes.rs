//! Notes on the dates of an import, or that there are none.

use super::fields::Fields;
use super::undecided::{Undecided, map_option};
use crate::columns::Column;
use crate::columns::date_parts::{DatePart, JoinedDate};
use crate::columns::field::Field;
use crate::dates::DateReader;
use crate::dates::day::Period;
use crate::message::Message;
use crate::options::{ReadOptions, SwappedDates};
use crate::quote::clip;

/// Notes on how the dates of a field are read.
pub fn date_notes(
    column: &Column,
    field: Field,
    reader: &DateReader,
    options: &ReadOptions,
) -> Vec<Message> {
    let header = clip(&column.header);
    let mut notes = Vec::new();
    if reader.swapped {
        notes.push(Message::from(format!(
            "column \"{header}\": swapped day and month of the dates that are not text"
        )));
    } else if options.swapped_dates == Some(SwappedDates::Fix) {
        notes.push(Message::from(format!(
            "column \"{header}\": no dates whose day and month a spreadsheet swapped"
        )));
    }
    if let Some(day) = column.dates.stand_in() {
        let result = match field {
            Field::RespondedAt => "these responses are undated".to_owned(),
            field => format!("it is not imported as {}", field.name()),
        };
        notes.push(Message::from(format!(
            "column \"{header}\" has {day} in place of some dates: {result}"
        )));
    }
    notes.extend(note_on_periods(column));
    notes
}

/// The note on dates that are joined of several columns.
pub fn note_on_joined(columns: &[Column], joined: JoinedDate) -> Message {
    let others = joined.others();
    let parts = std::iter::once(&joined.year).chain(&others);
    let headers: Vec<String> = parts
        .map(|index| format!("\"{}\"", clip(&columns[*index].header)))
        .collect();
    let note = format!("the date is joined of columns {}", headers.join(", "));
    match joined.day_of_period() {
        Some(day) => format!("{note}: each response is dated the {day}").into(),
        None => note.into(),
    }
}

/// The note on dates that are months, quarters or weeks.
fn note_on_periods(column: &Column) -> Option<Message> {
    let (periods, has_others) = column.dates.periods();
    let day = match periods.as_slice() {
        [] => return None,
        [Period::Month] => "first day of the month",
        [Period::Quarter] => "first day of the quarter",
        [Period::Week] => "Monday of the week",
        _ => "first day of the period",
    };
    let names = periods.iter().map(|period| match period {
        Period::Month => "months",
        Period::Quarter => "quarters",
        Period::Week => "ISO weeks",
    });
    let names: Vec<&str> = names.collect();
    let (among, each) = if has_others {
        (" among its dates", "these are")
    } else {
        ("", "each response is")
    };
    let note = format!(
        "column \"{}\" has {}{among}: {each} dated the {day}",
        clip(&column.header),
        names.join(" and ")
    );
    Some(note.into())
}

/// Leaves out date columns in which a tool writes the same day in place of every date. Returns
/// notes on them.
pub fn unmap_placeholders(
    columns: &[Column],
    fields: &mut Fields,
    complete: bool,
) -> Result<Vec<Message>, Undecided> {
    let mut notes = Vec::new();
    for field in Field::ALL.into_iter().filter(|field| field.is_date()) {
        let Some(column) = fields.column(columns, field) else {
            continue;
        };
        let Some(day) = column.dates.placeholder() else {
            continue;
        };
        if !complete {
            return Err(Undecided::MoreRows);
        }
        fields[field] = None;
        let result = match field {
            Field::RespondedAt => "the responses are undated".to_owned(),
            field => format!("it is not imported as {}", field.name()),
        };
        notes.push(Message::from(format!(
            "column \"{}\" has {day} in place of every date: {result}",
            clip(&column.header)
        )));
    }
    Ok(notes)
}

/// The note that responses are undated, which names other columns with dates.
pub fn undated_note(columns: &[Column], fields: &Fields, options: &ReadOptions) -> Message {
    let is_unmapped = options.map.iter().any(|(name, header)| {
        Field::parse(name.trim()) == Some(Field::RespondedAt) && header.trim().is_empty()
    });
    if is_unmapped {
        return "the dates are left out, as set: the responses are undated".into();
    }
    let is_other_field = |index: usize| {
        let mut others = Field::ALL.into_iter().filter(|field| !field.is_date());
        others.any(|field| fields[field] == Some(index))
    };
    let with_dates: Vec<&Column> = columns
        .iter()
        .enumerate()
        .filter(|(index, column)| column.holds_dates() && !is_other_field(*index))
        .map(|(_, column)| column)
        .collect();
    if with_dates.is_empty()
        && let Some(note) = note_on_parts(columns)
    {
        return note;
    }
    if with_dates.is_empty() {
        return "no date column: the responses are undated".into();
    }
    let headers: Vec<String> = with_dates
        .iter()
        .map(|column| format!("\"{}\"", clip(&column.header)))
        .collect();
    let note = Message::from(format!(
        "the responses are undated: no column is known to date the answer, and {} has dates",
        headers.join(", ")
    ));
    match with_dates.iter().find(|column| !column.is_personal()) {
        Some(column) => note
            .text("; if they are of the answers, set ")
            .message(map_option(Field::RespondedAt, column)),
        None => note,
    }
}

/// The note on columns that have the year and another part of a date each.
fn note_on_parts(columns: &[Column]) -> Option<Message> {
    let parts: Vec<(DatePart, &Column)> = columns
        .iter()
        .filter_map(|column| Some((column.date_part()?, column)))
        .collect();
    let has = |part: DatePart| parts.iter().any(|(other, _)| *other == part);
    let example = if !has(DatePart::Year) {
        return None;
    } else if has(DatePart::Month) && has(DatePart::Day) {
        "2026-03-05"
    } else if has(DatePart::Month) {
        "2026-03"
    } else if has(DatePart::Week) {
        "2026-W10"
    } else if has(DatePart::Quarter) {
        "2026-Q1"
    } else {
        return None;
    };
    let headers: Vec<String> = parts
        .iter()
        .map(|(_, column)| format!("\"{}\"", clip(&column.header)))
        .collect();
    let note = format!(
        "the responses are undated: {} have parts of dates; to date the responses, join them in one \
         column, such as {example}",
        headers.join(", ")
    );
    Some(note.into())
}
