//! The time column of a result: dates, timestamps, and texts such as `2026-03`.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use exports::text::visible;

use super::super::value::is_category;
use super::axis::Step;

/// `month` of a response without a date.
const UNDATED: &str = "undated";

/// The time column of a result.
pub(super) struct Times {
    pub(super) column: usize,
    pub(super) name: String,
    /// Seconds since 1970 per row.
    pub(super) seconds: Vec<Option<f64>>,
    /// Precision of the times.
    pub(super) step_min: Step,
}

impl Times {
    /// Finds the first column of a time type, else the first of texts such as `2026-03`.
    pub(super) fn find(rows: &RecordBatch) -> Result<Option<Self>, ArrowError> {
        let of_type = rows.columns().iter().position(|array| {
            let data_type = array.data_type();
            matches!(data_type, DataType::Date32 | DataType::Date64)
                || matches!(data_type, DataType::Timestamp(_, _))
        });
        let new = |column: usize, (seconds, step_min)| Self {
            column,
            name: visible(rows.schema().field(column).name()).into_owned(),
            seconds,
            step_min,
        };
        if let Some(column) = of_type {
            return Ok(Some(new(column, read_times(rows.column(column))?)));
        }
        for (column, array) in rows.columns().iter().enumerate() {
            if is_category(array.data_type())
                && let Some(times) = parse_times(array)?
            {
                return Ok(Some(new(column, times)));
            }
        }
        Ok(None)
    }
}

type SecondsAndStep = (Vec<Option<f64>>, Step);

/// Reads a column of a time type. The step is months if all times are the first of one.
fn read_times(array: &ArrayRef) -> Result<SecondsAndStep, ArrowError> {
    let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let micros = cast(&micros, &DataType::Int64)?;
    let micros = micros.as_primitive::<Int64Type>().iter();
    let seconds: Vec<Option<f64>> = micros
        .map(|micros| micros.map(|micros| micros as f64 / 1e6))
        .collect();
    let mut step = Step::Months(1);
    for time in seconds.iter().flatten() {
        if time.rem_euclid(86_400.0) != 0.0 {
            return Ok((seconds, Step::Seconds(60)));
        }
        let date = chrono::DateTime::from_timestamp(*time as i64, 0);
        if date.is_none_or(|date| date.day() != 1) {
            step = Step::Days(1);
        }
    }
    Ok((seconds, step))
}

/// Parses texts as years, quarters, months, weeks or days and returns when they begin, `None` if one
/// is something else.
fn parse_times(array: &ArrayRef) -> Result<Option<SecondsAndStep>, ArrowError> {
    let texts = cast(array, &DataType::Utf8)?;
    let mut seconds = Vec::new();
    let mut step_min = Step::Months(1);
    for text in texts.as_string::<i32>() {
        let Some(text) = text.filter(|text| *text != UNDATED) else {
            seconds.push(None);
            continue;
        };
        let Some((date, step)) = period(text) else {
            return Ok(None);
        };
        if step == Step::Days(1) {
            step_min = step;
        }
        let midnight = date.and_hms_opt(0, 0, 0);
        seconds.push(midnight.map(|midnight| midnight.and_utc().timestamp() as f64));
    }
    let has_times = seconds.iter().any(Option::is_some);
    Ok(has_times.then_some((seconds, step_min)))
}

/// Returns the first day of `2026`, `2026-03`, `2026-Q1`, `2026-W09` or `2026-03-01`.
fn period(text: &str) -> Option<(NaiveDate, Step)> {
    let year: i32 = text.get(..4).filter(|year| is_digits(year))?.parse().ok()?;
    let rest = text.get(4..)?;
    if rest.is_empty() {
        return Some((NaiveDate::from_ymd_opt(year, 1, 1)?, Step::Months(1)));
    }
    let rest = rest.strip_prefix(['-', ' ', '/'])?;
    if let Some(quarter) = rest.strip_prefix(['Q', 'q']) {
        let quarter: u32 = quarter.parse().ok().filter(|n| (1..=4).contains(n))?;
        let first = NaiveDate::from_ymd_opt(year, 3 * quarter - 2, 1)?;
        return Some((first, Step::Months(1)));
    }
    if let Some(week) = rest.strip_prefix(['W', 'w']) {
        let week = week.parse().ok()?;
        let monday = NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon)?;
        return Some((monday, Step::Days(1)));
    }
    match rest.len() {
        2 if is_digits(rest) => {
            let first = NaiveDate::from_ymd_opt(year, rest.parse().ok()?, 1)?;
            Some((first, Step::Months(1)))
        }
        5 => Some((text.parse().ok()?, Step::Days(1))),
        _ => None,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_recognised() {
        let first = |text| period(text).map(|(date, _)| date.to_string());
        for (text, day) in [
            ("2026-03", "2026-03-01"),
            ("2026-Q2", "2026-04-01"),
            ("2026-W01", "2025-12-29"),
            ("2026-02-28", "2026-02-28"),
            ("2026", "2026-01-01"),
        ] {
            assert_eq!(first(text).as_deref(), Some(day));
        }
        for text in "2026-13 2026-Q5 20260301 undated smb 2026-3 日本日本".split(' ') {
            assert_eq!(first(text), None, "{text}");
        }
    }
}
