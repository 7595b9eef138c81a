//! `FROM t PIVOT (nps(score) FOR segment IN ('smb', 'enterprise'))`: values become columns.

use std::collections::HashSet;

use datafusion::common::{Column, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::ident;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, ExprWithAlias, PivotValueSource, TableFactor, Value,
};

use crate::error::Error;

/// A pivot: each aggregate over the rows of each value, by all columns that neither names.
pub(super) struct Pivot {
    pub(super) aggregates: Vec<ExprWithAlias>,
    /// The column whose values become columns.
    pub(super) columns: Vec<SqlExpr>,
    pub(super) values: PivotValueSource,
    /// The value of a cell without rows, instead of NULL.
    pub(super) default: Option<SqlExpr>,
}

impl Pivot {
    pub(super) fn plan(
        self,
        table: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<LogicalPlan> {
        let input = context.plan(table)?;
        let schema = input.schema().clone();
        let [column] = <[SqlExpr; 1]>::try_from(self.columns).map_err(|_| {
            Error::query("PIVOT can make columns of one column only")
                .with_hint("combine several in a subquery: SELECT a || ' ' || b AS c FROM t")
        })?;
        let column = context.sql_to_expr(column, &schema)?;
        let PivotValueSource::List(values) = self.values else {
            let error = Error::query("PIVOT needs the values that become columns");
            return Err(error
                .with_hint("list them: FOR segment IN ('smb', 'enterprise')")
                .into());
        };
        let mut used: HashSet<Column> = column.column_refs().into_iter().cloned().collect();
        let mut aggregates = Vec::new();
        for ExprWithAlias { expr, alias } in self.aggregates {
            let name =
                alias.map_or_else(|| expr.to_string(), |alias| context.normalize_ident(alias));
            let aggregate = context.sql_to_expr(expr, &schema)?.unalias_nested().data;
            let Expr::AggregateFunction(aggregate) = aggregate else {
                let error = Error::query(format!("PIVOT needs an aggregate, and {name} is none"));
                return Err(error
                    .with_hint("use an aggregate such as nps(score)")
                    .into());
            };
            let columns = Expr::AggregateFunction(aggregate.clone());
            used.extend(columns.column_refs().into_iter().cloned());
            aggregates.push((name, aggregate));
        }
        let default = match self.default {
            Some(default) => Some(context.sql_to_expr(default, &schema)?),
            None => None,
        };
        let keys: Vec<Column> = schema
            .columns()
            .into_iter()
            .filter(|column| !used.contains(column))
            .collect();
        let (mut cells, mut columns) = (Vec::new(), Vec::new());
        for ExprWithAlias { expr, alias } in values {
            let value_name = match (alias, &expr) {
                (Some(alias), _) => context.normalize_ident(alias),
                (None, SqlExpr::Value(value)) => match &value.value {
                    Value::SingleQuotedString(text) => text.clone(),
                    other => other.to_string(),
                },
                (None, other) => other.to_string(),
            };
            let value = context.sql_to_expr(expr, &schema)?;
            for (name, aggregate) in &aggregates {
                let name = match aggregates.len() {
                    1 => value_name.clone(),
                    _ => format!("{value_name}_{name}"),
                };
                let condition = column.clone().eq(value.clone());
                cells.push(of_rows(aggregate.clone(), condition).alias(&name));
                columns.push(match &default {
                    Some(default) => coalesce(vec![ident(&name), default.clone()]).alias(&name),
                    None => ident(&name),
                });
            }
        }
        let key_columns = || keys.iter().cloned().map(Expr::Column);
        LogicalPlanBuilder::from(input)
            .aggregate(key_columns(), cells)?
            .project(key_columns().chain(columns))?
            .build()
    }
}

/// An aggregate over the rows that satisfy a condition, besides its own.
fn of_rows(mut aggregate: AggregateFunction, condition: Expr) -> Expr {
    let filter = match aggregate.params.filter.take() {
        Some(own) => own.and(condition),
        None => condition,
    };
    aggregate.params.filter = Some(Box::new(filter));
    Expr::AggregateFunction(aggregate)
}
