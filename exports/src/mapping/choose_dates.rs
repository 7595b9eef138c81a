//! Chooses how dates are read: their style, time zone and time of day.

use std::str::FromStr;

use chrono_tz::Tz;

use super::fields::Fields;
use super::undecided::{Undecided, map_option, unmap_option};
use crate::columns::Column;
use crate::columns::field::Field;
use crate::dates::day::{self, Order, Period, YEARS};
use crate::dates::styles::{Detected, are_one_zone};
use crate::dates::{DateReader, DateStyle, Found};
use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};
use crate::options::{ReadOptions, SwappedDates};
use crate::quote::{clip, shown};

/// The format that the options give for a field's dates, and `true` if it is for this field alone.
pub fn date_format(field: Field, options: &ReadOptions) -> Option<(&str, bool)> {
    let formats = options.date_formats.iter();
    let mut formats = formats.map(|given| match given.split_once('=') {
        Some((name, format)) => match Field::parse(name.trim()).filter(|field| field.is_date()) {
            Some(field) => (format, Some(field)),
            None => (given.as_str(), None),
        },
        None => (given.as_str(), None),
    });
    let single = formats.clone().find(|(_, column)| *column == Some(field));
    let found = single.or_else(|| formats.find(|(_, column)| column.is_none()))?;
    Some((found.0, found.1.is_some()))
}

/// The time zone that the options give, else UTC.
pub fn zone(options: &ReadOptions) -> Result<Tz> {
    let Some(name) = &options.timezone else {
        return Ok(Tz::UTC);
    };
    Tz::from_str(name).map_err(|_| {
        Error::invalid(format!("time zone \"{name}\" does not exist"))
            .with_hint("use a name of the tz database, such as Europe/Berlin or UTC")
    })
}

/// The reader for the dates of a column.
pub fn date_reader(
    column: &Column,
    field: Field,
    complete: bool,
    zone: Tz,
    options: &ReadOptions,
) -> Result<DateReader, Undecided> {
    // A zone in the header is that of the column's dates, whatever the options say.
    let zone_given = options.timezone.is_some() || column.zone.is_some();
    let zone = column.zone.unwrap_or(zone);
    let swapped = are_swapped(column, field, complete, options)?;
    let shared_time = column.dates.shares_time();
    let found = |style: DateStyle| DateReader {
        style,
        zone,
        zone_given,
        swapped,
        shared_time,
    };
    let given = |format: &str| -> Result<DateReader, Undecided> {
        let given = DateReader {
            swapped,
            shared_time,
            ..DateReader::given(format, zone, zone_given)?
        };
        Ok(column.dates.with_order_of(format).map_or(given, found))
    };
    if let Some((format, is_for_field)) = date_format(field, options) {
        // A general format is meant for the response's own date; others may be unambiguous.
        if field != Field::RespondedAt
            && !is_for_field
            && let Detected::Style(style) = column.dates.detected()
        {
            return Ok(found(style));
        }
        return given(format);
    }
    check_zones(column, field, zone_given)?;
    if !complete && column.dates.order_can_change() {
        return Err(Undecided::MoreRows);
    }
    let detected = column.dates.detected();
    if let Some(format) = &column.date_format {
        let is_possible = match &detected {
            Detected::Ambiguous(first, second) => [first, second].contains(&&format.as_str()),
            Detected::NotDates => column.dates_match_format(),
            Detected::Style(_) | Detected::Mixed(..) => false,
        };
        if is_possible {
            return given(format);
        }
    }
    let (problem, first, second) = match detected {
        Detected::Style(style) => return Ok(found(style)),
        // Every response is undated, and the summary shows the column.
        Detected::NotDates if column.cells == 0 => {
            return Ok(found(DateStyle::Found(Found::default())));
        }
        Detected::NotDates => return Err(no_dates(column, field).into()),
        Detected::Ambiguous(first, second) => {
            let orders = match (day::order_of(first), day::order_of(second)) {
                (Order::Day, Order::Month) => "day/month or month/day".to_owned(),
                _ => format!("{first} or {second}"),
            };
            let count = column.cells;
            (
                format!("can be read as {orders} (all {count} values fit both)"),
                first,
                second,
            )
        }
        Detected::Mixed(first, second) => (
            "mixes day/month and month/day; dates in the other order are rejected".to_owned(),
            first,
            second,
        ),
    };
    let hint = Message::from("choose one: ")
        .option_with(ImportOption::DateFormat, first)
        .text(" or ")
        .option_with(ImportOption::DateFormat, second);
    Err(
        Error::question(format!("column \"{}\" {problem}", column.header))
            .with_hint(hint)
            .into(),
    )
}

