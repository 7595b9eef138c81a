//! Running SQL and writing what it gives.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, Statement};
use voxql::{AtVersion, Error, Lake};

use super::Failure;
use super::args::OutputArgs;
use super::params::Params;
use super::statements::{self, StatementText};
use crate::output::{AtomicFile, Format, terminal_width, write_stream};

/// Runs statements in one session and writes their results.
pub(crate) struct Runner {
    context: SessionContext,
    format: Format,
    file: Option<PathBuf>,
    timing: bool,
}

/// A statement that has been parsed.
struct Parsed<'a> {
    text: StatementText<'a>,
    statement: Statement,
}

impl Runner {
    pub(crate) fn new(
        lake: &Lake,
        at: Option<AtVersion>,
        output: &OutputArgs,
    ) -> Result<Self, Failure> {
        let OutputArgs {
            format,
            file,
            timing,
        } = output.clone();
        let by_extension = file.as_deref().and_then(Format::from_extension);
        let format = format.or(by_extension).unwrap_or(Format::Table);
        if format.is_binary() && file.is_none() && io::stdout().is_terminal() {
            return Err(Failure::usage(
                format!("{format} is not for a terminal"),
                "name a file with -o FILE",
            ));
        }
        Ok(Self {
            context: match at {
                Some(at) => lake.session_at(at),
                None => lake.session(),
            },
            format,
            file,
            timing,
        })
    }

    /// Parses all texts, then runs their statements in order; the first error stops.
    ///
    /// A text comes with its name, which is said in errors.
    pub(crate) async fn run_all(
        &self,
        texts: &[(String, String)],
        params: &[(String, String)],
    ) -> Result<(), Failure> {
        let mut parsed = Vec::new();
        for (place, text) in texts {
            parsed.push((place, parse(place, text)?));
        }
        let statements = parsed.iter().flat_map(|(_, statements)| statements);
        let params = Params::new(
            params,
            statements.flat_map(|parsed| &parsed.text.placeholders),
        )?;
        let mut file = match &self.file {
            Some(path) => Some(
                AtomicFile::create(path).map_err(|error| Failure::write(path.display(), error))?,
            ),
            None => None,
        };
        let mut results = 0;
        for (place, statements) in &parsed {
            for parsed in statements {
                let at = |failure: Failure| failure.at_line(place, parsed.text.line);
                let gave_rows = match &mut file {
                    Some(file) => self.run(parsed, &params, file, results > 0).await,
                    None => self.run(parsed, &params, &mut io::stdout(), false).await,
                }
                .map_err(at)?;
                results += usize::from(gave_rows);
            }
        }
        match (file, &self.file) {
            (Some(file), Some(path)) if results > 0 => file
                .persist()
                .map_err(|error| Failure::write(path.display(), error)),
            (Some(_), Some(path)) => Err(Failure::usage(
                format!("there is no result to write to {}", path.display()),
                "give a SELECT with -o",
            )),
            _ => Ok(()),
        }
    }

    /// Runs the statements of one text, as they come; for the shell.
    pub(crate) async fn run_text(&self, text: &str) -> Result<(), Failure> {
        let statements = parse("", text)?;
        let placeholders = statements
            .iter()
            .flat_map(|parsed| &parsed.text.placeholders);
        let params = Params::new(&[], placeholders)?;
        for parsed in &statements {
            self.run(parsed, &params, &mut io::stdout(), false)
                .await
                .map_err(|failure| failure.at_line("", parsed.text.line))?;
        }
        Ok(())
    }

    /// Runs one statement into `sink`, which may be full. Says whether it gave rows, or could
    /// have.
    async fn run(
        &self,
        parsed: &Parsed<'_>,
        params: &Params<'_>,
        sink: &mut (dyn Write + Send),
        is_full: bool,
    ) -> Result<bool, Failure> {
        let start = Instant::now();
        let state = self.context.state();
        let plan = state
            .statement_to_plan(parsed.statement.clone())
            .await
            .map_err(Error::from)?;
        let plan = params.bind(plan)?;
        check_drop(&plan)?;
        // The schema of DDL is that of the query inside it, and gives no rows.
        let is_ddl = matches!(plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_));
        let has_columns = !is_ddl && !plan.schema().fields().is_empty();
        if has_columns && is_full {
            return Err(Failure::usage(
                "a second result does not fit into one file with the first",
                "run the statements one at a time with -o, or use COPY … TO",
            ));
        }
        let frame = self
            .context
            .execute_logical_plan(plan)
            .await
            .map_err(Error::from)?;
        let stream = frame.execute_stream().await.map_err(Error::from)?;
        let width = terminal_width();
        write_stream(stream, self.format, width, sink)
            .await
            .map_err(|error| Failure::output(self.place(), error))?;
        if self.timing {
            let millis = start.elapsed().as_secs_f64() * 1000.0;
            // A closed standard error is no reason to stop.
            let _ = writeln!(io::stderr(), "time: {millis:.1} ms");
        }
        Ok(has_columns)
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.context
    }

    fn place(&self) -> String {
        match &self.file {
            Some(path) => path.display().to_string(),
            None => "standard output".to_owned(),
        }
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
    match name.table() {
        table @ ("responses" | "imports") => Err(Failure::usage(
            format!("{table} is a table of the lake, which SQL only reads, and is not dropped"),
            "to begin anew import into another lake with --lake; to do away with this one remove \
             its folder or prefix",
        )),
        _ => Ok(()),
    }
}

/// Parses a text that came from `place`.
fn parse<'a>(place: &str, text: &'a str) -> Result<Vec<Parsed<'a>>, Failure> {
    let texts = statements::split(text).map_err(|error| {
        Failure::usage(error.message, "close what is open").at_line(place, error.location.line)
    })?;
    texts
        .into_iter()
        .map(|text| {
            let statement = parse_statement(&text).map_err(|error| {
                Failure::usage(error.message, error.hint).at_line(place, error.line)
            })?;
            Ok(Parsed { text, statement })
        })
        .collect()
}

/// What is wrong with a statement, and on which line of its text.
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) hint: String,
    pub(super) line: u64,
}

pub(super) fn parse_statement(text: &StatementText<'_>) -> Result<Statement, SyntaxError> {
    let mut parsed = DFParser::parse_sql(text.text).map_err(|error| {
        let message = Error::from(error).to_string();
        let (message, line, column) = split_location(&message);
        SyntaxError {
            message: message.to_owned(),
            hint: format!("look at column {column} of that line"),
            line: text.line + line.max(1) - 1,
        }
    })?;
    parsed.pop_front().ok_or_else(|| SyntaxError {
        message: "there is no statement here".to_owned(),
        hint: "write one".to_owned(),
        line: text.line,
    })
}

/// Takes the place off the end of a message of the parser, which counts from the statement's
/// beginning: `Expected: …, found: x at Line: 2, Column: 7`.
fn split_location(message: &str) -> (&str, u64, u64) {
    let Some((what, place)) = message.rsplit_once(" at Line: ") else {
        return (message, 1, 1);
    };
    match place.split_once(", Column: ") {
        Some((line, column)) => (what, line.parse().unwrap_or(1), column.parse().unwrap_or(1)),
        None => (message, 1, 1),
    }
}
