//! The most usual way to write a moment, read fast: `2026-03-05`, `2026-03-05 14:02:09`,
//! `2026-03-05T14:02:09.123Z`. Whatever else a cell may be is for [`day`](super::day) and
//! [`clock`](super::clock), which read these too.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::clock::Zone;
use super::day::YEARS;

/// The local time, what is said of its zone, and whether there is a time of day.
pub fn read(cell: &str) -> Option<(NaiveDateTime, Zone, bool)> {
    let cell = cell.as_bytes();
    let (date, rest) = cell.split_at_checked(10)?;
    let year = i32::try_from(number(&date[..4])?).ok()?;
    if date[4] != b'-' || date[7] != b'-' || !YEARS.contains(&year) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year, number(&date[5..7])?, number(&date[8..])?)?;
    if rest.is_empty() {
        return Some((date.and_time(NaiveTime::MIN), Zone::Unsaid, false));
    }
    let (clock, rest) = rest.split_at_checked(9)?;
    if !matches!(clock[0], b' ' | b'T') || clock[3] != b':' || clock[6] != b':' {
        return None;
    }
    let (rest, zone) = match rest.strip_suffix(b"Z") {
        Some(rest) => (rest, Zone::Offset(0)),
        None => (rest, Zone::Unsaid),
    };
    let nanos = match rest {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10_u32.pow(9 - digits.len() as u32)
        }
        _ => return None,
    };
    let time = NaiveTime::from_hms_nano_opt(
        number(&clock[1..3])?,
        number(&clock[4..6])?,
        number(&clock[7..])?,
        nanos,
    )?;
    Some((date.and_time(time), zone, true))
}

/// Of at most nine digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::clock;
    use super::super::day::{self, Order};
    use super::*;

    proptest! {
        #[test]
        fn what_is_read_fast_is_read_slowly_too(
            cell in "(19|20|21)[0-9]{2}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,10})?Z?)?"
        ) {
            if let Some((local, zone, has_time)) = read(&cell) {
                let written = day::read(&cell).unwrap();
                prop_assert_eq!(written.day.in_order(Order::Day), Some(local.date()));
                let clock = clock::read(&written.rest).unwrap();
                prop_assert_eq!(clock.time, has_time.then(|| local.time()));
                prop_assert_eq!(clock.zone, zone);
                prop_assert!(!clock.next_day);
            }
        }
    }

    #[test]
    fn usual_moments_are_read_and_all_else_is_left() {
        for cell in [
            "2026-03-05",
            "2026-03-05 14:02:09",
            "2026-03-05T14:02:09.123456Z",
        ] {
            assert!(read(cell).is_some(), "{cell}");
        }
        for cell in [
            "",
            "2026-3-5",
            "2026/03/05",
            "2026-02-30",
            "1026-03-05",
            "2026-03-05 ",
            "2026-03-05Z",
            "2026-03-05 14:02",
            "2026-03-05 24:00:00",
            "2026-03-05 14:02:09+01:00",
            "2026-03-05 14:02:09.",
            "2026-03-05T14:02:09.1234567890",
            "2026-03-0５ 1",
        ] {
            assert!(read(cell).is_none(), "{cell}");
        }
    }
}
