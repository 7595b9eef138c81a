//! The day at the start of a date, in the styles of exports.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use unicode_normalization::char::is_combining_mark;

use super::month_names::{is_weekday, month};

/// The years of responses. Narrow, so that a number is not taken for a date.
pub const YEARS: RangeInclusive<i32> = 1970..=2100;

/// The number that a date begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Day,
    Month,
    /// Only for years of two digits; years of four are unmistakable.
    Year,
}

/// The form of a written day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `2026-03-05`, with this separator.
    Year(char),
    /// `20260305`.
    Compact,
    /// `05032026`. Only read in a given format, as other numbers look like it.
    CompactYearLast,
    /// `2026年3月5日`.
    EastAsian,
    /// With the month's name.
    Named,
    /// `05/03/2026`, or `05/03/26` with a short year.
    Numbers { separator: char, short: bool },
    /// A month without a day, with its pattern: `2026-03`.
    Month(&'static str),
    /// A quarter: `2026-Q1`.
    Quarter,
    /// An ISO week: `2026-W10`.
    Week,
}

/// A period that a date names in place of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Month,
    Quarter,
    Week,
}

/// The patterns of days without separators whose year comes last.
pub const COMPACT_YEAR_LAST: [&str; 2] = ["%d%m%Y", "%m%d%Y"];

/// The pattern of quarters, of which there are many notations.
pub const QUARTERS: &str = "%Y-Q%q";

/// The pattern of months whose year has two digits, as `Sep-25`.
pub const SHORT_YEAR_MONTHS: &str = "%b-%y";

/// The pattern of ISO weeks.
pub const WEEKS: &str = "%G-W%V";

/// The day as far as a single cell determines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    Known(NaiveDate),
    /// Three numbers whose order the column decides.
    Numbers([u32; 3]),
}

/// The day at the start of a cell, and the rest of the cell.
#[derive(Debug)]
pub struct Written<'a> {
    pub shape: Shape,
    pub day: Day,
    pub rest: Cow<'a, str>,
}

impl Shape {
    /// The pattern in chrono's (strftime's) notation.
    pub fn pattern(self, order: Order) -> &'static str {
        match (self, order) {
            (Self::Year('-'), _) => "%Y-%m-%d",
            (Self::Year('/'), _) => "%Y/%m/%d",
            (Self::Year(_), _) => "%Y.%m.%d",
            (Self::Compact, _) => "%Y%m%d",
            (Self::CompactYearLast, Order::Month) => COMPACT_YEAR_LAST[1],
            (Self::CompactYearLast, _) => COMPACT_YEAR_LAST[0],
            (Self::EastAsian, _) => "%Y年%m月%d日",
            (Self::Named, _) => "%d %B %Y",
            (Self::Month(pattern), _) => pattern,
            (Self::Quarter, _) => QUARTERS,
            (Self::Week, _) => WEEKS,
            (Self::Numbers { separator, short }, order) => {
                let [slashes, dashes, points] = match (order, short) {
                    (Order::Month, false) => ["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"],
                    (_, false) => ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"],
                    (Order::Month, true) => ["%m/%d/%y", "%m-%d-%y", "%m.%d.%y"],
                    (Order::Day, true) => ["%d/%m/%y", "%d-%m-%y", "%d.%m.%y"],
                    (Order::Year, true) => ["%y/%m/%d", "%y-%m-%d", "%y.%m.%d"],
                };
                match separator {
                    '/' => slashes,
                    '-' => dashes,
                    _ => points,
                }
            }
        }
    }

    /// The period that the date stands for, `None` for a day.
    pub fn period(self) -> Option<Period> {
        match self {
            Self::Month(_) => Some(Period::Month),
            Self::Quarter => Some(Period::Quarter),
            Self::Week => Some(Period::Week),
            _ => None,
        }
    }

    /// True if a known pattern, whose numbers are in this order, reads dates of this shape.
    pub fn matches(self, pattern: &str, order: Order) -> bool {
        let has_name = pattern.contains("%B") || pattern.contains("%b");
        match self {
            Self::Named => has_name && pattern.contains("%d"),
            Self::Month("%B %Y") => has_name && pattern.contains("%Y") && !pattern.contains("%d"),
            Self::Month(SHORT_YEAR_MONTHS) => has_name && pattern.contains("%y"),
            shape => shape.pattern(order) == pattern,
        }
    }
}

