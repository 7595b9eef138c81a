//! Moves [`reveal`](crate::query::reveal) into a projection, the only place where DataFusion runs
//! asynchronous functions, and above limits, so that only shown respondents are revealed.

use std::sync::Arc;

use datafusion::common::alias::AliasGenerator;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, Sort};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Moves calls of asynchronous functions in sorts, aggregates and windows into a projection below,
/// and calls in a projection under a limit above the limit.
///
/// Runs last: other rules push limits down to the projections, and must not undo this one.
#[derive(Debug)]
pub(in crate::query) struct HoistReveal;

impl OptimizerRule for HoistReveal {
    fn name(&self) -> &str {
        "place_reveal"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let names = config.alias_generator();
        let moved = match &plan {
            LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => match move_below(&plan, names)? {
                None => move_above(&plan, names)?,
                moved => moved,
            },
            LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) => move_below(&plan, names)?,
            _ => None,
        };
        Ok(moved.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

/// The plan with its calls computed below it, or `None` if it has no calls.
fn move_below(plan: &LogicalPlan, names: &AliasGenerator) -> Result<Option<LogicalPlan>> {
    let expressions = plan.expressions();
    let is_set = |expr: &Expr| matches!(expr, Expr::GroupingSet(_));
    if !expressions.iter().any(has_call) || expressions.iter().any(is_set) {
        return Ok(None);
    }
    let preserver = NamePreserver::new(plan);
    let mut calls: Vec<(Expr, String)> = Vec::new();
    let expressions = expressions.into_iter().map(|expr| {
        let saved = preserver.save(&expr);
        let computed = expr.transform_down(|expr| {
            if !is_call(&expr) {
                return Ok(Transformed::no(expr));
            }
            let name = name_for(expr, &mut calls, names);
            let column = Expr::Column(Column::new_unqualified(name));
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        });
        Ok(saved.restore(computed?.data))
    });
    let expressions = expressions.collect::<Result<Vec<_>>>()?;
    let inputs = plan.inputs();
    let [input] = inputs.as_slice() else {
        return Ok(None);
    };
    let calls = calls.into_iter().map(|(call, name)| call.alias(name));
    let computed = columns(input.schema()).chain(calls).collect();
    let input = Projection::try_new(computed, (*input).clone().into())?;
    let moved = plan.with_new_exprs(expressions, vec![LogicalPlan::Projection(input)])?;
    if moved.schema().fields().len() == plan.schema().fields().len() {
        return Ok(Some(moved));
    }
    let outputs = columns(plan.schema()).collect();
    let moved = Projection::try_new(outputs, moved.into())?;
    Ok(Some(LogicalPlan::Projection(moved)))
}

/// A limit with the calls of the projection below it computed above it, or `None` if there are no
/// calls or the order depends on them.
fn move_above(plan: &LogicalPlan, names: &AliasGenerator) -> Result<Option<LogicalPlan>> {
    // DataFusion does not keep the order of rows that pass an asynchronous function, so the few rows are
    // sorted again above it.
    let (input, order) = match plan {
        LogicalPlan::Sort(sort) if sort.fetch.is_some() => (&sort.input, Some(&sort.expr)),
        LogicalPlan::Limit(limit) => match limit.input.as_ref() {
            LogicalPlan::Sort(sort) if is_sorted_again(sort) => (&sort.input, Some(&sort.expr)),
            _ => (&limit.input, None),
        },
        _ => return Ok(None),
    };
    let LogicalPlan::Projection(projection) = input.as_ref() else {
        return Ok(None);
    };
    let outputs = projection.schema.columns();
    let revealed: Vec<&Column> = std::iter::zip(&outputs, &projection.expr)
        .filter(|(_, expr)| has_call(expr))
        .map(|(output, _)| output)
        .collect();
    let expressions = plan.expressions();
    let mut needed = expressions.iter().flat_map(Expr::column_refs);
    if revealed.is_empty() || needed.any(|column| revealed.contains(&column)) {
        return Ok(None);
    }
    let preserver = NamePreserver::new_for_projection();
    let mut passed: Vec<(Expr, String)> = Vec::new();
    let (mut inner, mut outer) = (Vec::new(), Vec::new());
    for (output, expr) in std::iter::zip(&outputs, &projection.expr) {
        if !has_call(expr) {
            inner.push(expr.clone());
            outer.push(Expr::Column(output.clone()));
            continue;
        }
        let saved = preserver.save(expr);
        let computed = expr.clone().transform_up(|expr| {
            Ok(match expr {
                Expr::Column(_) => {
                    let name = name_for(expr, &mut passed, names);
                    Transformed::yes(Expr::Column(Column::new_unqualified(name)))
                }
                expr => Transformed::no(expr),
            })
        });
        outer.push(saved.restore(computed?.data));
    }
    inner.extend(passed.into_iter().map(|(column, name)| column.alias(name)));
    let inner = Projection::try_new(inner, projection.input.clone())?;
    let limited = plan.with_new_exprs(expressions, vec![LogicalPlan::Projection(inner)])?;
    let outer = LogicalPlan::Projection(Projection::try_new(outer, limited.into())?);
    Ok(Some(match order {
        Some(order) => LogicalPlan::Sort(Sort {
            expr: order.clone(),
            input: Arc::new(outer),
            fetch: None,
        }),
        None => outer,
    }))
}

/// True for the sort that [`move_above`] adds: of rows that are in this order below the calls.
fn is_sorted_again(sort: &Sort) -> bool {
    match sort.input.as_ref() {
        LogicalPlan::Projection(projection) if sort.fetch.is_none() => {
            matches!(projection.input.as_ref(), LogicalPlan::Sort(_))
        }
        _ => false,
    }
}

/// The name for an expression, the same for equal expressions.
fn name_for(expr: Expr, named: &mut Vec<(Expr, String)>, names: &AliasGenerator) -> String {
    if let Some((_, name)) = named.iter().find(|(known, _)| *known == expr) {
        return name.clone();
    }
    let name = names.next("__voxql_reveal");
    named.push((expr, name.clone()));
    name
}

fn columns(schema: &DFSchema) -> impl Iterator<Item = Expr> {
    schema.columns().into_iter().map(Expr::Column)
}

fn has_call(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(is_call(expr)))
        .expect("the closure returns no error")
}

fn is_call(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(function) if function.func.as_async().is_some())
}
