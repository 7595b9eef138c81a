//! Sums of columns, to recognise rows that repeat them.

use crate::columns::group::Group;
use crate::text::trim;

/// Numbers of a column, summed up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    rows: u64,
    filled: u64,
    numbers: u64,
    sum: f64,
    min: f64,
    max: f64,
    promoters: u64,
    passives: u64,
    detractors: u64,
}

/// A number as a cell writes it.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    pub value: f64,
    decimals: usize,
}

impl Written {
    /// Reads `842`, `8.4`, `8,4` and `53 %`.
    pub fn read(cell: &str) -> Option<Self> {
        let text = trim(cell);
        let text = text
            .strip_suffix('%')
            .unwrap_or(text)
            .trim_end()
            .replace(',', ".");
        let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let decimals = text
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len());
        let value = text.parse().ok()?;
        Some(Self { value, decimals })
    }

    /// True if another number is this one, rounded as it is written.
    fn equals(self, other: f64) -> bool {
        let precision = 10_f64.powi(-i32::try_from(self.decimals).unwrap_or(i32::MAX));
        (self.value - other).abs() <= precision / 2.0 + 1e-9
    }
}

impl Sums {
    pub fn add(&mut self, cell: &str) {
        self.rows += 1;
        if trim(cell).is_empty() {
            return;
        }
        self.filled += 1;
        let Some(Written { value, .. }) = Written::read(cell) else {
            return;
        };
        (self.min, self.max) = if self.numbers == 0 {
            (value, value)
        } else {
            (self.min.min(value), self.max.max(value))
        };
        self.numbers += 1;
        self.sum += value;
        self.promoters += u64::from((9.0..=10.0).contains(&value));
        self.passives += u64::from((7.0..=8.0).contains(&value));
        self.detractors += u64::from((0.0..=6.0).contains(&value));
    }

    /// True if a number is that of the respondents of a group, or their share in percent.
    pub fn count(&self, group: Group, number: Written) -> bool {
        let count = match group {
            Group::Promoter => self.promoters,
            Group::Passive => self.passives,
            Group::Detractor => self.detractors,
        } as f64;
        let share = count * 100.0 / self.numbers as f64;
        self.numbers > 0 && [count, share].into_iter().any(|value| number.equals(value))
    }

    /// True if a number sums up at least two rows.
    pub fn give(&self, number: Written) -> bool {
        if self.rows < 2 || self.numbers == 0 {
            return false;
        }
        let count = |count: u64| count as f64;
        let numbers = count(self.numbers);
        let nps = (count(self.promoters) - count(self.detractors)) * 100.0 / numbers;
        [self.sum, self.sum / numbers, nps, self.min, self.max]
            .into_iter()
            .chain([self.rows, self.filled, self.numbers].map(count))
            .any(|value| number.equals(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_means_counts_and_nps_are_recognised() {
        let mut sums = Sums::default();
        ["9", "10", "", "3", "8"]
            .iter()
            .for_each(|cell| sums.add(cell));
        for (cell, expected) in [
            ("30", true),
            ("7.5", true),
            ("7,50", true),
            ("25%", true),
            ("5", true),
            ("4", true),
            ("29", false),
            ("7.4", false),
            ("6", false),
        ] {
            assert_eq!(sums.give(Written::read(cell).unwrap()), expected, "{cell}");
        }
        assert!(Written::read("NPS").is_none() && Written::read("").is_none());
    }
}
