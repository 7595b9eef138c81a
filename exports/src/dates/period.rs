//! Months, quarters and weeks: dates that stand for the first day of a period.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate, Weekday};

use super::day::{self, Day, SHORT_YEAR_MONTHS, Shape, Token, Written, YEARS, tokens};
use super::month_names::month;

/// The pattern of months without a separator.
pub const COMPACT_MONTHS: &str = "%Y%m";

/// The longest cell that is read as a period, in bytes.
const LENGTH_MAX: usize = 48;

/// Reads the day at the start of a cell, or else a month, quarter or week.
pub fn day_or_period(cell: &str) -> Option<Written<'_>> {
    day::read(cell).or_else(|| read(cell))
}

/// Reads a cell that is a month, a quarter or a week, and nothing else.
fn read(cell: &str) -> Option<Written<'static>> {
    if cell.len() > LENGTH_MAX {
        return None;
    }
    let (shape, date) = numeric_month(cell).or_else(|| {
        let tokens = significant_tokens(cell);
        named_month(cell, &tokens)
            .or_else(|| quarter(&tokens))
            .or_else(|| week(&tokens))
    })?;
    Some(Written {
        shape,
        day: Day::Known(date),
        rest: Cow::Borrowed(""),
    })
}

/// True if a month without a separator can also be a day with a year of two digits: 200105 is May
/// 2001, or 5 January 2020.
pub fn may_be_short_day(date: NaiveDate) -> bool {
    (2001..=2012).contains(&date.year())
}

fn first_of_month(year: u32, month: u32) -> Option<NaiveDate> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, 1)?;
    // Other numbers of four digits are no years.
    YEARS.contains(&date.year()).then_some(date)
}

fn digits(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// A month in digits: `2021-04`, `04/2021`, `202104`.
fn numeric_month(cell: &str) -> Option<(Shape, NaiveDate)> {
    let at = |pattern, year: &str, month: &str| {
        let date = first_of_month(digits(year)?, digits(month)?)?;
        Some((Shape::Month(pattern), date))
    };
    if cell.len() == 6 && cell.is_ascii() {
        let found = at(COMPACT_MONTHS, &cell[..4], &cell[4..]);
        if found.is_some() {
            return found;
        }
    }
    let separator = cell.find(['-', '/', '.'])?;
    let (first, second) = (cell[..separator].trim(), cell[separator + 1..].trim());
    let [year_first, year_last] = match cell.as_bytes()[separator] {
        b'-' => ["%Y-%m", "%m-%Y"],
        b'/' => ["%Y/%m", "%m/%Y"],
        _ => ["%Y.%m", "%m.%Y"],
    };
    match (first.len(), second.len()) {
        // As a number, 2021.1 has lost a zero or not.
        (4, 1) if cell.as_bytes()[separator] == b'.' => None,
        (4, 1..=2) => at(year_first, first, second),
        (1..=2, 4) => at(year_last, second, first),
        _ => None,
    }
}

/// Words beside a period that add nothing.
#[rustfmt::skip]
const IGNORED: [&str; 13] = [
    "年", "年第", "第", "年度第", "년", "г", "год", "года", "році", "року", "р", "o", "a",
];

fn significant_tokens(cell: &str) -> Vec<Token<'_>> {
    let mut tokens = tokens(cell);
    tokens.retain(|token| !IGNORED.contains(&token.text));
    tokens
}

