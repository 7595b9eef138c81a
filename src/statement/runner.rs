//! Runs SQL and writes the results.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use super::execute;
use super::params::Params;
use super::parse::{Parsed, parse};
use super::threads::QueryThreads;
use crate::error::Error;
use crate::failure::Failure;
use crate::output::{AtomicFile, Format, Style};
use crate::query;

/// Destination and format of results.
#[derive(Debug, Default)]
pub(crate) struct OutputOptions {
    /// Format; the default is that of the file's extension, or a table.
    pub(crate) format: Option<Format>,
    /// File to write; the default is standard output.
    pub(crate) file: Option<PathBuf>,
    /// Writes an apostrophe before formulas in CSV and TSV.
    pub(crate) guards_formulas: bool,
    /// Prints the time of each statement on standard error.
    pub(crate) timing: bool,
}

/// Runs statements in one session and writes their results.
pub(crate) struct Runner {
    threads: Arc<QueryThreads>,
    context: SessionContext,
    format: Format,
    file: Option<PathBuf>,
    guards_formulas: bool,
    timing: bool,
}

impl Runner {
    pub(crate) fn new(context: SessionContext, output: OutputOptions) -> Result<Self, Failure> {
        let OutputOptions {
            format,
            file,
            guards_formulas,
            timing,
        } = output;
        if let Some(file) = &file
            && query::is_restricted(&context)
        {
            return Err(only_owner_writes(file));
        }
        let format = match (format, &file) {
            (Some(format), _) => format,
            (None, Some(file)) => file_format(file)?.unwrap_or(Format::Table),
            (None, None) => Format::Table,
        };
        if format.is_binary() && file.is_none() && io::stdout().is_terminal() {
            return Err(Failure::usage(
                format!("{format} cannot be written to a terminal"),
                "write to a file with -o FILE",
            ));
        }
        Ok(Self {
            threads: Arc::new(QueryThreads::new()?),
            context,
            format,
            file,
            guards_formulas,
            timing,
        })
    }

    /// Parses all texts, then runs their statements in order until one fails.
    ///
    /// Each text has a name, which is part of its errors.
    pub(crate) async fn run_all(
        &self,
        texts: &[(String, String)],
        params: &[(String, String)],
    ) -> Result<(), Failure> {
        let mut parsed = Vec::new();
        for (place, text) in texts {
            parsed.push((place, parse(place, text, 1)?));
        }
        let statements = parsed.iter().flat_map(|(_, statements)| statements);
        let params = Params::new(
            params,
            statements.flat_map(|parsed| &parsed.text.placeholders),
        )?;
        let at = |error| Failure::write(self.place(), error);
        let mut file = match &self.file {
            Some(path) => {
                Some(AtomicFile::create(path).map_err(|error| Failure::create(path, error))?)
            }
            None => None,
        };
        let mut results = 0;
        for (place, statements) in &parsed {
            for parsed in statements {
                let has_columns = match &mut file {
                    Some(file) => self.run(parsed, &params, file, results).await,
                    None => self.run(parsed, &params, &mut io::stdout(), results).await,
                }
                .map_err(|failure| failure.at_line(place, parsed.text.line))?;
                results += usize::from(has_columns);
            }
        }
        match file {
            Some(file) if results > 0 => file.persist().map_err(at),
            Some(_) => Err(nothing_written(self.place())),
            None => Ok(()),
        }
    }

    /// Makes rows a table of the session.
    pub(crate) fn register(&self, name: &str, rows: RecordBatch) -> Result<(), Failure> {
        let registered = self.context.register_batch(name, rows);
        registered.map_err(Error::from)?;
        Ok(())
    }

    /// Runs the statements of one text in order.
    pub(crate) async fn run_text(&self, text: impl Into<String>) -> Result<(), Failure> {
        self.run_all(&[(String::new(), text.into())], &[]).await
    }

    /// Runs one statement and writes its rows to `sink`, after `results` others. Returns true if the
    /// statement returns rows, even if there are none.
    async fn run(
        &self,
        parsed: &Parsed<'_>,
        params: &Params<'_>,
        sink: &mut (dyn Write + Send),
        results: usize,
    ) -> Result<bool, Failure> {
        let is_full = results > 0 && self.file.is_some() && !self.format.can_append();
        let check_rows = || {
            if !is_full {
                return Ok(());
            }
            Err(Failure::usage(
                format!(
                    "a file of the format {} can contain only one result",
                    self.format
                ),
                "run the statements one at a time with -o, or use COPY … TO",
            ))
        };
        let running =
            execute::start(&self.threads, &self.context, parsed, params, check_rows).await?;
        let (has_columns, start) = (running.has_columns, running.start);
        if has_columns && results > 0 {
            sink.write_all(self.format.separator().as_bytes())
                .map_err(|error| Failure::write(self.place(), error))?;
        }
        let is_screen = self.file.is_none() && io::stdout().is_terminal();
        let style = match &self.file {
            None => Style::for_terminal(),
            Some(_) => Style::default(),
        };
        let style = Style {
            guards_formulas: self.guards_formulas,
            ..style
        };
        running
            .write(self.format, &style, sink, is_screen)
            .await
            .map_err(|error| Failure::output(self.place(), error))?;
        if self.timing {
            print_time(start.elapsed());
        }
        Ok(has_columns)
    }

    /// The threads that run the statements.
    pub(crate) fn threads(&self) -> Arc<QueryThreads> {
        Arc::clone(&self.threads)
    }

    /// The session, the format, and all options of the output, for a shell to continue with.
    pub(crate) fn into_parts(self) -> (SessionContext, Format, OutputOptions) {
        let output = OutputOptions {
            format: Some(self.format),
            file: self.file,
            guards_formulas: self.guards_formulas,
            timing: self.timing,
        };
        (self.context, self.format, output)
    }

    fn place(&self) -> String {
        match &self.file {
            Some(path) => path.display().to_string(),
            None => "standard output".to_owned(),
        }
    }
}

/// The error for a file that a restricted role would write: it could be one that another program, or the
/// lake itself, reads.
pub(crate) fn only_owner_writes(path: &Path) -> Failure {
    Failure::usage(
        format!(
            "{}: only the owner's results are written to files",
            path.display()
        ),
        "redirect standard output: voxql --role NAME -c 'SELECT …' --format csv > FILE",
    )
}

/// The format of a file by its extension, if it has one.
///
/// # Errors
/// Returns an error if the extension is unknown.
pub(crate) fn file_format(path: &Path) -> Result<Option<Format>, Failure> {
    Format::of_file(path).map_err(|extension| {
        Failure::usage(
            format!(
                "{}: no format has the extension \".{extension}\"",
                path.display()
            ),
            format!(
                "use {}, or choose a format with --format",
                Format::EXTENSIONS
            ),
        )
    })
}

/// The error for a file that no statement wrote a result to.
pub(crate) fn nothing_written(place: impl fmt::Display) -> Failure {
    Failure::usage(
        format!("no statement returned a result to write to {place}"),
        "run a SELECT with -o",
    )
}

/// Prints the time of a statement on standard error.
pub(crate) fn print_time(elapsed: Duration) {
    let millis = elapsed.as_secs_f64() * 1000.0;
    // A closed standard error is not a reason to stop.
    let _ = writeln!(io::stderr(), "time: {millis:.1} ms");
}
