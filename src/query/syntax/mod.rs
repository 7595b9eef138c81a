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
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::{CopyToSource, CopyToStatement, ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use crate::error::Error;

pub(crate) use dialect::VoxqlDialect;
pub(crate) use functions::hint as function_hint;
pub(crate) use supported::Unsupported;

/// Plans one statement as the command line does.
///
/// It takes what [`SessionContext::sql`] takes and more: queries that begin with FROM, PIVOT,
/// SUMMARIZE, versions of tables, aliases used beside themselves, and names of functions of DuckDB.
/// Columns are named as they are written. A clause that DataFusion would ignore is an error.
///
/// # Errors
/// Returns an error if the statement is not valid, or if the text is not one statement.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> voxql::Result<()> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// # let lake = voxql::Lake::open(folder.path().to_str().expect("UTF-8"))?;
/// let frame = voxql::sql(&lake.session(), "SELECT 9 AS score, score + 1").await?;
/// assert_eq!(frame.schema().field(1).name(), "score + 1");
/// # Ok(())
/// # }
/// ```
pub async fn sql(context: &SessionContext, text: &str) -> crate::error::Result<DataFrame> {
    let mut statements = parse(text)?;
    let (Some(statement), None) = (statements.pop_front(), statements.pop_front()) else {
        return Err(
            Error::query("the text is not one statement").with_hint("run each statement by itself")
        );
    };
    let statement = checked(statement)?;
    let plan = plan(&context.state(), statement).await?;
    Ok(context.execute_logical_plan(plan).await?)
}

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

/// Checks a statement, and rewrites it for the planner.
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

/// Plans a checked statement.
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
