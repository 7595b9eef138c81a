//! The types of a table's columns, decided over all of their cells.

use std::sync::LazyLock;

use chrono_tz::Tz;

use crate::columns::cells::CellType;
use crate::dates::{DateReader, DateStyle, Moment, day};
use crate::error::Result;
use crate::text::trim;

/// The type of a column that every cell fits without loss. Blank cells fit each.
#[derive(Clone, Debug)]
pub enum ColumnType {
    Boolean,
    /// Whole numbers of at most 64 bits, without leading zeros.
    Integer,
    Number,
    Date(DateReader),
    /// Times of day after dates. All of them have a zone, or none has.
    Timestamp {
        reader: DateReader,
        has_zone: bool,
    },
    Text,
}

/// Formats of dates that are tried on every column. Two that fit are ambiguous, except that numbers
/// between points begin with the day unless the year does.
#[rustfmt::skip]
const PATTERNS: [&str; 19] = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d %B %Y", "%m/%d/%Y", "%m-%d-%Y",
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%y", "%m-%d-%y", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y",
    "%y/%m/%d", "%y-%m-%d", "%y.%m.%d",
];

/// Whole numbers above it are not exact among numbers with a fraction.
const EXACT_MAX: u64 = 1 << 53;

/// The readers of dates that a table's columns are tried with.
#[derive(Clone, Debug)]
pub struct DateFormats {
    readers: Vec<DateReader>,
    /// Readers of given formats, which come first and are never ambiguous.
    given: usize,
}

static DETECTED: LazyLock<Vec<DateReader>> = LazyLock::new(|| {
    let patterns = PATTERNS.into_iter().filter_map(day::pattern);
    patterns
        .map(|pattern| DateReader::new(DateStyle::Day(pattern), Tz::UTC))
        .collect()
});

impl DateFormats {
    /// The detected formats, after those given as strftime patterns.
    ///
    /// # Errors
    /// Returns an error if a given format is not a date pattern.
    pub fn new(given: &[String]) -> Result<Self> {
        let mut readers = Vec::new();
        for format in given {
            readers.push(DateReader::given(format, Tz::UTC, false)?);
        }
        let given = readers.len();
        readers.extend(DETECTED.iter().cloned());
        Ok(Self { readers, given })
    }

    /// The given formats.
    pub fn given(&self) -> &[DateReader] {
        &self.readers[..self.given]
    }

    fn all(&self) -> u64 {
        (1 << self.readers.len()) - 1
    }
}

/// Decides the type of one column.
#[derive(Clone, Debug)]
pub struct TypeCounter {
    has_values: bool,
    is_boolean: bool,
    is_integer: bool,
    is_number: bool,
    /// The date formats that every cell fits, a bit each.
    dates: u64,
    /// `true` if some cells are days, times without a zone, or times with one.
    has_days: bool,
    has_local_times: bool,
    has_zoned_times: bool,
}

impl TypeCounter {
    pub fn new(formats: &DateFormats) -> Self {
        Self {
            has_values: false,
            is_boolean: true,
            is_integer: true,
            is_number: true,
            dates: formats.all(),
            has_days: false,
            has_local_times: false,
            has_zoned_times: false,
        }
    }

    /// Counts one more cell.
    pub fn observe(&mut self, cell: &str, formats: &DateFormats) {
        let cell = trim(cell);
        if cell.is_empty() {
            return;
        }
        self.has_values = true;
        self.is_boolean &= CellType::Boolean.fits(cell);
        self.is_number = self.is_number && is_number(cell);
        self.is_integer = self.is_integer && CellType::Integer.fits(cell);
        if self.dates > 0 {
            self.observe_date(cell, formats);
        }
    }

    fn observe_date(&mut self, cell: &str, formats: &DateFormats) {
        let mut first = None;
        for (bit, reader) in formats.readers.iter().enumerate() {
            if self.dates & (1 << bit) == 0 {
                continue;
            }
            match reader.read_any_date(cell) {
                None => self.dates &= !(1 << bit),
                Some(moment) if first.is_none() => first = Some((reader, moment)),
                Some(_) => {}
            }
        }
        match first {
            Some((_, moment)) if !moment.has_time => self.has_days = true,
            Some((reader, moment)) if has_zone(cell, reader, moment) => self.has_zoned_times = true,
            Some(_) => self.has_local_times = true,
            None => {}
        }
    }

    /// Adds the cells of the same column in another file.
    pub fn add(&mut self, other: &Self) {
        self.has_values |= other.has_values;
        self.is_boolean &= other.is_boolean;
        self.is_integer &= other.is_integer;
        self.is_number &= other.is_number;
        self.dates &= other.dates;
        self.has_days |= other.has_days;
        self.has_local_times |= other.has_local_times;
        self.has_zoned_times |= other.has_zoned_times;
    }

