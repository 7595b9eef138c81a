//! Dates: the style of a column, and the moment of each value in UTC.

pub mod clock;
mod constant;
pub mod day;
mod iso;
pub mod month_names;
mod number;
mod orders;
pub mod period;
mod short_years;
pub mod styles;
mod swapped;
pub mod zone_names;

use std::fmt;

use chrono::format::{Item, StrftimeItems};
use chrono::{
    DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
};
use chrono_tz::Tz;

pub use number::Moment;

use clock::Zone;
use day::{Day, Order, Shape, Written, YEARS};
use number::{Number, normalized, read_number, serial, unix};
use period::day_or_period;

use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};

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
    /// `true` if a spreadsheet swapped day and month of the dates that it read, such as
    /// `2026-03-05`.
    pub swapped: bool,
    /// `true` if days such as 0001-01-01 stand in for dates that the tool does not have.
    pub stand_ins: bool,
    /// `true` if names of zones, such as CET, stand for their offsets from UTC.
    pub named_zones: bool,
    /// `true` if all dates of the column have the same time of day, which says nothing about when
    /// they were: the dates are days.
    pub shared_time: bool,
}

/// A moment, and how the clocks of its zone show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockMoment {
    pub moment: Moment,
    pub clock_change: Option<ClockChange>,
}

/// A local time in the hour in which the clocks change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockChange {
    /// The clocks skip the time; it is read as if they had not changed yet.
    Skipped,
    /// The clocks show the time twice; it is read as the first.
    Repeated,
}

/// The reason why a cell is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDate {
    /// The cell is not a date in the style of the column.
    Unreadable,
    /// The cell is a date, but not in [`YEARS`].
    OutOfRange,
    /// The cell has a day that tools write where they have no date, as a blank cell.
    StandIn,
}

