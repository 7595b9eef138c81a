//! An opaque plan: no filter is pushed into it, and no error leaks out of it.

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

/// Returns only the rows of a plan: filters are not pushed below it, where they would read rows that
/// a role cannot see, and its errors contain no values.
#[derive(Debug)]
pub(super) struct Barrier {
    pub(super) role: Arc<Role>,
    pub(super) inner: Arc<dyn ExecutionPlan>,
}

/// Replaces an error that may contain a value of a row.
fn redacted(role: &Role, error: DataFusionError) -> DataFusionError {
    let is_safe = match error.find_root() {
        DataFusionError::ResourcesExhausted(_)
        | DataFusionError::ObjectStore(_)
        | DataFusionError::IoError(_)
        | DataFusionError::ParquetError(_) => true,
        DataFusionError::External(error) => error.is::<Error>(),
        _ => false,
    };
    if is_safe {
        error
    } else {
        refused(
            role,
            "the statement failed, and the reason is hidden because it could contain a value of \
             one response",
            "check what can fail, such as a division by zero or a CAST; TRY_CAST returns NULL instead",
        )
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
        if children.is_empty() {
            Ok(self)
        } else {
            internal_err!("a barrier has no children")
        }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let role = Arc::clone(&self.role);
        let rows = self.inner.execute(partition, context);
        let rows = rows.map_err(|error| redacted(&role, error))?;
        let schema = rows.schema();
        let rows = rows.map_err(move |error| redacted(&role, error));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
