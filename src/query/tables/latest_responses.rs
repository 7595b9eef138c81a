//! The view `latest_responses`: the newest answer of each respondent.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{ExprFunctionExt, LogicalPlanBuilder, lit};
use datafusion::prelude::col;

use crate::lake::schema::RESPONSES;

pub(in crate::query) const LATEST_RESPONSES: &str = "latest_responses";

/// The newest answered NPS response of each respondent and survey, and all anonymous ones, with the
/// columns of `responses`.
///
/// A response without a date is older than any with one. Of several at the same time, the one with
/// the greatest id is the newest, whichever columns a query reads.
pub(in crate::query) fn latest_responses(responses: Arc<dyn TableProvider>) -> Result<ViewTable> {
    let answered = LogicalPlanBuilder::scan(RESPONSES, provider_as_source(responses), None)?
        // Other metrics have no score.
        .filter(col("score").is_not_null())?
        .build()?;
    let columns = answered.schema().columns();
    let columns = || columns.iter().cloned().map(col);

    // This window runs as an aggregate (see `newest`) after unused columns are pruned.
    let rank = "rank";
    let newest = LogicalPlanBuilder::from(answered.clone())
        .filter(col("respondent").is_not_null())?
        .window([row_number()
            .partition_by(vec![col("survey"), col("respondent")])
            .order_by(vec![
                col("responded_at").sort(false, false),
                col("response_id").sort(false, false),
            ])
            .build()?
            .alias(rank)])?
        .filter(col(rank).eq(lit(1_u64)))?
        .project(columns())?
        .build()?;
    let anonymous = LogicalPlanBuilder::from(answered)
        .filter(col("respondent").is_null())?
        .project(columns())?
        .build()?;
    let latest = LogicalPlanBuilder::from(newest).union(anonymous)?.build()?;
    Ok(ViewTable::new(latest, None))
}
