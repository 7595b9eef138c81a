//! What follows the day in a date: the time of day and the offset from UTC.

use chrono::NaiveTime;

/// Reads what follows the day: nothing, a time of day, an offset. Gives the time, and the offset
/// from UTC in seconds; `None` where it is something else.
pub(super) fn read_time(rest: &str) -> Option<(Option<NaiveTime>, Option<i32>)> {
    let rest = rest
        .strip_prefix(['T', 't'])
        .unwrap_or(rest)
        .trim_start_matches([',', ' '])
        .trim();
    if rest.is_empty() {
        return Some((None, None));
    }
    let clock_end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.' || c == ','))
        .unwrap_or(rest.len());
    let (clock, mut tail) = rest.split_at(clock_end);
    let mut parts = clock.split(':');
    let mut hour: u32 = number(parts.next()?, 1..=2)?;
    let minute: u32 = number(parts.next()?, 2..=2)?;
    let (second, nanos) = match parts.next() {
        None => (0, 0),
        Some(text) => match text.split_once(['.', ',']) {
            None => (number(text, 2..=2)?, 0),
            Some((whole, fraction)) => {
                let digits = &fraction[..fraction.len().min(9)];
                let scale = 10_u32.pow(9 - digits.len() as u32);
                (number(whole, 2..=2)?, number(digits, 1..=9)? * scale)
            }
        },
    };
    if parts.next().is_some() {
        return None;
    }
    tail = tail.trim_start();
    let meridiem: String = tail
        .chars()
        .take_while(|c| c.is_ascii_alphabetic() || *c == '.')
        .filter(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_lowercase();
    if matches!(meridiem.as_str(), "am" | "pm") {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if meridiem == "pm" { 12 } else { 0 };
        tail = tail
            .trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '.')
            .trim_start();
    }
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?;
    Some((Some(time), read_offset(tail)?))
}

/// An offset from UTC in seconds; the inner `None` where there is none. Abbreviations other than
/// UTC and GMT mean different zones to different people and are refused.
#[expect(
    clippy::option_option,
    reason = "absent and unreadable are different answers"
)]
fn read_offset(text: &str) -> Option<Option<i32>> {
    if text.is_empty() {
        return Some(None);
    }
    if ["z", "utc", "gmt", "+00:00 utc", "+0000 utc"]
        .iter()
        .any(|utc| text.eq_ignore_ascii_case(utc))
    {
        return Some(Some(0));
    }
    let text = text
        .strip_prefix("UTC")
        .or_else(|| text.strip_prefix("GMT"))
        .unwrap_or(text);
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "00"),
    };
    let (hours, minutes): (u32, u32) = (number(hours, 1..=2)?, number(minutes, 2..=2)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Some(Some(sign * (hours * 3600 + minutes * 60) as i32))
}

/// Digits only, as many as allowed.
fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}
