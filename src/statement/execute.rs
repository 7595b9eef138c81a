//! Plans and runs one statement.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;

use super::distinct::check_distinct;
use super::explain::explain;
use super::params::Params;
use super::parse::Parsed;
use super::progress_line::{AfterLine, RunningLine};
use super::threads::QueryThreads;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::{Format, OutputError, Style, write_stream};
use crate::query;
use crate::query::cancel::CancelOnDrop;

/// A started statement.
pub(crate) struct Running {
    pub(crate) stream: SendableRecordBatchStream,
    /// `true` if the statement returns rows, even if there are none.
    pub(crate) has_columns: bool,
    pub(crate) start: Instant,
    /// `true` if the rows are a plan, whose line breaks are kept.
    is_plan: bool,
    line: Option<RunningLine>,
}

/// Plans a statement and starts it. A statement without rows, such as `CREATE TABLE`, is then done.
///
/// # Errors
/// Returns an error, with its place if known, if the statement fails. If it returns rows, calls
/// `check_rows` before starting it and returns its error.
pub(crate) async fn start(
    threads: &QueryThreads,
    context: &SessionContext,
    parsed: &Parsed<'_>,
    params: &Params<'_>,
    check_rows: impl FnOnce() -> Result<(), Failure>,
) -> Result<Running, Failure> {
    let start = Instant::now();
    check_distinct(&parsed.statement, &parsed.text, context)?;
    let line = RunningLine::start(start);
    let explained = |error| explain(error, &parsed.text, context);
    let cancel = CancelOnDrop::default();
    let is_defined = query::define(context, &parsed.statement).await;
    let plan = if is_defined.map_err(explained)? {
        LogicalPlanBuilder::empty(false)
            .build()
            .map_err(explained)?
    } else {
        let (session, mut statement) = (context.clone(), parsed.statement.clone());
        params.bind_arguments(&mut statement);
        let planning = threads.run(async move { query::plan(&session, statement).await });
        params.bind(planning.await.map_err(explained)?)?
    };
    check_drop(&plan)?;
    // DDL has the schema of the query inside it, but returns no rows.
    let is_ddl = matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_));
    let has_columns = !is_ddl && !plan.schema().fields().is_empty();
    if has_columns {
        check_rows()?;
    }
    let is_plan = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
    let session = context.clone();
    // This also runs the query of a CREATE TABLE.
    let planning = threads.run(cancel.scope(async move {
        let frame = session.execute_logical_plan(plan).await?;
        let task = Arc::new(frame.task_ctx());
        let physical = frame.create_physical_plan().await?;
        Ok((physical, task))
    }));
    let (physical, task) = planning.await.map_err(explained)?;
    if let Some(line) = &line {
        line.shows(Arc::clone(&physical));
    }
    let stream = threads.execute(physical, task, cancel);
    Ok(Running {
        stream,
        has_columns,
        start,
        is_plan,
        line,
    })
}

impl Running {
    /// Writes the rows and returns their number. On a terminal, the progress line is erased before
    /// the first row; otherwise after the last.
    pub(crate) async fn write(
        self,
        format: Format,
        style: &Style,
        sink: &mut (dyn Write + Send),
        is_screen: bool,
    ) -> Result<usize, OutputError> {
        let mut style = style.clone();
        style.breaks_lines |= self.is_plan;
        let line = self.line;
        if is_screen {
            let mut sink = AfterLine { line, sink };
            return write_stream(self.stream, format, &style, &mut sink).await;
        }
        let written = write_stream(self.stream, format, &style, sink).await;
        drop(line);
        written
    }
}

/// Refuses to drop a table of the lake. DataFusion would report that it does not exist, and with
/// `IF EXISTS` report success.
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
    if let LogicalPlan::Ddl(DdlStatement::DropView(_)) = plan {
        return Err(Failure::usage(
            format!("every lake has \"{table}\", and it cannot be dropped"),
            "SHOW TABLES lists the views that are yours to drop",
        ));
    }
    Err(Failure::usage(
        format!("table \"{table}\" belongs to the lake and cannot be dropped: SQL only reads it"),
        "to start over, import into another lake with --lake; to delete this one, remove its folder \
         or prefix",
    ))
}
