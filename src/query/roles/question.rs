//! The record of a question in the audit log: its shape, and one byte that tells questions of one shape
//! apart.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Value, VisitorMut};
use sha2::{Digest, Sha256};

use crate::privacy::audit::{Entry, Id};
use crate::query::syntax::visit_mut;

/// A question of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd)]
pub(super) struct Question {
    /// SHA-256 of the question without its constants.
    shape: [u8; 32],
    /// One byte of the hash of its constants. Two questions of one shape nearly always differ in it, while
    /// nobody can confirm by it which of many names a question was about.
    variant: u8,
}

impl Question {
    /// The question of a plan: the columns of its conditions and keys, and its aggregates. How the result
    /// is named and sorted is no part of it.
    pub(super) fn of_plan(plan: &LogicalPlan) -> Result<Self> {
        let mut parts = BTreeSet::new();
        let mut constants = String::new();
        plan.apply_with_subqueries(|node| {
            let (kind, exprs) = match node {
                LogicalPlan::Filter(filter) => ("where", vec![&filter.predicate]),
                LogicalPlan::TableScan(scan) => {
                    parts.insert(format!("from {}", scan.table_name));
                    ("where", scan.filters.iter().collect())
                }
                LogicalPlan::Aggregate(aggregate) => {
                    for call in &aggregate.aggr_expr {
                        if let Expr::AggregateFunction(call) = call.clone().unalias_nested().data {
                            parts.insert(format!("call {}", call.func.name()));
                        }
                    }
                    let exprs = aggregate.group_expr.iter().chain(&aggregate.aggr_expr);
                    ("by", exprs.collect())
                }
                _ => return Ok(TreeNodeRecursion::Continue),
            };
            for expr in exprs {
                expr.apply(|expr| {
                    match expr {
                        Expr::Column(column) => {
                            parts.insert(format!("{kind} {}", column.name));
                        }
                        Expr::Literal(value, _) => {
                            constants += &format!("{value}\u{1f}");
                        }
                        _ => {}
                    }
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let parts: Vec<String> = parts.into_iter().collect();
        Ok(Self::new(&parts.join("\n"), &constants))
    }

    pub(super) fn of_statement(statement: &Statement) -> Self {
        struct WithoutConstants;

        impl VisitorMut for WithoutConstants {
            type Break = Infallible;

            fn pre_visit_expr(&mut self, expr: &mut SqlExpr) -> ControlFlow<Infallible> {
                match expr {
                    SqlExpr::Value(value) => value.value = Value::Null,
                    SqlExpr::InList { list, .. } => list.truncate(1),
                    _ => {}
                }
                ControlFlow::Continue(())
            }
        }

        let mut without_constants = statement.clone();
        let _ = visit_mut(&mut without_constants, &mut WithoutConstants);
        Self::new(&without_constants.to_string(), &statement.to_string())
    }

    fn new(without_constants: &str, constants: &str) -> Self {
        let shape: [u8; 32] = Sha256::digest(without_constants).into();
        let constants: [u8; 32] = Sha256::digest(constants).into();
        Self {
            shape,
            variant: constants[0],
        }
    }

    pub(super) fn in_entry(self, entry: Entry) -> Entry {
        entry
            .with("shape", Id::from(self.shape))
            .with("variant", u64::from(self.variant))
    }
}
