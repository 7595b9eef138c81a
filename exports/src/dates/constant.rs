//! Values that all dates of a column share.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

use super::day::{Order, Written};

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

/// Minimum numbers of dates that share a time, or two times an hour apart, by more than chance.
const SHARED_MIN: usize = 3;
const TWO_SHARED_MIN: usize = 5;

/// Follows if all times of day are the same, or two whole hours next to each other: midnight of a
/// zone with summer time, written in UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedTime {
    first: Option<NaiveTime>,
    second: Option<NaiveTime>,
    others: bool,
    count: usize,
}

impl SharedTime {
    pub fn count(&mut self, time: NaiveTime) {
        self.count += 1;
        if *self.first.get_or_insert(time) != time {
            self.others |= *self.second.get_or_insert(time) != time;
        }
    }

    /// True if all of this many dates share their time.
    pub fn is_of_all(&self, dates: usize) -> bool {
        let (Some(first), false) = (self.first, self.others || self.count != dates) else {
            return false;
        };
        match self.second {
            None => dates >= SHARED_MIN,
            Some(second) => {
                let is_whole = |time: NaiveTime| (time.minute(), time.second()) == (0, 0);
                let apart = first.hour().abs_diff(second.hour());
                dates >= TWO_SHARED_MIN
                    && is_whole(first)
                    && is_whole(second)
                    && matches!(apart, 1 | 23)
            }
        }
    }
}

/// True for a day that tools write in place of a date: LimeSurvey writes 1 January 1980 if a
/// survey stores no dates, and 1 January 1970 is the zero of most clocks.
pub fn is_placeholder(day: NaiveDate) -> bool {
    matches!(day.year(), 1970 | 1980) && day.ordinal() == 1
}

/// The day of a cell if it is one that tools write where they have no date: the zero of .NET, of
/// Windows, of SQL Server and of spreadsheets, or the last day that a database stores. No response
/// is of such a day.
pub fn stand_in(written: &Written<'_>) -> Option<NaiveDate> {
    let is_stand_in = |day: &NaiveDate| {
        matches!(
            (day.year(), day.month(), day.day()),
            (1 | 1601 | 1753 | 1900, 1, 1) | (1899, 12, 30) | (9999, 12, 31)
        )
    };
    let mut days = [Order::Day, Order::Month].into_iter();
    days.find_map(|order| written.day.in_order(order).filter(is_stand_in))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shared_by_more_than_chance() {
        let shared = |times: &[&str]| {
            let mut shared = SharedTime::default();
            for time in times {
                shared.count(time.parse().unwrap());
            }
            shared.is_of_all(times.len())
        };
        assert!(shared(&["10:15:00"; 3]) && !shared(&["10:15:00"; 2]) && !shared(&[]));
        assert!(!shared(&["10:15:00", "10:15:00", "10:16:00"]));
        let midnights = ["22:00:00", "23:00:00", "22:00:00", "22:00:00", "23:00:00"];
        assert!(shared(&midnights) && !shared(&midnights[..4]));
        assert!(shared(&[
            "00:00:00", "23:00:00", "00:00:00", "23:00:00", "23:00:00"
        ]));
        assert!(!shared(&[
            "10:15:00", "11:15:00", "10:15:00", "10:15:00", "11:15:00"
        ]));
        assert!(!shared(&[
            "21:00:00", "23:00:00", "21:00:00", "21:00:00", "23:00:00"
        ]));
    }

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
