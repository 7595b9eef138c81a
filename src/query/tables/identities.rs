//! The view `identities`: respondents with sealed fields, and the names of the fields, never their
//! values.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::{array_agg, max};
use datafusion::functions_nested::expr_fn::{array_distinct, array_sort, flatten, string_to_array};
use datafusion::logical_expr::{LogicalPlanBuilder, lit};
use datafusion::prelude::col;

use crate::lake::identities::{FIELDS, FIELDS_SEPARATOR, RESPONDENT, SEALED_AT};
use crate::lake::schema::IDENTITIES;

/// One row per respondent with sealed fields: the pseudonym, the names of the fields, which
/// [`reveal`](crate::query::reveal) takes, and the time the newest were sealed.
pub(in crate::query) fn identities(sealed: Arc<dyn TableProvider>) -> Result<ViewTable> {
    let null = lit(ScalarValue::Utf8(None));
    let fields = string_to_array(col(FIELDS), lit(FIELDS_SEPARATOR), null);
    let plan = LogicalPlanBuilder::scan(IDENTITIES, provider_as_source(sealed), None)?
        .aggregate(
            vec![col(RESPONDENT)],
            vec![
                array_agg(fields).alias(FIELDS),
                max(col(SEALED_AT)).alias(SEALED_AT),
            ],
        )?
        .project(vec![
            col(RESPONDENT),
            array_sort(
                array_distinct(flatten(col(FIELDS))),
                lit("ASC"),
                lit("NULLS LAST"),
            )
            .alias(FIELDS),
            col(SEALED_AT),
        ])?
        .build()?;
    Ok(ViewTable::new(plan, None))
}
