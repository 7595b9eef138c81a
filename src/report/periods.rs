//! Which days are compared, and what a point of the trend is of.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::data::{Period, Periods, Step};

/// The lengths of the current and the previous period, in days, best first: a quarter smooths over
/// weekdays and campaigns, the others are for surveys that have just begun.
const LENGTHS: [u32; 3] = [90, 30, 7];

/// Accounts answer and people comment seldom, so it takes a year of theirs to tell something.
const YEAR_DAYS: u32 = 365;

/// More points than this are no trend that an eye can follow; older ones are left out.
const POINTS_MAX: u32 = 120;

impl Period {
    /// So many days, the last of them `to`.
    fn ending(to: NaiveDate, days: u32) -> Self {
        let from = to.checked_sub_days(Days::new(u64::from(days.saturating_sub(1))));
        Self {
            from: from.unwrap_or(NaiveDate::MIN),
            to,
        }
    }

    /// As many days, the last of them the day before.
    fn before(&self) -> Self {
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
}

/// The longest two periods of one length that responses from `oldest` to `newest` fill; all of it
/// and nothing to compare it with where they span less than two weeks.
pub(crate) fn periods(oldest: NaiveDate, newest: NaiveDate) -> Periods {
    let all = Period {
        from: oldest,
        to: newest,
    };
    let days = LENGTHS.into_iter().find(|days| all.days() >= 2 * days);
    match days {
        Some(days) => {
            let current = Period::ending(newest, days);
            Periods {
                days,
                current,
                previous: Some(current.before()),
            }
        }
        None => Periods {
            days: all.days(),
            current: all,
            previous: None,
        },
    }
}

/// The year that ends with the newest response, or all where that is less.
pub(crate) fn year(oldest: NaiveDate, newest: NaiveDate) -> Period {
    let year = Period::ending(newest, YEAR_DAYS);
    Period {
        from: year.from.max(oldest),
        to: newest,
    }
}

/// The two periods by which accounts are compared: two years, else those of the report.
pub(crate) fn account_periods(
    oldest: NaiveDate,
    newest: NaiveDate,
    periods: &Periods,
) -> Option<(Period, Period)> {
    let all = Period {
        from: oldest,
        to: newest,
    };
    if all.days() >= 2 * YEAR_DAYS {
        let current = Period::ending(newest, YEAR_DAYS);
        return Some((current, current.before()));
    }
    periods.previous.map(|previous| (periods.current, previous))
}

impl Step {
    /// Of responses over these days.
    pub(crate) fn over(oldest: NaiveDate, newest: NaiveDate) -> Self {
        match (newest - oldest).num_days() {
            days if days < 120 => Self::Week,
            days if days < 1_827 => Self::Month,
            days if days < 5_480 => Self::Quarter,
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

    /// The first day of the step that a day is in.
    pub(crate) fn start(self, day: NaiveDate) -> NaiveDate {
        let first = match self {
            Self::Week => {
                let since_monday = u64::from(day.weekday().num_days_from_monday());
                return day.checked_sub_days(Days::new(since_monday)).unwrap_or(day);
            }
            Self::Month => day.with_day(1),
            Self::Quarter => NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        };
        first.unwrap_or(day)
    }

    /// The first day of the step so many steps later, or earlier.
    fn later(self, start: NaiveDate, steps: i32) -> Option<NaiveDate> {
        let months = match self {
            Self::Week => return start.checked_add_signed(chrono::Duration::weeks(steps.into())),
            Self::Month => steps,
            Self::Quarter => steps * 3,
            Self::Year => steps * 12,
        };
        match u32::try_from(months) {
            Ok(months) => start.checked_add_months(Months::new(months)),
            Err(_) => start.checked_sub_months(Months::new(months.unsigned_abs())),
        }
    }

    /// The last day of the step that begins on `start`.
    pub(crate) fn last_day(self, start: NaiveDate) -> NaiveDate {
        let next = self.later(start, 1).and_then(|next| next.pred_opt());
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The first day of the oldest step that is drawn.
    pub(crate) fn first(self, oldest: NaiveDate, newest: NaiveDate) -> NaiveDate {
        let bound = self.later(self.start(newest), 1 - POINTS_MAX as i32);
        let oldest = self.start(oldest);
        bound.map_or(oldest, |bound| bound.max(oldest))
    }

    /// The first days of all steps from `first` to that of `newest`.
    pub(crate) fn starts(self, first: NaiveDate, newest: NaiveDate) -> Vec<NaiveDate> {
        let steps = std::iter::successors(Some(first), |start| self.later(*start, 1));
        steps.take_while(|start| *start <= newest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_longest_two_periods_that_are_filled() {
        let all = periods(day("2024-07-01"), day("2026-06-30"));
        assert_eq!(all.days, 90);
        assert_eq!(all.current.from, day("2026-04-02"));
        assert_eq!(all.current.to, day("2026-06-30"));
        let previous = all.previous.expect("there are two years");
        assert_eq!(previous.from, day("2026-01-02"));
        assert_eq!(previous.to, day("2026-04-01"));
        assert_eq!(periods(day("2026-01-01"), day("2026-06-28")).days, 30);
        assert_eq!(periods(day("2026-01-01"), day("2026-06-29")).days, 90);
        assert_eq!(periods(day("2026-01-01"), day("2026-01-14")).days, 7);
        let short = periods(day("2026-01-01"), day("2026-01-13"));
        assert_eq!((short.days, short.previous), (13, None));
        let one_day = periods(day("2026-01-01"), day("2026-01-01"));
        assert_eq!((one_day.days, one_day.previous), (1, None));
    }

    #[test]
    fn accounts_are_compared_by_year_where_there_are_two() {
        let (oldest, newest) = (day("2024-07-01"), day("2026-06-30"));
        let (current, previous) =
            account_periods(oldest, newest, &periods(oldest, newest)).expect("two years");
        assert_eq!(current.from, day("2025-07-01"));
        assert_eq!(previous.from, oldest);
        let oldest = day("2024-07-02");
        let (current, _) =
            account_periods(oldest, newest, &periods(oldest, newest)).expect("two quarters");
        assert_eq!(current.days(), 90);
    }

    #[test]
    fn steps_have_no_holes() {
        let starts = |step: Step, from, to| {
            let (from, to) = (day(from), day(to));
            step.starts(step.first(from, to), to)
        };
        assert_eq!(
            starts(Step::Week, "2026-01-01", "2026-01-12"),
            [day("2025-12-29"), day("2026-01-05"), day("2026-01-12")]
        );
        assert_eq!(
            starts(Step::Month, "2025-12-31", "2026-02-01"),
            [day("2025-12-01"), day("2026-01-01"), day("2026-02-01")]
        );
        assert_eq!(
            starts(Step::Quarter, "2025-12-31", "2026-04-01"),
            [day("2025-10-01"), day("2026-01-01"), day("2026-04-01")]
        );
        assert_eq!(starts(Step::Year, "1823-05-05", "2026-04-01").len(), 120);
        assert_eq!(Step::Quarter.last_day(day("2026-01-01")), day("2026-03-31"));
        assert_eq!(Step::over(day("2026-01-01"), day("2026-04-30")), Step::Week);
        assert_eq!(
            Step::over(day("2026-01-01"), day("2026-05-01")),
            Step::Month
        );
    }
}
