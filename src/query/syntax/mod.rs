//! SQL text to statements that can be planned.
//!
//! [`parse`] reads the text in our [`dialect`], [`supported`] refuses what the planner would ignore,
//! [`rewrite`](mod@rewrite) turns what it does not know into what it does, and [`plan`] finds the
//! names of columns that a query gives itself.

mod aliases;
mod beginnings;
mod calls;
mod depth;
mod dialect;
mod dotted;
mod drop_macro;
mod exists;
mod expansion;
mod folders;
mod functions;
mod materialized;
mod merged;
mod missing;
mod name;
mod names;
mod parse;
mod pivot;
mod prepared;
mod rewrite;
mod sorted;
mod star;
mod substitute;
mod supported;
mod table_version;
mod unnest;
mod visit;

use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;

use crate::error::Error;

pub(super) use beginnings::SUMMARIZE;
pub(crate) use dialect::VoxqlDialect;
pub(super) use folders::replace as replace_folders;
pub(super) use functions::{add_filter, is_replaced, replace as replace_functions};
pub(crate) use functions::{hint as function_hint, replaced_functions};
pub(super) use name::normalized;
pub(crate) use parse::{check_depth, parse};
pub(super) use pivot::{column_name, combinations, values_of};
pub(super) use substitute::{Substitute, in_brackets, placeholder_name};
pub(crate) use supported::Unsupported;
pub(crate) use visit::{find_expr, visit_mut};

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Self {
        let Unsupported { clause, hint } = unsupported;
        Self::query(format!("{clause} is not supported")).with_hint(hint)
    }
}

/// Parses a text with one statement, and prepares it for the planner.
pub(super) fn parse_one(sql: &str) -> crate::error::Result<Statement> {
    let mut statements = parse(sql)?;
    match (statements.pop_front(), statements.pop_front()) {
        (Some(statement), None) => Ok(checked(statement)?),
        _ => Err(Error::query("the text must contain one statement")
            .with_hint("run statements one at a time")),
    }
}

/// Prepares a statement for the planner: refuses clauses that it ignores, and rewrites others.
pub(crate) fn checked(mut statement: Statement) -> Result<Statement, Unsupported> {
    supported::check(&statement)?;
    rewrite::rewrite(&mut statement)?;
    Ok(statement)
}

/// Plans a prepared statement.
pub(crate) async fn plan(state: &SessionState, mut statement: Statement) -> Result<LogicalPlan> {
    expansion::check(&statement)?;
    calls::check(state, &statement)?;
    star::check_replaced(state, &statement).await?;
    sorted::columns_first(state, &mut statement);
    let mut replaced = 0;
    // The error for a star of a table that does not exist, which may be one of a struct.
    let mut of_star = None;
    loop {
        unnest::name_fields(state, &mut statement).await?;
        let error = match state.statement_to_plan(statement.clone()).await {
            Ok(plan) => return Ok(plan),
            Err(error) => error,
        };
        if let Some(name) = unnest::replace_stars(&mut statement, &error) {
            of_star = Some((name, error));
            continue;
        }
        let count = match aliases::replace(&mut statement, &error) {
            0 => {
                dotted::replace(&mut statement, &error)
                    + merged::replace(&mut statement, &error)
                    + sorted::restore(&mut statement, &error)
                    + star::number_repeated(&mut statement, &error)
            }
            count => count,
        };
        if count == 0 {
            return Err(match (of_star, missing::missing_column(&error)) {
                (Some((name, of_star)), Some((column, _))) if column.name == name => of_star,
                _ => error,
            });
        }
        replaced += count;
        // An alias that uses others twice, which use others twice, would grow without end.
        if replaced > aliases::REPLACED_MAX {
            return Err(error);
        }
    }
}