/// A month by its name, with a year: `April 2021`, `2021 abril`, `Apr '21`, `Apr-21`, `2021M04`.
fn named_month(cell: &str, tokens: &[Token<'_>]) -> Option<(Shape, NaiveDate)> {
    let year = |token: &Token<'_>| match (token.is_number, token.text.len()) {
        (true, 4) => digits(token.text),
        (true, 2) if cell[..token.start].ends_with(['\'', '’']) => {
            Some(2000 + digits(token.text)?)
        }
        _ => None,
    };
    let short_number = |token: &Token<'_>| {
        let is_short = token.is_number && token.text.len() <= 2;
        is_short.then(|| digits(token.text))?
    };
    let (pattern, year, month) = match tokens {
        // "Apr 21" can be a day, "Apr '21" cannot.
        [first, second] if !first.is_number && year(second).is_none() => {
            let number = Some(second).filter(|second| second.text.len() == 2);
            let short = short_number(number?)?;
            let century = if short < 69 { 2000 } else { 1900 };
            (SHORT_YEAR_MONTHS, century + short, month(first.text)?)
        }
        [first, second] if !first.is_number => ("%B %Y", year(second)?, month(first.text)?),
        [first, second] if !second.is_number => ("%B %Y", year(first)?, month(second.text)?),
        [first, letter, second] if matches!(letter.text, "M" | "m") => {
            ("%YM%m", year(first)?, short_number(second)?)
        }
        [first, second, unit] if matches!(unit.text, "月" | "월") => {
            ("%Y年%m月", year(first)?, short_number(second)?)
        }
        _ => return None,
    };
    Some((Shape::Month(pattern), first_of_month(year, month)?))
}

#[rustfmt::skip]
const QUARTER_WORDS: [&str; 28] = [
    "q", "qtr", "quarter", "quartal", "t", "trim", "trimestre", "trimester", "tri", "kwartaal",
    "kwartał", "kw.", "kvartal", "kvartál", "kvartaali", "čtvrtletí", "štvrťrok", "negyedév",
    "trimestrul", "çeyrek", "квартал", "кв", "τρίμηνο", "四半期", "季度", "季", "분기", "רבעון",
];

/// A quarter with its year: `2021-Q2`, `Q2 2021`, `2T21`, `2. Quartal 2021`.
fn quarter(tokens: &[Token<'_>]) -> Option<(Shape, NaiveDate)> {
    let [first, second, third] = tokens else {
        return None;
    };
    let is_word = |token: &Token<'_>| {
        !token.is_number && QUARTER_WORDS.contains(&token.text.to_lowercase().as_str())
    };
    let (number, year) = if is_word(second) {
        // 2021-Q2, or 2. Quartal 2021.
        if first.text.len() == 4 {
            (third, first)
        } else {
            (first, third)
        }
    } else if is_word(first) {
        (second, third)
    } else if is_word(third) {
        (second, first)
    } else {
        return None;
    };
    let number = match number.text {
        "1" | "01" | "I" => 1,
        "2" | "02" | "II" => 2,
        "3" | "03" | "III" => 3,
        "4" | "04" | "IV" => 4,
        _ => return None,
    };
    let year = match year.text.len() {
        4 => digits(year.text)?,
        2 => 2000 + digits(year.text)?,
        _ => return None,
    };
    Some((Shape::Quarter, first_of_month(year, number * 3 - 2)?))
}

#[rustfmt::skip]
const WEEK_WORDS: [&str; 28] = [
    "w", "wk", "cw", "kw", "week", "weeknr", "woche", "kalenderwoche", "semaine", "semana",
    "settimana", "uge", "vecka", "uke", "viikko", "vko", "tydzień", "týden", "týždeň", "hét",
    "săptămâna", "hafta", "неделя", "тиждень", "εβδομάδα", "週", "周", "주",
];

