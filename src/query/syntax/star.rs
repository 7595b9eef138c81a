//! Stars: `* REPLACE (expression AS column)` of a column that is not there, which the planner ignores, and
//! columns beside a star that has them, which it refuses.

use std::ops::ControlFlow;

use datafusion::common::SchemaError;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, ExcludeSelectItem, Expr, Ident, ObjectName, Select, SelectItem, VisitorMut,
};

use super::missing::missing_column;
use super::name::normalized;
use super::visit::visit_mut;
use crate::error::wording::repeated_column;

/// Checks that the columns exist that a star replaces: the planner does check those that it excludes.
///
/// # Errors
/// Returns the planner's error for a column that does not exist.
pub(super) async fn check_replaced(state: &SessionState, statement: &Statement) -> Result<()> {
    let mut stars = Stars::default();
    let mut excluding = statement.clone();
    let _ = visit_mut(&mut excluding, &mut stars);
    if stars.replaced.is_empty() {
        return Ok(());
    }
    match state.statement_to_plan(excluding).await {
        Err(error)
            if missing_column(&error)
                .is_some_and(|(column, _)| stars.replaced.contains(&column.name)) =>
        {
            Err(error)
        }
        // Other errors are those of the statement itself, or of columns that come in another order now.
        _ => Ok(()),
    }
}

/// Numbers a column beside a star that has one of its name: `SELECT *, score` has `score` and `score:1`. Returns
/// how many were renamed.
pub(super) fn number_repeated(statement: &mut Statement, error: &DataFusionError) -> usize {
    let name = match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::AmbiguousReference { field } => field.name().to_owned(),
            _ => return 0,
        },
        DataFusionError::Plan(message) => match repeated_column(message) {
            Some(name) => name.to_owned(),
            None => return 0,
        },
        _ => return 0,
    };
    let mut repeated = Repeated { name, renamed: 0 };
    let _ = visit_mut(statement, &mut repeated);
    repeated.renamed
}

struct Repeated {
    name: String,
    renamed: usize,
}

impl VisitorMut for Repeated {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let is_star = |item: &SelectItem| {
            matches!(
                item,
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
            )
        };
        if !select.projection.iter().any(is_star) {
            return ControlFlow::Continue(());
        }
        let mut number = 0;
        for item in &mut select.projection {
            let Some((expr, name)) = named(item) else {
                continue;
            };
            if normalized(&name) == self.name {
                number += 1;
                let alias = Ident::with_quote('"', format!("{}:{number}", self.name));
                *item = SelectItem::ExprWithAlias { expr, alias };
            }
        }
        self.renamed += number;
        ControlFlow::Continue(())
    }
}

/// An expression and its name, unless the name is the planner's own.
fn named(item: &SelectItem) -> Option<(Expr, Ident)> {
    match item {
        SelectItem::ExprWithAlias { expr, alias } => Some((expr.clone(), alias.clone())),
        SelectItem::UnnamedExpr(expr) => match expr {
            Expr::Identifier(name) => Some((expr.clone(), name.clone())),
            Expr::CompoundIdentifier(names) => Some((expr.clone(), names.last()?.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// Turns `* REPLACE (e AS c)` into `* EXCLUDE (c), e AS c`.
#[derive(Default)]
struct Stars {
    replaced: Vec<String>,
}

impl VisitorMut for Stars {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let mut added = Vec::new();
        for item in &mut select.projection {
            let (SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options)) = item
            else {
                continue;
            };
            let Some(replaced) = options.opt_replace.take() else {
                continue;
            };
            let mut excluded: Vec<Ident> = match options.opt_except.take() {
                Some(ExceptSelectItem {
                    first_element,
                    additional_elements,
                }) => std::iter::once(first_element)
                    .chain(additional_elements)
                    .collect(),
                None => Vec::new(),
            };
            let mut names: Vec<ObjectName> = match options.opt_exclude.take() {
                Some(ExcludeSelectItem::Single(name)) => vec![name],
                Some(ExcludeSelectItem::Multiple(names)) => names,
                None => Vec::new(),
            };
            for element in replaced.items {
                self.replaced.push(normalized(&element.column_name));
                excluded.push(element.column_name.clone());
                added.push(SelectItem::ExprWithAlias {
                    expr: element.expr,
                    alias: element.column_name,
                });
            }
            names.extend(
                excluded
                    .into_iter()
                    .map(|name| ObjectName::from(vec![name])),
            );
            options.opt_exclude = Some(ExcludeSelectItem::Multiple(names));
        }
        select.projection.extend(added);
        ControlFlow::Continue(())
    }
}