/// Patterns of days, which are read with any usual time after them, and of months, quarters and weeks.
#[rustfmt::skip]
const PATTERNS: [&str; 44] = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d %B %Y", "%m/%d/%Y", "%m-%d-%Y",
    "%m.%d.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%y", "%m-%d-%y", "%m.%d.%y", "%d/%m/%y",
    "%d-%m-%y", "%d.%m.%y", "%y/%m/%d", "%y-%m-%d", "%y.%m.%d", "%B %d, %Y", "%d-%B-%Y",
    "%B %d %Y", "%d %b %Y", "%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%m/%Y", "%m-%Y", "%m.%Y", "%B %Y",
    "%b %Y", "%YM%m", "%Y年%m月", SHORT_YEAR_MONTHS, "%b %y", "%b/%y", "%B %y", QUARTERS, WEEKS,
    COMPACT_YEAR_LAST[0], COMPACT_YEAR_LAST[1],
];

/// The known pattern equal to the text.
pub fn pattern(text: &str) -> Option<&'static str> {
    PATTERNS.into_iter().find(|pattern| *pattern == text)
}

/// The order of a pattern of three numbers.
pub fn order_of(pattern: &str) -> Order {
    match pattern.as_bytes().get(1) {
        Some(b'm') => Order::Month,
        Some(b'y' | b'Y') => Order::Year,
        _ => Order::Day,
    }
}

impl Day {
    /// The day, with its numbers read in this order.
    pub fn in_order(self, order: Order) -> Option<NaiveDate> {
        let (day, month, year) = match self {
            Self::Known(day) => return Some(day),
            Self::Numbers([first, second, third]) => match order {
                Order::Day => (first, second, third),
                Order::Month => (second, first, third),
                Order::Year => (third, second, first),
            },
        };
        let year = match year {
            0..=68 => year + 2000,
            69..=99 => year + 1900,
            year => year,
        };
        date(year, month, day)
    }
}

/// The date, in any year: one out of range is still a date.
fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Reads the day at the start of a cell, which is ASCII or in NFKC.
pub fn read(cell: &str) -> Option<Written<'_>> {
    let cell = match cell.find([' ', ',', '.']) {
        Some(end) if is_weekday(&cell[..end]) => cell[end..].trim_start_matches([' ', ',', '.']),
        _ => cell,
    };
    numbers(cell)
        .or_else(|| compact(cell))
        .or_else(|| east_asian(cell))
        .or_else(|| named(cell))
}

/// The number of at most `digits_max` digits at the start of a text, its length, and the rest.
fn leading_number(text: &str, digits_max: usize) -> Option<(u32, usize, &str)> {
    let length = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if length == 0 || length > digits_max {
        return None;
    }
    Some((text[..length].parse().ok()?, length, &text[length..]))
}

/// Three numbers with the same separator.
fn numbers(cell: &str) -> Option<Written<'_>> {
    let (first, first_length, rest) = leading_number(cell, 4)?;
    let separator = rest.chars().next().filter(|c| "-/.".contains(*c))?;
    let (second, _, rest) = leading_number(rest[1..].trim_start_matches(' '), 2)?;
    let rest = rest.strip_prefix(separator)?;
    let (third, third_length, rest) = leading_number(rest.trim_start_matches(' '), 4)?;
    let rest = match separator {
        // "2026. 3. 5." ends with a point.
        '.' => rest.strip_prefix('.').unwrap_or(rest),
        _ => rest,
    };
    // A fourth number makes it a version or an address.
    if rest.starts_with(separator) && separator != '-' {
        return None;
    }
    let (shape, day) = match (first_length, third_length) {
        (4, 1..=2) => (
            Shape::Year(separator),
            Day::Known(date(first, second, third)?),
        ),
        // 0001 is no year of two digits.
        (1..=2, 2 | 4) if third_length == 2 || third >= 100 => (
            Shape::Numbers {
                separator,
                short: third_length == 2,
            },
            Day::Numbers([first, second, third]),
        ),
        (1..=2, 4) => (
            Shape::Numbers {
                separator,
                short: false,
            },
            Day::Known(date(third, second, first)?),
        ),
        _ => return None,
    };
    Some(Written {
        shape,
        day,
        rest: Cow::Borrowed(rest),
    })
}

