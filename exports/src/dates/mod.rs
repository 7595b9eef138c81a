//! Dates: the style of a column, and the moment of each value in UTC.

pub mod clock;
pub mod day;
mod iso;
pub mod month_names;
pub mod styles;

use std::borrow::Cow;
use std::fmt;

use chrono::format::{Item, StrftimeItems};
use chrono::{
    DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc,
};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use clock::Zone;
use day::{Day, Order, Shape, Written, YEARS};

use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};

/// The day numbers of a spreadsheet for 2000 to 2049.
const SERIAL_DAYS: std::ops::RangeInclusive<i64> = 36_526..=54_788;

/// Specifiers of a pattern with a time of day.
const TIME_SPECIFIERS: [&str; 9] = ["%H", "%I", "%k", "%l", "%T", "%R", "%r", "%M", "%X"];

/// The style of a column of dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// Each value in the style that fits it; the column decides the order of day and month.
    Found(Found),
    /// A day in this pattern, and any usual time after it.
    Day(&'static str),
    /// Seconds since 1970 in UTC.
    UnixSeconds,
    /// Milliseconds since 1970 in UTC.
    UnixMilliseconds,
    /// Days since 1899, as spreadsheets count.
    Serial,
    /// The whole value in a given pattern.
    Given(String),
}

/// The style detected in a column of dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The order of numbers between slashes or dashes.
    pub order: Option<Order>,
    /// The order of numbers between points.
    pub order_of_points: Option<Order>,
    /// The styles in the column, for the summary.
    pub shown: String,
    /// `true` if all values are numbers that count in UTC, so that no zone matters.
    pub absolute: bool,
}

/// A column's style and the zone of values that name none.
#[derive(Clone, Debug)]
pub struct DateReader {
    pub style: DateStyle,
    pub zone: Tz,
    /// `true` if the zone was given, so that abbreviations of zones mean it.
    pub zone_given: bool,
}

/// A moment read from a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970 in UTC.
    pub micros: i64,
    /// `true` if the cell has a time of day, not just a date.
    pub has_time: bool,
}

impl DateReader {
    /// A reader for a given format: a strftime pattern, `unix`, `unix_ms` or `excel`.
    pub fn given(format: &str, zone: Tz, zone_given: bool) -> Result<Self> {
        let style = match format {
            "unix" => DateStyle::UnixSeconds,
            "unix_ms" => DateStyle::UnixMilliseconds,
            "excel" => DateStyle::Serial,
            pattern => match day::pattern(pattern) {
                Some(known) => DateStyle::Day(known),
                None => {
                    check_pattern(pattern)?;
                    DateStyle::Given(pattern.to_owned())
                }
            },
        };
        Ok(Self {
            style,
            zone,
            zone_given,
        })
    }

