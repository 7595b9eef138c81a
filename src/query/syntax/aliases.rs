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
    let place = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let (None, Some(place)) = (&field.relation, place) else {
        return 0;
    };
    let mut aliases = Aliases {
        name: &field.name,
        place,
        replaced: 0,
    };
    let _ = visit_mut(statement, &mut aliases);
    aliases.replaced
}

/// Replaces a name at a place in the query that has an alias of it.
struct Aliases<'a> {
    name: &'a str,
    place: Span,
    replaced: usize,
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
        let place = self.place;
        let mut names = Names::new(|name| {
            let span = Span::try_from_sqlparser_span(name.span)?;
            (span == place).then(|| Expr::Nested(Box::new(expr.clone())))
        });
        for item in behind {
            let _ = item.visit(&mut names);
        }
        let _ = select.selection.visit(&mut names);
        let _ = select.qualify.visit(&mut names);
        self.replaced += names.replaced;
        ControlFlow::Continue(())
    }
}
