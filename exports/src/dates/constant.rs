//! Values that all dates of a column share.

use chrono::{Datelike, NaiveDate};

/// Follows if all values are the same.
#[derive(Clone, Copy, Debug)]
pub struct Constant<T> {
    first: Option<T>,
    count: usize,
    differs: bool,
}

impl<T> Default for Constant<T> {
    fn default() -> Self {
        Self {
            first: None,
            count: 0,
            differs: false,
        }
    }
}

impl<T: Copy + PartialEq> Constant<T> {
    pub fn count(&mut self, value: T) {
        self.count += 1;
        self.differs |= *self.first.get_or_insert(value) != value;
    }

    /// The value of all, if they are this many.
    pub fn of_all(&self, count: usize) -> Option<T> {
        self.first.filter(|_| !self.differs && self.count == count)
    }
}

/// True for a day that tools write in place of a date: LimeSurvey writes 1 January 1980 if a
/// survey stores no dates, and 1 January 1970 is the zero of most clocks.
pub fn is_placeholder(day: NaiveDate) -> bool {
    matches!(day.year(), 1970 | 1980) && day.ordinal() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_value_of_all_is_constant() {
        let of_all = |values: &[u8], count: usize| {
            let mut constant = Constant::default();
            values.iter().for_each(|value| constant.count(*value));
            constant.of_all(count)
        };
        assert_eq!(of_all(&[3, 3], 2), Some(3));
        assert_eq!(of_all(&[3, 3], 3), None);
        assert_eq!(of_all(&[3, 4], 2), None);
        assert_eq!(of_all(&[], 0), None);
    }
}