    /// Reads one cell. `None` if it is not a date in this style.
    pub fn read(&self, cell: &str) -> Option<Moment> {
        let cell = &*normalized(cell);
        if matches!(self.style, DateStyle::Found(_) | DateStyle::Day("%Y-%m-%d"))
            && let Some((local, zone, has_time)) = iso::read(cell)
        {
            return self.moment(local, &zone, has_time);
        }
        match &self.style {
            DateStyle::Found(found) => {
                if let Some(number) = read_number(cell) {
                    return match number {
                        Number::Moment(moment) => Some(moment),
                        Number::Serial(local, has_time) => {
                            self.moment(local, &Zone::Unspecified, has_time)
                        }
                    };
                }
                let written = day::read(cell)?;
                let order = match written.shape {
                    Shape::Numbers { separator: '.', .. } => found.order_of_points,
                    Shape::Numbers { .. } => found.order,
                    _ => Some(Order::Day),
                };
                self.at_day(written.day.in_order(order?)?, &written.rest)
            }
            DateStyle::Day(pattern) => {
                let Written { shape, day, rest } = day::read(cell)?;
                let order = day::order_of(pattern);
                let fits = match shape {
                    Shape::Named => pattern.contains("%B") || pattern.contains("%b"),
                    shape => shape.pattern(order) == *pattern,
                };
                fits.then(|| self.at_day(day.in_order(order)?, &rest))?
            }
            DateStyle::UnixSeconds => unix(cell, 1),
            DateStyle::UnixMilliseconds => unix(cell, 1000),
            DateStyle::Serial => {
                let (local, has_time) = serial(cell)?;
                self.moment(local, &Zone::Unspecified, has_time)
            }
            DateStyle::Given(pattern) => {
                if let Ok(exact) = DateTime::parse_from_str(cell, pattern) {
                    return in_years(exact.to_utc()).then(|| Moment {
                        micros: exact.timestamp_micros(),
                        has_time: true,
                    });
                }
                let has_time = TIME_SPECIFIERS.iter().any(|time| pattern.contains(time));
                let local = if has_time {
                    NaiveDateTime::parse_from_str(cell, pattern).ok()?
                } else {
                    NaiveDate::parse_from_str(cell, pattern)
                        .ok()?
                        .and_time(NaiveTime::MIN)
                };
                if !YEARS.contains(&local.year()) {
                    return None;
                }
                self.moment(local, &Zone::Unspecified, has_time)
            }
        }
    }

    fn at_day(&self, day: NaiveDate, rest: &str) -> Option<Moment> {
        let clock = clock::read(rest)?;
        let day = if clock.next_day { day.succ_opt()? } else { day };
        let local = day.and_time(clock.time.unwrap_or_default());
        self.moment(local, &clock.zone, clock.time.is_some())
    }

    /// The moment of a local time. A time that the clocks show twice is the first; one that they
    /// skip is as long after midnight as it states, so 02:30 is shown as 03:30.
    fn moment(&self, local: NaiveDateTime, zone: &Zone, has_time: bool) -> Option<Moment> {
        let zone = match zone {
            Zone::Offset(seconds) => {
                let micros = local.and_utc().timestamp_micros() - i64::from(*seconds) * 1_000_000;
                return Some(Moment { micros, has_time });
            }
            Zone::Unspecified => self.zone,
            Zone::Named(zone) => *zone,
            Zone::Abbreviation(_) if self.zone_given => self.zone,
            Zone::Abbreviation(_) => return None,
        };
        let micros = match zone.from_local_datetime(&local) {
            LocalResult::Single(exact) | LocalResult::Ambiguous(exact, _) => {
                exact.timestamp_micros()
            }
            LocalResult::None => {
                let before = local - Duration::hours(3);
                let LocalResult::Single(before) = zone.from_local_datetime(&before) else {
                    return None;
                };
                (before + Duration::hours(3)).timestamp_micros()
            }
        };
        Some(Moment { micros, has_time })
    }

    /// True if no zone has to be assumed.
    pub fn is_absolute(&self) -> bool {
        match &self.style {
            DateStyle::UnixSeconds | DateStyle::UnixMilliseconds => true,
            DateStyle::Found(found) => found.absolute,
            _ => false,
        }
    }
}

fn check_pattern(pattern: &str) -> Result<()> {
    if pattern.contains("%Z") {
        let message = format!("\"{pattern}\" reads the name of a zone (%Z), which is not unique");
        let hint = Message::from("write the zone's name in place of %Z, and give the zone with ")
            .option(ImportOption::Timezone);
        return Err(Error::invalid(message).with_hint(hint));
    }
    if !pattern.contains('%') || StrftimeItems::new(pattern).any(|item| item == Item::Error) {
        let hint = Message::from("use a strftime pattern, such as ")
            .option_with(ImportOption::DateFormat, "%d/%m/%Y %H:%M")
            .text(", or unix, unix_ms or excel");
        return Err(Error::invalid(format!("\"{pattern}\" is not a date pattern")).with_hint(hint));
    }
    Ok(())
}

