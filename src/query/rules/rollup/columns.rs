//! Converts expressions over responses to expressions over counts.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{BinaryExpr, Expr, binary_expr, cast, lit};

use crate::lake::rollup::{DAY, KEPT, Rollup};
use crate::lake::schema::{ROLLUP, timestamp};
use crate::lake::zone::Zone;
use crate::query::rules::source::{Answered, reason};
use crate::query::rules::whole_days::{day_of, is_time, reads_whole_days, reads_whole_months};

pub(super) const RESPONDED_AT: &str = "responded_at";

/// Maps columns of responses to columns of the rollup, and tracks the dimensions in use.
pub(super) struct Columns<'a> {
    rollup: &'a Rollup,
    /// The zone of the days; `None` in format 1, without a column of days.
    zone: Option<Zone>,
    dimensions: BTreeSet<String>,
    reads_days: bool,
}

impl<'a> Columns<'a> {
    pub(super) fn new(rollup: &'a Rollup, zone: Option<Zone>) -> Self {
        Self {
            rollup,
            zone,
            dimensions: BTreeSet::new(),
            reads_days: false,
        }
    }

    /// Dimensions that the converted expressions read.
    pub(super) fn dimensions(&self) -> &BTreeSet<String> {
        &self.dimensions
    }

    /// True if the converted expressions distinguish days of a month.
    pub(super) fn reads_days(&self) -> bool {
        self.reads_days
    }

    /// The value that all responses counted by a row share, or the reason why there is none.
    pub(super) fn convert(&mut self, expr: &Expr) -> Answered<Expr> {
        if expr.is_volatile() {
            return Err("it returns a different value each time".to_owned());
        }
        let converted = expr.clone().transform_down(|expr| self.convert_node(expr));
        converted.map(|converted| converted.data).map_err(reason)
    }

    fn convert_node(&mut self, expr: Expr) -> Result<Transformed<Expr>> {
        // Other expressions of days may distinguish all of them.
        if self.zone.is_some()
            && reads_whole_days(&expr, DAY, Zone::UTC)
            && reads_whole_months(&expr)
        {
            return with_column(expr, DAY, &counted(DAY));
        }
        if reads_whole_days(&expr, RESPONDED_AT, Zone::UTC) {
            let is_null_test = matches!(expr, Expr::IsNull(_) | Expr::IsNotNull(_));
            if let Some(zone) = self.zone.filter(|zone| !zone.is_utc() && !is_null_test) {
                return plan_err!(
                    "{RESPONDED_AT} is in UTC, and days are counted in {zone}; use {DAY} or month"
                );
            }
            self.reads_days |= !reads_whole_months(&expr);
            if let Some(bound) = bound_of_days(&expr) {
                return Ok(Transformed::new(bound, true, TreeNodeRecursion::Jump));
            }
            return with_column(expr, RESPONDED_AT, &start_of_day());
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
        if name == DAY && self.zone.is_some() {
            self.reads_days = true;
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

/// The start of the day that a row counts, as the type of `responded_at`.
fn start_of_day() -> Expr {
    cast(counted(DAY), timestamp())
}

/// A column of the rollup, qualified to distinguish it from the same column of responses.
pub(super) fn counted(name: &str) -> Expr {
    Expr::Column(Column::new(Some(ROLLUP), name))
}

/// Converts a bound of `responded_at` to one of the day, which can skip files and pages.
fn bound_of_days(expr: &Expr) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else {
        return None;
    };
    let day = |literal| day_of(literal).map(|day| lit(ScalarValue::Date32(Some(day))));
    let (left, right) = if is_time(left, RESPONDED_AT) {
        (counted(DAY), day(right)?)
    } else {
        (day(left)?, counted(DAY))
    };
    Some(binary_expr(left, *op, right))
}

/// The expression with a value in place of a column.
fn with_column(expr: Expr, name: &str, value: &Expr) -> Result<Transformed<Expr>> {
    let replaced = expr.transform_down(|expr| {
        Ok(match &expr {
            Expr::Column(column) if column.name == name => {
                Transformed::new(value.clone(), true, TreeNodeRecursion::Jump)
            }
            _ => Transformed::no(expr),
        })
    })?;
    Ok(Transformed::new(
        replaced.data,
        true,
        TreeNodeRecursion::Jump,
    ))
}
