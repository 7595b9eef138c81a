//! Names in aggregates of ORDER BY: `SELECT max(score) AS score … ORDER BY sum(score)`.
//!
//! The planner takes the alias, which is an aggregate itself. So a name that is both gets the table before it,
//! and loses it again where the table has no such column.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor, VisitMut, VisitorMut,
};

use super::missing::missing_column;
use super::name::{function_name, normalized};
use super::visit::visit_mut;

/// Puts the table before each name in an aggregate of ORDER BY that is an alias and may be a column.
pub(super) fn columns_first(state: &SessionState, statement: &mut Statement) {
    let _ = visit_mut(statement, &mut Sorted { state });
}

/// Removes the table before the name that the planner did not find, if it was put there. Returns how many
/// places had it.
pub(super) fn restore(statement: &mut Statement, error: &DataFusionError) -> usize {
    let Some((field, _)) = missing_column(error) else {
        return 0;
    };
    let mut restored = Restored {
        name: &field.name,
        places: 0,
    };
    if field.relation.is_some() {
        let _ = visit_mut(statement, &mut restored);
    }
    restored.places
}

struct Sorted<'a> {
    state: &'a SessionState,
}

impl VisitorMut for Sorted<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let SetExpr::Select(select) = query.body.as_mut() else {
            return ControlFlow::Continue(());
        };
        let Some(OrderByKind::Expressions(expressions)) =
            query.order_by.as_mut().map(|order_by| &mut order_by.kind)
        else {
            return ControlFlow::Continue(());
        };
        let Some(table) = only_table(select).filter(|_| select.distinct.is_none()) else {
            return ControlFlow::Continue(());
        };
        let mut names = Qualified {
            state: self.state,
            aliases: aliases(select),
            table: &table,
            queries: 0,
            aggregates: 0,
        };
        let _ = expressions.visit(&mut names);
        ControlFlow::Continue(())
    }
}

/// The name of the table of a query from one.
fn only_table(select: &Select) -> Option<Ident> {
    let [from] = select.from.as_slice() else {
        return None;
    };
    if !from.joins.is_empty() {
        return None;
    }
    match &from.relation {
        TableFactor::Table {
            alias: Some(alias), ..
        }
        | TableFactor::Derived {
            alias: Some(alias), ..
        } => Some(alias.name.clone()),
        TableFactor::Table {
            name, args: None, ..
        } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

/// The aliases of other expressions than a column of their name.
fn aliases(select: &Select) -> HashSet<String> {
    let aliases = select.projection.iter().filter_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } => {
            let alias = normalized(alias);
            let is_column = matches!(expr, Expr::Identifier(name) if normalized(name) == alias);
            (!is_column).then_some(alias)
        }
        _ => None,
    });
    aliases.collect()
}

struct Qualified<'a> {
    state: &'a SessionState,
    aliases: HashSet<String>,
    table: &'a Ident,
    /// The queries, and the calls of aggregates, that it is inside of.
    queries: usize,
    aggregates: usize,
}

impl Qualified<'_> {
    fn is_aggregate(&self, expr: &Expr) -> bool {
        let Expr::Function(call) = expr else {
            return false;
        };
        let functions = self.state.aggregate_functions();
        call.over.is_none() && function_name(call).is_some_and(|name| functions.contains_key(&name))
    }
}

impl VisitorMut for Qualified<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.aggregates += usize::from(self.is_aggregate(expr));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.aggregates -= usize::from(self.is_aggregate(expr));
        if let Expr::Identifier(name) = expr
            && self.queries == 0
            && self.aggregates > 0
            && self.aliases.contains(&normalized(name))
        {
            let mut table = self.table.clone();
            // So that it is known again: both have the same place.
            table.span = name.span;
            *expr = Expr::CompoundIdentifier(vec![table, name.clone()]);
        }
        ControlFlow::Continue(())
    }
}

struct Restored<'a> {
    name: &'a str,
    places: usize,
}

impl VisitorMut for Restored<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [table, name] = parts.as_slice()
            && table.span == name.span
            && normalized(name) == self.name
        {
            *expr = Expr::Identifier(name.clone());
            self.places += 1;
        }
        ControlFlow::Continue(())
    }
}
