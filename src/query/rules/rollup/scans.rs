//! Finds scans of responses and of the rollup in a plan.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, TableScan};

use crate::lake::scan::DeltaScan;
use crate::lake::schema::ROLLUP;
use crate::query::tables::read_only::ReadOnly;
use crate::query::tables::responses::Responses;

/// The first table of responses that a plan reads.
pub(super) fn responses_in(plan: &LogicalPlan) -> Option<Responses> {
    let mut found = None;
    // Aggregates below are rewritten separately.
    let _ = plan.apply(|node| {
        Ok(match node {
            LogicalPlan::Aggregate(_) => TreeNodeRecursion::Jump,
            LogicalPlan::TableScan(scan) if responses_of(scan).is_some() => {
                found = responses_of(scan);
                TreeNodeRecursion::Stop
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    found
}

pub(super) fn responses_of(scan: &TableScan) -> Option<Responses> {
    let provider = source_as_provider(&scan.source).ok()?;
    let table = provider.downcast_ref::<ReadOnly>()?;
    table.0.downcast_ref::<Responses>().cloned()
}

/// True if a table scan reads the rollup.
pub(super) fn is_rollup(scan: &TableScan) -> bool {
    let provider = source_as_provider(&scan.source);
    scan.table_name.table() == ROLLUP && provider.is_ok_and(|provider| provider.is::<DeltaScan>())
}