impl fmt::Display for DateStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found(found) if found.shown.is_empty() => "a date",
            Self::Found(found) => &found.shown,
            Self::Day(pattern) => pattern,
            Self::UnixSeconds => "unix seconds",
            Self::UnixMilliseconds => "unix milliseconds",
            Self::Serial => "spreadsheet days",
            Self::Given(pattern) => pattern,
        })
    }
}

/// The cell with plain spaces, digits and signs, and without zero-width marks.
pub fn normalized(cell: &str) -> Cow<'_, str> {
    let cell = super::text::trim(cell);
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
            c => super::text::ascii_digit(c),
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
    if let Some(inside) = cell
        .trim_start_matches('\\')
        .strip_prefix("/Date(")
        .and_then(|rest| rest.split_once(')'))
    {
        // The offset after the milliseconds is for display; they count from 1970 in UTC.
        let millis = inside.0.split(['+', '-']).next()?;
        return unix(millis, 1000).map(Number::Moment);
    }
    match cell.bytes().take_while(u8::is_ascii_digit).count() {
        5 => serial(cell).map(|(local, has_time)| Number::Serial(local, has_time)),
        10 => unix(cell, 1).map(Number::Moment),
        13 => unix(cell, 1000).map(Number::Moment),
        16 => unix(cell, 1_000_000).map(Number::Moment),
        _ => None,
    }
}

fn unix(cell: &str, per_second: i64) -> Option<Moment> {
    // JSON tools write `1767225600.0`, and fractions of a second.
    let (whole, fraction) = decimal(cell)?;
    let per_unit = 1_000_000 / per_second;
    let micros = whole.checked_mul(per_unit)? + (fraction * per_unit as f64) as i64;
    let moment = DateTime::<Utc>::from_timestamp_micros(micros)?;
    in_years(moment).then_some(Moment {
        micros,
        has_time: true,
    })
}

