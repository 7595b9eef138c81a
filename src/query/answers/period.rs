//! Periods as they are written: quarters, months, years, days.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate};

/// The forms of a period, as hints show them.
pub(super) const FORMS: &str = "write a quarter '2026-Q1', a month '2026-01', a year '2026', a day '2026-01-31', or \
     its first and last day '2026-01-10..2026-02-20'";

/// Consecutive days of the lake's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: NaiveDate,
    /// The day after the last.
    pub(super) end: NaiveDate,
    /// The unit of the calendar that it is one of; `None` for days.
    pub(super) unit: Option<Unit>,
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub(super) const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// The name, as `date_trunc` has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    pub(super) fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// A period of the unit, as it is written.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Month => "'2026-01'",
            Self::Quarter => "'2026-Q1'",
            Self::Year => "'2026'",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|unit| unit.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Period {
    /// Parses a period; `None` if the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once("..") {
            let (first, last) = (day(first.trim())?, day(last.trim())?);
            return (first <= last).then(|| Self::days(first, last))?;
        }
        if let Some(day) = day(text) {
            return Self::days(day, day);
        }
        let (year, part) = match text.split_once('-') {
            Some((year, part)) => (year, Some(part)),
            None => (text, None),
        };
        let year: i32 = digits(year, 4)?;
        let quarter = part.and_then(|part| part.strip_prefix(['Q', 'q']));
        match (part, quarter) {
            (None, _) => Self::unit(year, 1, Unit::Year),
            (Some(_), Some(quarter)) => {
                let quarter: u32 = digits(quarter, 1)?;
                (1..=4)
                    .contains(&quarter)
                    .then(|| Self::unit(year, quarter * 3 - 2, Unit::Quarter))?
            }
            (Some(month), None) => Self::unit(year, digits(month, 2)?, Unit::Month),
        }
    }

    fn days(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        Some(Self {
            start: first,
            end: last.checked_add_days(Days::new(1))?,
            unit: None,
        })
    }

    fn unit(year: i32, month: u32, unit: Unit) -> Option<Self> {
        let start = NaiveDate::from_ymd_opt(year, month, 1)?;
        Some(Self {
            start,
            end: start.checked_add_months(Months::new(unit.months()))?,
            unit: Some(unit),
        })
    }

    /// True if the period is one day.
    pub(super) fn is_day(&self) -> bool {
        self.start.succ_opt() == Some(self.end)
    }

    /// True if the periods have a day in common.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The period and the `count` - 1 periods of the same unit before it.
    pub(super) fn with_previous(&self, count: u32, unit: Unit) -> Option<Self> {
        let months = unit.months().checked_mul(count - 1)?;
        Some(Self {
            start: self.start.checked_sub_months(Months::new(months))?,
            ..*self
        })
    }

    /// A condition in SQL that the day is in the period.
    pub(super) fn condition(&self) -> String {
        format!("day >= DATE '{}' AND day < DATE '{}'", self.start, self.end)
    }
}

/// A day written as `2026-01-31`.
fn day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    // The parser takes days without zeros and years of any length.
    (text.len() == 10 && (0..=9999).contains(&day.year())).then_some(day)
}

/// A number of exactly this many digits.
fn digits<T: std::str::FromStr>(text: &str, count: usize) -> Option<T> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_parsed() {
        for (text, start, end, unit) in [
            ("2025-Q4", "2025-10-01", "2026-01-01", Some(Unit::Quarter)),
            ("2026-q1", "2026-01-01", "2026-04-01", Some(Unit::Quarter)),
            ("2026-02", "2026-02-01", "2026-03-01", Some(Unit::Month)),
            (" 2025 ", "2025-01-01", "2026-01-01", Some(Unit::Year)),
            ("2024-02-29", "2024-02-29", "2024-03-01", None),
            ("2026-01-10..2026-02-20", "2026-01-10", "2026-02-21", None),
            ("2026-01-10 .. 2026-01-10", "2026-01-10", "2026-01-11", None),
        ] {
            let period = Period::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(period.start.to_string(), start, "{text}");
            assert_eq!(period.end.to_string(), end, "{text}");
            assert_eq!(period.unit, unit, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_periods() {
        for text in [
            "",
            "-",
            "Q1",
            "2026-Q5",
            "2026-Q0",
            "2026-Q",
            "2026-Q01",
            "2026-13",
            "2026-00",
            "26",
            "2026-1",
            "20260",
            "2026-1-1",
            "2025-02-29",
            "+026",
            "2026-Q1..2026-Q2",
            "2026-01-01..",
            "2026-02-01..2026-01-31",
            "12026-01-01",
            "last quarter",
            "2026–01",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn overlaps_have_a_day_in_common() {
        let overlaps = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| Period::parse(text).expect("a period"));
            assert_eq!(a.overlaps(&b), b.overlaps(&a));
            a.overlaps(&b)
        };
        assert!(!overlaps("2025-Q4", "2026-Q1"));
        assert!(overlaps("2026-01", "2026"));
        assert!(overlaps("2026-01-31", "2026-01-31..2026-02-01"));
        assert!(!overlaps("2026-01-31", "2026-02"));
    }

    #[test]
    fn earlier_periods_are_added() {
        let quarter = Period::parse("2026-Q1").expect("a quarter");
        let three = quarter.with_previous(3, Unit::Quarter).expect("a period");
        assert_eq!(three.start.to_string(), "2025-07-01");
        assert_eq!(three.end, quarter.end);
        assert_eq!(quarter.with_previous(u32::MAX, Unit::Quarter), None);
    }
}
