//! What the audit log keeps of a question: its shape, and enough to tell apart the questions of one
//! shape.

use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
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
    /// One byte of the hash of the whole question. Two questions of one shape nearly always differ in
    /// it, while nobody can confirm by it which of many names a question was about.
    variant: u8,
}

impl Question {
    pub(super) fn of_plan(plan: &LogicalPlan) -> Result<Self> {
        let without_constants = plan.clone().transform_down_with_subqueries(|node| {
            node.map_expressions(|expr| {
                expr.transform_down(|expr| {
                    Ok(match expr {
                        // Lists of different lengths are of one shape.
                        Expr::InList(mut list) => {
                            list.list.truncate(1);
                            Transformed::yes(Expr::InList(list))
                        }
                        Expr::Literal(..) => {
                            Transformed::yes(Expr::Literal(ScalarValue::Null, None))
                        }
                        other => Transformed::no(other),
                    })
                })
            })
        })?;
        Ok(Self::new(
            &without_constants.data.display_indent().to_string(),
            &plan.display_indent().to_string(),
        ))
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

    fn new(without_constants: &str, whole: &str) -> Self {
        let shape: [u8; 32] = Sha256::digest(without_constants).into();
        let whole: [u8; 32] = Sha256::digest(whole).into();
        Self {
            shape,
            variant: whole[0],
        }
    }

    pub(super) fn in_entry(self, entry: Entry) -> Entry {
        entry
            .with("shape", Id::from(self.shape))
            .with("variant", u64::from(self.variant))
    }
}
