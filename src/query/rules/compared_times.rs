//! Comparisons of intervals and of times.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Decimal128Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::utils::take_function_args;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Between, BinaryExpr, Cast, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, TryCast, Volatility, lit,
};
use datafusion::optimizer::AnalyzerRule;

use crate::error::Error;
use crate::query::operators::{is_comparison, with_seconds};

/// Compares intervals by their length, reads texts of times without seconds, and takes no number for a date.
///
/// DataFusion reads a whole number beside a date as days since 1970: `day > 2026-01-01`, without quotes, was true
/// for all.
///
/// DataFusion compares the months of two intervals, then the days, then the rest: `INTERVAL '1 day'` was more
/// than 36 hours, and no difference of two times, which is of hours, more than a day. Here a month has 30 days
/// and a day 24 hours, as in Postgres and DuckDB. It runs after types are coerced.
#[derive(Debug)]
pub(in crate::query) struct ComparedTimes;

impl AnalyzerRule for ComparedTimes {
    fn name(&self) -> &str {
        "compared_times"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let analyzed = plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let is_sort = matches!(plan, LogicalPlan::Sort(_));
            let names = NamePreserver::new(&plan);
            let mapped = plan.map_expressions(|expr| {
                let saved = names.save(&expr);
                let expr = expr.transform_up(|expr| compared(expr, &schema))?;
                if is_sort && is_interval(&expr.data, &schema) {
                    return Ok(Transformed::yes(length(expr.data)));
                }
                Ok(expr.update_data(|expr| if is_sort { expr } else { saved.restore(expr) }))
            })?;
            if mapped.transformed {
                return Ok(Transformed::yes(mapped.data.recompute_schema()?));
            }
            Ok(mapped)
        })?;
        Ok(analyzed.data)
    }
}

fn compared(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if is_comparison(op) && (is_interval(&left, schema) || is_interval(&right, schema)) =>
        {
            Transformed::yes(Expr::BinaryExpr(BinaryExpr {
                left: Box::new(length(*left)),
                op,
                right: Box::new(length(*right)),
            }))
        }
        Expr::Between(Between {
            expr,
            negated,
            low,
            high,
        }) if is_interval(&expr, schema) => Transformed::yes(Expr::Between(Between {
            expr: Box::new(length(*expr)),
            negated,
            low: Box::new(length(*low)),
            high: Box::new(length(*high)),
        })),
        Expr::InList(InList {
            expr,
            list,
            negated,
        }) if is_interval(&expr, schema) => Transformed::yes(Expr::InList(InList {
            expr: Box::new(length(*expr)),
            list: list.into_iter().map(length).collect(),
            negated,
        })),
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field })
            if is_day(field.data_type()) && is_whole(&expr, schema) =>
        {
            return Err(Error::query("a whole number is no date")
                .with_hint("write a date in quotes: DATE '2026-01-31'")
                .into());
        }
        Expr::Cast(Cast { expr: text, field })
            if matches!(field.data_type(), DataType::Timestamp(..)) =>
        {
            match complete(&text) {
                Some(complete) => Transformed::yes(Expr::Cast(Cast {
                    expr: Box::new(complete),
                    field,
                })),
                None => Transformed::no(Expr::Cast(Cast { expr: text, field })),
            }
        }
        other => Transformed::no(other),
    })
}

fn is_day(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Date64)
}

fn is_whole(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema)
        .is_ok_and(|data_type| data_type.is_integer())
}

fn is_interval(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::Interval(_)))
}

/// A text such as `2026-01-31 10:00`, with its seconds.
fn complete(text: &Expr) -> Option<Expr> {
    let Expr::Literal(text, _) = text else {
        return None;
    };
    text.try_as_str().flatten().and_then(with_seconds).map(lit)
}

fn length(interval: Expr) -> Expr {
    let function = Arc::new(ScalarUDF::new_from_impl(IntervalLength {
        signature: Signature::any(1, Volatility::Immutable),
    }));
    Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![interval]))
}

/// `interval_length(interval)`: the nanoseconds of an interval or difference of times, with 30 days a month and
/// 24 hours a day, as DECIMAL(38, 0). NULL for NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
struct IntervalLength {
    signature: Signature,
}

const DAY_NANOS: i128 = 86_400_000_000_000;

impl ScalarUDFImpl for IntervalLength {
    fn name(&self) -> &str {
        "interval_length"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(38, 0))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [interval] = take_function_args(self.name(), args.args)?;
        let is_constant = matches!(interval, ColumnarValue::Scalar(_));
        let interval = interval.into_array(if is_constant { 1 } else { args.number_rows })?;
        let interval = cast(&interval, &DataType::Interval(IntervalUnit::MonthDayNano))?;
        let lengths: Decimal128Array = interval
            .as_primitive::<IntervalMonthDayNanoType>()
            .iter()
            .map(|interval| {
                let interval = interval?;
                let days = i128::from(interval.months) * 30 + i128::from(interval.days);
                Some(days * DAY_NANOS + i128::from(interval.nanoseconds))
            })
            .collect();
        let lengths = lengths.with_precision_and_scale(38, 0)?;
        Ok(if is_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&lengths, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(lengths))
        })
    }
}
