//! Runs [`reveal`](crate::query::reveal) over all rows of a plan in one stream, so that the audit log
//! has one entry for a small answer, and not one for each partition that happened to have a row.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::async_func::AsyncFuncExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements,
    Partitioning, PlanProperties,
};

/// Puts [`RevealExec`] in the place of each plan of asynchronous functions. Runs before the rules that
/// distribute rows.
#[derive(Debug)]
pub(in crate::query) struct OneReveal;

impl PhysicalOptimizerRule for OneReveal {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let placed = plan.transform_up(|plan| match plan.downcast_ref::<AsyncFuncExec>() {
            Some(calls) => Ok(Transformed::yes(RevealExec::plan(calls.clone()))),
            None => Ok(Transformed::no(plan)),
        });
        placed.map(|placed| placed.data)
    }

    fn name(&self) -> &str {
        "one_reveal"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Calls of asynchronous functions on the rows of one partition.
#[derive(Debug)]
struct RevealExec {
    calls: AsyncFuncExec,
    properties: Arc<PlanProperties>,
}

impl RevealExec {
    fn plan(calls: AsyncFuncExec) -> Arc<dyn ExecutionPlan> {
        let inner = calls.properties();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(calls.schema()),
            Partitioning::UnknownPartitioning(1),
            inner.emission_type,
            inner.boundedness,
        );
        Arc::new(Self {
            calls,
            properties: Arc::new(properties),
        })
    }
}

impl DisplayAs for RevealExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.fmt_as(format, f)
    }
}

impl ExecutionPlan for RevealExec {
    fn name(&self) -> &str {
        "RevealExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.calls.input()]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.calls.apply_expressions(f)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        let calls = Arc::new(self.calls.clone()).replace_children(children, options)?;
        match calls.downcast_ref::<AsyncFuncExec>() {
            Some(calls) => Ok(Self::plan(calls.clone())),
            None => internal_err!("a plan of asynchronous functions became another"),
        }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.calls.execute(partition, context)
    }
}