/// The local time of a spreadsheet's day number, rounded to the second that cells show.
fn serial(cell: &str) -> Option<(NaiveDateTime, bool)> {
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

fn in_years(moment: DateTime<Utc>) -> bool {
    YEARS.contains(&moment.year())
}

/// True if the numbers of a day mean the same in both orders.
pub fn same_in_both(day: Day) -> bool {
    day.in_order(Order::Day) == day.in_order(Order::Month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(style: DateStyle, cell: &str) -> Option<String> {
        let reader = DateReader {
            style,
            zone: Tz::UTC,
            zone_given: false,
        };
        let moment = reader.read(cell)?;
        DateTime::from_timestamp_micros(moment.micros).map(|date| date.to_rfc3339())
    }

    #[test]
    fn times_and_offsets_follow_the_day() {
        let iso = || DateStyle::Day("%Y-%m-%d");
        for (cell, expected) in [
            ("2026-03-01", "2026-03-01T00:00:00+00:00"),
            ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00+00:00"),
            ("2026-03-01 09:30", "2026-03-01T09:30:00+00:00"),
            (
                "2026-03-01T09:30:00.25+05:30",
                "2026-03-01T04:00:00.250+00:00",
            ),
            ("2026-03-01 09:30:00 -0800", "2026-03-01T17:30:00+00:00"),
            ("2026-03-01 12:05 AM", "2026-03-01T00:05:00+00:00"),
            ("2026-03-01 12:05 p.m.", "2026-03-01T12:05:00+00:00"),
        ] {
            assert_eq!(utc(iso(), cell).as_deref(), Some(expected), "{cell}");
        }
        #[rustfmt::skip]
        let others = [
            "2026-03-01 25:00", "2026-03-01 AST", "2026-02-30", "0026-03-01", "soon", "",
        ];
        for cell in others {
            assert_eq!(utc(iso(), cell), None, "{cell}");
        }
        assert_eq!(utc(DateStyle::Day("%d.%m.%Y"), "01.03.26"), None);
        assert_eq!(
            utc(DateStyle::UnixMilliseconds, "1767225600000").as_deref(),
            Some("2026-01-01T00:00:00+00:00")
        );
    }

    #[test]
    fn local_times_become_utc() {
        let reader = DateReader {
            style: DateStyle::Day("%Y-%m-%d"),
            zone: chrono_tz::Europe::Berlin,
            zone_given: true,
        };
        let read = |cell| DateTime::from_timestamp_micros(reader.read(cell).unwrap().micros);
        let utc = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(read("2026-07-01 12:00"), utc("2026-07-01T10:00:00Z"));
        // The clocks skip 02:30 on this day, and show it twice on the other.
        assert_eq!(read("2026-03-29 02:30"), utc("2026-03-29T01:30:00Z"));
        assert_eq!(read("2026-10-25 02:30"), utc("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn a_given_format_reads_days_and_times() {
        let read = |format: &str, cell: &str| {
            let reader = DateReader::given(format, Tz::UTC, false).unwrap();
            reader.read(cell).map(|moment| moment.micros)
        };
        let new_year = 1_767_225_600_000_000;
        assert_eq!(read("%d/%m/%Y", "01/01/2026"), Some(new_year));
        // A pattern of a day alone reads a usual time after it.
        assert_eq!(
            read("%d/%m/%Y", "01/01/2026 00:01"),
            Some(new_year + 60_000_000)
        );
        assert_eq!(
            read("%d/%m/%Y um %H:%M", "01/01/2026 um 00:01"),
            Some(new_year + 60_000_000)
        );
        assert_eq!(read("unix", "1767225600.5"), Some(new_year + 500_000));
        assert_eq!(read("unix", "1767225600"), Some(1_767_225_600_000_000));
        assert_eq!(read("%d/%m/%Y", "2026-01-02"), None);
        assert_eq!(read("%Y/%d", "2026/01"), None);
        assert_eq!(read("on %d.%m.%Y", "on 01.02.0026"), None);
        assert!(DateReader::given("%d/%m/%Y %H:%M %Z", Tz::UTC, false).is_err());
        assert!(DateReader::given("day first", Tz::UTC, false).is_err());
        assert!(DateReader::given("%Q", Tz::UTC, false).is_err());
    }

    #[test]
    fn each_value_is_read_in_the_style_that_fits() {
        let found = DateStyle::Found(Found {
            order: Some(Order::Month),
            order_of_points: Some(Order::Day),
            ..Found::default()
        });
        #[rustfmt::skip]
        let half_past_nine = [
            "2026-03-05T09:30:00.000Z", "20260305T093000Z", "20260305093000", "Mar 5, 2026 9:30 AM",
            "05.03.2026 09:30", "3/5/26 9:30:00", "3/5/2026, 9:30:00\u{202f}AM",
            "46086.395833333336", "1772703000", "1772703000000", "1772703000000000",
            "/Date(1772703000000)/", "/Date(1772703000000+0100)/", "Thu, 05 Mar 2026 10:30:00 +0100",
            "Thu Mar 05 2026 10:30:00 GMT+0100 (Central European Standard Time)",
            "Thu Mar 05 09:30:00 UTC 2026", "2026年3月5日 午前9:30", "5 mars 2026 à 09:30",
            "2026-03-05 10:30 Europe/Berlin", "\u{200e}3/\u{200e}5/\u{200e}2026 9:30",
        ];
        let half_past_nine = half_past_nine.map(|cell| (cell, Some("2026-03-05T09:30:00+00:00")));
        #[rustfmt::skip]
        let others = [
            ("46086", Some("2026-03-05T00:00:00+00:00")),
            ("2026-03-05 24:00", Some("2026-03-06T00:00:00+00:00")),
            ("2026-03-05 10:30 AST", None), ("13/05/2026", None), ("2026-W10", None), ("9", None),
            ("12345", None), ("170123456789", None),
        ];
        for (cell, expected) in half_past_nine.into_iter().chain(others) {
            assert_eq!(utc(found.clone(), cell).as_deref(), expected, "{cell}");
        }
    }
}
