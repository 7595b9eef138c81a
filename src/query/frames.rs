//! Frames of window functions by distance: `RANGE BETWEEN 1 PRECEDING AND CURRENT ROW`.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, WindowFrameBound, WindowFrameUnits,
};

use crate::error::Error;

/// Refuses a distance between values that have none, such as texts: DataFusion takes all rows for near.
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
    let is_distance = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => {
            !distance.is_null()
        }
        WindowFrameBound::CurrentRow => false,
    };
    let has_distance = is_distance(&frame.start_bound) || is_distance(&frame.end_bound);
    if frame.units != WindowFrameUnits::Range || !has_distance {
        return Ok(());
    }
    let [sort] = function.params.order_by.as_slice() else {
        return Ok(());
    };
    let data_type = sort.expr.get_type(input.schema())?;
    if data_type.is_temporal() {
        let mut bounds = [&frame.start_bound, &frame.end_bound].into_iter();
        return match bounds.find_map(plain_number) {
            Some(number) => Err(Error::query(format!(
                "RANGE over a time needs an interval, not {number}"
            ))
            .with_hint("write the unit: RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW")
            .about("RANGE")
            .into()),
            None => Ok(()),
        };
    }
    if data_type.is_numeric() || data_type.is_null() {
        return Ok(());
    }
    Err(
        Error::query("RANGE with a distance needs ORDER BY of a number or a time")
            .with_hint("count rows instead: ROWS BETWEEN 1 PRECEDING AND CURRENT ROW")
            .about("RANGE")
            .into(),
    )
}

/// The distance of a bound that has no unit. DataFusion would take it for months.
fn plain_number(bound: &WindowFrameBound) -> Option<&str> {
    match bound {
        WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => {
            let text = distance.try_as_str().flatten()?;
            text.trim().parse::<f64>().is_ok().then_some(text)
        }
        WindowFrameBound::CurrentRow => None,
    }
}
