//! The view `identities`: who is sealed, and which fields of them; never what is in these.

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

/// A row for each respondent of whom something is sealed: the pseudonym, the names of the fields,
/// which [`reveal`](super::reveal) takes, and when the newest of them were sealed.
pub(in crate::query) fn identities(sealed: Arc<dyn TableProvider>) -> Result<ViewTable> {
    let nothing = || lit(ScalarValue::Utf8(None));
    let separator = lit(FIELDS_SEPARATOR);
    let fields = string_to_array(col(FIELDS), separator, nothing());
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