/// An ISO week with its year, as its Monday: `2021-W14`, `KW 14/2021`, `Week 14, 2021`.
fn week(tokens: &[Token<'_>]) -> Option<(Shape, NaiveDate)> {
    let [first, second, third] = tokens else {
        return None;
    };
    let is_word = |token: &Token<'_>| {
        !token.is_number && WEEK_WORDS.contains(&token.text.to_lowercase().as_str())
    };
    let (word, one, other) = if is_word(first) {
        (first, second, third)
    } else if is_word(second) {
        (second, first, third)
    } else if is_word(third) {
        (third, first, second)
    } else {
        return None;
    };
    let (year, week) = if one.text.len() == 4 {
        (one, other)
    } else {
        (other, one)
    };
    // "W1 2021" can be a wave of surveys.
    let digits_min = if word.text.len() == 1 { 2 } else { 1 };
    if year.text.len() != 4 || !(digits_min..=2).contains(&week.text.len()) {
        return None;
    }
    let year = i32::try_from(digits(year.text)?).ok()?;
    let monday = NaiveDate::from_isoywd_opt(year, digits(week.text)?, Weekday::Mon)?;
    YEARS
        .contains(&monday.year())
        .then_some((Shape::Week, monday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_day(cell: &str) -> Option<String> {
        match read(cell)?.day {
            Day::Known(date) => Some(date.to_string()),
            Day::Numbers(_) => None,
        }
    }

    #[test]
    fn months_are_their_first_day() {
        #[rustfmt::skip]
        let cells = [
            "202104", "2021-04", "2021-4", "2021/04", "2021.04", "04/2021", "4/2021", "04-2021",
            "04.2021", "Apr 2021", "April 2021", "April, 2021", "2021 April", "2021-Apr", "Apr-2021",
            "APR/2021", "Apr '21", "avril 2021", "abril de 2021", "abr/2021", "апрель 2021 г.",
            "2021. április", "huhtikuu 2021", "2021年4月", "2021年04月", "2021년 4월", "2021M04",
        ];
        for cell in cells {
            assert_eq!(first_day(cell).as_deref(), Some("2021-04-01"), "{cell}");
        }
    }

    #[test]
    fn months_can_have_a_year_of_two_digits() {
        for cell in ["Apr-21", "Apr 21", "abr/21", "avr.-21", "APR 21", "апр.21"] {
            let written = read(cell).unwrap();
            assert_eq!(written.shape, Shape::Month(SHORT_YEAR_MONTHS), "{cell}");
            assert_eq!(first_day(cell).as_deref(), Some("2021-04-01"), "{cell}");
        }
    }

    #[test]
    fn quarters_are_their_first_day() {
        #[rustfmt::skip]
        let cells = [
            "2021-Q2", "2021Q2", "2021 Q2", "2021/Q2", "2021q2", "Q2 2021", "Q2/2021", "Q2-21",
            "Q2 '21", "2Q21", "2Q 2021", "Quarter 2, 2021", "2. Quartal 2021", "T2 2021", "2T21",
            "2e trimestre 2021", "2º trimestre de 2021", "II trimestre 2021", "II кв. 2021 г.",
            "2 квартал 2021", "II kwartał 2021", "2021. 2. negyedév", "2021年第2四半期", "2021年2季度",
            "2021년 2분기",
        ];
        for cell in cells {
            assert_eq!(first_day(cell).as_deref(), Some("2021-04-01"), "{cell}");
        }
    }

    #[test]
    fn iso_weeks_are_their_monday() {
        #[rustfmt::skip]
        let cells = [
            "2021-W14", "2021W14", "2021 w14", "W14 2021", "W14/2021", "KW 14/2021", "KW14 2021",
            "2021-KW14", "2021 KW 14", "CW14/2021", "Week 14, 2021", "2021 week 14", "14. Woche 2021",
            "Semaine 14 2021", "Semana 14 de 2021", "Uge 14, 2021", "vecka 14 2021", "2021. 14. hét",
            "14 неделя 2021 г.", "2021年第14週", "2021年14周", "2021년 14주",
        ];
        for cell in cells {
            assert_eq!(first_day(cell).as_deref(), Some("2021-04-05"), "{cell}");
        }
        assert_eq!(first_day("2026-W01").as_deref(), Some("2025-12-29"));
        assert_eq!(first_day("KW 1/2026").as_deref(), Some("2025-12-29"));
    }

    #[test]
    fn other_cells_are_no_periods() {
        #[rustfmt::skip]
        let cells = [
            "202113", "190104", "123456", "2021-13", "13/2021", "2021.1", "21-04", "21-Apr",
            "Apr-5", "April", "2021", "5 March", "Q2", "Q5 2021", "Q12 2021", "FY2021 Q2",
            "2021-W54", "W1 2021", "2021-W14-2", "KW 14", "1 kw. 21", "H1 2021", "9/10", "3.5", "Q2 2021 wave", "Version 2021", "S1 2021",
            "2020-2021", "1.2021.4", "",
        ];
        for cell in cells {
            assert_eq!(first_day(cell), None, "{cell}");
        }
    }
}
