//! One value as text, for machines and for people.

use std::fmt::Write;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{NullableEncoder, make_encoder};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::json;

/// What stands for NULL where a person reads.
pub(super) const NULL: &str = "NULL";

/// The values of one column of a batch, ready to be written as text.
pub(super) struct Cells<'a> {
    nulls: Option<NullBuffer>,
    values: Values<'a>,
}

enum Values<'a> {
    Plain(ArrayFormatter<'a>),
    Json {
        encoder: NullableEncoder<'a>,
        buffer: Vec<u8>,
    },
    Duration {
        ticks: Int64Array,
        ticks_per_second: u64,
    },
}

impl<'a> Cells<'a> {
    /// Text that a program reads back: RFC 3339 timestamps, structs, lists and maps as JSON.
    pub(super) fn machine(field: &'a FieldRef, array: &'a ArrayRef) -> Result<Self, ArrowError> {
        let values = if array.data_type().is_nested() {
            Values::Json {
                encoder: make_encoder(field, array.as_ref(), json::options())?,
                buffer: Vec::new(),
            }
        } else {
            let options = FormatOptions::new().with_display_error(false);
            Values::Plain(ArrayFormatter::try_new(array.as_ref(), &options)?)
        };
        Ok(Self::new(array, values))
    }

    /// Text that a person reads: `2026-03-01 09:30:00`, `{nps: 40.0, n: 12}`, `1 day 03:00:00`.
    ///
    /// UTC goes without saying; a timestamp of another zone has its offset. With `dates_only`,
    /// which is for columns where [`is_midnight`] holds, timestamps lose their time.
    pub(super) fn human(array: &'a ArrayRef, dates_only: bool) -> Result<Self, ArrowError> {
        if let DataType::Duration(unit) = array.data_type() {
            let ticks = cast(array, &DataType::Int64)?;
            let values = Values::Duration {
                ticks: ticks.as_primitive::<Int64Type>().clone(),
                ticks_per_second: ticks_per_second(*unit),
            };
            return Ok(Self::new(array, values));
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
            // Inside a list, quotes tell "a, b" from "a", "b".
            .with_quoted_strings(nested);
        let values = Values::Plain(ArrayFormatter::try_new(array.as_ref(), &options)?);
        Ok(Self::new(array, values))
    }

    fn new(array: &ArrayRef, values: Values<'a>) -> Self {
        Self {
            // Logical: a dictionary's null may be in its values.
            nulls: array.logical_nulls(),
            values,
        }
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Appends the value at `row`, which must not be null, to `out`.
    pub(super) fn append(&mut self, row: usize, out: &mut String) -> Result<(), ArrowError> {
        debug_assert!(!self.is_null(row));
        match &mut self.values {
            Values::Plain(formatter) => formatter.value(row).write(out),
            Values::Json { encoder, buffer } => {
                buffer.clear();
                encoder.encode(row, buffer);
                out.push_str(str::from_utf8(buffer)?);
                Ok(())
            }
            Values::Duration {
                ticks,
                ticks_per_second,
            } => {
                append_duration(ticks.value(row), *ticks_per_second, out);
                Ok(())
            }
        }
    }
}

/// Whether a column of this type is aligned by its last digit.
pub(super) fn is_numeric(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_numeric(value),
        DataType::RunEndEncoded(_, value) => is_numeric(value.data_type()),
        data_type => data_type.is_numeric(),
    }
}

/// Whether every timestamp in `array` is a midnight of the zone it would be shown in, so that the
/// column is one of dates in all but type; what `date_trunc('month', …)` returns.
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

fn is_utc(zone: &str) -> bool {
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

/// PostgreSQL's form of an interval, `1 day 03:00:00.5`; a sign in front counts for all of it.
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
        let text = |ticks, per_second| {
            let mut out = String::new();
            append_duration(ticks, per_second, &mut out);
            out
        };
        assert_eq!(text(0, 1), "00:00:00");
        assert_eq!(text(97_200, 1), "1 day 03:00:00");
        assert_eq!(text(-172_800_500, 1_000), "-2 days 00:00:00.5");
        assert_eq!(text(1, 1_000_000), "00:00:00.000001");
        assert_eq!(
            text(i64::MIN, 1_000_000_000),
            "-106751 days 23:47:16.854775808"
        );
    }
}
