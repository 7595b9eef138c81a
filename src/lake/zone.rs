//! The time zone of a lake, and the days of its responses.

use std::fmt;

use chrono::{DateTime, NaiveDate, Offset, TimeZone, Utc};
use datafusion::arrow::array::{
    Date32Array, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Date32Type;
use deltalake::DeltaTable;
use exports::time_zone::{Tz, day_start, time_zone};
use serde::{Deserialize, Serialize};

use super::schema::UNDATED;
use crate::error::{Error, Result};

/// The table property with the zone of `day` and `month`. Tables of format 1 do not have it.
pub(crate) const ZONE_PROPERTY: &str = "voxql.zone";

const MICROS_A_DAY: i64 = 86_400_000_000;

/// Names of UTC in the tz database.
const NAMES_OF_UTC: [&str; 8] = [
    "UTC",
    "Etc/UTC",
    "UCT",
    "Etc/UCT",
    "Universal",
    "Etc/Universal",
    "Zulu",
    "Etc/Zulu",
];

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Zone(Tz);

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl Zone {
    pub(crate) const UTC: Self = Self(Tz::UTC);

    /// The zone of this name in the tz database.
    ///
    /// # Errors
    /// Returns an error if there is none.
    pub(crate) fn parse(name: &str) -> Result<Self> {
        let zone = Self(time_zone(name)?);
        let is_utc = NAMES_OF_UTC.contains(&zone.name());
        Ok(if is_utc { Self::UTC } else { zone })
    }

    /// The zone of the days and months of a version of `responses`; `None` in format 1, whose
    /// months are in UTC.
    pub(crate) fn of_table(responses: &DeltaTable) -> Result<Option<Self>> {
        let snapshot = responses.snapshot()?.snapshot();
        let name = snapshot.metadata().configuration().get(ZONE_PROPERTY);
        name.map(|name| {
            Self::parse(name).map_err(|error| {
                Error::invalid(format!("{}: {error}", responses.table_url()))
                    .with_hint("update voxql, which has a copy of the tz database")
            })
        })
        .transpose()
    }

    pub(crate) fn name(self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn is_utc(self) -> bool {
        self == Self::UTC
    }

    /// The day of the present moment.
    pub(crate) fn today(self) -> NaiveDate {
        Utc::now().with_timezone(&self.0).date_naive()
    }

    /// The day of a moment, in days since 1970. Moments are in microseconds since 1970, UTC.
    pub(crate) fn day(self, micros: i64) -> i32 {
        // Always fits: there are 2^64 / 8.64e10 days.
        self.shown_micros(micros).div_euclid(MICROS_A_DAY) as i32
    }

    /// The local time of a moment, in microseconds since 1970 of that time. The beginning of a day is
    /// midnight, also where the clocks skip it.
    pub(crate) fn local_micros(self, micros: i64) -> i64 {
        let day = Some(self.day(micros)).filter(|_| self.starts_day(micros));
        let midnight = day.and_then(|day| Self::UTC.start_micros(day));
        midnight.unwrap_or_else(|| self.shown_micros(micros))
    }

    /// The time that the clocks show at a moment.
    fn shown_micros(self, micros: i64) -> i64 {
        let offset_seconds = if self.is_utc() {
            0
        } else {
            DateTime::from_timestamp_micros(micros).map_or(0, |moment| {
                let offset = self.0.offset_from_utc_datetime(&moment.naive_utc());
                i64::from(offset.fix().local_minus_utc())
            })
        };
        micros.saturating_add(offset_seconds * 1_000_000)
    }

    /// The days of moments.
    pub(crate) fn days(self, moments: &TimestampMicrosecondArray) -> Date32Array {
        moments.unary(|micros| self.day(micros))
    }

    /// The moment at which a day begins, as imports read a date without a time.
    pub(crate) fn start(self, day: NaiveDate) -> Option<DateTime<Utc>> {
        day_start(self.0, day)
    }

    /// The moment at which a day, in days since 1970, begins.
    pub(crate) fn start_micros(self, day: i32) -> Option<i64> {
        if self.is_utc() {
            return i64::from(day).checked_mul(MICROS_A_DAY);
        }
        let start = self.start(date(day)?)?;
        Some(start.timestamp_micros())
    }

    /// True if a day begins at a moment.
    pub(crate) fn starts_day(self, micros: i64) -> bool {
        self.start_micros(self.day(micros)) == Some(micros)
    }
}

/// The months of days, as used for the lake's partitions.
pub(crate) fn months(days: &Date32Array) -> StringArray {
    let mut months = StringBuilder::with_capacity(days.len(), days.len() * 7);
    for day in days {
        match day.and_then(date) {
            Some(date) => months.append_value(date.format("%Y-%m").to_string()),
            None => months.append_value(UNDATED),
        }
    }
    months.finish()
}

fn date(day: i32) -> Option<NaiveDate> {
    Date32Type::to_naive_date_opt(day)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name).map_err(|error| error.to_string())
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).expect("a zone")
    }

    #[test]
    fn days_are_those_of_the_zone() {
        for (name, time, day) in [
            ("UTC", "2026-03-31T23:59:59Z", "2026-03-31"),
            ("Europe/Berlin", "2026-03-31T21:59:59Z", "2026-03-31"),
            ("Europe/Berlin", "2026-03-31T22:00:00Z", "2026-04-01"),
            ("America/Los_Angeles", "2026-04-01T06:59:59Z", "2026-03-31"),
            ("Asia/Kolkata", "1969-12-31T18:30:00Z", "1970-01-01"),
            ("Pacific/Kiritimati", "2026-03-31T10:00:00Z", "2026-04-01"),
        ] {
            let time: DateTime<Utc> = time.parse().expect("a time");
            let days = TimestampMicrosecondArray::from(vec![Some(time.timestamp_micros()), None]);
            let days = zone(name).days(&days);
            let expected: NaiveDate = day.parse().expect("a day");
            assert_eq!(date(days.value(0)), Some(expected), "{name} {time}");
            let months = months(&days);
            assert_eq!((months.value(0), months.value(1)), (&day[..7], UNDATED));
        }
        // Out of the range of dates, but no panic.
        for micros in [i64::MIN, i64::MAX] {
            zone("Europe/Berlin").day(micros);
        }
    }

    #[test]
    fn days_begin_once() {
        for name in ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"] {
            let zone = zone(name);
            for day in 17_000..19_000 {
                let start = zone.start_micros(day).expect("a day of this century");
                assert_eq!(zone.day(start), day, "{name}");
                assert_eq!(zone.day(start - 1), day - 1, "{name}");
                assert!(zone.starts_day(start) && !zone.starts_day(start + 1));
            }
        }
    }

    #[test]
    fn all_names_of_utc_are_one_zone() {
        assert!(NAMES_OF_UTC.into_iter().all(|name| zone(name).is_utc()));
        assert!(!zone("Europe/London").is_utc());
        let error = Zone::parse("Mars/Olympus").expect_err("no zone");
        assert_eq!(
            error.to_string(),
            "time zone \"Mars/Olympus\" does not exist"
        );
    }
}
