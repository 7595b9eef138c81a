//! Months whose year has two digits, as spreadsheets write them: `Sep-25`. The number can also be a
//! day whose year is missing.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

/// Years that a column named as months is likely to have.
const NAMED: RangeInclusive<u32> = 2003..=2040;

/// Years that any other column is likely to have, and how many of them.
const UNNAMED: RangeInclusive<u32> = 2015..=2040;
const UNNAMED_MAX: u32 = 4;

/// The first year of the bits.
const FIRST: i32 = 1969;

/// Follows the months and years of such dates.
#[derive(Clone, Debug, Default)]
pub struct ShortYears {
    /// A bit for each year from [`FIRST`].
    years: u128,
    /// A bit for each month.
    months: u16,
    /// The number of dates.
    pub count: usize,
    /// The first one as it is written.
    pub sample: Option<String>,
}

impl ShortYears {
    pub fn count(&mut self, date: NaiveDate, cell: &str) {
        self.count += 1;
        self.months |= 1 << date.month();
        self.years |= 1 << (date.year() - FIRST).clamp(0, 127);
        self.sample.get_or_insert_with(|| cell.to_owned());
    }

    /// True if the numbers are years: a few recent ones without a gap, in more than one month unless
    /// the header names months. Days of a month vary more, or are all in one month.
    pub fn are_years(&self, named_as_months: bool) -> bool {
        let (first, count) = (self.years.trailing_zeros(), self.years.count_ones());
        let last = 127 - self.years.leading_zeros().min(127);
        let are_in = |likely: RangeInclusive<u32>| {
            let year = |bit: u32| bit + FIRST as u32;
            likely.contains(&year(first)) && likely.contains(&year(last))
        };
        let has_no_gap = self.count > 0 && last - first + 1 == count;
        let several_months = self.months.count_ones() > 1;
        has_no_gap
            && if named_as_months {
                are_in(NAMED)
            } else {
                are_in(UNNAMED) && count <= UNNAMED_MAX && several_months
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_recent_numbers_in_several_months_are_years() {
        let are_years = |named: bool, dates: &[(i32, u32)]| {
            let mut years = ShortYears::default();
            for (year, month) in dates {
                let date = NaiveDate::from_ymd_opt(*year, *month, 1).unwrap();
                years.count(date, "");
            }
            years.are_years(named)
        };
        for (dates, named, unnamed) in [
            (&[(2025, 9), (2025, 10)][..], true, true),
            (&[(2024, 12), (2025, 1), (2026, 1)], true, true),
            (&[(2025, 9)], true, false),
            (&[(2024, 9), (2025, 9)], true, false),
            (&[(2004, 9), (2005, 10)], true, false),
            // Days of a week, of a year, and every second one.
            (&[(2022, 9), (2023, 9), (2024, 9)], true, false),
            (&[(2001, 9), (2002, 10), (2003, 9)], false, false),
            (&[(2022, 9), (2024, 10)], false, false),
            (&[(2022, 9), (2029, 9), (2006, 10)], false, false),
            (&[(1998, 9), (1998, 10)], false, false),
            (&[], false, false),
        ] {
            assert_eq!(are_years(true, dates), named, "{dates:?}");
            assert_eq!(are_years(false, dates), unnamed, "{dates:?}");
        }
    }
}
