//! Detects the style of a column of dates from its cells.

use chrono::{DateTime, Datelike, NaiveDate};

use super::clock::{self, Zone};
use super::constant::{Constant, SharedTime, is_placeholder, stand_in};
use super::day::{self, Day, Order, Period, Shape};
use super::number::{Number, normalized, read_number};
use super::orders::{Conflict, Orders, count_one, in_years};
use super::period::{self, day_or_period};
use super::short_years::ShortYears;
use super::swapped::SwapEvidence;
use super::zone_names::ZoneNames;
use crate::dates::{DateStyle, Found};

/// The style detected in a column.
#[derive(Debug, PartialEq, Eq)]
pub enum Detected {
    /// Fewer than four in five cells are dates in any style.
    NotDates,
    /// Each cell is read in the style that fits it.
    Style(DateStyle),
    /// All cells whose order matters fit both patterns.
    Ambiguous(&'static str, &'static str),
    /// Some cells fit only the first pattern, others only the second.
    Mixed(&'static str, &'static str),
    /// Months with a number, such as this one, that can be their year or a day.
    YearOrDay(String),
}

/// Counts the styles of a column, cell by cell.
#[derive(Debug, Default)]
pub struct StyleCounter {
    cells: usize,
    /// All dates, whatever their style.
    dates: usize,
    /// Dates that are a single number.
    numbers: usize,
    /// Dates with a time of day.
    timed: usize,
    /// Dates that count in UTC.
    absolute: usize,
    /// Those of them from 2005 to 2040; an id of ten digits is often an earlier or later one.
    recent_moments: usize,
    /// The styles seen that need no order, with their counts.
    seen: Vec<(&'static str, usize)>,
    /// Three numbers between slashes or dashes.
    slashes: Orders,
    /// Three numbers between points.
    points: Orders,
    /// The names of zones seen.
    zones: ZoneNames,
    /// The first date that is not in the range of responses; such are not counted as dates.
    out_of_range: Option<String>,
    /// The first cell that is no date in any range.
    unreadable: Option<String>,
    /// Other cells that are days in each of [`day::COMPACT_YEAR_LAST`].
    year_last: [usize; 2],
    /// Days that stand in for dates that the tool does not have, and the first of them.
    stand_ins: usize,
    stand_in: Option<NaiveDate>,
    /// Dates that are months, quarters or weeks.
    periods: Vec<(Period, usize)>,
    /// Months without a separator, and those of them that cannot be days.
    compact_months: usize,
    sure_compact_months: usize,
    /// Months with a year of two digits.
    short_years: ShortYears,
    /// `true` if the header names months.
    pub named_as_months: bool,
    /// `true` if the column is in a workbook, whose dates a spreadsheet read.
    pub in_workbook: bool,
    /// Dates whose order is not for the column to decide.
    typed: SwapEvidence,
    /// The day of all dates.
    day: Constant<NaiveDate>,
    /// The time of day of all dates with one.
    time: SharedTime,
}

impl StyleCounter {
    pub fn count(&mut self, cell: &str) {
        self.cells += 1;
        if !self.count_date(cell) {
            self.unreadable.get_or_insert_with(|| cell.to_owned());
            self.count_year_last(cell);
        }
    }

    fn count_year_last(&mut self, cell: &str) {
        let Some(written) = day::compact_year_last(cell) else {
            return;
        };
        for (count, order) in self.year_last.iter_mut().zip([Order::Day, Order::Month]) {
            *count += usize::from(written.day.in_order(order).is_some());
        }
    }

    /// The patterns of days without separators that fit four in five cells, and fit best.
    pub fn year_last_patterns(&self) -> Vec<&'static str> {
        let most = self.year_last.into_iter().max().unwrap_or_default();
        let patterns = day::COMPACT_YEAR_LAST.into_iter().zip(self.year_last);
        patterns
            .filter(|(_, count)| *count == most && most > 0 && most * 5 >= self.filled() * 4)
            .map(|(pattern, _)| pattern)
            .collect()
    }

