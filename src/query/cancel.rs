//! Cancellation inside operators that compute for long before they yield.
//!
//! DataFusion yields as often as a plan reads a batch, and a task is cancelled where it yields. A join
//! computes billions of pairs from a few batches.

use std::fmt;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::common::exec_err;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder,
};

tokio::task_local! {
    static IS_CANCELLED: Arc<AtomicBool>;
}

/// Cancels the plans that were made in its scope when dropped.
#[derive(Debug, Default)]
pub(crate) struct CancelOnDrop(Arc<AtomicBool>);

impl CancelOnDrop {
    /// Makes the plans of `work` ones that can be cancelled.
    pub(crate) fn scope<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        IS_CANCELLED.scope(Arc::clone(&self.0), work)
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Returns the plan with joins that yield for each batch that they return, and whose filters fail once
/// the query is cancelled. Outside of a [`CancelOnDrop::scope`], the plan is returned unchanged.
pub(super) fn cancellable(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let Ok(is_cancelled) = IS_CANCELLED.try_with(Arc::clone) else {
        return Ok(plan);
    };
    let plan = plan.transform_up(|node| {
        let can_grow = !matches!(
            node.cardinality_effect(),
            CardinalityEffect::Equal | CardinalityEffect::LowerEqual
        );
        if node.children().is_empty() || !can_grow {
            return Ok(Transformed::no(node));
        }
        let node = with_checked_filter(node, &is_cancelled)?;
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as _))
    })?;
    Ok(plan.data)
}

/// Returns a join whose filter fails once `is_cancelled`. Other operators are returned unchanged.
fn with_checked_filter(
    node: Arc<dyn ExecutionPlan>,
    is_cancelled: &Arc<AtomicBool>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let checked = |filter: &JoinFilter| {
        let expr = CheckedExpr {
            expr: Arc::clone(filter.expression()),
            is_cancelled: Arc::clone(is_cancelled),
        };
        let columns = filter.column_indices().to_vec();
        Some(JoinFilter::new(
            Arc::new(expr),
            columns,
            Arc::clone(filter.schema()),
        ))
    };
    if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>()
        && let Some(filter) = join.filter()
    {
        let join = NestedLoopJoinExecBuilder::from(join).with_filter(checked(filter));
        return Ok(Arc::new(join.build()?));
    }
    if let Some(join) = node.downcast_ref::<HashJoinExec>()
        && let Some(filter) = join.filter()
    {
        return join.builder().with_filter(checked(filter)).build_exec();
    }
    Ok(node)
}

/// An expression that fails once the query is cancelled.
#[derive(Debug)]
struct CheckedExpr {
    expr: Arc<dyn PhysicalExpr>,
    is_cancelled: Arc<AtomicBool>,
}

impl PartialEq for CheckedExpr {
    fn eq(&self, other: &Self) -> bool {
        self.expr.eq(&other.expr)
    }
}

impl Eq for CheckedExpr {}

impl Hash for CheckedExpr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expr.hash(state);
    }
}

impl fmt::Display for CheckedExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl PhysicalExpr for CheckedExpr {
    fn return_field(&self, input_schema: &Schema) -> Result<FieldRef> {
        self.expr.return_field(input_schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return exec_err!("the query was cancelled");
        }
        self.expr.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.expr]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self {
            expr: children.swap_remove(0),
            is_cancelled: Arc::clone(&self.is_cancelled),
        }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt_sql(f)
    }
}
