//! Chooses how dates are read: their style, time zone and time of day.

use chrono_tz::Tz;

use super::fields::Fields;
use super::undecided::{Undecided, choice, unmap_option};
use crate::columns::Column;
use crate::columns::date_parts::JoinedDate;
use crate::columns::field::Field;
use crate::dates::day::SHORT_YEAR_MONTHS;
use crate::dates::day::{self, Order, YEARS};
use crate::dates::styles::Detected;
use crate::dates::zone_names::ZoneNames;
use crate::dates::{DateReader, DateStyle, Found};
use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};
use crate::options::{ReadOptions, SwappedDates};
use crate::quote::{clip, shown};
use crate::time_zone::time_zone;

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

/// The time zone that the options give, else the default one, else UTC.
pub fn zone(options: &ReadOptions) -> Result<Tz> {
    let given = options.timezone.as_ref();
    let name = given.or(options.default_timezone.as_ref());
    name.map_or(Ok(Tz::UTC), |name| time_zone(name))
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
        zone_given,
        swapped,
        stand_ins: column.dates.stand_in().is_some(),
        named_zones: column.dates.zones().are_offsets(),
        shared_time,
        ..DateReader::new(style, zone)
    };
    let given = |format: &str| -> Result<DateReader, Undecided> {
        let given = DateReader::given(format, zone, zone_given)?.style;
        Ok(found(column.dates.with_order_of(format).unwrap_or(given)))
    };
    check_given_zone(column, options)?;
    check_zones(column, field, zone_given)?;
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
    if !complete && column.dates.numbers_can_change() {
        return Err(Undecided::MoreRows);
    }
    let detected = column.dates.detected();
    if let Some(format) = &column.date_format {
        let is_possible = match &detected {
            Detected::Ambiguous(first, second) => [first, second].contains(&&format.as_str()),
            Detected::NotDates | Detected::YearOrDay(_) => column.dates_match_format(),
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
        Detected::YearOrDay(sample) => return Err(year_or_day(column, field, &sample).into()),
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
    let answers = [first, second].map(|format| ImportOption::DateFormat.with(format));
    Err(
        Error::question(format!("column \"{}\" {problem}", column.header))
            .with_hint(choice(&answers))
            .with_answers(answers)
            .into(),
    )
}

/// The question about months with a number that can be a year or a day.
fn year_or_day(column: &Column, field: Field, sample: &str) -> Error {
    let answers = [
        ImportOption::DateFormat.with(SHORT_YEAR_MONTHS),
        unmap_option(field),
    ];
    let hint = Message::from("if it is the year, set ")
        .message(answers[0].clone())
        .text("; days without a year are no dates, so ignore them with ")
        .message(answers[1].clone());
    Error::question(format!(
        "column \"{}\" has months with a number that may be a year or a day (for example \"{}\")",
        clip(&column.header),
        shown(sample)
    ))
    .with_hint(hint)
    .with_answers(answers)
}

/// The question about a column without dates in a known format.
fn no_dates(column: &Column, field: Field) -> Error {
    let (header, name) = (clip(&column.header), field.name());
    let unreadable = column.dates.unreadable();
    if let (None, Some(sample)) = (unreadable, column.dates.out_of_range()) {
        let sample = shown(sample);
        let (first, last) = (YEARS.start(), YEARS.end());
        return Error::question(format!(
            "column \"{header}\" is used as {name}, but has dates outside {first} to {last} (for \
             example \"{sample}\")"
        ))
        .with_hint(Message::from("ignore the column with ").message(unmap_option(field)))
        .with_answers([unmap_option(field)]);
    }
    let sample = shown(unreadable.unwrap_or_default());
    let patterns = column.dates.year_last_patterns();
    let mut answers: Vec<Message> = patterns
        .into_iter()
        .map(|pattern| ImportOption::DateFormat.with(pattern))
        .collect();
    let hint = match answers.as_slice() {
        [first, second] => Message::from("give their format, ")
            .message(first.clone())
            .text(" or ")
            .message(second.clone()),
        formats => {
            let usual = || ImportOption::DateFormat.with("%d/%m/%Y %H:%M");
            let format = formats.first().cloned().unwrap_or_else(usual);
            Message::from("give their format, such as ").message(format)
        }
    };
    answers.push(unmap_option(field));
    let hint = hint
        .text(", or ignore the column with ")
        .message(unmap_option(field));
    Error::question(format!(
        "column \"{header}\" is used as {name}, but has values that are not dates in a known format \
         (for example \"{sample}\")"
    ))
    .with_hint(hint)
    .with_answers(answers)
}

/// Decides if a spreadsheet swapped day and month of the dates of a column that are not text.
fn are_swapped(
    column: &Column,
    field: Field,
    complete: bool,
    options: &ReadOptions,
) -> Result<bool, Undecided> {
    if options.swapped_dates == Some(SwappedDates::Keep) {
        return Ok(false);
    }
    if !complete && column.dates.swaps_can_appear() {
        return Err(Undecided::MoreRows);
    }
    let swapped = column.dates.swapped();
    if options.swapped_dates == Some(SwappedDates::Fix) {
        return Ok(swapped.is_some() || column.dates.can_be_swapped());
    }
    let Some((dates, texts)) = swapped else {
        return Ok(false);
    };
    let message = format!(
        "column \"{}\" has dates with a day up to 12 ({dates}) and text with a day above 12 \
         ({texts}): a spreadsheet seems to have swapped day and month of the dates",
        clip(&column.header)
    );
    let [fix, keep] = ["fix", "keep"].map(|choice| ImportOption::SwappedDates.with(choice));
    let answers = [fix, keep, unmap_option(field)];
    let hint = Message::from("choose one: ")
        .message(answers[0].clone())
        .text(" to swap them back, ")
        .message(answers[1].clone())
        .text(" if they are right, or ")
        .message(answers[2].clone())
        .text(" to ignore the column");
    Err(Error::question(message)
        .with_hint(hint)
        .with_answers(answers)
        .into())
}

/// Rejects a time zone that names of zones in the column contradict.
fn check_given_zone(column: &Column, options: &ReadOptions) -> Result<()> {
    let Some(given) = &options.timezone else {
        return Ok(());
    };
    let zones = column.dates.zones();
    let Some(name) = zones.contradicting(time_zone(given)?) else {
        return Ok(());
    };
    let header = clip(&column.header);
    let message = format!("column \"{header}\" has times in {name}, which {given} does not use");
    let hint = match zones.likely_zone() {
        _ if zones.are_offsets() => Message::from("remove ")
            .option(ImportOption::Timezone)
            .text(", since the times name their zones"),
        Some(zone) => Message::from("set ").option_with(ImportOption::Timezone, zone),
        None => Message::from("set another ").option(ImportOption::Timezone),
    };
    Err(Error::invalid(message).with_hint(hint))
}

/// Asks about names of zones that stand for several offsets.
fn check_zones(column: &Column, field: Field, zone_given: bool) -> Result<()> {
    let zones = column.dates.zones();
    if zones.is_empty() || zones.are_offsets() {
        return Ok(());
    }
    if !zones.are_one_zone() {
        let hint = Message::from("write offsets from UTC instead, or ignore the column with ");
        return Err(Error::question(format!(
            "column \"{}\" mixes time zones ({})",
            clip(&column.header),
            zones.shown()
        ))
        .with_hint(hint.message(unmap_option(field)))
        .with_answers([unmap_option(field)]));
    }
    if zone_given {
        return Ok(());
    }
    Err(unclear_zone(column, field, zones))
}

/// The question about the zone that names mean.
fn unclear_zone(column: &Column, field: Field, zones: &ZoneNames) -> Error {
    let (header, shown) = (clip(&column.header), zones.shown());
    let unmapped = unmap_option(field);
    let Some(likely) = zones.likely_zone() else {
        let hint = Message::from("name the zone as the tz database does with ")
            .option(ImportOption::Timezone);
        return Error::question(format!(
            "column \"{header}\" has times in {shown}, which does not name one time zone"
        ))
        .with_hint(hint)
        .with_answers([unmapped]);
    };
    let option = ImportOption::Timezone.with(likely);
    if let Some((fixed, notation)) = zones.fixed_zone() {
        let fixed = ImportOption::Timezone.with(fixed);
        let hint = Message::from("if the clocks there showed these times, set ")
            .message(option.clone())
            .text(format!("; if they are in {notation} all year, set "))
            .message(fixed.clone());
        return Error::question(format!(
            "column \"{header}\" has times in {shown} on days when the clocks of {likely} show \
             another time"
        ))
        .with_hint(hint)
        .with_answers([option, fixed, unmapped]);
    }
    let hint = Message::from("name the zone as the tz database does, such as ");
    Error::question(format!(
        "column \"{header}\" has times in {shown}, which does not name one time zone"
    ))
    .with_hint(hint.message(option.clone()))
    .with_answers([option, unmapped])
}

/// The columns of the year, month and so on of the answer's date, if the file has no column for the
/// whole, or the options map one of these.
pub fn joined_date(columns: &[Column], fields: &Fields, is_open: bool) -> Option<JoinedDate> {
    let joined = JoinedDate::find(columns)?;
    match fields[Field::RespondedAt] {
        Some(index) => {
            let is_part = joined.year == index || joined.others().contains(&index);
            is_part && !columns[index].dates.has_dates()
        }
        None => is_open,
    }
    .then_some(joined)
}

/// The reader for dates in several columns.
pub fn joined_reader(joined: JoinedDate, zone: Tz, options: &ReadOptions) -> DateReader {
    let found = Found {
        shown: joined.format().to_owned(),
        ..Found::default()
    };
    DateReader {
        zone_given: options.timezone.is_some(),
        ..DateReader::new(DateStyle::Found(found), zone)
    }
}

/// The column of the time of day next to a date without one, or elsewhere if it has no durations.
pub fn adjacent_time(
    columns: &[Column],
    fields: &Fields,
    reader: &DateReader,
    joined: Option<JoinedDate>,
) -> Option<usize> {
    let date = fields[Field::RespondedAt]?;
    let has_plain_days = joined.map_or_else(
        || columns[date].dates.has_plain_days(),
        |joined| joined.day_of_period().is_none(),
    );
    if !has_plain_days || !matches!(reader.style, DateStyle::Found(_) | DateStyle::Day(_)) {
        return None;
    }
    let is_time = |index: &usize| {
        let column = columns.get(*index);
        !fields.contains(*index)
            && column.is_some_and(|column| column.names_a_time() && column.has_times_of_day())
    };
    let others = joined.map_or_else(Vec::new, |joined| joined.others());
    let near = [vec![date], others].concat();
    let mut neighbours = near
        .iter()
        .flat_map(|index| [index.checked_add(1), index.checked_sub(1)]);
    let neighbour = neighbours.find_map(|index| index.filter(is_time));
    let mut elsewhere = (0..columns.len()).filter(is_time);
    match (neighbour, elsewhere.next(), elsewhere.next()) {
        (Some(neighbour), ..) => Some(neighbour),
        (None, Some(only), None) => Some(only).filter(|index| columns[*index].has_clock_times()),
        _ => None,
    }
}
