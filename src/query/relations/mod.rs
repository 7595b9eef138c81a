//! What can stand in FROM besides tables: PIVOT, UNPIVOT and SUMMARIZE.

mod pivot;
mod summarize;
mod unpivot;

use datafusion::common::{Column, Result};
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::functions::expr_fn::named_struct;
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{col, lit};
use datafusion::sql::sqlparser::ast::TableFactor;

pub(super) use summarize::SUMMARIZE;

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

/// The rows of a plan, each repeated once for every row of `rows`, whose cells become the columns
/// `names` after those of `kept`. All cells of a column have one type.
fn repeated(
    input: LogicalPlan,
    kept: Vec<Column>,
    names: &[&str],
    rows: Vec<Vec<Expr>>,
) -> Result<LogicalPlan> {
    const ROW: &str = "__row";
    let rows = rows.into_iter().map(|cells| {
        let pairs = std::iter::zip(names, cells).flat_map(|(name, cell)| [lit(*name), cell]);
        named_struct(pairs.collect())
    });
    let row = make_array(rows.collect()).alias(ROW);
    let columns = || kept.iter().cloned().map(Expr::Column);
    let cells = names.iter().map(|name| col(ROW).field(*name).alias(*name));
    LogicalPlanBuilder::from(input)
        .project(columns().chain([row]))?
        .unnest_column(Column::from_name(ROW))?
        .project(columns().chain(cells))?
        .build()
}