    /// Counts a cell if it is a date in any range.
    fn count_date(&mut self, cell: &str) -> bool {
        // Most columns have no dates, and this is faster than trying every style.
        if !(4..=90).contains(&cell.len()) || !cell.contains(|c: char| c.is_numeric()) {
            return false;
        }
        let cell = normalized(cell);
        if let Some(number) = read_number(&cell) {
            let has_time = match number {
                Number::Moment(moment) => {
                    self.absolute += 1;
                    let digits = cell.bytes().take_while(u8::is_ascii_digit).count();
                    let style = match digits {
                        10 => "unix seconds",
                        16 => "unix microseconds",
                        _ => "unix milliseconds",
                    };
                    count_one(&mut self.seen, style);
                    if let Some(exact) = DateTime::from_timestamp_micros(moment.micros) {
                        let is_recent = (2005..=2040).contains(&exact.year());
                        self.recent_moments += usize::from(is_recent);
                        self.day.count(exact.date_naive());
                        self.time.count(exact.time());
                    }
                    true
                }
                Number::Serial(local, has_time) => {
                    count_one(&mut self.seen, "spreadsheet days");
                    self.typed.count(local.date());
                    self.day.count(local.date());
                    if has_time {
                        self.time.count(local.time());
                    }
                    has_time
                }
            };
            self.timed += usize::from(has_time);
            self.dates += 1;
            self.numbers += 1;
            return true;
        }
        let Some(written) = day_or_period(&cell) else {
            return false;
        };
        let Some(clock) = clock::read(&written.rest) else {
            return false;
        };
        if let Some(day) = stand_in(&written) {
            self.stand_ins += 1;
            self.stand_in.get_or_insert(day);
            self.out_of_range.get_or_insert_with(|| cell.to_string());
            return true;
        }
        if let Some(date) = written.day.in_order(Order::Day) {
            self.day.count(date);
        }
        if let Day::Known(date) = written.day {
            if !in_years(date) {
                self.out_of_range.get_or_insert_with(|| cell.to_string());
                return true;
            }
            match written.shape.period() {
                None => self.typed.count(date),
                Some(period) => count_one(&mut self.periods, period),
            }
            if written.shape == Shape::Month(period::COMPACT_MONTHS) {
                self.compact_months += 1;
                self.sure_compact_months += usize::from(!period::may_be_short_day(date));
            }
            if written.shape == Shape::Month(day::SHORT_YEAR_MONTHS) {
                self.short_years.count(date, &cell);
            }
        }
        match written.shape {
            Shape::Numbers { separator: '.', .. } => self.points.count(written.shape, written.day),
            Shape::Numbers { .. } => self.slashes.count(written.shape, written.day),
            shape => count_one(&mut self.seen, shape.pattern(Order::Day)),
        }
        self.dates += 1;
        self.timed += usize::from(clock.time.is_some());
        if let Some(time) = clock.time {
            self.time.count(time);
        }
        if let Zone::Abbreviation(zone) = clock.zone {
            self.zones.count(zone, written.day);
        }
        true
    }

    pub fn detected(&self) -> Detected {
        if !self.has_dates() {
            return Detected::NotDates;
        }
        if self.compact_months > 0 && self.sure_compact_months == 0 {
            return Detected::Ambiguous(period::COMPACT_MONTHS, "%y%m%d");
        }
        if let Some(sample) = &self.short_years.sample
            && self.doubtful_months() > 0
        {
            return Detected::YearOrDay(sample.clone());
        }
        match (self.slashes.decide(false), self.points.decide(true)) {
            (Ok(order), Ok(order_of_points)) => Detected::Style(self.style(order, order_of_points)),
            (Err(conflict), _) | (_, Err(conflict)) => match conflict {
                Conflict::Ambiguous(first, second) => Detected::Ambiguous(first, second),
                Conflict::Mixed(first, second) => Detected::Mixed(first, second),
            },
        }
    }

    /// The style of the column with its numbers in the order of a given pattern. `None` if the
    /// pattern fits no numbers of the column, or is the only style in it.
    pub fn with_order_of(&self, pattern: &str) -> Option<DateStyle> {
        let known = day::pattern(pattern)?;
        let order = day::order_of(known);
        let includes = |orders: &Orders| {
            let mut shapes = orders.shapes.iter();
            shapes.any(|(shape, _)| shape.pattern(order) == known)
        };
        let shapes = self.slashes.shapes.len() + self.points.shapes.len() + self.seen.len();
        if shapes < 2 {
            return None;
        }
        if includes(&self.slashes) {
            let order_of_points = self.points.decide(true).ok()?;
            return Some(self.style(Some(order), order_of_points));
        }
        if includes(&self.points) {
            let order_of_slashes = self.slashes.decide(false).ok()?;
            return Some(self.style(order_of_slashes, Some(order)));
        }
        None
    }

