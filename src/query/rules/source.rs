//! The input of an aggregate over responses: filters and projections down to the table.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};

/// A value, or a readable reason why there is none.
pub(in crate::query) type Answered<T> = std::result::Result<T, String>;

/// A plan as columns and filters over the table's columns, which have no qualifier.
pub(in crate::query) struct Source {
    /// Columns of the plan and their expressions, in schema order.
    columns: Vec<(Column, Expr)>,
    pub(in crate::query) filters: Vec<Expr>,
    /// Schema of the table.
    schema: DFSchemaRef,
}

impl Source {
    /// Resolves `plan` down to a scan for which `is_table` returns true.
    pub(in crate::query) fn new(
        plan: &LogicalPlan,
        is_table: &mut dyn FnMut(&TableScan) -> bool,
    ) -> Answered<Self> {
        match plan {
            LogicalPlan::TableScan(scan) if is_table(scan) => {
                if scan.fetch.is_some() {
                    return Err("it reads a limited number of rows".to_owned());
                }
                let columns = plan.schema().columns().into_iter().map(|column| {
                    let unqualified = Column::new_unqualified(column.name.clone());
                    (column, Expr::Column(unqualified))
                });
                let mut source = Self {
                    columns: columns.collect(),
                    filters: Vec::new(),
                    schema: Arc::clone(plan.schema()),
                };
                for filter in &scan.filters {
                    let filter = source.resolve(filter)?;
                    source.filters.push(filter);
                }
                Ok(source)
            }
            LogicalPlan::Filter(filter) => {
                let mut source = Self::new(&filter.input, is_table)?;
                let predicate = source.resolve(&filter.predicate)?;
                source.filters.push(predicate);
                Ok(source)
            }
            LogicalPlan::Projection(projection) => {
                let source = Self::new(&projection.input, is_table)?;
                let names = projection.schema.columns();
                let columns = names.into_iter().zip(&projection.expr).map(|(name, expr)| {
                    Ok((name, source.resolve(&expr.clone().unalias_nested().data)?))
                });
                Ok(Self {
                    columns: columns.collect::<Answered<_>>()?,
                    ..source
                })
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let source = Self::new(&alias.input, is_table)?;
                let names = alias.schema.columns();
                let exprs = source.columns.into_iter().map(|(_, expr)| expr);
                Ok(Self {
                    columns: names.into_iter().zip(exprs).collect(),
                    filters: source.filters,
                    schema: source.schema,
                })
            }
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => Self::new(&sort.input, is_table),
            LogicalPlan::Join(_) => Err("it joins responses to other rows".to_owned()),
            LogicalPlan::Window(_) => Err("it reads the result of a window function".to_owned()),
            LogicalPlan::Limit(_) => Err("it reads a limited number of rows".to_owned()),
            other => {
                let display = other.display().to_string();
                let name = display.split([':', ' ']).next().unwrap_or_default();
                Err(format!("it does not read rows of responses, but {name}"))
            }
        }
    }

    /// The schema of the table, in which resolved expressions have their types.
    pub(in crate::query) fn schema(&self) -> &DFSchema {
        &self.schema
    }

    /// The expression over the table's columns.
    pub(in crate::query) fn resolve(&self, expr: &Expr) -> Answered<Expr> {
        let resolved = expr.clone().transform_down(|expr| {
            let Expr::Column(column) = &expr else {
                return Ok(Transformed::no(expr));
            };
            let known = self.columns.iter().find(|(name, _)| {
                name.name == column.name
                    && (name.relation == column.relation || column.relation.is_none())
            });
            match known {
                Some((_, resolved)) => Ok(Transformed::new(
                    resolved.clone(),
                    true,
                    TreeNodeRecursion::Jump,
                )),
                None => Err(DataFusionError::Plan(format!("it reads {column}"))),
            }
        });
        resolved.map(|resolved| resolved.data).map_err(reason)
    }
}

/// The reason inside an error.
pub(in crate::query) fn reason(error: DataFusionError) -> String {
    match error {
        DataFusionError::Plan(reason) => reason,
        other => other.to_string(),
    }
}
