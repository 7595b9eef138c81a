//! Detects the style of a column of dates from its cells.

use super::clock::{self, Zone};
use super::day::{self, Day, Order, Shape};
use crate::dates::{DateStyle, Found, Number, normalized, read_number, same_in_both};

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
    /// The styles seen that need no order, with their counts.
    seen: Vec<(&'static str, usize)>,
    /// Three numbers between slashes or dashes.
    slashes: Orders,
    /// Three numbers between points.
    points: Orders,
    /// The abbreviations of zones seen.
    zones: Vec<String>,
}

/// Counts of dates of three numbers by the orders that they fit.
#[derive(Debug, Default)]
struct Orders {
    day_first_only: usize,
    month_first_only: usize,
    /// Dates that fit both orders as different days.
    either: usize,
    /// Dates that fit both orders as the same day.
    same: usize,
    /// Dates that fit with a year of two digits first.
    year_first: usize,
    /// The values, a bit each, of first and last numbers of dates with a year of two digits.
    short_first: u128,
    short_last: u128,
    shapes: Vec<(Shape, usize)>,
}

impl Orders {
    fn count(&mut self, shape: Shape, day: Day) {
        count_one(&mut self.shapes, shape);
        let fits = |order| day.in_order(order).is_some();
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

    fn total(&self) -> usize {
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
    fn decide(&self, points: bool) -> Result<Option<Order>, Detected> {
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
                Err(Detected::Ambiguous(first, second))
            };
        }
        let (first, second) = (pattern(Order::Day), pattern(Order::Month));
        match (self.day_first_only, self.month_first_only) {
            (1.., 1..) => Err(Detected::Mixed(first, second)),
            (0, 1..) => Ok(Some(Order::Month)),
            // With points, every country writes the day first.
            (0, 0) if self.either > 0 && !points => Err(Detected::Ambiguous(first, second)),
            _ => Ok(Some(Order::Day)),
        }
    }
}

impl StyleCounter {
    pub fn count(&mut self, cell: &str) {
        self.cells += 1;
        // Most columns have no dates, and this is faster than trying every style.
        if !(5..=90).contains(&cell.len()) || !cell.contains(|c: char| c.is_numeric()) {
            return;
        }
        let cell = normalized(cell);
        if let Some(number) = read_number(&cell) {
            let has_time = match number {
                Number::Moment(_) => {
                    self.absolute += 1;
                    let digits = cell.bytes().take_while(u8::is_ascii_digit).count();
                    let style = match digits {
                        10 => "unix seconds",
                        16 => "unix microseconds",
                        _ => "unix milliseconds",
                    };
                    count_one(&mut self.seen, style);
                    true
                }
                Number::Serial(_, has_time) => {
                    count_one(&mut self.seen, "spreadsheet days");
                    has_time
                }
            };
            self.timed += usize::from(has_time);
            self.dates += 1;
            self.numbers += 1;
            return;
        }
        let Some(written) = day::read(&cell) else {
            return;
        };
        let Some(clock) = clock::read(&written.rest) else {
            return;
        };
        match written.shape {
            Shape::Numbers { separator: '.', .. } => self.points.count(written.shape, written.day),
            Shape::Numbers { .. } => self.slashes.count(written.shape, written.day),
            shape => count_one(&mut self.seen, shape.pattern(Order::Day)),
        }
        self.dates += 1;
        self.timed += usize::from(clock.time.is_some());
        if let Zone::Abbreviation(zone) = clock.zone
            && !self.zones.contains(&zone)
            && self.zones.len() < 8
        {
            self.zones.push(zone);
        }
    }

    pub fn detected(&self) -> Detected {
        if !self.has_dates() {
            return Detected::NotDates;
        }
        match (self.slashes.decide(false), self.points.decide(true)) {
            (Ok(order), Ok(order_of_points)) => Detected::Style(self.style(order, order_of_points)),
            (Err(undecided), _) | (_, Err(undecided)) => undecided,
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
        self.dates > 0 && self.dates * 5 >= self.cells * 4
    }

    /// True if four in five cells are dates, most of which are not single numbers.
    pub fn has_written_dates(&self) -> bool {
        self.has_dates() && self.numbers * 2 < self.dates
    }

    /// True if four in five cells have a time of day.
    pub fn has_times(&self) -> bool {
        self.timed > 0 && self.timed * 5 >= self.cells * 4
    }

    /// True if four in five cells are dates, all without a time of day.
    pub fn has_plain_days(&self) -> bool {
        self.has_dates() && self.timed == 0 && self.numbers == 0
    }

    /// True if further cells can change the order of day and month.
    pub fn order_can_change(&self) -> bool {
        self.slashes.total() + self.points.total() > 0
    }

    /// The abbreviations of zones in the column.
    pub fn zones(&self) -> &[String] {
        &self.zones
    }
}

/// Adds 1 to the count of a key.
fn count_one<T: PartialEq>(counts: &mut Vec<(T, usize)>, key: T) {
    match counts.iter_mut().find(|(seen, _)| *seen == key) {
        Some((_, count)) => *count += 1,
        None => counts.push((key, 1)),
    }
}

/// True if the abbreviations can be one zone's winter and summer time.
pub fn are_one_zone(zones: &[String]) -> bool {
    let family = |zone: &String| match zone.as_str() {
        "MEZ" | "MESZ" | "CET" | "CEST" => "C".to_owned(),
        "WET" | "WEST" => "W".to_owned(),
        "EET" | "EEST" => "EE".to_owned(),
        "BST" => "B".to_owned(),
        zone => zone
            .replace("STANDARD", "")
            .replace("DAYLIGHT", "")
            .replace("SUMMER", "")
            .replace("ST", "T")
            .replace("DT", "T"),
    };
    zones
        .windows(2)
        .all(|pair| family(&pair[0]) == family(&pair[1]))
}

/// True if a single cell is unmistakably a date, as no header is.
pub fn looks_like_date(cell: &str) -> bool {
    let mut counter = StyleCounter::default();
    counter.count(cell);
    counter.has_dates()
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
        assert_eq!(detect(&["1", "10", "9"]), Detected::NotDates);
        assert_eq!(detect(&[]), Detected::NotDates);
    }

    #[test]
    fn abbreviations_can_be_of_one_zone() {
        let zones = |zones: &[&str]| {
            let zones: Vec<String> = zones.iter().map(|zone| (*zone).to_owned()).collect();
            are_one_zone(&zones)
        };
        assert!(zones(&["EST", "EDT"]) && zones(&["CET", "CEST"]) && zones(&["AST"]));
        assert!(!zones(&["EST", "PST"]));
    }
}