fn compact(cell: &str) -> Option<Written<'_>> {
    let digits = cell
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(cell.len());
    if !matches!(digits, 8 | 12 | 14) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| cell[range].parse::<u32>().ok();
    let day = date(number(0..4)?, number(4..6)?, number(6..8)?)?;
    let rest = match digits {
        8 => Cow::Borrowed(&cell[8..]),
        _ => Cow::Owned(format!("T{}", &cell[8..])),
    };
    Some(Written {
        shape: Shape::Compact,
        day: Day::Known(day),
        rest,
    })
}

/// A day without separators whose year comes last, and which as a number may have lost its first
/// zero: `5032026`.
pub fn compact_year_last(cell: &str) -> Option<Written<'_>> {
    let (number, length, rest) = leading_number(cell, 8)?;
    let (first, second, year) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    let is_year = i32::try_from(year).is_ok_and(|year| YEARS.contains(&year));
    (length >= 7 && is_year).then_some(Written {
        shape: Shape::CompactYearLast,
        day: Day::Numbers([first, second, year]),
        rest: Cow::Borrowed(rest),
    })
}

fn east_asian(cell: &str) -> Option<Written<'_>> {
    let (year, length, rest) = leading_number(cell, 4)?;
    let rest = rest.trim_start().strip_prefix(['年', '년'])?.trim_start();
    let (month, _, rest) = leading_number(rest, 2)?;
    let rest = rest.trim_start().strip_prefix(['月', '월'])?.trim_start();
    let (day, _, rest) = leading_number(rest, 2)?;
    let rest = rest.trim_start().strip_prefix(['日', '일'])?;
    if length != 4 {
        return None;
    }
    Some(Written {
        shape: Shape::EastAsian,
        day: Day::Known(date(year, month, day)?),
        rest: Cow::Borrowed(rest),
    })
}

/// A run of digits or of letters.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    pub text: &'a str,
    pub start: usize,
    end: usize,
    pub is_number: bool,
}

/// Words between the parts of a date.
#[rustfmt::skip]
const FILLERS: [&str; 14] = [
    "de", "del", "of", "th", "st", "nd", "rd", "er", "do", "da", "den", "the", "º", "e",
];

/// The runs of digits and of letters of a cell, without fillers.
pub fn tokens(cell: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let is_letter = |c: char| c.is_alphabetic() || is_combining_mark(c);
    let is_digit = |c: char| c.is_ascii_digit();
    let mut rest = 0;
    while let Some(offset) = cell[rest..].find(|c| is_digit(c) || is_letter(c)) {
        let start = rest + offset;
        let is_number = cell[start..].starts_with(is_digit);
        let length = if is_number {
            cell[start..].find(|c| !is_digit(c))
        } else {
            cell[start..].find(|c| !is_letter(c))
        };
        let end = length.map_or(cell.len(), |length| start + length);
        rest = end;
        let text = &cell[start..end];
        if tokens.is_empty() || is_number || !FILLERS.contains(&text.to_lowercase().as_str()) {
            tokens.push(Token {
                text,
                start,
                end,
                is_number,
            });
        }
        if tokens.len() == 12 {
            break;
        }
    }
    tokens
}

/// A day with its month's name, in any unambiguous order.
fn named(cell: &str) -> Option<Written<'_>> {
    if !cell.contains(char::is_alphabetic) {
        return None;
    }
    let tokens = tokens(cell);
    // "mar 3 mars" is a Tuesday in March, so try the later name first.
    let months = tokens.iter().take(4).enumerate().rev();
    let mut months = months.filter(|(_, token)| !token.is_number);
    months.find_map(|(index, token)| {
        let month = month(token.text)?;
        let (date, rest) = around_month(cell, &tokens, index, month)?;
        Some(Written {
            shape: Shape::Named,
            day: Day::Known(date),
            rest,
        })
    })
}

