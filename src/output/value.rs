//! Values as text, for programs and for people.

use std::fmt::Write;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::make_encoder;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::json;

/// NULL inside a nested value.
const NULL: &str = "NULL";

/// Text formatter for one column of a batch.
pub(super) struct Cells<'a> {
    nulls: Option<NullBuffer>,
    append: Append<'a>,
}

/// Appends the value of a row, which is not null, to a text.
type Append<'a> = Box<dyn FnMut(usize, &mut String) -> Result<(), ArrowError> + 'a>;

impl<'a> Cells<'a> {
    /// Formats values for programs: RFC 3339 timestamps, structs, lists and maps as JSON.
    pub(super) fn machine(field: &'a FieldRef, array: &'a ArrayRef) -> Result<Self, ArrowError> {
        if !array.data_type().is_nested() {
            let options = FormatOptions::new().with_display_error(false);
            return Self::plain(array, &options);
        }
        let mut encoder = make_encoder(field, array.as_ref(), json::options())?;
        let mut buffer = Vec::new();
        let append = move |row, out: &mut String| {
            buffer.clear();
            encoder.encode(row, &mut buffer);
            out.push_str(str::from_utf8(&buffer)?);
            Ok(())
        };
        Ok(Self::new(array, Box::new(append)))
    }

    /// Formats values for people: `2026-03-01 09:30:00`, `{nps: 40.0, n: 12}`, `1 day 03:00:00`.
    ///
    /// A timestamp shows its offset unless it is UTC. With `dates_only`, for columns where
    /// [`is_midnight`] is true, timestamps omit the time.
    pub(super) fn human(array: &'a ArrayRef, dates_only: bool) -> Result<Self, ArrowError> {
        if let DataType::Duration(unit) = array.data_type() {
            let ticks = cast(array, &DataType::Int64)?;
            let ticks_per_second = ticks_per_second(*unit);
            let append = move |row, out: &mut String| {
                let ticks = ticks.as_primitive::<Int64Type>().value(row);
                append_duration(ticks, ticks_per_second, out);
                Ok(())
            };
            return Ok(Self::new(array, Box::new(append)));
        }
        let nested = array.data_type().is_nested();
        let plain = if dates_only {
            "%Y-%m-%d"
        } else {
            "%Y-%m-%d %H:%M:%S%.f"
        };
        let zoned = if has_other_zone(array.data_type()) {
            "%Y-%m-%d %H:%M:%S%.f%:z"
        } else {
            plain
        };
        let options = FormatOptions::new()
            .with_display_error(nested)
            .with_null(NULL)
            .with_datetime_format(Some(plain))
            .with_timestamp_format(Some(plain))
            .with_timestamp_tz_format(Some(zoned))
            // Inside a list, quotes distinguish "a, b" from "a", "b".
            .with_quoted_strings(nested);
        Self::plain(array, &options)
    }

    fn plain(array: &'a ArrayRef, options: &FormatOptions<'a>) -> Result<Self, ArrowError> {
        let formatter = ArrayFormatter::try_new(array.as_ref(), options)?;
        let append = move |row, out: &mut String| formatter.value(row).write(out);
        Ok(Self::new(array, Box::new(append)))
    }

    fn new(array: &ArrayRef, append: Append<'a>) -> Self {
        // Logical, because a dictionary's null may be in its values.
        let nulls = array.logical_nulls();
        Self { nulls, append }
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Appends the value at `row` to `out`, or `null` if it is null.
    pub(super) fn append_or(
        &mut self,
        row: usize,
        null: &str,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        if self.is_null(row) {
            out.push_str(null);
            return Ok(());
        }
        self.append(row, out)
    }

    /// Appends the value at `row`, which must not be null, to `out`.
    pub(super) fn append(&mut self, row: usize, out: &mut String) -> Result<(), ArrowError> {
        debug_assert!(!self.is_null(row));
        (self.append)(row, out)
    }
}

/// Returns the type of the values of a dictionary or run-end encoding.
pub(super) fn decoded(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, value) => decoded(value),
        DataType::RunEndEncoded(_, value) => decoded(value.data_type()),
        data_type => data_type,
    }
}

/// True for numbers, which are aligned by their last digit.
pub(super) fn is_numeric(data_type: &DataType) -> bool {
    decoded(data_type).is_numeric()
}

/// True for text and booleans.
pub(super) fn is_category(data_type: &DataType) -> bool {
    let data_type = match data_type {
        DataType::Dictionary(_, value) => value.as_ref(),
        data_type => data_type,
    };
    data_type.is_string() || *data_type == DataType::Boolean
}

/// True if every timestamp in `array` is midnight in the zone it is shown in, as
/// `date_trunc('month', …)` returns it.
pub(super) fn is_midnight(array: &ArrayRef) -> bool {
    let ticks_per_second = match array.data_type() {
        DataType::Timestamp(_, Some(zone)) if !is_utc(zone) => return false,
        DataType::Timestamp(unit, _) => ticks_per_second(*unit),
        DataType::Date64 => 1_000,
        _ => return false,
    };
    let ticks_per_day = ticks_per_second as i64 * 86_400;
    cast(array, &DataType::Int64).is_ok_and(|ticks| {
        let mut ticks = ticks.as_primitive::<Int64Type>().iter().flatten();
        ticks.all(|tick| tick % ticks_per_day == 0)
    })
}

/// True if the type is or contains a timestamp with a time zone other than UTC.
fn has_other_zone(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => !is_utc(zone),
        DataType::Struct(fields) => fields.iter().any(|f| has_other_zone(f.data_type())),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _)
        | DataType::RunEndEncoded(_, field) => has_other_zone(field.data_type()),
        DataType::Dictionary(_, value) => has_other_zone(value),
        DataType::Union(fields, _) => fields.iter().any(|(_, f)| has_other_zone(f.data_type())),
        _ => false,
    }
}

pub(super) fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "Z" | "+00:00" | "+00" | "+0000")
}

fn ticks_per_second(unit: TimeUnit) -> u64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// Appends PostgreSQL's form of an interval, `1 day 03:00:00.5`; a leading sign applies to all parts.
fn append_duration(ticks: i64, ticks_per_second: u64, out: &mut String) {
    let magnitude = ticks.unsigned_abs();
    let (seconds, fraction) = (magnitude / ticks_per_second, magnitude % ticks_per_second);
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    if ticks < 0 {
        out.push('-');
    }
    if days > 0 {
        let _ = write!(out, "{days} day{} ", if days == 1 { "" } else { "s" });
    }
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let _ = write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if fraction > 0 {
        let digits = ticks_per_second.ilog10() as usize;
        let _ = write!(out, ".{fraction:0digits$}");
        out.truncate(out.trim_end_matches('0').len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_clock_times() {
        for (ticks, per_second, expected) in [
            (0, 1, "00:00:00"),
            (97_200, 1, "1 day 03:00:00"),
            (-172_800_500, 1_000, "-2 days 00:00:00.5"),
            (1, 1_000_000, "00:00:00.000001"),
            (i64::MIN, 1_000_000_000, "-106751 days 23:47:16.854775808"),
        ] {
            let mut out = String::new();
            append_duration(ticks, per_second, &mut out);
            assert_eq!(out, expected);
        }
    }
}
