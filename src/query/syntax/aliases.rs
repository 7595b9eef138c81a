//! Aliases used beside themselves: `SELECT 1 AS x, x + 1`.
//!
//! A column of a table comes before an alias of its name, and only the planner knows the columns. So
//! what it does not find is looked for among the aliases.

use std::ops::ControlFlow;

use datafusion::common::Span;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Select, SelectItem, VisitMut, VisitorMut};

use super::missing::missing_column;
use super::name::normalized;
use super::names::Names;
use super::visit::visit_mut;

/// The number of names replaced in one statement.
pub(super) const REPLACED_MAX: usize = 1_000;

/// Replaces the name that the planner did not find by the expression of the alias before it.
/// Returns how many places had it.
pub(super) fn replace(statement: &mut Statement, error: &DataFusionError) -> usize {
    let Some((field, _)) = missing_column(error) else {
        return 0;
    };
    if field.relation.is_some() {
        return 0;
    }
    let place = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let mut aliases = Aliases {
        name: &field.name,
        place,
        replaced: 0,
        selects: 0,
    };
    if place.is_some() {
        let _ = visit_mut(statement, &mut aliases);
        return aliases.replaced;
    }
    // The planner does not tell the place of an operand of `||` and of others whose type it looks for. Of
    // several queries with the alias, it may be a column in the other.
    let mut replaced = statement.clone();
    let _ = visit_mut(&mut replaced, &mut aliases);
    if aliases.selects != 1 {
        return 0;
    }
    *statement = replaced;
    aliases.replaced
}

/// Replaces a name in the query that has an alias of it before, at one place if that is known.
struct Aliases<'a> {
    name: &'a str,
    place: Option<Span>,
    replaced: usize,
    /// The queries in which something was replaced.
    selects: usize,
}

impl VisitorMut for Aliases<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let defined = select.projection.iter().position(|item| {
            matches!(item, SelectItem::ExprWithAlias { alias, .. }
                if normalized(alias) == self.name)
        });
        let Some(at) = defined else {
            return ControlFlow::Continue(());
        };
        let (before, behind) = select.projection.split_at_mut(at + 1);
        let Some(SelectItem::ExprWithAlias { expr, .. }) = before.last() else {
            return ControlFlow::Continue(());
        };
        let (name, place) = (self.name, self.place);
        let mut names = Names::new(|written| {
            let is_there = match place {
                Some(place) => Span::try_from_sqlparser_span(written.span) == Some(place),
                None => normalized(written) == name,
            };
            is_there.then(|| Expr::Nested(Box::new(expr.clone())))
        });
        for item in behind {
            let _ = item.visit(&mut names);
        }
        let _ = select.selection.visit(&mut names);
        let _ = select.qualify.visit(&mut names);
        self.replaced += names.replaced;
        self.selects += usize::from(names.replaced > 0);
        ControlFlow::Continue(())
    }
}
