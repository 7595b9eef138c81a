//! Relations in FROM besides tables: PIVOT, UNPIVOT and SUMMARIZE.

mod pivot;
mod repeated;
mod summarize;
mod unpivot;

use datafusion::common::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::sql::sqlparser::ast::TableFactor;

pub(super) use pivot::{no_aggregate, other_values};

/// Plans PIVOT, UNPIVOT and SUMMARIZE.
#[derive(Debug)]
pub(super) struct Relations;

impl RelationPlanner for Relations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let (plan, alias) = match relation {
            TableFactor::Pivot {
                table,
                aggregate_functions,
                value_column,
                value_source,
                default_on_null,
                alias,
            } => {
                let pivot = pivot::Pivot {
                    aggregates: aggregate_functions,
                    columns: value_column,
                    values: value_source,
                    default: default_on_null,
                };
                (pivot.plan(*table, context)?, alias)
            }
            TableFactor::Unpivot {
                table,
                value,
                name,
                columns,
                null_inclusion,
                alias,
            } => {
                let unpivot = unpivot::Unpivot {
                    value,
                    name,
                    columns,
                    nulls: null_inclusion,
                };
                (unpivot.plan(*table, context)?, alias)
            }
            table => match summarize::query(&table) {
                Some((query, alias)) => (summarize::plan(query, context)?, alias),
                None => return Ok(RelationPlanning::Original(Box::new(table))),
            },
        };
        let planned = PlannedRelation::new(plan, alias);
        Ok(RelationPlanning::Planned(Box::new(planned)))
    }
}
