//! `* REPLACE (expression AS column)` of a column that is not there, which the planner ignores.

use std::ops::ControlFlow;

use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, ExcludeSelectItem, Ident, ObjectName, Select, SelectItem, VisitorMut,
};

use super::missing::missing_column;
use super::name::normalized;
use super::visit::visit_mut;

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
