//! The view `valid_responses`: responses that may be reported and are not too old.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlanBuilder, lit};
use datafusion::prelude::col;

use crate::lake::schema::RESPONSES;

pub(in crate::query) const VALID_RESPONSES: &str = "valid_responses";

/// The responses without withdrawn consent that were given at `since` or later (if there is such a
/// time) or have no date.
pub(in crate::query) fn valid_responses(
    responses: Arc<dyn TableProvider>,
    since: Option<DateTime<Utc>>,
) -> Result<ViewTable> {
    let mut is_valid = col("consent").not_eq(lit("withdrawn"));
    if let Some(since) = since {
        let since = Some(since.timestamp_micros());
        let since = lit(ScalarValue::TimestampMicrosecond(since, Some("UTC".into())));
        let responded_at = || col("responded_at");
        is_valid = is_valid.and(responded_at().is_null().or(responded_at().gt_eq(since)));
    }
    let valid = LogicalPlanBuilder::scan(RESPONSES, provider_as_source(responses), None)?
        .filter(is_valid)?
        .build()?;
    Ok(ViewTable::new(valid, None))
}
