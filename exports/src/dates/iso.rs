//! A fast path for the most common styles: `2026-03-05`, `2026-03-05 14:02:09`,
//! `2026-03-05T14:02:09.123Z`. [`day`](super::day) and [`clock`](super::clock) read these and all
//! others.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::clock::Zone;
use super::day::YEARS;

/// The local time, its zone, and `true` if it has a time of day.
pub fn read(cell: &str) -> Option<(NaiveDateTime, Zone, bool)> {
    let cell = cell.as_bytes();
    let (date, rest) = cell.split_at_checked(10)?;
    let year = i32::try_from(number(&date[..4])?).ok()?;
    if date[4] != b'-' || date[7] != b'-' || !YEARS.contains(&year) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year, number(&date[5..7])?, number(&date[8..])?)?;
    if rest.is_empty() {
        return Some((date.and_time(NaiveTime::MIN), Zone::Unspecified, false));
    }
    let (clock, rest) = rest.split_at_checked(9)?;
    if !matches!(clock[0], b' ' | b'T') || clock[3] != b':' || clock[6] != b':' {
        return None;
    }
    let (rest, zone) = match rest.strip_suffix(b"Z") {
        Some(rest) => (rest, Zone::Offset(0)),
        None => (rest, Zone::Unspecified),
    };
    let nanos = match rest {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10_u32.pow(9 - digits.len() as u32)
        }
        _ => return None,
    };
    let (hour, minute) = (number(&clock[1..3])?, number(&clock[4..6])?);
    let time = NaiveTime::from_hms_nano_opt(hour, minute, number(&clock[7..])?, nanos)?;
    Some((date.and_time(time), zone, true))
}

/// A number of at most nine digits.
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
        fn the_fast_path_agrees_with_the_slow_one(
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
    fn only_common_styles_are_read() {
        #[rustfmt::skip]
        let common = ["2026-03-05", "2026-03-05 14:02:09", "2026-03-05T14:02:09.123456Z"];
        for cell in common {
            assert!(read(cell).is_some(), "{cell}");
        }
        #[rustfmt::skip]
        let others = [
            "", "2026-3-5", "2026/03/05", "2026-02-30", "1026-03-05", "2026-03-05 ", "2026-03-05Z",
            "2026-03-05 14:02", "2026-03-05 24:00:00", "2026-03-05 14:02:09+01:00",
            "2026-03-05 14:02:09.", "2026-03-05T14:02:09.1234567890", "2026-03-0５ 1",
        ];
        for cell in others {
            assert!(read(cell).is_none(), "{cell}");
        }
    }
}
