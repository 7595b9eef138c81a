//! `EXISTS (SELECT …)` as a value, which the planner knows only as a condition.

use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, TableFactor, Value,
    VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::dialect::VoxqlDialect;

/// Replaces EXISTS in the columns of a select by the comparison of a count with 0.
pub(super) fn count_rows(projection: &mut [SelectItem]) {
    let mut values = Values { depth: 0 };
    for item in projection {
        let _ = item.visit(&mut values);
    }
}

/// Visits the values of a select. Subqueries have values of their own.
struct Values {
    depth: usize,
}

impl VisitorMut for Values {
    type Break = Infallible;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<Infallible> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Infallible> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::Exists { subquery, negated } = expr
            && self.depth == 0
        {
            let op = if *negated {
                BinaryOperator::Eq
            } else {
                BinaryOperator::Gt
            };
            let count = Expr::Subquery(Box::new(counted(subquery.as_ref())));
            *expr = Expr::Nested(Box::new(Expr::BinaryOp {
                left: Box::new(count),
                op,
                right: Box::new(Expr::value(Value::Number("0".to_owned(), false))),
            }));
        }
        ControlFlow::Continue(())
    }
}

/// The query that counts the rows of another.
fn counted(query: &Query) -> Query {
    let mut counting = parsed("SELECT count(*) FROM (SELECT 1) AS counted");
    let (SetExpr::Select(counting_select), mut plain) = (counting.body.as_mut(), query.clone())
    else {
        return counting;
    };
    // A query that refers to the one around it can be counted only without another around.
    if let SetExpr::Select(select) = plain.body.as_mut()
        && is_plain(select)
        && query.limit_clause.is_none()
        && query.fetch.is_none()
    {
        select.projection.clone_from(&counting_select.projection);
        plain.order_by = None;
        return plain;
    }
    if let Some(from) = counting_select.from.first_mut()
        && let TableFactor::Derived { subquery, .. } = &mut from.relation
    {
        **subquery = plain;
    }
    counting
}

/// True for a select with a row for each that it reads.
fn is_plain(select: &Select) -> bool {
    let is_plain_item = |item: &SelectItem| match item {
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => matches!(
            expr,
            Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_)
        ),
        SelectItem::ExprWithAliases { .. } => false,
    };
    select.projection.iter().all(is_plain_item)
        && matches!(&select.group_by, GroupByExpr::Expressions(keys, modifiers)
            if keys.is_empty() && modifiers.is_empty())
        && select.distinct.is_none()
        && select.having.is_none()
        && select.qualify.is_none()
}

fn parsed(sql: &str) -> Query {
    let parser = Parser::new(&VoxqlDialect).try_with_sql(sql);
    let query = parser.and_then(|mut parser| parser.parse_query());
    *query.expect("the query of this file is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_where_a_value_is_needed() {
        for (sql, expected) in [
            (
                "SELECT EXISTS (SELECT 1 FROM t WHERE t.a = u.a) FROM u",
                "SELECT ((SELECT count(*) FROM t WHERE t.a = u.a) > 0) FROM u",
            ),
            (
                "SELECT NOT EXISTS (SELECT max(a) FROM t) AS x",
                "SELECT ((SELECT count(*) FROM (SELECT max(a) FROM t) AS counted) = 0) AS x",
            ),
            (
                "SELECT EXISTS (SELECT * FROM t LIMIT 0)",
                "SELECT ((SELECT count(*) FROM (SELECT * FROM t LIMIT 0) AS counted) > 0)",
            ),
            (
                "SELECT (SELECT 1 WHERE EXISTS (SELECT 1))",
                "SELECT (SELECT 1 WHERE EXISTS (SELECT 1))",
            ),
        ] {
            let mut query = parsed(sql);
            if let SetExpr::Select(select) = query.body.as_mut() {
                count_rows(&mut select.projection);
            }
            assert_eq!(query.to_string(), expected);
        }
    }
}
