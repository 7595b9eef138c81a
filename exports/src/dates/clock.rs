//! The part of a date after the day: the time of day and the zone.

use chrono::{NaiveTime, Timelike};
use chrono_tz::Tz;

/// The part of a date after the day.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// `None` if there is only a day.
    pub time: Option<NaiveTime>,
    /// `true` if the time is 24:00.
    pub next_day: bool,
    pub zone: Zone,
}

/// The zone of a date.
#[derive(Clone, Debug, PartialEq)]
pub enum Zone {
    Unspecified,
    /// Seconds east of UTC.
    Offset(i32),
    Named(Tz),
    /// Letters such as EST or AST, which are not unique.
    Abbreviation(String),
}

/// Words before a time of day.
#[rustfmt::skip]
const BEFORE: [&str; 22] = [
    "at", "um", "kl.", "kl", "klo", "à", "a las", "a la", "às", "alle", "ore", "om", "o", "v", "ve",
    "в", "о", "г.", "г", "р.", "год", "de",
];

/// Reads the rest of a date: nothing, a time of day, a zone. `None` if it is anything else.
pub fn read(mut rest: &str) -> Option<Clock> {
    let mut compact = false;
    if let Some(time) = rest.strip_prefix(['T', 't'])
        && time.starts_with(|c: char| c.is_ascii_digit())
    {
        rest = time;
        compact = true;
    } else if let Some(date) = rest.strip_prefix('Z').filter(|rest| rest.is_empty()) {
        rest = date;
    } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
        // Digits directly after the day are no time.
        return None;
    }
    rest = rest.trim_start_matches([',', ' ', ';']).trim_end();
    // A weekday in parentheses: 2026/03/05 (木) 10:00.
    if let Some(inside) = rest.strip_prefix('(')
        && let Some((weekday, after)) = inside.split_once(')')
        && weekday.chars().all(|c| c.is_alphabetic() || c == '.')
    {
        rest = after.trim_start();
    }
    if let Some(after) = rest.strip_prefix(['-', '–', '|', '@']) {
        rest = after.strip_prefix(' ')?.trim_start();
    }
    while let Some(after) = without_word(rest) {
        rest = after;
    }
    if rest.is_empty() {
        return Some(Clock {
            time: None,
            next_day: false,
            zone: Zone::Unspecified,
        });
    }
    let (mut meridiem, from) = leading_meridiem(rest);
    let spelled = spelled_out(from);
    let from = spelled.as_deref().unwrap_or(from);
    let end = from
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(from.len());
    let (clock, tail) = from.split_at(end);
    let (hour, minute, second, nanos) = parts(clock.trim_end_matches([',', '.']), compact)?;
    let mut tail = tail.trim_start();
    if meridiem.is_none() {
        (meridiem, tail) = strip_meridiem(tail);
    }
    tail = ["Uhr", "uhr", "hrs", "Hrs", "h"]
        .iter()
        .find_map(|unit| tail.strip_prefix(unit))
        .filter(|rest| !rest.starts_with(char::is_alphanumeric))
        .unwrap_or(tail)
        .trim_start();
    let hour = match meridiem {
        Some(Meridiem::Am) if hour > 12 => return None,
        Some(Meridiem::Am) => hour % 12,
        Some(Meridiem::Pm) if hour < 12 => hour + 12,
        _ => hour,
    };
    let zone = read_zone(tail)?;
    let next_day = hour == 24;
    if next_day && (minute, second, nanos) != (0, 0, 0) {
        return None;
    }
    let time = NaiveTime::from_hms_nano_opt(hour % 24, minute, second, nanos)?;
    (hour <= 24).then_some(Clock {
        time: Some(time),
        next_day,
        zone,
    })
}

/// True for a time of day and nothing else, such as `09:30` or `6:16 PM`.
pub fn is_time_of_day(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit())
        && cell.contains(':')
        && read(&format!(" {cell}")).is_some_and(|clock| clock.time.is_some())
}

/// True for a time of day from noon on.
pub fn is_late(cell: &str) -> bool {
    let clock = read(&format!(" {cell}"));
    let time = clock.and_then(|clock| clock.time);
    time.is_some_and(|time| time.hour() >= 12)
}

fn without_word(rest: &str) -> Option<&str> {
    BEFORE.iter().find_map(|word| {
        let after = rest.strip_prefix(word)?;
        let ends = after.is_empty() || after.starts_with([' ', ',']);
        ends.then(|| after.trim_start_matches([' ', ',']))
    })
}

