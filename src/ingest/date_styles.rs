//! Which style a column of dates is written in, found from its cells.

use chrono_tz::Tz;

use super::dates::{DAY_PATTERNS, DateReader, DateStyle};

/// A pattern with the day first, and the same with the month first.
type Exchanged = (&'static str, &'static str);

/// The patterns that read the same cells with day and month exchanged.
const EXCHANGED: [Exchanged; 3] = [
    ("%d/%m/%Y", "%m/%d/%Y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%d/%m/%y", "%m/%d/%y"),
];

/// What a column of cells says about its style.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Detected {
    /// Fewer than four in five cells are dates in any style.
    NotDates,
    /// One style fits best.
    Style(DateStyle),
    /// Every cell fits both day/month and month/day.
    Ambiguous(&'static str, &'static str),
    /// Some cells are only day/month, others only month/day, so the rest can be either.
    Mixed(&'static str, &'static str),
}

/// Counts, cell by cell, which styles fit.
#[derive(Debug)]
pub(super) struct StyleCounter {
    readers: Vec<(DateReader, usize)>,
    /// For each of [`EXCHANGED`], the cells that only its first or its second pattern fits.
    only: [(usize, usize); EXCHANGED.len()],
    cells: usize,
}

impl StyleCounter {
    pub(super) fn new() -> Self {
        let styles = DAY_PATTERNS
            .iter()
            .map(|pattern| DateStyle::Day(pattern))
            .chain([DateStyle::UnixSeconds, DateStyle::UnixMilliseconds]);
        Self {
            readers: styles
                .map(|style| {
                    let zone = Tz::UTC;
                    (DateReader { style, zone }, 0)
                })
                .collect(),
            only: [(0, 0); EXCHANGED.len()],
            cells: 0,
        }
    }

    pub(super) fn count(&mut self, cell: &str) {
        self.cells += 1;
        // Most columns hold no dates; this tells without trying every style.
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        if digits < 4 || !(6..=40).contains(&cell.len()) {
            return;
        }
        let mut fitting = Vec::new();
        for (reader, count) in &mut self.readers {
            if reader.read(cell).is_some() {
                *count += 1;
                if let DateStyle::Day(pattern) = reader.style {
                    fitting.push(pattern);
                }
            }
        }
        for ((first, second), only) in EXCHANGED.iter().zip(&mut self.only) {
            match (fitting.contains(first), fitting.contains(second)) {
                (true, false) => only.0 += 1,
                (false, true) => only.1 += 1,
                _ => {}
            }
        }
    }

    pub(super) fn detected(&self) -> Detected {
        let most = self.readers.iter().map(|(_, fitting)| *fitting).max();
        let most = most.unwrap_or(0);
        let either = self.either_order();
        // Of cells in both orders neither pattern may fit four in five.
        let mixed = either.filter(|(_, only)| only.0 > 0 && only.1 > 0);
        if let Some(((first, second), _)) = mixed
            && self.fits(first) + self.fits(second) >= self.cells
        {
            return Detected::Mixed(first, second);
        }
        if most == 0 || most * 5 < self.cells * 4 {
            return Detected::NotDates;
        }
        if let Some(((first, second), (0, 0))) = either
            && self.fits(first) == most
        {
            return Detected::Ambiguous(first, second);
        }
        let best = self.readers.iter().find(|(_, fitting)| *fitting == most);
        best.map_or(Detected::NotDates, |(reader, _)| {
            Detected::Style(reader.style.clone())
        })
    }

    /// Whether cells not seen yet could turn the order of day and month.
    pub(super) fn could_turn(&self) -> bool {
        self.either_order().is_some()
    }

    /// The pair of exchanged patterns that the column is written in, and their exclusive cells.
    fn either_order(&self) -> Option<(Exchanged, (usize, usize))> {
        EXCHANGED
            .into_iter()
            .zip(self.only)
            .filter(|((first, second), _)| self.fits(first) + self.fits(second) > 0)
            .max_by_key(|((first, second), _)| self.fits(first).max(self.fits(second)))
    }

    fn fits(&self, pattern: &'static str) -> usize {
        self.readers
            .iter()
            .find(|(reader, _)| reader.style == DateStyle::Day(pattern))
            .map_or(0, |(_, fitting)| *fitting)
    }
}

/// Whether a single cell is unmistakably a date: a header never is.
pub(super) fn looks_like_date(cell: &str) -> bool {
    let mut counter = StyleCounter::new();
    counter.count(cell);
    counter.detected() != Detected::NotDates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(cells: &[&str]) -> Detected {
        let mut counter = StyleCounter::new();
        for cell in cells {
            counter.count(cell);
        }
        counter.detected()
    }

    #[test]
    fn styles_are_told_apart_by_the_whole_column() {
        assert_eq!(
            detect(&["01/02/2026", "13/02/2026"]),
            Detected::Style(DateStyle::Day("%d/%m/%Y"))
        );
        assert_eq!(
            detect(&["01/02/2026", "02/13/2026 7:05 PM"]),
            Detected::Style(DateStyle::Day("%m/%d/%Y"))
        );
        assert_eq!(
            detect(&["01/02/2026", "03/04/2026"]),
            Detected::Ambiguous("%d/%m/%Y", "%m/%d/%Y")
        );
        assert_eq!(
            detect(&["01/02/2026", "13/02/2026", "02/13/2026"]),
            Detected::Mixed("%d/%m/%Y", "%m/%d/%Y")
        );
        assert_eq!(
            detect(&["March 5, 2026", "Apr 1, 2026"]),
            Detected::Style(DateStyle::Day("%B %d, %Y"))
        );
        assert_eq!(
            detect(&["1767225600", "1772323200"]),
            Detected::Style(DateStyle::UnixSeconds)
        );
        assert_eq!(detect(&["1", "10", "9"]), Detected::NotDates);
        assert_eq!(detect(&[]), Detected::NotDates);
    }
}