    fn style(&self, order: Option<Order>, order_of_points: Option<Order>) -> DateStyle {
        let mut seen = self.seen.clone();
        for (orders, order) in [(&self.slashes, order), (&self.points, order_of_points)] {
            let Some(order) = order else { continue };
            let shapes = orders.shapes.iter();
            seen.extend(shapes.map(|(shape, count)| (shape.pattern(order), *count)));
        }
        seen.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let names: Vec<&str> = seen.iter().take(4).map(|(style, _)| *style).collect();
        DateStyle::Found(Found {
            order,
            order_of_points: order_of_points.or(Some(Order::Day)),
            shown: names.join(" and "),
            absolute: self.dates > 0 && self.absolute == self.dates,
        })
    }

    /// True if four in five cells are dates, in any order.
    pub fn has_dates(&self) -> bool {
        self.dates > 0 && self.dates * 5 >= self.filled() * 4
    }

    /// The number of cells that do not stand in for a date.
    fn filled(&self) -> usize {
        self.cells - self.stand_ins
    }

    /// The day that stands in for dates in some cells of a column of dates.
    pub fn stand_in(&self) -> Option<NaiveDate> {
        self.stand_in.filter(|_| self.has_dates())
    }

    /// True if four in five cells are dates, most of which are days and not single numbers.
    pub fn has_written_dates(&self) -> bool {
        let others = self.numbers + self.in_periods();
        self.has_dates() && others * 2 < self.dates
    }

    /// True if four in five cells are dates, most of which cannot be other numbers, such as ids.
    pub fn has_certain_dates(&self) -> bool {
        let numbers = self.numbers - self.recent_moments + self.compact_months;
        self.has_dates() && (numbers + self.doubtful_months()) * 2 < self.dates
    }

    /// The number of months whose year may be a day.
    fn doubtful_months(&self) -> usize {
        if self.short_years.are_years(self.named_as_months) {
            0
        } else {
            self.short_years.count
        }
    }

    /// True if four in five cells have a time of day, which is not the same in all of them.
    pub fn has_times(&self) -> bool {
        self.timed > 0 && self.timed * 5 >= self.filled() * 4 && !self.shares_time()
    }

    /// True if the dates of different days have the same time of day. Nobody answers at the same
    /// second every day, so it says nothing about when an answer was given.
    pub fn shares_time(&self) -> bool {
        self.time.is_of_all(self.dates) && self.day.of_all(self.dates).is_none()
    }

    /// The day that every cell has in place of a date, if it is one that tools write for none.
    pub fn placeholder(&self) -> Option<NaiveDate> {
        let day = self.day.of_all(self.cells)?;
        is_placeholder(day).then_some(day)
    }

    /// True if four in five cells are dates, all without a time of day.
    pub fn has_plain_days(&self) -> bool {
        self.has_dates() && self.timed + self.numbers + self.in_periods() == 0
    }

    /// The periods in the column, and `true` if it has other dates as well.
    pub fn periods(&self) -> (Vec<Period>, bool) {
        let periods = self.periods.iter().map(|(period, _)| *period);
        (periods.collect(), self.in_periods() < self.dates)
    }

    /// The number of dates that are months, quarters or weeks.
    fn in_periods(&self) -> usize {
        self.periods.iter().map(|(_, count)| count).sum()
    }

    /// The first cell that is a date, but not in the range of responses.
    pub fn out_of_range(&self) -> Option<&str> {
        self.out_of_range.as_deref()
    }

    /// The first cell that is no date in any range.
    pub fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// True if further cells can change how numbers are read: their order, or as year or day.
    pub fn numbers_can_change(&self) -> bool {
        self.slashes.total() + self.points.total() + self.short_years.count > 0
            || (self.compact_months > 0 && self.sure_compact_months == 0)
    }

