//! Dates of which a spreadsheet may have swapped day and month.
//!
//! A spreadsheet that opens a file of `05/03/2026` in a locale that writes the month first makes a
//! date of it, 3 May, and leaves `13/03/2026` as text. Then all dates have a day up to 12, and all
//! texts one above it.

use chrono::{Datelike, NaiveDate};

/// The probability that a day is up to 12 and not the number of its month, and that it is not.
const LOW: f64 = 0.4;
const HIGH: f64 = 0.6;

/// Outside workbooks, dates and texts are likely to be left by a spreadsheet if chance makes such
/// days less often than this.
const CHANCE_MAX: f64 = 0.02;

/// Counts of dates by what swapping day and month makes of them. Dates whose day is the number of
/// their month stay the same, and are not counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct SwapEvidence {
    low: usize,
    high: usize,
}

impl SwapEvidence {
    pub fn count(&mut self, date: NaiveDate) {
        self.low += usize::from(date.day() <= 12 && date.day() != date.month());
        self.high += usize::from(date.day() > 12);
    }

    /// Dates with a day up to 12.
    pub fn low(&self) -> usize {
        self.low
    }

    /// True if there are dates with a day up to 12, and no others.
    pub fn are_low(&self) -> bool {
        self.low > 0 && self.high == 0
    }

    /// True if chance hardly explains these dates beside texts with a day above 12. A few dates
    /// of a workbook can have been typed in the right order.
    pub fn outweighs_chance(&self, texts: usize, in_workbook: bool) -> bool {
        let power =
            |chance: f64, count: usize| chance.powi(i32::try_from(count).unwrap_or(i32::MAX));
        if in_workbook {
            self.low > 0 && self.low >= 4 * self.high
        } else {
            self.are_low() && power(LOW, self.low) * power(HIGH, texts) < CHANCE_MAX
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_low_days_are_no_chance() {
        let evidence = |days: &[u32]| {
            let mut evidence = SwapEvidence::default();
            for day in days {
                evidence.count(NaiveDate::from_ymd_opt(2026, 5, *day).unwrap());
            }
            evidence
        };
        let low = evidence(&[1, 2, 3, 4, 6, 12]);
        assert!(low.outweighs_chance(4, false) && low.outweighs_chance(1, true));
        let few = evidence(&[1, 5]);
        assert!(!few.outweighs_chance(2, false) && few.outweighs_chance(2, true));
        let mixed = evidence(&[1, 2, 13, 28]);
        assert!(!mixed.outweighs_chance(9, false) && !mixed.outweighs_chance(9, true));
        // Day and month are the same in either order.
        assert!(!evidence(&[5]).outweighs_chance(9, true));
    }
}
