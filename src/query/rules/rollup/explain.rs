//! The remark about the rollup in EXPLAIN.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::{LogicalPlan, PlanType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::explain::ExplainExec;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};

use crate::query::cancel::cancellable;

use super::scans::{is_rollup, responses_of};

/// DataFusion's planner, with plans that can be cancelled, and a remark about the rollup at the end of
/// an explained logical plan.
#[derive(Debug)]
pub(crate) struct ExplainsRollup;

#[async_trait]
impl QueryPlanner for ExplainsRollup {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planned = DefaultPhysicalPlanner::default()
            .create_physical_plan(plan, session)
            .await?;
        let planned = cancellable(planned)?;
        let LogicalPlan::Explain(explain) = plan else {
            return Ok(planned);
        };
        let (Some(remark), Some(exec)) = (
            remark(&explain.plan)?,
            planned.downcast_ref::<ExplainExec>(),
        ) else {
            return Ok(planned);
        };
        let mut stages = exec.stringified_plans().to_vec();
        for stage in &mut stages {
            if stage.plan_type == PlanType::FinalLogicalPlan {
                stage.plan = Arc::new(format!("{}\n{remark}", stage.plan));
            }
        }
        Ok(Arc::new(ExplainExec::new(
            planned.schema(),
            stages,
            exec.verbose(),
        )))
    }
}

/// The remark, or `None` if the plan does not read responses.
fn remark(plan: &LogicalPlan) -> Result<Option<String>> {
    let mut is_used = false;
    let mut reasons = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            is_used |= is_rollup(scan);
            if let Some(responses) = responses_of(scan) {
                reasons.push(responses.reason());
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    reasons.dedup();
    let because = reasons.join("; ");
    Ok(if reasons.is_empty() {
        is_used.then(|| "rollup: used".to_owned())
    } else if is_used {
        Some(format!("rollup: used, and rows are read: {because}"))
    } else {
        Some(format!("rollup: not used: {because}"))
    })
}
