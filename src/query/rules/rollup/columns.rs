//! Expressions over responses as expressions over counts.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{BinaryExpr, Expr, binary_expr, cast, lit};

use crate::lake::rollup::{DAY, KEPT, Rollup};
use crate::lake::schema::{ROLLUP, timestamp};
use crate::query::rules::source::{Answered, reason};
use crate::query::rules::whole_days::{day_of, is_moment, reads_whole_days, reads_whole_months};

pub(super) const RESPONDED_AT: &str = "responded_at";

/// Which columns of the rollup stand for those of responses, and which dimensions are used.
pub(super) struct Columns<'a> {
    rollup: &'a Rollup,
    dimensions: BTreeSet<String>,
    reads_days: bool,
}

impl<'a> Columns<'a> {
    pub(super) fn new(rollup: &'a Rollup) -> Self {
        Self {
            rollup,
            dimensions: BTreeSet::new(),
            reads_days: false,
        }
    }

    /// The dimensions that what was converted reads.
    pub(super) fn dimensions(&self) -> &BTreeSet<String> {
        &self.dimensions
    }

    /// Whether what was converted tells days of a month apart.
    pub(super) fn reads_days(&self) -> bool {
        self.reads_days
    }

    /// The same value of every response that a row counts, or why there is none.
    pub(super) fn convert(&mut self, expr: &Expr) -> Answered<Expr> {
        if expr.is_volatile() {
            return Err("it gives other values each time".to_owned());
        }
        let converted = expr.clone().transform_down(|expr| self.convert_node(expr));
        converted.map(|converted| converted.data).map_err(reason)
    }

    fn convert_node(&mut self, expr: Expr) -> Result<Transformed<Expr>> {
        if reads_whole_days(&expr, RESPONDED_AT) {
            self.reads_days |= !reads_whole_months(&expr);
            if let Some(bound) = bound_of_days(&expr) {
                return Ok(Transformed::new(bound, true, TreeNodeRecursion::Jump));
            }
            let days = expr.transform_down(|expr| {
                Ok(match is_responded_at(&expr) {
                    true => Transformed::yes(start_of_day()),
                    false => Transformed::no(expr),
                })
            })?;
            return Ok(Transformed::new(days.data, true, TreeNodeRecursion::Jump));
        }
        match &expr {
            Expr::Column(column) => {
                self.check(column)?;
                Ok(Transformed::yes(counted(&column.name)))
            }
            Expr::OuterReferenceColumn(..) => plan_err!("it refers to an outer query"),
            Expr::ScalarSubquery(subquery) if subquery.outer_ref_columns.is_empty() => {
                Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump))
            }
            Expr::ScalarSubquery(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::SetComparison(_) => plan_err!("it filters by a subquery"),
            _ => Ok(Transformed::no(expr)),
        }
    }

    fn check(&mut self, column: &Column) -> Result<()> {
        let name = column.name.as_str();
        if KEPT.contains(&name) {
            return Ok(());
        }
        if self.rollup.dimensions().iter().any(|known| known == name) {
            self.dimensions.insert(name.to_owned());
            return Ok(());
        }
        if name == RESPONDED_AT {
            return plan_err!("it reads the time of day of {RESPONDED_AT}");
        }
        plan_err!("it reads {name}")
    }
}

/// The first moment of the day that a row counts, of the type of `responded_at`.
fn start_of_day() -> Expr {
    cast(counted(DAY), timestamp())
}

/// A column of the rollup. Its table tells it from the column of responses of the same name.
pub(super) fn counted(name: &str) -> Expr {
    Expr::Column(Column::new(Some(ROLLUP), name))
}

/// A bound of `responded_at` as one of the day, by which files and pages are skipped.
fn bound_of_days(expr: &Expr) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else {
        return None;
    };
    let day = |literal| day_of(literal).map(|day| lit(ScalarValue::Date32(Some(day))));
    let (left, right) = match is_moment(left, RESPONDED_AT) {
        true => (counted(DAY), day(right)?),
        false => (day(left)?, counted(DAY)),
    };
    Some(binary_expr(left, *op, right))
}

fn is_responded_at(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if column.name == RESPONDED_AT)
}
