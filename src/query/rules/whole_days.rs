//! Expressions with the same value for all times of a day.

use chrono::{DateTime, Datelike};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator};

use crate::lake::zone::Zone;

const NANOS_A_DAY: i64 = 86_400_000_000_000;

/// True if the expression is the column of this name, in any unit, with or without its zone, UTC.
pub(in crate::query) fn is_time(expr: &Expr, column: &str) -> bool {
    match expr {
        Expr::Cast(Cast { expr, field }) => match field.data_type() {
            DataType::Timestamp(_, zone) => {
                let is_utc = zone
                    .as_deref()
                    .is_none_or(|zone| ["UTC", "+00:00", "Z"].contains(&zone));
                is_utc && is_time(expr, column)
            }
            _ => false,
        },
        Expr::Column(other) => other.name == column,
        _ => false,
    }
}

/// True if an expression reads the column of times or days, and has the same value for all times of a
/// day of `zone`. Functions are those of UTC.
pub(in crate::query) fn reads_whole_days(expr: &Expr, column: &str, zone: Zone) -> bool {
    let is_time = |expr: &Expr| is_time(expr, column);
    let is_midnight = |expr: &Expr| is_midnight(expr, zone);
    match expr {
        Expr::IsNull(time) | Expr::IsNotNull(time) => is_time(time),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
            Operator::Lt | Operator::GtEq => is_time(left) && is_midnight(right),
            Operator::Gt | Operator::LtEq => is_midnight(left) && is_time(right),
            _ => false,
        },
        _ if !zone.is_utc() => false,
        Expr::Cast(Cast { expr, field }) => {
            matches!(field.data_type(), DataType::Date32) && is_time(expr)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice())
        {
            ("date_trunc", [unit, time]) => {
                is_one_of(unit, &["day", "week", "month", "quarter", "year"]) && is_time(time)
            }
            ("date_part", [part, time]) => {
                const PARTS: [&str; 9] = [
                    "day", "doy", "dow", "isodow", "week", "month", "quarter", "year", "isoyear",
                ];
                is_one_of(part, &PARTS) && is_time(time)
            }
            ("date_bin", [stride, time]) => is_whole_days(stride) && is_time(time),
            ("date_bin", [stride, time, origin]) => {
                is_whole_days(stride) && is_time(time) && is_midnight(origin)
            }
            _ => false,
        },
        _ => false,
    }
}

/// True if an expression that reads whole days has the same value for all days of a month.
pub(in crate::query) fn reads_whole_months(expr: &Expr) -> bool {
    match expr {
        Expr::IsNull(_) | Expr::IsNotNull(_) => true,
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => {
            is_first_of_month(left) || is_first_of_month(right)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => {
            let has_unit = matches!(func.name(), "date_trunc" | "date_part");
            let unit = args.first().filter(|_| has_unit);
            unit.is_some_and(|unit| is_one_of(unit, &["month", "quarter", "year"]))
        }
        _ => false,
    }
}

fn is_one_of(literal: &Expr, words: &[&str]) -> bool {
    let Expr::Literal(value, _) = literal else {
        return false;
    };
    let word = value.try_as_str().flatten().map(str::to_lowercase);
    word.is_some_and(|word| words.contains(&word.as_str()))
}

/// True if an interval is a positive number of whole days or months.
fn is_whole_days(stride: &Expr) -> bool {
    let Expr::Literal(value, _) = stride else {
        return false;
    };
    match value {
        ScalarValue::IntervalMonthDayNano(Some(interval)) => {
            interval.nanoseconds == 0
                && interval.months >= 0
                && interval.days >= 0
                && interval.months + interval.days.min(1) > 0
        }
        ScalarValue::IntervalDayTime(Some(interval)) => {
            interval.milliseconds == 0 && interval.days > 0
        }
        ScalarValue::IntervalYearMonth(Some(months)) => *months > 0,
        _ => false,
    }
}

/// True if a literal time is the beginning of a day.
fn is_midnight(literal: &Expr, zone: Zone) -> bool {
    nanos_of(literal).is_some_and(|nanos| {
        if zone.is_utc() {
            starts_day(nanos)
        } else {
            nanos % 1000 == 0 && zone.starts_day(nanos / 1000)
        }
    })
}

fn starts_day(nanos: i64) -> bool {
    nanos % NANOS_A_DAY == 0
}

/// True if a literal time is the beginning of a UTC month.
fn is_first_of_month(literal: &Expr) -> bool {
    nanos_of(literal)
        .is_some_and(|nanos| starts_day(nanos) && DateTime::from_timestamp_nanos(nanos).day() == 1)
}

/// Days since 1970, UTC, of a literal time.
pub(in crate::query) fn day_of(literal: &Expr) -> Option<i32> {
    i32::try_from(nanos_of(literal)?.div_euclid(NANOS_A_DAY)).ok()
}

/// Nanoseconds since 1970, UTC, of a literal time.
fn nanos_of(literal: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = literal else {
        return None;
    };
    if value.is_null() || !value.data_type().is_temporal() {
        return None;
    }
    // Nanoseconds: a cast to a coarser unit would hide a time that is not midnight.
    let nanos = value.cast_to(&DataType::Timestamp(
        TimeUnit::Nanosecond,
        Some("UTC".into()),
    ));
    match nanos {
        Ok(ScalarValue::TimestampNanosecond(nanos, _)) => nanos,
        _ => None,
    }
}
