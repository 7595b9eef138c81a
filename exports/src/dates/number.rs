//! Dates that are a single number: seconds since 1970, or the days of a spreadsheet.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use unicode_normalization::UnicodeNormalization;

use super::day::YEARS;
use crate::text;

/// The day numbers of a spreadsheet for 2000 to 2049.
const SERIAL_DAYS: std::ops::RangeInclusive<i64> = 36_526..=54_788;

/// A moment read from a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970 in UTC.
    pub micros: i64,
    /// `true` if the cell has a time of day, not just a date, and not the one of all other cells.
    pub has_time: bool,
}

/// The cell with plain spaces, digits and signs, and without zero-width marks.
pub fn normalized(cell: &str) -> Cow<'_, str> {
    let cell = text::trim(cell);
    let cell = match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => text,
        _ => cell,
    };
    if cell.is_ascii() {
        return Cow::Borrowed(cell);
    }
    let plain = cell
        .nfkc()
        .filter(|c| !('\u{200b}'..='\u{200f}').contains(c))
        .map(|c| match c {
            '\u{2212}' => '-',
            c => text::ascii_digit(c),
        })
        .collect::<String>();
    Cow::Owned(plain.trim().to_owned())
}

/// A date that is a single number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Moment(Moment),
    /// A spreadsheet's day number: the local time, and `true` if it has a time of day.
    Serial(NaiveDateTime, bool),
}

/// Reads a number that is a date, by the number of its digits.
pub fn read_number(cell: &str) -> Option<Number> {
    let moment = |moment: Moment| in_years(moment.micros).then_some(Number::Moment(moment));
    if let Some(inside) = cell
        .trim_start_matches('\\')
        .strip_prefix("/Date(")
        .and_then(|rest| rest.split_once(')'))
    {
        // The offset after the milliseconds is for display; they count from 1970 in UTC.
        let millis = inside.0.split(['+', '-']).next()?;
        return moment(unix(millis, 1000)?);
    }
    match cell.bytes().take_while(u8::is_ascii_digit).count() {
        5 => serial(cell).map(|(local, has_time)| Number::Serial(local, has_time)),
        10 => moment(unix(cell, 1)?),
        13 => moment(unix(cell, 1000)?),
        16 => moment(unix(cell, 1_000_000)?),
        _ => None,
    }
}

/// The first number of seconds that is a moment, in March 1973; smaller ones count something else.
const UNIX_SECONDS_MIN: i64 = 100_000_000;

/// The moment that is this number of units after 1970.
pub fn unix(cell: &str, per_second: i64) -> Option<Moment> {
    // JSON tools write `1767225600.0`, and fractions of a second.
    let (whole, fraction) = decimal(cell)?;
    let per_unit = 1_000_000 / per_second;
    let micros = whole.checked_mul(per_unit)? + (fraction * per_unit as f64) as i64;
    (micros >= UNIX_SECONDS_MIN * 1_000_000).then_some(Moment {
        micros,
        has_time: true,
    })
}

/// The local time of a spreadsheet's day number, rounded to the second that cells show.
pub fn serial(cell: &str) -> Option<(NaiveDateTime, bool)> {
    let (days, fraction) = decimal(cell)?;
    if !SERIAL_DAYS.contains(&days) {
        return None;
    }
    let seconds = (fraction * 86_400.0).round() as i64;
    let start = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
    let local = start + Duration::days(days) + Duration::seconds(seconds);
    Some((local, seconds > 0))
}

/// The whole and the fractional part of a number without a sign.
fn decimal(cell: &str) -> Option<(i64, f64)> {
    let (whole, fraction) = cell.split_once(['.', ',']).unwrap_or((cell, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(fraction))
        .then(|| Some((whole.parse().ok()?, format!("0.{fraction}").parse().ok()?)))?
}

/// True if a moment, in microseconds since 1970, is in the range of responses.
fn in_years(micros: i64) -> bool {
    DateTime::<Utc>::from_timestamp_micros(micros)
        .is_some_and(|moment| YEARS.contains(&moment.year()))
}
