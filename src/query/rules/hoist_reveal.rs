//! Where [`reveal`](super::reveal) is computed: in a projection of its own, which is what
//! DataFusion waits for, and above what leaves rows out, so that nobody is opened who is not shown.

use datafusion::common::alias::AliasGenerator;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Moves calls of asynchronous functions in sorts, aggregates and windows below these, and those of
/// a projection below a limit above it.
///
/// Runs last: other rules bring limits to the projections, and do not undo what this one does.
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
        let placed = match &plan {
            LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => match below(&plan, names)? {
                None => above(&plan, names)?,
                below => below,
            },
            LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) => below(&plan, names)?,
            _ => None,
        };
        Ok(match placed {
            Some(placed) => Transformed::yes(placed),
            None => Transformed::no(plan),
        })
    }
}

/// The same with the calls of `plan` computed below it, `None` where there are none.
fn below(plan: &LogicalPlan, names: &AliasGenerator) -> Result<Option<LogicalPlan>> {
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
            let name = name_of(expr, &mut calls, names);
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
    let placed = plan.with_new_exprs(expressions, vec![LogicalPlan::Projection(input)])?;
    if placed.schema().fields().len() == plan.schema().fields().len() {
        return Ok(Some(placed));
    }
    let own = columns(plan.schema()).collect();
    let own = Projection::try_new(own, placed.into())?;
    Ok(Some(LogicalPlan::Projection(own)))
}

/// The same with the calls of the projection below a limit computed above it, `None` where there
/// are none, or the order needs them.
fn above(plan: &LogicalPlan, names: &AliasGenerator) -> Result<Option<LogicalPlan>> {
    let input = match plan {
        LogicalPlan::Limit(limit) => &limit.input,
        LogicalPlan::Sort(sort) if sort.fetch.is_some() => &sort.input,
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
                    let name = name_of(expr, &mut passed, names);
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
    let outer = Projection::try_new(outer, limited.into())?;
    Ok(Some(LogicalPlan::Projection(outer)))
}

/// The name that an expression is given, a new one the first time.
fn name_of(expr: Expr, named: &mut Vec<(Expr, String)>, names: &AliasGenerator) -> String {
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
        .expect("looking at an expression does not fail")
}

fn is_call(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(function) if function.func.as_async().is_some())
}