/// The question about a column without dates in a known format.
fn no_dates(column: &Column, field: Field) -> Error {
    let (header, name) = (clip(&column.header), field.name());
    if let Some(sample) = column.dates.out_of_range() {
        let sample = shown(sample);
        let (first, last) = (YEARS.start(), YEARS.end());
        return Error::question(format!(
            "column \"{header}\" is used as {name}, but has dates outside {first} to {last} (for \
             example \"{sample}\")"
        ))
        .with_hint(Message::from("ignore the column with ").message(unmap_option(field)));
    }
    let sample = shown(column.samples.first().map_or("", String::as_str));
    let hint = Message::from("give their format, such as ")
        .option_with(ImportOption::DateFormat, "%d/%m/%Y %H:%M")
        .text(", or ignore the column with ")
        .message(unmap_option(field));
    Error::question(format!(
        "column \"{header}\" is used as {name}, but has no dates in a known format (for example \
         \"{sample}\")"
    ))
    .with_hint(hint)
}

/// Decides if a spreadsheet swapped day and month of the dates of a column that are not text.
fn are_swapped(
    column: &Column,
    field: Field,
    complete: bool,
    options: &ReadOptions,
) -> Result<bool, Undecided> {
    if !complete && column.dates.swaps_can_appear() {
        return Err(Undecided::MoreRows);
    }
    let swapped = column.dates.swapped();
    match options.swapped_dates {
        Some(SwappedDates::Keep) => return Ok(false),
        Some(SwappedDates::Fix) => return Ok(swapped.is_some() || column.dates.can_be_swapped()),
        None => {}
    }
    let Some((dates, texts)) = swapped else {
        return Ok(false);
    };
    let message = format!(
        "column \"{}\" has {dates} dates with a day up to 12, and {texts} as text with a day above \
         12: a spreadsheet seems to have swapped day and month of the first",
        clip(&column.header)
    );
    let hint = Message::from("choose one: ")
        .option_with(ImportOption::SwappedDates, "fix")
        .text(" to swap them back, ")
        .option_with(ImportOption::SwappedDates, "keep")
        .text(" if they are right, or ")
        .message(unmap_option(field))
        .text(" to ignore the column");
    Err(Error::question(message).with_hint(hint).into())
}

/// Notes on how the dates of a field are read.
pub fn date_notes(column: &Column, reader: &DateReader, options: &ReadOptions) -> Vec<Message> {
    let header = clip(&column.header);
    let mut notes = Vec::new();
    if reader.swapped {
        notes.push(format!(
            "column \"{header}\": swapped day and month of dates that are not text"
        ));
    } else if options.swapped_dates == Some(SwappedDates::Fix) {
        notes.push(format!(
            "column \"{header}\": dates are as they are, since a spreadsheet did not swap day and \
             month of them"
        ));
    }
    if let Some((period, all)) = column.dates.period() {
        let (periods, of_period) = match period {
            Period::Month => ("months", "of its month"),
            Period::Quarter => ("quarters", "of its quarter"),
        };
        notes.push(if all {
            format!("column \"{header}\" has {periods}: each response is dated the first day {of_period}")
        } else {
            format!(
                "column \"{header}\" has {periods} among its dates: such a response is dated the \
                 first day {of_period}"
            )
        });
    }
    notes.into_iter().map(Message::from).collect()
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
            "column \"{}\" has {day} in every row, which stands for no date: {result}",
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

/// Rejects ambiguous abbreviations of zones: EST is in America and in Australia.
fn check_zones(column: &Column, field: Field, zone_given: bool) -> Result<()> {
    let zones = column.dates.zones();
    if zones.is_empty() {
        return Ok(());
    }
    let shown = zones.join(", ");
    let header = clip(&column.header);
    if !are_one_zone(zones) {
        let hint = Message::from("write offsets from UTC instead, or ignore the column with ");
        return Err(
            Error::question(format!("column \"{header}\" mixes time zones ({shown})"))
                .with_hint(hint.message(unmap_option(field))),
        );
    }
    if zone_given {
        return Ok(());
    }
    let hint = Message::from("name the zone as the tz database does, such as ");
    Err(Error::question(format!(
        "column \"{header}\" has times in {shown}, which does not name one time zone"
    ))
    .with_hint(hint.option_with(ImportOption::Timezone, "America/New_York")))
}

/// The column of the time of day next to a date without one. A time column elsewhere may be a
/// duration.
pub fn adjacent_time(columns: &[Column], fields: &Fields, reader: &DateReader) -> Option<usize> {
    let date = fields[Field::RespondedAt]?;
    if !columns[date].dates.has_plain_days()
        || !matches!(reader.style, DateStyle::Found(_) | DateStyle::Day(_))
    {
        return None;
    }
    let neighbours = [date.checked_add(1), date.checked_sub(1)];
    neighbours.into_iter().flatten().find(|index| {
        let is_time = |column: &Column| column.names_a_time() && column.has_times_of_day();
        !fields.contains(*index) && columns.get(*index).is_some_and(is_time)
    })
}
