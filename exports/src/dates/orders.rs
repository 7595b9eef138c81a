//! The order of day and month in a column of dates of three numbers.

use chrono::{Datelike, NaiveDate};

use super::day::{Day, Order, Shape, YEARS};

/// The reason why the dates of a column have no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// All dates whose order matters fit both patterns.
    Ambiguous(&'static str, &'static str),
    /// Some dates fit only the first pattern, others only the second.
    Mixed(&'static str, &'static str),
}

/// Counts of dates of three numbers by the orders that they fit.
#[derive(Debug, Default)]
pub struct Orders {
    pub day_first_only: usize,
    pub month_first_only: usize,
    /// Dates that fit both orders as different days.
    either: usize,
    /// Dates that fit both orders as the same day.
    same: usize,
    /// Dates that fit with a year of two digits first.
    year_first: usize,
    /// The values, a bit each, of first and last numbers of dates with a year of two digits.
    short_first: u128,
    short_last: u128,
    pub shapes: Vec<(Shape, usize)>,
}

impl Orders {
    pub fn count(&mut self, shape: Shape, day: Day) {
        count_one(&mut self.shapes, shape);
        let fits = |order| day.in_order(order).is_some_and(in_years);
        match (fits(Order::Day), fits(Order::Month)) {
            (true, false) => self.day_first_only += 1,
            (false, true) => self.month_first_only += 1,
            (true, true) if same_in_both(day) => self.same += 1,
            (true, true) => self.either += 1,
            (false, false) => {}
        }
        if let (Shape::Numbers { short: true, .. }, Day::Numbers([first, _, last])) = (shape, day) {
            self.year_first += usize::from(fits(Order::Year));
            self.short_first |= 1 << first.min(127);
            self.short_last |= 1 << last.min(127);
        }
    }

    pub fn total(&self) -> usize {
        self.shapes.iter().map(|(_, count)| count).sum()
    }

    fn readable(&self) -> usize {
        self.day_first_only + self.month_first_only + self.either + self.same
    }

    /// The most frequent shape.
    fn shape(&self) -> Option<Shape> {
        let most = self.shapes.iter().max_by_key(|(_, count)| *count)?;
        Some(most.0)
    }

    /// True if the year may come first in dates with a year of two digits: the first number has
    /// fewer values than the last, or not all dates can be read otherwise.
    fn may_begin_with_the_year(&self) -> bool {
        self.year_first > 0
            && self.year_first == self.total()
            && (self.readable() < self.total()
                || self.short_first.count_ones() < self.short_last.count_ones())
    }

    /// The order of all dates, `None` without any.
    pub fn decide(&self, points: bool) -> Result<Option<Order>, Conflict> {
        let Some(shape) = self.shape() else {
            return Ok(None);
        };
        let pattern = |order| shape.pattern(order);
        if self.may_begin_with_the_year() {
            let others = self.day_first_only + self.month_first_only + self.either;
            return if self.readable() < self.total() && others == 0 {
                Ok(Some(Order::Year))
            } else {
                let (first, second) = (pattern(Order::Year), pattern(Order::Day));
                Err(Conflict::Ambiguous(first, second))
            };
        }
        let (first, second) = (pattern(Order::Day), pattern(Order::Month));
        match (self.day_first_only, self.month_first_only) {
            (1.., 1..) => Err(Conflict::Mixed(first, second)),
            (0, 1..) => Ok(Some(Order::Month)),
            // With points, every country writes the day first.
            (0, 0) if self.either > 0 && !points => Err(Conflict::Ambiguous(first, second)),
            _ => Ok(Some(Order::Day)),
        }
    }
}

/// True if a date is in the range of responses.
pub fn in_years(date: NaiveDate) -> bool {
    YEARS.contains(&date.year())
}

/// Adds 1 to the count of a key.
pub fn count_one<T: PartialEq>(counts: &mut Vec<(T, usize)>, key: T) {
    match counts.iter_mut().find(|(seen, _)| *seen == key) {
        Some((_, count)) => *count += 1,
        None => counts.push((key, 1)),
    }
}

/// True if the numbers of a day mean the same in both orders.
fn same_in_both(day: Day) -> bool {
    day.in_order(Order::Day) == day.in_order(Order::Month)
}
