//! Operators whose operands are not what they seem: small integers, days with hours added, and times without
//! seconds.

use chrono::NaiveDateTime;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, cast, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Widens small integers in arithmetic to BIGINT, makes a day to which hours are added a time, and completes
/// times that are compared.
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
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => {
                let other = completed(&right, &left, schema).unwrap_or(right);
                (completed(&left, &other, schema).unwrap_or(left), other)
            }
            _ => (left, right),
        };
        Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }))
    }
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

/// A text such as `2026-01-31 10:00` with its seconds, if the expression beside it is a time.
fn completed(text: &Expr, beside: &Expr, schema: &DFSchema) -> Option<Expr> {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = text else {
        return None;
    };
    let complete = with_seconds(text)?;
    let is_time = matches!(beside.get_type(schema), Ok(DataType::Timestamp(..)));
    is_time.then(|| lit(complete))
}

/// A date and a time of hours and minutes, with seconds. `None` for any other text.
pub(super) fn with_seconds(text: &str) -> Option<String> {
    let has_no_seconds = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(text, format).is_ok());
    has_no_seconds.then(|| format!("{text}:00"))
}