fn around_month<'a>(
    cell: &'a str,
    tokens: &[Token<'a>],
    index: usize,
    month: u32,
) -> Option<(NaiveDate, Cow<'a, str>)> {
    let number = |token: Option<&Token<'_>>, lengths: RangeInclusive<usize>| -> Option<u32> {
        token
            .filter(|token| token.is_number && lengths.contains(&token.text.len()))
            .and_then(|token| token.text.parse().ok())
    };
    let next = tokens.get(index + 1);
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    // Only the name of a weekday may come before.
    let begins_at = |first: usize| {
        first == 0 || (first == 1 && !tokens[0].is_number && tokens[0].text.len() <= 24)
    };
    let rest_from =
        |token: Option<&Token<'_>>| Cow::Borrowed(token.map_or("", |token| &cell[token.end..]));
    if let Some(day) = number(before, 1..=2) {
        let year = number(next, 4..=4).or_else(|| number(next, 2..=2).map(|year| year + 2000))?;
        return Some((date(year, month, day)?, rest_from(next))).filter(|_| begins_at(index - 1));
    }
    if let Some(year) = number(before, 4..=4) {
        let day = number(next, 1..=2)?;
        let rest = Cow::Borrowed(cell[next?.end..].trim_start_matches('.'));
        return Some((date(year, month, day)?, rest)).filter(|_| begins_at(index - 1));
    }
    let day = number(next, 1..=2)?;
    if !begins_at(index) {
        return None;
    }
    let after = tokens.get(index + 2);
    if let Some(year) = number(after, 4..=4) {
        return Some((date(year, month, day)?, rest_from(after)));
    }
    // "Thu Jan 01 10:00:00 UTC 2026" has its year after the time.
    let year_token = tokens[index + 2..]
        .iter()
        .find(|token| token.is_number && token.text.len() == 4 && !follows_sign(cell, token))?;
    let year = year_token.text.parse().ok()?;
    let time = &cell[next?.end..year_token.start];
    let rest = format!("{}{}", time, &cell[year_token.end..]);
    Some((date(year, month, day)?, Cow::Owned(rest)))
}

/// True for `+0100`, which is no year.
fn follows_sign(cell: &str, token: &Token<'_>) -> bool {
    cell[..token.start].ends_with(['+', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_many_styles() {
        #[rustfmt::skip]
        let cells = [
            "2026-03-05", "2026/3/5", "2026.03.05", "2026. 3. 5.", "20260305", "2026年3月5日",
            "2026년 3월 5일", "Mar 5, 2026", "March 5th, 2026", "5 March 2026", "5-Mar-2026",
            "05-MAR-26", "Thu, 05 Mar 2026", "Thursday, March 5, 2026", "5. März 2026",
            "Donnerstag, 5. März 2026", "jeudi 5 mars 2026", "5 de marzo de 2026",
            "5 de março de 2026", "mar. 5 mars 2026", "2026-Mar-05", "2026. március 5.",
            "5 марта 2026", "5 Μαρτίου 2026", "5. maaliskuuta 2026", "5 Mart 2026",
        ];
        for cell in cells {
            let written = read(cell).unwrap_or_else(|| panic!("{cell} is not read"));
            let day = written.day.in_order(Order::Day).unwrap();
            assert_eq!(day.to_string(), "2026-03-05", "{cell}");
            assert_eq!(written.rest.trim(), "", "{cell}");
        }
        #[rustfmt::skip]
        let others = [
            "5 March", "1.2.3.4", "2026-13-05", "2026-W10-4", "hello", "Mar 2026 paid 5 Mar 2026x",
            "v 1.2.2026", "01/13/0001",
        ];
        for cell in others {
            let day = read(cell).map(|written| (written.day, written.rest.to_string()));
            assert!(!day.is_some_and(|(_, rest)| rest.is_empty()), "{cell}");
        }
    }

    #[test]
    fn every_pattern_is_known() {
        for separator in ['-', '/', '.'] {
            for order in [Order::Day, Order::Month, Order::Year] {
                let shape = Shape::Numbers {
                    separator,
                    short: true,
                };
                let text = shape.pattern(order);
                assert_eq!(pattern(text), Some(text));
                assert_eq!(order_of(text), order);
            }
        }
    }
}
