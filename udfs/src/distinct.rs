//! DISTINCT, which every aggregate of this crate refuses.
//!
//! It would count an answer once however many respondents gave it.

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::function::AggregateFunctionSimplification;

/// Refuses DISTINCT in an optimizer rule, since a later one replaces it by a GROUP BY.
///
/// The rule leaves window functions out: their accumulators call [`check_distinct`].
pub(crate) fn refuse_distinct() -> Option<AggregateFunctionSimplification> {
    Some(Box::new(|call, _context| {
        check_distinct(call.func.name(), call.params.distinct)?;
        Ok(Expr::AggregateFunction(call))
    }))
}

/// Returns an error if `is_distinct`.
pub(crate) fn check_distinct(function: &str, is_distinct: bool) -> Result<()> {
    if !is_distinct {
        return Ok(());
    }
    plan_err!(
        "{function}(DISTINCT ...) would count equal answers of different respondents once; remove DISTINCT, or aggregate a subquery that returns one row per respondent"
    )
}
