//! Periods to compare, and the steps of the trend.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::data::{Period, Periods, Step};

/// Lengths in days of the current and previous period, best first. A quarter smooths over weekdays
/// and campaigns; the shorter ones are for new surveys.
const LENGTHS: [u32; 3] = [90, 30, 7];

/// Accounts respond and people comment rarely, so it takes a year of data to see a pattern.
const YEAR_DAYS: u32 = 365;

/// Points of the trend at most; more are hard to read, so older ones are left out.
const POINTS_MAX: usize = 120;

impl Period {
    /// The `days` days up to and including `to`.
    fn ending(to: NaiveDate, days: u32) -> Self {
        let from = to.checked_sub_days(Days::new(u64::from(days.saturating_sub(1))));
        Self {
            from: from.unwrap_or(NaiveDate::MIN),
            to,
        }
    }

    /// The period of the same length directly before this one.
    fn previous(&self) -> Self {
        let to = self.from.pred_opt().unwrap_or(NaiveDate::MIN);
        Self::ending(to, self.days())
    }

    pub(crate) fn days(&self) -> u32 {
        let days = (self.to - self.from).num_days() + 1;
        u32::try_from(days).unwrap_or(u32::MAX)
    }

    /// The day after the last.
    pub(crate) fn end(&self) -> NaiveDate {
        self.to.succ_opt().unwrap_or(NaiveDate::MAX)
    }

    /// The last year of the period, or all of it if it is shorter.
    pub(crate) fn last_year(&self) -> Self {
        let year = Self::ending(self.to, YEAR_DAYS);
        Self {
            from: year.from.max(self.from),
            to: self.to,
        }
    }
}

impl Periods {
    /// The longest two consecutive periods of equal length that responses in `range` fill. A range
    /// under two weeks is a single period, with nothing to compare it with.
    pub(crate) fn new(range: Period) -> Self {
        let length = LENGTHS.into_iter().find(|days| range.days() >= 2 * days);
        let current = length.map_or(range, |days| Period::ending(range.to, days));
        Self {
            days: current.days(),
            current,
            previous: length.map(|_| current.previous()),
        }
    }

    /// The current and previous period for accounts: two years, or else those of the report.
    pub(crate) fn for_accounts(&self, range: Period) -> Option<(Period, Period)> {
        if range.days() >= 2 * YEAR_DAYS {
            let current = range.last_year();
            Some((current, current.previous()))
        } else {
            self.previous.map(|previous| (self.current, previous))
        }
    }
}

impl Step {
    /// A suitable step for a trend over `range`.
    pub(crate) fn for_range(range: Period) -> Self {
        match (range.to - range.from).num_days() {
            ..120 => Self::Week,
            120..1_827 => Self::Month,
            1_827..5_480 => Self::Quarter,
            _ => Self::Year,
        }
    }

    /// The unit of `date_trunc`.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The first day of the step that contains `day`.
    fn start(self, day: NaiveDate) -> NaiveDate {
        let first = match self {
            Self::Week => day.week(Weekday::Mon).checked_first_day(),
            Self::Month => day.with_day(1),
            Self::Quarter => NaiveDate::from_ymd_opt(day.year(), day.quarter() * 3 - 2, 1),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        };
        first.unwrap_or(day)
    }

    /// The first day of the next step.
    fn next(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Quarter => start.checked_add_months(Months::new(3)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }

    /// The last day of the step that begins on `start`.
    pub(crate) fn last_day(self, start: NaiveDate) -> NaiveDate {
        let next = self.next(start).and_then(|next| next.pred_opt());
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The first day of each step in a trend over `range`, the newest [`POINTS_MAX`] of them.
    pub(crate) fn starts(self, range: Period) -> Vec<NaiveDate> {
        let first = Some(self.start(range.from));
        let steps = std::iter::successors(first, |start| self.next(*start));
        let mut starts: Vec<_> = steps.take_while(|start| *start <= range.to).collect();
        starts.split_off(starts.len().saturating_sub(POINTS_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn range(from: &str, to: &str) -> Period {
        Period {
            from: day(from),
            to: day(to),
        }
    }

    #[test]
    fn periods_are_the_longest_that_are_filled() {
        let all = Periods::new(range("2024-07-01", "2026-06-30"));
        assert_eq!(all.days, 90);
        assert_eq!(all.current, range("2026-04-02", "2026-06-30"));
        assert_eq!(all.previous, Some(range("2026-01-02", "2026-04-01")));
        for (to, days, has_previous) in [
            ("2026-06-28", 30, true),
            ("2026-06-29", 90, true),
            ("2026-01-14", 7, true),
            ("2026-01-13", 13, false),
            ("2026-01-01", 1, false),
        ] {
            let periods = Periods::new(range("2026-01-01", to));
            let actual = (periods.days, periods.previous.is_some());
            assert_eq!(actual, (days, has_previous), "{to}");
        }
    }

    #[test]
    fn accounts_are_compared_by_year_if_there_are_two() {
        let two_years = range("2024-07-01", "2026-06-30");
        let periods = Periods::new(two_years).for_accounts(two_years);
        let (current, previous) = periods.expect("two years");
        assert_eq!(current.from, day("2025-07-01"));
        assert_eq!(previous.from, two_years.from);
        let less = range("2024-07-02", "2026-06-30");
        let periods = Periods::new(less).for_accounts(less);
        let (current, _) = periods.expect("two quarters");
        assert_eq!(current.days(), 90);
    }

    #[test]
    fn steps_have_no_gaps() {
        for (step, from, to, expected) in [
            (
                Step::Week,
                "2026-01-01",
                "2026-01-12",
                ["2025-12-29", "2026-01-05", "2026-01-12"],
            ),
            (
                Step::Month,
                "2025-12-31",
                "2026-02-01",
                ["2025-12-01", "2026-01-01", "2026-02-01"],
            ),
            (
                Step::Quarter,
                "2025-12-31",
                "2026-04-01",
                ["2025-10-01", "2026-01-01", "2026-04-01"],
            ),
        ] {
            assert_eq!(step.starts(range(from, to)), expected.map(day), "{step:?}");
        }
        let centuries = range("1823-05-05", "2026-04-01");
        assert_eq!(Step::Year.starts(centuries).len(), 120);
        assert_eq!(Step::Quarter.last_day(day("2026-01-01")), day("2026-03-31"));
        for (to, step) in [("2026-04-30", Step::Week), ("2026-05-01", Step::Month)] {
            assert_eq!(Step::for_range(range("2026-01-01", to)), step);
        }
    }
}