    /// True if further cells can change if a spreadsheet seems to have swapped days and months.
    pub fn swaps_can_appear(&self) -> bool {
        let texts = self.slashes.total() + self.points.total();
        // A spreadsheet sorts dates before texts.
        let may_have_texts = texts > 0 || self.in_workbook;
        may_have_texts && self.typed.outweighs_chance(usize::MAX, self.in_workbook)
    }

    /// The counts of dates whose day and month a spreadsheet seems to have swapped, and of the
    /// texts that it could not swap: it read `05/03/2026` in the wrong order, and left
    /// `13/03/2026` as it was.
    pub fn swapped(&self) -> Option<(usize, usize)> {
        let texts = [&self.slashes, &self.points];
        let count = |of: fn(&Orders) -> usize| texts.into_iter().map(of).sum::<usize>();
        let day_first = count(|orders| orders.day_first_only);
        let month_first = count(|orders| orders.month_first_only);
        let total = count(Orders::total);
        // A spreadsheet leaves no text that it can read.
        let are_left_over = total > 0 && (day_first == total || month_first == total);
        let is_likely = self.typed.outweighs_chance(total, self.in_workbook);
        (are_left_over && is_likely).then_some((self.typed.low(), total))
    }

    /// True if day and month of all dates whose order is not for the column to decide can be
    /// swapped.
    pub fn can_be_swapped(&self) -> bool {
        self.typed.are_low()
    }

    /// The names of zones in the column.
    pub fn zones(&self) -> &ZoneNames {
        &self.zones
    }
}

/// True if a single cell is unmistakably a date, as no header is.
pub fn looks_like_date(cell: &str) -> bool {
    let mut counter = StyleCounter::default();
    counter.count(cell);
    // A header can be a month, and a title can end with a quarter.
    counter.has_dates() && counter.periods.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(cells: &[&str]) -> Detected {
        let mut counter = StyleCounter::default();
        for cell in cells {
            counter.count(cell);
        }
        counter.detected()
    }

    fn shown(cells: &[&str]) -> String {
        match detect(cells) {
            Detected::Style(style) => style.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_whole_column_decides_the_style() {
        assert_eq!(shown(&["01/02/2026", "13/02/2026"]), "%d/%m/%Y");
        assert_eq!(shown(&["01/02/2026", "02/13/2026 7:05 PM"]), "%m/%d/%Y");
        assert_eq!(shown(&["7/27/26 19:06:23", "1/2/26 10:00:00"]), "%m/%d/%y");
        assert_eq!(
            detect(&["01/02/2026", "03/04/2026"]),
            Detected::Ambiguous("%d/%m/%Y", "%m/%d/%Y")
        );
        assert_eq!(
            detect(&["01/02/2026", "13/02/2026", "02/13/2026"]),
            Detected::Mixed("%d/%m/%Y", "%m/%d/%Y")
        );
        assert_eq!(
            detect(&["2026-01-05", "03/04/2026"]),
            Detected::Ambiguous("%d/%m/%Y", "%m/%d/%Y")
        );
        // Either order is the same day.
        assert_eq!(shown(&["01/01/2026", "02/02/2026"]), "%d/%m/%Y");
        assert_eq!(shown(&["01.02.2026", "03.04.2026"]), "%d.%m.%Y");
        assert_eq!(
            shown(&["2026-01-05", "Mar 5, 2026", "13.02.2026", "2026-01-06"]),
            "%Y-%m-%d and %d %B %Y and %d.%m.%Y"
        );
        assert_eq!(shown(&["1767225600", "1772323200"]), "unix seconds");
        assert_eq!(shown(&["46082.5", "46083"]), "spreadsheet days");
        assert_eq!(
            detect(&["26-03-01", "26-03-02", "26-04-03", "26-04-09"]),
            Detected::Ambiguous("%y-%m-%d", "%d-%m-%y")
        );
        assert_eq!(shown(&["Nov-25", "Dec-25", "Jan-26"]), "%b-%y");
        assert_eq!(
            detect(&["Nov-05", "Nov-12"]),
            Detected::YearOrDay("Nov-05".to_owned())
        );
        assert_eq!(detect(&["1", "10", "9"]), Detected::NotDates);
        assert_eq!(detect(&[]), Detected::NotDates);
    }
}
