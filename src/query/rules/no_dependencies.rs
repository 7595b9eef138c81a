//! Plans without functional dependencies, in which DataFusion 55 finds wrong ones.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{FunctionalDependencies, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Rules that remove keys of GROUP BY and ORDER BY, DISTINCT, and joins by functional dependencies.
const READERS: [&str; 4] = [
    "eliminate_duplicated_expr",
    "eliminate_join",
    "optimize_projections",
    "replace_distinct_aggregate",
];

/// Removes the functional dependencies of a plan: that the keys of an aggregate determine a row.
///
/// They stay through a join and UNNEST, behind which a key has many rows, and an aggregate above these
/// takes all of its columns to depend on that key: `ORDER BY segment, n` was sorted by `segment` alone.
#[derive(Debug)]
struct NoDependencies;

/// Adds the rule before each of the rules that read dependencies: any rule may make an aggregate anew.
pub(in crate::query) fn before_readers(
    rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut all: Vec<Arc<dyn OptimizerRule + Send + Sync>> = Vec::new();
    for rule in rules {
        if READERS.contains(&rule.name()) {
            all.push(Arc::new(NoDependencies));
        }
        all.push(rule);
    }
    all
}

impl OptimizerRule for NoDependencies {
    fn name(&self) -> &str {
        "no_dependencies"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        plan.transform_up_with_subqueries(|plan| {
            if plan.schema().functional_dependencies().is_empty() {
                return Ok(Transformed::no(plan));
            }
            let LogicalPlan::Aggregate(mut aggregate) = plan else {
                // The plans below have none any more.
                return Ok(Transformed::yes(plan.recompute_schema()?));
            };
            let schema = Arc::unwrap_or_clone(aggregate.schema);
            let schema = schema.with_functional_dependencies(FunctionalDependencies::empty())?;
            aggregate.schema = Arc::new(schema);
            Ok(Transformed::yes(LogicalPlan::Aggregate(aggregate)))
        })
    }
}
