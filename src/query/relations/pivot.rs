//! `FROM t PIVOT (nps(score) FOR segment IN ('smb', 'enterprise'))`: values become columns.

use std::collections::HashSet;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::utils::{conjunction, find_aggregate_exprs};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{ident, lit};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, ExprWithAlias, PivotValueSource, TableFactor,
};

use crate::error::Error;
use crate::query::syntax::{column_name, values_of};

/// A pivot: each aggregate over the rows of each value, by all columns that neither names.
pub(super) struct Pivot {
    pub(super) aggregates: Vec<ExprWithAlias>,
    /// The columns whose values become columns.
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
        let written = self.columns.into_iter();
        let columns = written
            .map(|column| context.sql_to_expr(column, &schema))
            .collect::<Result<Vec<Expr>>>()?;
        let PivotValueSource::List(values) = self.values else {
            let error = Error::query("PIVOT needs the values that become columns");
            return Err(error
                .with_hint("list them: FOR segment IN ('smb', 'enterprise')")
                .into());
        };
        let pivoted = columns.iter().flat_map(Expr::column_refs);
        let mut used: HashSet<Column> = pivoted.cloned().collect();
        let mut aggregates = Vec::new();
        for written in &self.aggregates {
            let aggregate = context.sql_to_expr(written.expr.clone(), &schema)?;
            let aggregate = aggregate.unalias_nested().data;
            if find_aggregate_exprs([&aggregate]).is_empty() {
                return Err(no_aggregate(&written.expr.to_string()).into());
            }
            used.extend(aggregate.column_refs().into_iter().cloned());
            aggregates.push(aggregate);
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
        let mut cells = Vec::new();
        for entry in values {
            let values = values_of(&entry.expr);
            if values.len() != columns.len() {
                return Err(other_values(&entry.expr, columns.len()).into());
            }
            let mut conditions = Vec::new();
            for (column, value) in std::iter::zip(&columns, values) {
                let value = context.sql_to_expr(value.clone(), &schema)?;
                conditions.push(column.clone().eq(value));
            }
            let condition = conjunction(conditions).unwrap_or_else(|| lit(true));
            for (written, aggregate) in std::iter::zip(&self.aggregates, &aggregates) {
                let name = column_name(&entry, written, aggregates.len());
                let cell = of_rows(aggregate.clone(), &condition)?;
                let cell = match &default {
                    Some(default) => coalesce(vec![cell, default.clone()]),
                    None => cell,
                };
                cells.push(cell.alias(name));
            }
        }
        let key_columns = || keys.iter().cloned().map(Expr::Column);
        let aggregates = find_aggregate_exprs(&cells);
        let cells = cells
            .into_iter()
            .map(of_columns)
            .collect::<Result<Vec<Expr>>>()?;
        LogicalPlanBuilder::from(input)
            .aggregate(key_columns(), aggregates)?
            .project(key_columns().chain(cells))?
            .build()
    }
}

/// The error for an entry that has not one value for each column.
pub(in crate::query) fn other_values(entry: &SqlExpr, columns: usize) -> Error {
    let noun = if columns == 1 { "value" } else { "values" };
    Error::query(format!(
        "PIVOT needs {columns} {noun} in each entry, and {entry} has {}",
        values_of(entry).len()
    ))
    .with_hint("list a value of each column: FOR (segment, channel) IN (('smb', 'web'))")
}

/// The error for an expression without an aggregate.
pub(in crate::query) fn no_aggregate(expr: &str) -> Error {
    Error::query(format!("PIVOT needs an aggregate, and {expr} is none"))
        .with_hint("use an aggregate such as nps(score)")
}

/// An expression whose aggregates are over the rows that satisfy a condition, besides their own.
fn of_rows(expr: Expr, condition: &Expr) -> Result<Expr> {
    let filtered = expr.transform_down(|expr| {
        let Expr::AggregateFunction(mut aggregate) = expr else {
            return Ok(Transformed::no(expr));
        };
        let filter = match aggregate.params.filter.take() {
            Some(own) => own.and(condition.clone()),
            None => condition.clone(),
        };
        aggregate.params.filter = Some(Box::new(filter));
        let aggregate = Expr::AggregateFunction(aggregate);
        Ok(Transformed::new(aggregate, true, TreeNodeRecursion::Jump))
    })?;
    Ok(filtered.data)
}

/// An expression over the columns that its aggregates are.
fn of_columns(expr: Expr) -> Result<Expr> {
    let columns = expr.transform_down(|expr| match expr {
        Expr::AggregateFunction(_) => {
            let column = ident(expr.schema_name().to_string());
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        }
        expr => Ok(Transformed::no(expr)),
    })?;
    Ok(columns.data)
}
