//! One statement, from its plan to its rows.

use std::io::Write;
use std::time::Instant;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;

use super::explain::explain;
use super::params::Params;
use super::parse::Parsed;
use super::progress_line::{AfterLine, RunningLine};
use crate::error::Error;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::{Format, OutputError, Style, write_stream};

/// A statement that gives rows, or is done.
pub(crate) struct Running {
    pub(crate) stream: SendableRecordBatchStream,
    /// Whether it gives rows, or could have.
    pub(crate) has_columns: bool,
    pub(crate) start: Instant,
    /// Its rows are a plan, whose lines are lines.
    is_plan: bool,
    line: Option<RunningLine>,
}

/// Plans a statement and starts it. What gives no rows, such as `CREATE TABLE`, is done then.
///
/// # Errors
/// With the place in the statement where that is known. A statement that gives rows is an error, and
/// is not started, where `takes_rows` says that there is no place for them.
pub(crate) async fn start(
    context: &SessionContext,
    parsed: &Parsed<'_>,
    params: &Params<'_>,
    takes_rows: impl FnOnce() -> Result<(), Failure>,
) -> Result<Running, Failure> {
    let start = Instant::now();
    let explained = |error| explain(error, &parsed.text, context);
    let state = context.state();
    let plan = state
        .statement_to_plan(parsed.statement.clone())
        .await
        .map_err(explained)?;
    let plan = params.bind(plan)?;
    check_drop(&plan)?;
    // The schema of DDL is that of the query inside it, and gives no rows.
    let is_ddl = matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_));
    let has_columns = !is_ddl && !plan.schema().fields().is_empty();
    if has_columns {
        takes_rows()?;
    }
    let is_plan = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
    let frame = context
        .execute_logical_plan(plan)
        .await
        .map_err(explained)?;
    let task = frame.task_ctx();
    let physical = frame.create_physical_plan().await.map_err(explained)?;
    let line = RunningLine::start(physical.clone(), start);
    let stream = execute_stream(physical, task.into()).map_err(Error::from)?;
    Ok(Running {
        stream,
        has_columns,
        start,
        is_plan,
        line,
    })
}

impl Running {
    /// Writes the rows and gives their number. On the screen the line that shows how far the query
    /// is goes before them, else behind them.
    pub(crate) async fn write(
        self,
        format: Format,
        style: &Style,
        sink: &mut (dyn Write + Send),
        is_screen: bool,
    ) -> Result<usize, OutputError> {
        let mut style = style.clone();
        style.breaks_lines |= self.is_plan;
        if is_screen {
            let line = self.line;
            let mut sink = AfterLine { line, sink };
            return write_stream(self.stream, format, &style, &mut sink).await;
        }
        let _line = self.line;
        write_stream(self.stream, format, &style, sink).await
    }
}

/// Refuses to drop a table of the lake, which DataFusion says is not there, and with `IF EXISTS`
/// seems to do.
fn check_drop(plan: &LogicalPlan) -> Result<(), Failure> {
    let name = match plan {
        LogicalPlan::Ddl(DdlStatement::DropTable(drop)) => &drop.name,
        LogicalPlan::Ddl(DdlStatement::DropView(drop)) => &drop.name,
        _ => return Ok(()),
    };
    let table = name.table();
    if !Lake::TABLES.contains(&table) {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{table} is a table of the lake, which SQL only reads, and is not dropped"),
        "to begin anew import into another lake with --lake; to do away with this one remove its \
         folder or prefix",
    ))
}
