//! `FROM t UNPIVOT (value FOR name IN (a, b))`: columns become rows.

use datafusion::common::Result;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{ident, lit};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, ExprWithAlias, Ident, NullInclusion, TableFactor,
};

use super::repeated::repeated;
use crate::error::Error;

/// An unpivot: a row for each of the columns, with its name and value beside all other columns.
pub(super) struct Unpivot {
    /// The column of the values.
    pub(super) value: SqlExpr,
    /// The column of the names.
    pub(super) name: Ident,
    pub(super) columns: Vec<ExprWithAlias>,
    /// Rows without a value are left out by default.
    pub(super) nulls: Option<NullInclusion>,
}

impl Unpivot {
    pub(super) fn plan(
        self,
        table: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<LogicalPlan> {
        let input = context.plan(table)?;
        let schema = input.schema().clone();
        let SqlExpr::Identifier(value) = self.value else {
            let error = Error::query("UNPIVOT can make one column of values only");
            return Err(error
                .with_hint("write UNPIVOT (value FOR name IN (a, b))")
                .into());
        };
        let value = context.normalize_ident(value);
        let name = context.normalize_ident(self.name);
        let mut columns = Vec::new();
        for ExprWithAlias { expr, alias } in self.columns {
            let label = match (alias, &expr) {
                (Some(alias), _) => context.normalize_ident(alias),
                (None, SqlExpr::Identifier(column)) => context.normalize_ident(column.clone()),
                (None, other) => other.to_string(),
            };
            columns.push((label, context.sql_to_expr(expr, &schema)?));
        }
        let used: Vec<_> = columns
            .iter()
            .flat_map(|(_, column)| column.column_refs())
            .cloned()
            .collect();
        let kept = schema.columns();
        let kept: Vec<_> = kept
            .into_iter()
            .filter(|column| !used.contains(column))
            .collect();
        let types = columns.iter().map(|(_, column)| column.get_type(&schema));
        let types = types.collect::<Result<Vec<_>>>()?;
        let Some(common) = type_union_resolution(&types) else {
            let error = Error::query("the columns of UNPIVOT have types without a common one");
            return Err(error.with_hint("cast them in a subquery").into());
        };
        let rows = columns
            .into_iter()
            .map(|(label, column)| Ok(vec![lit(label), column.cast_to(&common, schema.as_ref())?]));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let plan = repeated(input, kept, &[&name, &value], rows)?;
        match self.nulls {
            Some(NullInclusion::IncludeNulls) => Ok(plan),
            Some(NullInclusion::ExcludeNulls) | None => LogicalPlanBuilder::from(plan)
                .filter(Expr::IsNotNull(Box::new(ident(&value))))?
                .build(),
        }
    }
}