/// Hour, minute, second and nanosecond.
fn parts(clock: &str, compact: bool) -> Option<(u32, u32, u32, u32)> {
    let separator = if clock.contains(':') { ':' } else { '.' };
    if !clock.contains(separator) {
        // 093000, only after a T.
        if !compact || !matches!(clock.len(), 4 | 6) {
            return None;
        }
        let second = match &clock[4..] {
            "" => 0,
            second => number(second, 2..=2)?,
        };
        return Some((
            number(&clock[..2], 2..=2)?,
            number(&clock[2..4], 2..=2)?,
            second,
            0,
        ));
    }
    let mut parts = clock.split(separator);
    let hour = number(parts.next()?, 1..=2)?;
    let minute = number(parts.next()?, 2..=2)?;
    let (second, mut nanos) = match parts.next() {
        None => (0, 0),
        Some(text) => match text.split_once(['.', ',']) {
            None => (number(text, 2..=2)?, 0),
            Some((whole, fraction)) => (number(whole, 2..=2)?, nanoseconds(fraction)?),
        },
    };
    if let Some(fraction) = parts.next() {
        nanos = nanoseconds(fraction)?;
    }
    parts
        .next()
        .is_none()
        .then_some((hour, minute, second, nanos))
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    let digits = fraction.get(..fraction.len().min(9))?;
    Some(number(digits, 1..=9)? * 10_u32.pow(9 - digits.len() as u32))
}

#[derive(Clone, Copy)]
enum Meridiem {
    Am,
    Pm,
}

/// Halves of the day, before or after the time.
#[rustfmt::skip]
const MERIDIEMS: [(&str, Meridiem); 28] = [
    ("上午", Meridiem::Am), ("下午", Meridiem::Pm), ("午前", Meridiem::Am), ("午後", Meridiem::Pm),
    ("오전", Meridiem::Am), ("오후", Meridiem::Pm), ("öö", Meridiem::Am), ("ös", Meridiem::Pm),
    ("a. m.", Meridiem::Am), ("p. m.", Meridiem::Pm), ("a.m.", Meridiem::Am),
    ("p.m.", Meridiem::Pm), ("am", Meridiem::Am), ("pm", Meridiem::Pm), ("π.μ.", Meridiem::Am),
    ("μ.μ.", Meridiem::Pm), ("ص", Meridiem::Am), ("م", Meridiem::Pm), ("पूर्वाह्न", Meridiem::Am),
    ("अपराह्न", Meridiem::Pm), ("ก่อนเที่ยง", Meridiem::Am), ("หลังเที่ยง", Meridiem::Pm),
    ("sa", Meridiem::Am), ("ch", Meridiem::Pm), ("dop.", Meridiem::Am), ("odp.", Meridiem::Pm),
    ("ap.", Meridiem::Am), ("ip.", Meridiem::Pm),
];

/// The half of the day before a time, and the rest.
fn leading_meridiem(rest: &str) -> (Option<Meridiem>, &str) {
    let (meridiem, after) = strip_meridiem(rest);
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        (meridiem, after)
    } else {
        (None, rest)
    }
}

/// The half of the day at the start of a text, and the rest.
fn strip_meridiem(text: &str) -> (Option<Meridiem>, &str) {
    for (word, meridiem) in MERIDIEMS {
        if let Some((start, after)) = text.split_at_checked(word.len())
            && start.to_lowercase() == word
            && !after.starts_with(char::is_alphabetic)
        {
            return (Some(meridiem), after.trim_start());
        }
    }
    (None, text)
}

