//! `AT TIME ZONE`.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use datafusion::arrow::compute::{cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::common::format::DEFAULT_CAST_OPTIONS;
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::operators::with_seconds;
use crate::error::Error;

/// The function that `time AT TIME ZONE zone` is rewritten to.
pub(super) const AT_TIME_ZONE: &str = "at_time_zone";

/// `at_time_zone(time, zone)`: of a time with a zone, the clock of the other zone as a TIMESTAMP; of a
/// TIMESTAMP, or a date or text, which is a clock of that zone, the time with it. NULL for NULL. A clock that
/// the zone skips is read with the offset before the change, and one that it shows twice is the second, as in
/// Postgres and DuckDB.
///
/// DataFusion alone keeps a time with a zone at its instant, and `date_bin` and a cast to TIMESTAMP then
/// take its clock in UTC; and it fails for clocks that are skipped or shown twice.
#[derive(Debug, PartialEq, Eq, Hash)]
struct AtTimeZone {
    signature: Signature,
}

pub(super) fn at_time_zone_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(AtTimeZone {
        signature: Signature::user_defined(Volatility::Immutable),
    }))
}

impl ScalarUDFImpl for AtTimeZone {
    fn name(&self) -> &str {
        AT_TIME_ZONE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [time, _] = take_function_args(self.name(), arg_types)?;
        let time = match time {
            DataType::Timestamp(..) => time.clone(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
            _ => DataType::Timestamp(TimeUnit::Microsecond, None),
        };
        Ok(vec![time, DataType::Utf8])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        datafusion::common::internal_err!("the type depends on the zone")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let [time, _] = take_function_args(self.name(), args.arg_fields)?;
        let [_, zone] = take_function_args(self.name(), args.scalar_arguments)?;
        let zone = zone.and_then(|zone| zone.try_as_str().flatten());
        if let Some(zone) = zone {
            read_zone(zone)?;
        }
        let with_zone = |unit: TimeUnit| match zone {
            Some(zone) => Ok(DataType::Timestamp(unit, Some(zone.into()))),
            None => Err(
                Error::query("AT TIME ZONE needs a constant zone where the time has none")
                    .with_hint("write the zone in single quotes: t AT TIME ZONE 'Europe/Berlin'"),
            ),
        };
        let data_type = match time.data_type() {
            DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, None),
            DataType::Timestamp(unit, None) => with_zone(*unit)?,
            _ => with_zone(TimeUnit::Nanosecond)?,
        };
        Ok(Arc::new(Field::new(self.name(), data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let returned = args.return_field.data_type();
        let is_constant = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let [times, zones] = take_function_args(self.name(), args.args)?;
        let rows = match (&times, &zones) {
            (ColumnarValue::Array(array), _) | (_, ColumnarValue::Array(array)) => array.len(),
            _ => 1,
        };
        let times = times.into_array(rows)?;
        let converted = match &zones {
            // A text may have an offset of its own.
            ColumnarValue::Scalar(_) if matches!(times.data_type(), DataType::Utf8) => {
                let texts: StringArray = times
                    .as_string::<i32>()
                    .iter()
                    .map(|text| text.map(|text| with_seconds(text).map_or(text.into(), Cow::Owned)))
                    .collect();
                cast_with_options(&texts, returned, &DEFAULT_CAST_OPTIONS)?
            }
            zones => converted(&times, zones, returned)?,
        };
        Ok(if is_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&converted, 0)?)
        } else {
            ColumnarValue::Array(converted)
        })
    }
}

/// Moves each time by the offset of its zone.
fn converted(times: &ArrayRef, zones: &ColumnarValue, returned: &DataType) -> Result<ArrayRef> {
    let (unit, has_zone) = match times.data_type() {
        DataType::Timestamp(unit, zone) => (*unit, zone.is_some()),
        other => return datafusion::common::internal_err!("{other} is not a time"),
    };
    let numbers = cast(times, &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let move_to = |number: i64, zone: &Tz| moved(number, unit, has_zone, zone);
    let moved: Int64Array = match zones {
        ColumnarValue::Scalar(zone) => match zone.try_as_str().flatten() {
            Some(zone) => {
                let zone = read_zone(zone)?;
                numbers
                    .iter()
                    .map(|number| number.map(|number| move_to(number, &zone)).transpose())
                    .collect::<Result<_>>()?
            }
            None => Int64Array::new_null(numbers.len()),
        },
        ColumnarValue::Array(zones) => {
            let zones: &StringArray = zones.as_string();
            std::iter::zip(numbers, zones)
                .map(|(number, zone)| match (number, zone) {
                    (Some(number), Some(zone)) => move_to(number, &read_zone(zone)?).map(Some),
                    _ => Ok(None),
                })
                .collect::<Result<_>>()?
        }
    };
    Ok(cast(&moved, returned)?)
}

/// The clock of a zone at a time, or the time of its clock.
fn moved(number: i64, unit: TimeUnit, has_zone: bool, zone: &Tz) -> Result<i64> {
    let per_second = match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let out_of_range = || {
        Error::query("a time is out of range for AT TIME ZONE")
            .with_hint("times from the year 0 to 9999 can be converted")
    };
    let utc = DateTime::from_timestamp(number.div_euclid(per_second), 0)
        .ok_or_else(out_of_range)?
        .naive_utc();
    let seconds = if has_zone {
        Some(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
    } else {
        offset_of_clock(&utc, zone).map(|seconds| -seconds)
    };
    let seconds = i64::from(seconds.ok_or_else(out_of_range)?);
    Ok(number
        .checked_add(seconds * per_second)
        .ok_or_else(out_of_range)?)
}

/// The seconds that a clock of the zone is ahead of UTC.
fn offset_of_clock(clock: &NaiveDateTime, zone: &Tz) -> Option<i32> {
    let before = |hours| {
        let earlier = clock.checked_sub_signed(TimeDelta::hours(hours))?;
        zone.offset_from_local_datetime(&earlier).single()
    };
    let offset = match zone.offset_from_local_datetime(clock) {
        LocalResult::Single(offset) | LocalResult::Ambiguous(_, offset) => offset,
        // Samoa skipped a day.
        LocalResult::None => before(3).or_else(|| before(27))?,
    };
    Some(offset.fix().local_minus_utc())
}

fn read_zone(zone: &str) -> Result<Tz> {
    Tz::from_str(zone).map_err(|_| {
        Error::query(format!("time zone '{zone}' does not exist"))
            .with_hint("write a name such as 'Europe/Berlin' or an offset such as '+02:00'")
            .about(format!("'{zone}'"))
            .into()
    })
}
