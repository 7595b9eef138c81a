//! SQL text to statements that can be planned.
//!
//! [`parse`] reads the text in our [`dialect`], [`supported`] refuses what the planner would ignore,
//! [`rewrite`](mod@rewrite) turns what it does not know into what it does, and [`plan`] finds the
//! names of columns that a query gives itself.

mod aliases;
mod dialect;
mod functions;
mod name;
mod parse;
mod rewrite;
mod summarize;
mod supported;
mod table_version;

use std::collections::VecDeque;

use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use crate::error::Error;

pub(crate) use dialect::VoxqlDialect;
pub(crate) use functions::hint as function_hint;
pub(crate) use supported::Unsupported;

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Self {
        let Unsupported { clause, hint } = unsupported;
        Self::query(format!("{clause} is not supported")).with_hint(hint)
    }
}

/// Parses statements.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>> {
    match summarize::as_query(sql) {
        Some(query) => summarize::statement(parse::parse(&query)?),
        None => parse::parse(sql),
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

/// Replaces calls of functions that DataFusion has under other names. Macros come before them.
pub(super) fn replace_functions(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => functions::replace_all(statement.as_mut()),
        Statement::CopyTo(CopyToStatement {
            source: CopyToSource::Query(query),
            ..
        }) => functions::replace_all(query.as_mut()),
        Statement::Explain(ExplainStatement { statement, .. }) => replace_functions(statement),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

/// Prepares a statement for the planner: refuses clauses that it ignores, and rewrites others.
pub(crate) fn checked(mut statement: Statement) -> Result<Statement, Unsupported> {
    check(&statement)?;
    rewrite(&mut statement, true)?;
    Ok(statement)
}

fn check(statement: &Statement) -> Result<(), Unsupported> {
    match statement {
        Statement::Statement(statement) => supported::check(statement.as_ref()),
        Statement::CopyTo(CopyToStatement {
            source: CopyToSource::Query(query),
            ..
        }) => supported::check(query.as_ref()),
        Statement::Explain(ExplainStatement { statement, .. }) => check(statement),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

/// Plans show the planner's own names.
fn rewrite(statement: &mut Statement, names: bool) -> Result<(), Unsupported> {
    match statement {
        Statement::Statement(statement) => {
            let explains = matches!(statement.as_ref(), SqlStatement::Explain { .. });
            rewrite::rewrite(statement.as_mut(), names && !explains)
        }
        Statement::CopyTo(CopyToStatement {
            source: CopyToSource::Query(query),
            ..
        }) => rewrite::rewrite(query.as_mut(), names),
        Statement::Explain(ExplainStatement { statement, .. }) => rewrite(statement, false),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

/// Plans a prepared statement.
pub(crate) async fn plan(state: &SessionState, mut statement: Statement) -> Result<LogicalPlan> {
    let mut replaced = 0;
    loop {
        let error = match state.statement_to_plan(statement.clone()).await {
            Ok(plan) => return Ok(plan),
            Err(error) => error,
        };
        match aliases::replace(&mut statement, &error) {
            0 => return Err(error),
            count => replaced += count,
        }
        // An alias that uses others twice, which use others twice, would grow without end.
        if replaced > aliases::REPLACED_MAX {
            return Err(error);
        }
    }
}
