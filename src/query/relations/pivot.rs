//! `FROM t PIVOT (nps(score) FOR segment IN ('smb', 'enterprise'))`: values become columns.

use std::collections::HashSet;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::utils::find_aggregate_exprs;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::ident;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, ExprWithAlias, PivotValueSource, TableFactor,
};

use crate::error::Error;
use crate::query::syntax::column_name;

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
        let mut columns = Vec::new();
        for written_value in values {
            let value = context.sql_to_expr(written_value.expr.clone(), &schema)?;
            for (written, aggregate) in std::iter::zip(&self.aggregates, &aggregates) {
                let name = column_name(&written_value, written, aggregates.len());
                let condition = column.clone().eq(value.clone());
                let cell = of_rows(aggregate.clone(), &condition)?;
                let cell = match &default {
                    Some(default) => coalesce(vec![cell, default.clone()]),
                    None => cell,
                };
                columns.push(cell.alias(name));
            }
        }
        let key_columns = || keys.iter().cloned().map(Expr::Column);
        let aggregates = find_aggregate_exprs(&columns);
        let columns = columns
            .into_iter()
            .map(of_columns)
            .collect::<Result<Vec<Expr>>>()?;
        LogicalPlanBuilder::from(input)
            .aggregate(key_columns(), aggregates)?
            .project(key_columns().chain(columns))?
            .build()
    }
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
