//! A plan that nothing looks into.

use std::fmt;
use std::sync::Arc;

use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::TryStreamExt;

use super::refusal::refused;
use crate::error::Error;
use crate::privacy::roles::Role;

/// Gives the rows of a plan and nothing else of it: no filter is pushed below it, where it would see
/// rows that are kept from a role, and no error of it names a value.
#[derive(Debug)]
pub(in crate::query) struct Barrier {
    role: Arc<Role>,
    inner: Arc<dyn ExecutionPlan>,
}

impl Barrier {
    pub(in crate::query) fn new(role: Arc<Role>, inner: Arc<dyn ExecutionPlan>) -> Self {
        Self { role, inner }
    }
}

/// An error that tells nothing of a row.
fn told(role: &Role, error: DataFusionError) -> DataFusionError {
    let is_told = match error.find_root() {
        DataFusionError::ResourcesExhausted(_)
        | DataFusionError::ObjectStore(_)
        | DataFusionError::IoError(_)
        | DataFusionError::ParquetError(_) => true,
        DataFusionError::External(error) => error.is::<Error>(),
        _ => false,
    };
    match is_told {
        true => error,
        false => refused(
            role,
            "the statement failed, and why is not told, since it could name a value of one response",
            "look for what can fail, such as a division by zero or a CAST; TRY_CAST gives NULL instead",
        ),
    }
}

impl DisplayAs for Barrier {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Barrier")
    }
}

impl ExecutionPlan for Barrier {
    fn name(&self) -> &str {
        "Barrier"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.inner.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.is_empty() {
            true => Ok(self),
            false => internal_err!("a barrier has no children"),
        }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let role = Arc::clone(&self.role);
        let rows = self.inner.execute(partition, context);
        let rows = rows.map_err(|error| told(&role, error))?;
        let schema = rows.schema();
        let rows = rows.map_err(move |error| told(&role, error));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
