//! Time zones, and the moment at which a day begins in one.

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
pub use chrono_tz::Tz;

use crate::error::{Error, Result};

/// The zone of this name in the tz database.
pub fn time_zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        Error::invalid(format!("time zone \"{name}\" does not exist"))
            .with_hint("use a name of the tz database, such as Europe/Berlin or UTC")
    })
}

/// The moment at which a day begins, which is that of a date without a time.
pub fn day_start(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN);
    let start = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(start) | LocalResult::Ambiguous(start, _) => start,
        // The clocks skip midnight, or where the date line moved, the day.
        LocalResult::None => [3, 27].into_iter().find_map(|hours| {
            let before = zone.from_local_datetime(&(midnight - Duration::hours(hours)));
            Some(before.single()? + Duration::hours(hours))
        })?,
    };
    Some(start.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::DateReader;

    #[test]
    fn days_begin_as_dates_are_read() {
        for zone in [
            Tz::UTC,
            Tz::Europe__Berlin,
            Tz::America__Los_Angeles,
            Tz::America__Sao_Paulo,
            Tz::America__Havana,
            Tz::America__St_Johns,
            Tz::Asia__Beirut,
            Tz::Africa__Cairo,
            Tz::Pacific__Auckland,
        ] {
            let reader = DateReader::given("%Y-%m-%d", zone, true).unwrap();
            let first = NaiveDate::from_ymd_opt(2005, 1, 1).unwrap();
            for day in first.iter_days().take(366 * 22) {
                let start = day_start(zone, day).unwrap();
                let read = reader.read(&day.to_string()).unwrap();
                assert_eq!(start.timestamp_micros(), read.micros, "{zone} {day}");
                assert_eq!(start.with_timezone(&zone).date_naive(), day, "{zone}");
            }
        }
    }
}
