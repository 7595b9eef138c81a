//! Operators whose operands are not what they seem: small integers, days with hours added, and days that are
//! subtracted.

use chrono::NaiveDateTime;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Widens small integers in arithmetic to BIGINT, makes a day to which hours are added a time, and subtracts
/// days as numbers.
///
/// A score is a TINYINT, and DataFusion's arithmetic wraps: `score * score * score` of a 9 was -39. And a day
/// plus an interval is a day, without the hours.
#[derive(Debug)]
pub(super) struct Operands;

impl ExprPlanner for Operands {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        let (left, right) = match op {
            BinaryOperator::Plus | BinaryOperator::Minus
                if is_day(&left, schema) && has_hours(&right, schema) =>
            {
                (cast(left, MOMENT), right)
            }
            BinaryOperator::Plus if has_hours(&left, schema) && is_day(&right, schema) => {
                (left, cast(right, MOMENT))
            }
            BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply
                if is_small(&left, schema) && is_small(&right, schema) =>
            {
                (cast(left, DataType::Int64), cast(right, DataType::Int64))
            }
            BinaryOperator::Minus if is_day(&left, schema) && is_day(&right, schema) => {
                (number(left), number(right))
            }
            _ => (left, right),
        };
        Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }))
    }
}

/// True for an operator that compares two values of one type.
pub(super) fn is_comparison(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

// What has no type yet is reported, or replaced, when the whole expression is planned.
fn is_small(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(
        expr.get_type(schema),
        Ok(DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32)
    )
}

/// The type of a day with hours.
const MOMENT: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

const DAY_NANOS: i64 = 86_400_000_000_000;

fn is_day(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::Date32))
}

/// True for an interval that is not known to be of whole days.
fn has_hours(expr: &Expr, schema: &DFSchema) -> bool {
    if let Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), _) = expr {
        return interval.nanoseconds % DAY_NANOS != 0;
    }
    matches!(expr.get_type(schema), Ok(DataType::Interval(_)))
}

/// The number of a day, to subtract: DataFusion takes the difference of two days for a BIGINT when it computes
/// it, and for a duration when it estimates a filter, which is an internal error.
fn number(day: Expr) -> Expr {
    cast(cast(day, DataType::Int32), DataType::Int64)
}

/// A date and a time of hours and minutes, with seconds, before the zone if it has one. `None` for any other text.
pub(crate) fn with_seconds(text: &str) -> Option<String> {
    let (minutes, zone) = text.split_at_checked("2026-01-31 10:00".len())?;
    let is_minutes = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(minutes, format).is_ok());
    let is_zone = zone.is_empty() || zone.starts_with(['Z', 'z', '+', '-', ' ']);
    (is_minutes && is_zone).then(|| format!("{minutes}:00{zone}"))
}