impl DateReader {
    /// A reader for a style whose values are in this zone if they name none.
    pub fn new(style: DateStyle, zone: Tz) -> Self {
        Self {
            style,
            zone,
            zone_given: false,
            swapped: false,
            stand_ins: false,
            named_zones: false,
            shared_time: false,
        }
    }

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
            zone_given,
            ..Self::new(style, zone)
        })
    }

    /// Reads one cell. `None` if it is not a date in this style.
    pub fn read(&self, cell: &str) -> Option<Moment> {
        self.read_clock(cell).map(|read| read.moment).ok()
    }

    /// Reads one cell.
    ///
    /// # Errors
    /// Returns the reason if the cell is not a date in this style, or out of range.
    pub fn read_clock(&self, cell: &str) -> Result<ClockMoment, NoDate> {
        match self.read_any_year(cell) {
            Some((read, year)) if YEARS.contains(&year) => Ok(read),
            _ if self.stand_ins && is_stand_in(cell) => Err(NoDate::StandIn),
            Some(_) => Err(NoDate::OutOfRange),
            None => Err(NoDate::Unreadable),
        }
    }

    /// Reads one cell with a year of four digits, in or out of the range of responses.
    pub fn read_any_date(&self, cell: &str) -> Option<Moment> {
        let (read, year) = self.read_any_year(cell)?;
        (1000..=9999).contains(&year).then_some(read.moment)
    }

    /// Reads one cell, and the year that it states.
    fn read_any_year(&self, cell: &str) -> Option<(ClockMoment, i32)> {
        let cell = &*normalized(cell);
        if matches!(self.style, DateStyle::Found(_) | DateStyle::Day("%Y-%m-%d"))
            && let Some((local, zone, has_time)) = iso::read(cell)
        {
            let local = self.unswapped(local.date()).and_time(local.time());
            return self.moment(local, &zone, has_time);
        }
        match &self.style {
            DateStyle::Found(found) => {
                if let Some(number) = read_number(cell) {
                    return match number {
                        Number::Moment(moment) => self.absolute(moment),
                        Number::Serial(local, has_time) => {
                            let local = self.unswapped(local.date()).and_time(local.time());
                            self.moment(local, &Zone::Unspecified, has_time)
                        }
                    };
                }
                let written = day_or_period(cell)?;
                let order = match written.shape {
                    Shape::Numbers { separator: '.', .. } => found.order_of_points,
                    Shape::Numbers { .. } => found.order,
                    _ => Some(Order::Day),
                };
                self.at_day(&written, order?)
            }
            DateStyle::Day(pattern) => {
                let written = if day::COMPACT_YEAR_LAST.contains(pattern) {
                    day::compact_year_last(cell)?
                } else {
                    day_or_period(cell)?
                };
                let order = day::order_of(pattern);
                let fits = written.shape.matches(pattern, order);
                fits.then(|| self.at_day(&written, order))?
            }
            DateStyle::UnixSeconds => self.absolute(unix(cell, 1)?),
            DateStyle::UnixMilliseconds => self.absolute(unix(cell, 1000)?),
            DateStyle::Serial => {
                let (local, has_time) = serial(cell)?;
                self.moment(local, &Zone::Unspecified, has_time)
            }
            DateStyle::Given(pattern) => {
                if let Ok(exact) = DateTime::parse_from_str(cell, pattern) {
                    return self.absolute(Moment {
                        micros: exact.timestamp_micros(),
                        has_time: true,
                    });
                }
                let has_time = TIME_SPECIFIERS.iter().any(|time| pattern.contains(time));
                let local = if has_time {
                    NaiveDateTime::parse_from_str(cell, pattern).ok()?
                } else {
                    day_in_pattern(cell, pattern)?.and_time(NaiveTime::MIN)
                };
                self.moment(local, &Zone::Unspecified, has_time)
            }
        }
    }

    /// The day with its month in place of the day, if a spreadsheet swapped them.
    fn unswapped(&self, date: NaiveDate) -> NaiveDate {
        let swapped = || NaiveDate::from_ymd_opt(date.year(), date.day(), date.month());
        self.swapped.then(swapped).flatten().unwrap_or(date)
    }

    fn at_day(&self, written: &Written<'_>, order: Order) -> Option<(ClockMoment, i32)> {
        let day = match written.day {
            Day::Known(day) if written.shape.period().is_none() => self.unswapped(day),
            day => day.in_order(order)?,
        };
        let clock = clock::read(&written.rest)?;
        let day = if clock.next_day { day.succ_opt()? } else { day };
        let local = day.and_time(clock.time.unwrap_or_default());
        self.moment(local, &clock.zone, clock.time.is_some())
    }

    /// A moment that depends on no zone.
    fn absolute(&self, moment: Moment) -> Option<(ClockMoment, i32)> {
        let year = DateTime::from_timestamp_micros(moment.micros)?.year();
        Some((
            self.clock_moment(moment.micros, moment.has_time, None),
            year,
        ))
    }

    /// The moment of a local time. A time that the clocks show twice is the first; one that they
    /// skip is as long after midnight as it states, so 02:30 is shown as 03:30.
    fn moment(
        &self,
        local: NaiveDateTime,
        zone: &Zone,
        has_time: bool,
    ) -> Option<(ClockMoment, i32)> {
        let at_offset = |seconds: i32| {
            let micros = local.and_utc().timestamp_micros() - i64::from(seconds) * 1_000_000;
            Some((self.clock_moment(micros, has_time, None), local.year()))
        };
        let zone = match zone {
            Zone::Offset(seconds) => return at_offset(*seconds),
            Zone::Unspecified => self.zone,
            Zone::Named(zone) => *zone,
            Zone::Abbreviation(name) if self.named_zones => {
                return at_offset(zone_names::offset(name)?);
            }
            Zone::Abbreviation(_) if self.zone_given => self.zone,
            Zone::Abbreviation(_) => return None,
        };
        let (exact, change) = match zone.from_local_datetime(&local) {
            LocalResult::Single(exact) => (exact, None),
            LocalResult::Ambiguous(exact, _) => (exact, Some(ClockChange::Repeated)),
            LocalResult::None => (after_gap(zone, local)?, Some(ClockChange::Skipped)),
        };
        let read = self.clock_moment(exact.timestamp_micros(), has_time, change);
        Some((read, local.year()))
    }

    fn clock_moment(
        &self,
        micros: i64,
        has_time: bool,
        clock_change: Option<ClockChange>,
    ) -> ClockMoment {
        let has_time = has_time && !self.shared_time;
        ClockMoment {
            moment: Moment { micros, has_time },
            // A date without a time of day is a day, whatever the clocks do at midnight.
            clock_change: clock_change.filter(|_| has_time),
        }
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

/// True if a cell has a day that tools write where they have no date.
fn is_stand_in(cell: &str) -> bool {
    let written = normalized(cell);
    day_or_period(&written).is_some_and(|written| constant::stand_in(&written).is_some())
}

/// True if a cell has a day that stands for no date where nothing else is known of its column.
pub fn is_no_date(cell: &str) -> bool {
    let digits = || cell.bytes().filter(u8::is_ascii_digit);
    let is_zero = digits().count() >= 6
        && digits().all(|digit| digit == b'0')
        && cell
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-/.: TZ+".contains(&byte));
    let is_placeholder = || {
        let written = normalized(cell);
        let written = day_or_period(&written);
        let day = written.and_then(|written| written.day.in_order(Order::Day));
        day.is_some_and(constant::is_placeholder)
    };
    is_zero || is_stand_in(cell) || is_placeholder()
}

/// The day in a pattern without a time of day: the first of a month or week if it has no day.
fn day_in_pattern(cell: &str, pattern: &str) -> Option<NaiveDate> {
    let first = |day: &str| {
        NaiveDate::parse_from_str(&format!("{cell} 1"), &format!("{pattern} {day}")).ok()
    };
    let exact = NaiveDate::parse_from_str(cell, pattern).ok();
    exact.or_else(|| first("%d")).or_else(|| first("%u"))
}

/// The moment of a local time that the clocks skip: an hour, and where the date line moved, a day.
fn after_gap(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Tz>> {
    [3, 27].into_iter().find_map(|hours| {
        let before = zone.from_local_datetime(&(local - Duration::hours(hours)));
        Some(before.single()? + Duration::hours(hours))
    })
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

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn utc(style: DateStyle, cell: &str) -> Option<String> {
        let reader = DateReader::new(style, Tz::UTC);
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
        let reader = DateReader::new(DateStyle::Day("%Y-%m-%d"), Tz::Europe__Berlin);
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
        for (format, cell) in [
            ("%m/%y", "01/26"),
            ("NPS %Y-%m", "NPS 2026-01"),
            ("%b-%y", "Jan-26"),
            ("%B %y", "janvier 26"),
        ] {
            assert_eq!(read(format, cell), Some(new_year), "{format}");
        }
        assert_eq!(
            read("%G week %V", "2026 week 1"),
            Some(new_year - 3 * 86_400_000_000)
        );
        for (format, cell) in [
            ("%d%m%Y", "01012026"),
            ("%m%d%Y", "1012026"),
            ("%d%m%Y", "01012026 0:00"),
        ] {
            assert_eq!(read(format, cell), Some(new_year), "{cell}");
        }
        for cell in ["13132026", "112026", "20260101", "010120261", "01011869"] {
            assert_eq!(read("%d%m%Y", cell), None, "{cell}");
        }
        assert_eq!(read("%b-%y", "Jan-2026"), None);
        assert_eq!(read("%b %Y", "Jan 26"), None);
        assert_eq!(read("%b %d", "Jan 26"), None);
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
            ("2026-03-05 10:30 AST", None), ("13/05/2026", None), ("2026-W10-4", None), ("9", None),
            ("12345", None), ("170123456789", None),
        ];
        for (cell, expected) in half_past_nine.into_iter().chain(others) {
            assert_eq!(utc(found.clone(), cell).as_deref(), expected, "{cell}");
        }
    }
}