    /// The narrowest type of all cells.
    pub fn decide(&self, formats: &DateFormats) -> ColumnType {
        if !self.has_values {
            ColumnType::Text
        } else if self.is_boolean {
            ColumnType::Boolean
        } else if let Some(given) = self.given_date(formats) {
            given
        } else if self.is_integer {
            ColumnType::Integer
        } else if self.is_number {
            ColumnType::Number
        } else if self.dates.count_ones() == 1 {
            self.date(&formats.readers[self.dates.trailing_zeros() as usize])
        } else {
            ColumnType::Text
        }
    }

    fn given_date(&self, formats: &DateFormats) -> Option<ColumnType> {
        let first = self.dates.trailing_zeros() as usize;
        (first < formats.given).then(|| self.date(&formats.readers[first]))
    }

    fn date(&self, reader: &DateReader) -> ColumnType {
        let reader = reader.clone();
        match (self.has_days, self.has_local_times, self.has_zoned_times) {
            (_, false, false) => ColumnType::Date(reader),
            (_, true, false) => ColumnType::Timestamp {
                reader,
                has_zone: false,
            },
            (false, false, true) => ColumnType::Timestamp {
                reader,
                has_zone: true,
            },
            (true, _, true) | (_, true, true) => ColumnType::Text,
        }
    }
}

/// True if a time states its zone: then it is the same moment wherever it is read.
fn has_zone(cell: &str, reader: &DateReader, moment: Moment) -> bool {
    let elsewhere = DateReader {
        zone: Tz::Etc__GMTPlus1,
        ..reader.clone()
    };
    elsewhere.read_any_date(cell) == Some(moment)
}

/// True if a cell is a number whose digits a floating-point number keeps.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole)
        || !fraction.is_none_or(are_digits)
        // A leading zero is part of a code, not of a number.
        || (whole.len() > 1 && whole.starts_with('0'))
        || whole.len() + fraction.map_or(0, str::len) == 0
    {
        return false;
    }
    match exponent {
        // `1e5` may be a code; programs write `1e+05` or `1.5e5`.
        Some(exponent) => {
            let unsigned = exponent.strip_prefix(['+', '-']);
            (unsigned.is_some() || fraction.is_some())
                && !unsigned.unwrap_or(exponent).is_empty()
                && are_digits(unsigned.unwrap_or(exponent))
        }
        None if fraction.is_none() => whole.parse::<u64>().is_ok_and(|whole| whole <= EXACT_MAX),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(cells: &[&str]) -> String {
        let formats = DateFormats::new(&[]).unwrap();
        let mut counter = TypeCounter::new(&formats);
        for cell in cells {
            counter.observe(cell, &formats);
        }
        match counter.decide(&formats) {
            ColumnType::Date(reader) => format!("Date {}", reader.style),
            ColumnType::Timestamp { reader, has_zone } => {
                format!("Timestamp {} {has_zone}", reader.style)
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn types_keep_every_cell() {
        for (cells, expected) in [
            (&["1", "-20", "", " 3 "][..], "Integer"),
            (&["1", "2.50", "1e-05", ".5"], "Number"),
            (&["1.1", "1.10"], "Number"),
            (&["1", "007"], "Text"),
            (&["0.5", "00.5"], "Text"),
            (&["1e5"], "Text"),
            (&["12345678901234567890"], "Text"),
            (&["9007199254740993", "0.5"], "Text"),
            (&["9007199254740993", "5"], "Integer"),
            (&["true", "False"], "Boolean"),
            (&["+49170123456"], "Text"),
            (&["NaN", "1"], "Text"),
            (&["", " "], "Text"),
            (&["9", "n/a"], "Text"),
        ] {
            assert_eq!(decided(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn dates_have_one_unambiguous_format() {
        for (cells, expected) in [
            (&["2026-03-01", "1931-12-24"][..], "Date %Y-%m-%d"),
            (&["2026-03-01", "9999-12-31"], "Date %Y-%m-%d"),
            (&["01.03.2026", "24.12.2025"], "Date %d.%m.%Y"),
            (&["01/02/2026", "13/02/2026"], "Date %d/%m/%Y"),
            (&["01/02/2026", "02/13/2026"], "Date %m/%d/%Y"),
            (&["01/02/2026", "03/04/2026"], "Text"),
            (&["01/13/2026", "13/01/2026"], "Text"),
            (&["2026-03-01", "01.03.2026"], "Text"),
            (&["Mar 5, 2026", "6 March 2026"], "Date %d %B %Y"),
            (
                &["2026-03-01 09:30", "2026-03-02"],
                "Timestamp %Y-%m-%d false",
            ),
            (&["2026-03-01T09:30:00Z"], "Timestamp %Y-%m-%d true"),
            (&["2026-03-01T09:30:00+02:00"], "Timestamp %Y-%m-%d true"),
            (&["2026-03-01T09:30:00Z", "2026-03-01T09:30:00"], "Text"),
            (&["2026-03", "2026-04"], "Text"),
            (&["09:30", "10:15"], "Text"),
            (&["20260301"], "Integer"),
            (&["192.168.1.20"], "Text"),
        ] {
            assert_eq!(decided(cells), expected, "{cells:?}");
        }
    }
}
