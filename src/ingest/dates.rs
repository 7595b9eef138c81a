//! Dates: which style a column is written in, and what each value means in UTC.

use std::fmt;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::clock::read_time;
use crate::error::{Error, Result};

/// Years that a response can be of. Narrow, so that a number is not taken for a date.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

/// What makes a pattern one of a time of day.
const TIME_SPECIFIERS: [&str; 9] = ["%H", "%I", "%k", "%l", "%T", "%R", "%r", "%M", "%X"];

/// How the day is written, in chrono's (strftime's) notation. What follows the day — time of
/// day, AM or PM, fraction, offset — is read in any of its usual forms.
pub(super) const DAY_PATTERNS: [&str; 16] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%Y%m%d",
    "%d %B %Y",
    "%B %d, %Y",
    "%d-%B-%Y",
    "%B %d %Y",
];

/// The style that a column of dates is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DateStyle {
    /// A day in this pattern, and anything usual behind it.
    Day(&'static str),
    /// Seconds since 1970 in UTC.
    UnixSeconds,
    /// Milliseconds since 1970 in UTC.
    UnixMilliseconds,
    /// The whole value in a pattern that the person gave.
    Given(String),
}

/// A column's style and the zone of values that name none.
#[derive(Clone, Debug)]
pub(super) struct DateReader {
    pub(super) style: DateStyle,
    pub(super) zone: Tz,
}

/// A moment read from a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Microseconds since 1970 in UTC.
    pub(super) micros: i64,
    /// The cell has a time of day and not just a date.
    pub(super) has_time: bool,
}

impl Moment {
    /// Months since year 0, in UTC.
    pub(super) fn months(self) -> i32 {
        DateTime::from_timestamp_micros(self.micros)
            .map_or(0, |date| date.year() * 12 + date.month0() as i32)
    }
}

impl DateReader {
    /// A reader for what `--date-format` says: a strftime pattern, `unix` or `unix_ms`.
    pub(super) fn given(format: &str, zone: Tz) -> Result<Self> {
        let style = match format {
            "unix" => DateStyle::UnixSeconds,
            "unix_ms" => DateStyle::UnixMilliseconds,
            pattern => {
                if let Some(known) = DAY_PATTERNS.iter().find(|known| **known == pattern) {
                    let style = DateStyle::Day(known);
                    return Ok(Self { style, zone });
                }
                if pattern.contains("%Z") {
                    return Err(Error::invalid(
                        "--date-format cannot read the name of a zone (%Z), which is not unique",
                    )
                    .with_hint(
                        "write the name as it stands in place of %Z, and its zone as --timezone",
                    ));
                }
                let invalid = chrono::format::StrftimeItems::new(pattern)
                    .any(|item| matches!(item, chrono::format::Item::Error));
                if invalid || !pattern.contains('%') {
                    return Err(Error::invalid(format!(
                        "--date-format \"{pattern}\" is not a date pattern"
                    ))
                    .with_hint(
                        "write it as strftime does, such as '%d/%m/%Y %H:%M', or say unix or unix_ms",
                    ));
                }
                DateStyle::Given(pattern.to_owned())
            }
        };
        Ok(Self { style, zone })
    }

    /// Reads one cell, `None` where it is not a date in this style.
    pub(super) fn read(&self, cell: &str) -> Option<Moment> {
        let cell = cell.trim();
        match &self.style {
            DateStyle::Day(pattern) => {
                let (day, rest) = NaiveDate::parse_and_remainder(cell, pattern).ok()?;
                if !YEARS.contains(&day.year()) {
                    return None;
                }
                let (time, offset) = read_time(rest)?;
                self.moment(
                    day.and_time(time.unwrap_or_default()),
                    offset,
                    time.is_some(),
                )
            }
            DateStyle::UnixSeconds => unix(cell, 1),
            DateStyle::UnixMilliseconds => unix(cell, 1000),
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
                self.moment(local, None, has_time)
            }
        }
    }

    /// The moment of a local time. Of a time that the clocks show twice it is the first; one that
    /// they skip is as long after midnight as it says, so 02:30 is shown as 03:30.
    fn moment(&self, local: NaiveDateTime, offset: Option<i32>, has_time: bool) -> Option<Moment> {
        let micros = match offset {
            Some(seconds) => local.and_utc().timestamp_micros() - i64::from(seconds) * 1_000_000,
            None => match self.zone.from_local_datetime(&local) {
                LocalResult::Single(exact) | LocalResult::Ambiguous(exact, _) => {
                    exact.timestamp_micros()
                }
                LocalResult::None => {
                    let before = local - chrono::Duration::hours(3);
                    let LocalResult::Single(before) = self.zone.from_local_datetime(&before) else {
                        return None;
                    };
                    (before + chrono::Duration::hours(3)).timestamp_micros()
                }
            },
        };
        Some(Moment { micros, has_time })
    }
}

impl fmt::Display for DateStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(pattern) => f.write_str(pattern),
            Self::UnixSeconds => f.write_str("unix seconds"),
            Self::UnixMilliseconds => f.write_str("unix milliseconds"),
            Self::Given(pattern) => f.write_str(pattern),
        }
    }
}

fn unix(cell: &str, per_second: i64) -> Option<Moment> {
    // JSON tools write `1767225600.0`, and fractions of a second.
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let per_unit = 1_000_000 / per_second;
    let part = format!("0.{fraction}").parse::<f64>().ok()? * per_unit as f64;
    let micros = whole.parse::<i64>().ok()?.checked_mul(per_unit)? + part as i64;
    let moment = DateTime::<Utc>::from_timestamp_micros(micros)?;
    in_years(moment).then_some(Moment {
        micros,
        has_time: true,
    })
}

fn in_years(moment: DateTime<Utc>) -> bool {
    YEARS.contains(&moment.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(style: DateStyle, cell: &str) -> Option<String> {
        let reader = DateReader {
            style,
            zone: Tz::UTC,
        };
        let moment = reader.read(cell)?;
        DateTime::from_timestamp_micros(moment.micros).map(|date| date.to_rfc3339())
    }

    #[test]
    fn times_and_offsets_behind_the_day() {
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
        for cell in [
            "2026-03-01 25:00",
            "2026-03-01 AST",
            "2026-02-30",
            "0026-03-01",
            "soon",
            "",
        ] {
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
            let reader = DateReader::given(format, Tz::UTC).unwrap();
            reader.read(cell).map(|moment| moment.micros)
        };
        let new_year = 1_767_225_600_000_000;
        assert_eq!(read("%d/%m/%Y", "01/01/2026"), Some(new_year));
        // A pattern of a day alone reads what usually stands behind one.
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
        assert!(DateReader::given("%d/%m/%Y %H:%M %Z", Tz::UTC).is_err());
        assert!(DateReader::given("day first", Tz::UTC).is_err());
        assert!(DateReader::given("%Q", Tz::UTC).is_err());
    }
}
