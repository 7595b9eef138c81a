//! Frames of window functions by values: `RANGE BETWEEN 1 PRECEDING AND CURRENT ROW`.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, WindowFrameBound, WindowFrameUnits,
};

use crate::error::Error;

/// Refuses a distance between values that have none, such as texts, where DataFusion takes all rows for near; and
/// intervals, which it cannot sort.
pub(super) fn check_frames(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        let LogicalPlan::Window(window) = node else {
            return Ok(TreeNodeRecursion::Continue);
        };
        for expr in &window.window_expr {
            expr.apply(|expr| {
                if let Expr::WindowFunction(function) = expr {
                    check_frame(function, window.input.as_ref())?;
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn check_frame(function: &WindowFunction, input: &LogicalPlan) -> Result<()> {
    let frame = &function.params.window_frame;
    let [sort] = function.params.order_by.as_slice() else {
        return Ok(());
    };
    if frame.units != WindowFrameUnits::Range {
        return Ok(());
    }
    let data_type = sort.expr.get_type(input.schema())?;
    if matches!(data_type, DataType::Interval(_)) {
        return Err(Error::query("OVER cannot sort by intervals")
            .with_hint("sort by their seconds: OVER (ORDER BY date_part('epoch', i))")
            .into());
    }
    let bounds = [&frame.start_bound, &frame.end_bound];
    let mut distances = bounds.into_iter().filter_map(distance).peekable();
    if distances.peek().is_none() || data_type.is_numeric() || data_type.is_null() {
        return Ok(());
    }
    if !data_type.is_temporal() {
        return Err(
            Error::query("RANGE with a distance needs ORDER BY of a number or a time")
                .with_hint("count rows instead: ROWS BETWEEN 1 PRECEDING AND CURRENT ROW")
                .about("RANGE")
                .into(),
        );
    }
    match distances.find_map(plain_number) {
        Some(number) => Err(Error::query(format!(
            "RANGE over a time needs an interval, not {number}"
        ))
        .with_hint("write the unit: RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW")
        .about("RANGE")
        .into()),
        None => Ok(()),
    }
}

/// The distance of a bound; `None` for all rows on its side, and for the current one.
fn distance(bound: &WindowFrameBound) -> Option<&ScalarValue> {
    match bound {
        WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => {
            Some(distance).filter(|distance| !distance.is_null())
        }
        WindowFrameBound::CurrentRow => None,
    }
}

/// The distance without a unit. DataFusion would take it for months.
fn plain_number(distance: &ScalarValue) -> Option<&str> {
    let text = distance.try_as_str().flatten()?;
    text.trim().parse::<f64>().is_ok().then_some(text)
}