/// Rewrites `9時30分` and `9h30` with colons.
fn spelled_out(clock: &str) -> Option<String> {
    if clock.contains(['時', '时', '点', '點', '시']) {
        let is_part = |c: char| c.is_ascii_digit() || " 時时点點시分분秒초".contains(c);
        let end = clock.find(|c| !is_part(c)).unwrap_or(clock.len());
        let (clock, after) = clock.split_at(end);
        let padded: Vec<String> = clock
            .split(|c: char| !c.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .map(|number| format!("{number:0>2}"))
            .collect();
        return Some(match padded.as_slice() {
            [hour] => format!("{hour}:00 {after}"),
            padded => format!("{} {after}", padded.join(":")),
        });
    }
    let (hour, rest) = clock.split_once(['h', 'H'])?;
    let (minute, after) = rest.trim_start().split_at_checked(2)?;
    let hour = number(hour.trim_end(), 1..=2)?;
    let minute = number(minute, 2..=2)?;
    Some(format!("{hour}:{minute:02}{after}"))
}

/// Reads a zone. `None` if the text is anything else.
fn read_zone(text: &str) -> Option<Zone> {
    let is_utc = |text: &str| matches!(&*text.to_ascii_lowercase(), "z" | "utc" | "gmt");
    let is_name = |text: &str| {
        let mut chars = text.chars();
        !text.is_empty() && chars.all(|c| c.is_alphabetic() || " ./_-".contains(c))
    };
    let text = text.trim();
    if text.is_empty() {
        return Some(Zone::Unspecified);
    }
    if is_utc(text) || text.starts_with("(UTC)") || text.eq_ignore_ascii_case("(gmt)") {
        return Some(Zone::Offset(0));
    }
    // GMT+0100 (Central European Standard Time), and the brackets of ISO 8601.
    let open = text.find(['(', '[']);
    let (zone, inside) = match open {
        Some(open) if text.ends_with([')', ']']) => {
            (text[..open].trim(), text[open + 1..text.len() - 1].trim())
        }
        Some(_) => return None,
        None => (text, ""),
    };
    if zone.is_empty() {
        return read_zone(inside);
    }
    if is_utc(zone) {
        return Some(Zone::Offset(0));
    }
    let offset = zone
        .strip_prefix("UTC")
        .or_else(|| zone.strip_prefix("GMT"))
        .unwrap_or(zone)
        .trim_start();
    if offset.starts_with(['+', '-']) {
        let (offset, name) = offset.split_once(' ').unwrap_or((offset, ""));
        return (name.is_empty() || is_name(name))
            .then(|| read_offset(offset))
            .flatten()
            .map(Zone::Offset);
    }
    if zone.contains('/') {
        return zone.parse().ok().map(Zone::Named);
    }
    let is_abbreviation = is_name(zone) && zone.chars().count() >= 2;
    is_abbreviation.then(|| Zone::Abbreviation(zone.to_uppercase()))
}

/// An offset from UTC in seconds.
fn read_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "00"),
    };
    let (hours, minutes): (u32, u32) = (number(hours, 1..=2)?, number(minutes, 2..=2)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Some(sign * (hours * 3600 + minutes * 60) as i32)
}

/// A number of digits only, of an allowed length.
fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_many_styles() {
        #[rustfmt::skip]
        let times = [
            (" 9:05", "09:05:00"), (" 7:06:23 PM", "19:06:23"), (", 12:05 AM", "00:05:00"),
            (" 12:05 p. m.", "12:05:00"), (" um 14:30 Uhr", "14:30:00"), (" à 9h30", "09:30:00"),
            (" kl. 09.30", "09:30:00"), (" 午後9:30", "21:30:00"), (" 오전 9시 5분", "09:05:00"),
            (" 1:05:09 午前 GMT+9", "01:05:09"), (" 2:05:09 午後 GMT+9", "14:05:09"),
            (" 오후 2:05", "14:05:00"), (" 2:05:09 오전", "02:05:09"), (" 12:05 上午", "00:05:00"),
            (" 9時5分 午後", "21:05:00"), (" 2:05:09 CH", "14:05:09"), (" ÖS 2:05", "14:05:00"),
            (" 2:05 μ.μ. GMT+2", "14:05:00"), (" 2:05 अपराह्न", "14:05:00"),
            (" 15:30 PM", "15:30:00"), ("T093000Z", "09:30:00"), (" г., 10:00", "10:00:00"),
            (" (木) 10:00", "10:00:00"),
        ];
        for (text, expected) in times {
            let clock = read(text).unwrap_or_else(|| panic!("{text} is not read"));
            assert_eq!(clock.time.unwrap().to_string(), expected, "{text}");
        }
        assert!(read(" 24:00").unwrap().next_day);
        for text in [" 25:00", " 24:30", " 9:5", " 13:00 AM", " 9:61", " x", "5"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_read_or_kept_as_abbreviations() {
        let abbreviation = |text: &str| Zone::Abbreviation(text.to_owned());
        #[rustfmt::skip]
        let zones = [
            ("", Zone::Unspecified), ("Z", Zone::Offset(0)), ("UTC", Zone::Offset(0)),
            ("+05:30", Zone::Offset(19_800)), ("-0800", Zone::Offset(-28_800)),
            ("GMT+0100 (Central European Standard Time)", Zone::Offset(3600)),
            ("+01:00[Europe/Berlin]", Zone::Offset(3600)),
            ("Europe/Berlin", Zone::Named(Tz::Europe__Berlin)), ("+0100 CET", Zone::Offset(3600)),
            ("AST", abbreviation("AST")), ("(CEST)", abbreviation("CEST")),
        ];
        for (text, expected) in zones {
            let clock = read(&format!(" 10:00 {text}")).unwrap();
            assert_eq!(clock.zone, expected, "{text}");
        }
        for text in ["+25:00", "9", "+1:5", "Mars/Olympus"] {
            assert_eq!(read(&format!(" 10:00 {text}")), None, "{text}");
        }
    }
}
