//! Expressions over responses as expressions over counts.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, binary_expr, cast, lit};

use super::Answered;
use super::source::reason;
use crate::lake::rollup::{DAY, KEPT, Rollup};
use crate::lake::schema::{ROLLUP, timestamp};

pub(super) const RESPONDED_AT: &str = "responded_at";

const MICROS_A_DAY: i64 = 86_400_000_000;

/// Which columns of the rollup stand for those of responses, and which dimensions are used.
pub(super) struct Columns<'a> {
    rollup: &'a Rollup,
    dimensions: BTreeSet<String>,
    reads_days: bool,
}

impl<'a> Columns<'a> {
    pub(super) fn new(rollup: &'a Rollup) -> Self {
        Self {
            rollup,
            dimensions: BTreeSet::new(),
            reads_days: false,
        }
    }

    /// The dimensions that what was converted reads.
    pub(super) fn dimensions(&self) -> &BTreeSet<String> {
        &self.dimensions
    }

    /// Whether what was converted tells days of a month apart.
    pub(super) fn reads_days(&self) -> bool {
        self.reads_days
    }

    /// The same value of every response that a row counts, or why there is none.
    pub(super) fn convert(&mut self, expr: &Expr) -> Answered<Expr> {
        if expr.is_volatile() {
            return Err("it gives other values each time".to_owned());
        }
        let converted = expr.clone().transform_down(|expr| self.convert_node(expr));
        converted.map(|converted| converted.data).map_err(reason)
    }

    fn convert_node(&mut self, expr: Expr) -> Result<Transformed<Expr>> {
        if reads_whole_days(&expr) {
            self.reads_days |= !reads_whole_months(&expr);
            if let Some(bound) = bound_of_days(&expr) {
                return Ok(Transformed::new(bound, true, TreeNodeRecursion::Jump));
            }
            let days = expr.transform_down(|expr| {
                Ok(match is_responded_at(&expr) {
                    true => Transformed::yes(start_of_day()),
                    false => Transformed::no(expr),
                })
            })?;
            return Ok(Transformed::new(days.data, true, TreeNodeRecursion::Jump));
        }
        match &expr {
            Expr::Column(column) => {
                self.check(column)?;
                Ok(Transformed::yes(counted(&column.name)))
            }
            Expr::OuterReferenceColumn(..) => plan_err!("it refers to an outer query"),
            Expr::ScalarSubquery(subquery) if subquery.outer_ref_columns.is_empty() => {
                Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump))
            }
            Expr::ScalarSubquery(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::SetComparison(_) => plan_err!("it filters by a subquery"),
            _ => Ok(Transformed::no(expr)),
        }
    }

    fn check(&mut self, column: &Column) -> Result<()> {
        let name = column.name.as_str();
        if KEPT.contains(&name) {
            return Ok(());
        }
        if self.rollup.dimensions().iter().any(|known| known == name) {
            self.dimensions.insert(name.to_owned());
            return Ok(());
        }
        if name == RESPONDED_AT {
            return plan_err!("it reads the time of day of {RESPONDED_AT}");
        }
        plan_err!("it reads {name}")
    }
}

/// The first moment of the day that a row counts, of the type of `responded_at`.
fn start_of_day() -> Expr {
    cast(counted(DAY), timestamp())
}

/// A column of the rollup. Its table tells it from the column of responses of the same name.
pub(super) fn counted(name: &str) -> Expr {
    Expr::Column(Column::new(Some(ROLLUP), name))
}

/// A bound of `responded_at` as one of the day, by which files and pages are skipped.
fn bound_of_days(expr: &Expr) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else {
        return None;
    };
    let day = |literal| {
        let days = nanos_of(literal)?.div_euclid(MICROS_A_DAY * 1000);
        i32::try_from(days)
            .ok()
            .map(|days| lit(ScalarValue::Date32(Some(days))))
    };
    let (left, right) = match is_moment(left) {
        true => (counted(DAY), day(right)?),
        false => (day(left)?, counted(DAY)),
    };
    Some(binary_expr(left, *op, right))
}

fn is_responded_at(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if column.name == RESPONDED_AT)
}

/// `responded_at`, in whatever unit and with or without its zone, UTC.
fn is_moment(expr: &Expr) -> bool {
    match expr {
        Expr::Cast(Cast { expr, field }) => match field.data_type() {
            DataType::Timestamp(_, zone) => {
                let is_utc = zone
                    .as_deref()
                    .is_none_or(|zone| ["UTC", "+00:00", "Z"].contains(&zone));
                is_utc && is_moment(expr)
            }
            _ => false,
        },
        expr => is_responded_at(expr),
    }
}

/// Whether an expression reads `responded_at` and gives the same for all moments of a day.
fn reads_whole_days(expr: &Expr) -> bool {
    match expr {
        Expr::IsNull(moment) | Expr::IsNotNull(moment) => is_moment(moment),
        Expr::Cast(Cast { expr, field }) => {
            matches!(field.data_type(), DataType::Date32) && is_moment(expr)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
            Operator::Lt | Operator::GtEq => is_moment(left) && is_midnight(right),
            // The same from the other side.
            Operator::Gt | Operator::LtEq => is_midnight(left) && is_moment(right),
            _ => false,
        },
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice())
        {
            ("date_trunc", [unit, moment]) => {
                is_one_of(unit, &["day", "week", "month", "quarter", "year"]) && is_moment(moment)
            }
            ("date_part", [part, moment]) => {
                const PARTS: [&str; 9] = [
                    "day", "doy", "dow", "isodow", "week", "month", "quarter", "year", "isoyear",
                ];
                is_one_of(part, &PARTS) && is_moment(moment)
            }
            ("date_bin", [stride, moment]) => is_of_days(stride) && is_moment(moment),
            ("date_bin", [stride, moment, origin]) => {
                is_of_days(stride) && is_moment(moment) && is_midnight(origin)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Of expressions that read whole days: whether one gives the same for all days of a month.
fn reads_whole_months(expr: &Expr) -> bool {
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

/// A length of whole days or months.
fn is_of_days(stride: &Expr) -> bool {
    let Expr::Literal(value, _) = stride else {
        return false;
    };
    match value {
        ScalarValue::IntervalMonthDayNano(Some(interval)) => interval.nanoseconds == 0,
        ScalarValue::IntervalDayTime(Some(interval)) => interval.milliseconds == 0,
        ScalarValue::IntervalYearMonth(Some(_)) => true,
        _ => false,
    }
}

/// A moment at which a day of UTC begins.
fn is_midnight(literal: &Expr) -> bool {
    nanos_of(literal).is_some_and(starts_day)
}

fn starts_day(nanos: i64) -> bool {
    nanos % (MICROS_A_DAY * 1000) == 0
}

/// A moment at which a month of UTC begins.
fn is_first_of_month(literal: &Expr) -> bool {
    nanos_of(literal)
        .is_some_and(|nanos| starts_day(nanos) && DateTime::from_timestamp_nanos(nanos).day() == 1)
}

/// Nanoseconds since 1970, UTC, of a literal moment.
fn nanos_of(literal: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = literal else {
        return None;
    };
    if value.is_null() || !value.data_type().is_temporal() {
        return None;
    }
    // To nanoseconds: a cast to something coarser would cut off what is wrong.
    let nanos = value.cast_to(&DataType::Timestamp(
        TimeUnit::Nanosecond,
        Some("UTC".into()),
    ));
    match nanos {
        Ok(ScalarValue::TimestampNanosecond(nanos, _)) => nanos,
        _ => None,
    }
}
