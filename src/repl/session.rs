//! What the shell knows between two statements, and running one.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::stream;

use super::commands::{self, Command};
use super::functions::functions;
use super::pager::{self, Screen};
use super::result::Kept;
use super::settings::{Settings, expanded, on_off, unquoted};
use super::target::Target;
use super::whose::Whose;
use super::{result, script};
use crate::cli::explain::nearest;
use crate::cli::params::Params;
use crate::cli::parsing::{Parsed, parse};
use crate::cli::query::tell_time;
use crate::cli::{Failure, execute, say};
use crate::output::{Expanded, Format, OutputError, terminal_size, write_stream};

/// Columns that help and documentation are set in at most: longer lines are hard to read.
const TEXT_WIDTH_MAX: usize = 100;

/// A session of the shell.
pub(super) struct Session {
    pub(super) context: SessionContext,
    pub(super) whose: Whose,
    pub(super) settings: Settings,
    /// The values of placeholders.
    set: Vec<(String, String)>,
    target: Option<Target>,
    /// What was run last, for `\e` and `\watch`.
    pub(super) last: String,
    result: Kept,
}

impl Session {
    pub(super) fn new(context: SessionContext, whose: Whose, settings: Settings) -> Self {
        Self {
            context,
            whose,
            settings,
            set: Vec::new(),
            target: None,
            last: String::new(),
            result: Kept::default(),
        }
    }

    /// The names that have values.
    pub(super) fn set_names(&self) -> Vec<String> {
        self.set.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Runs the statements of a text that begins on a line of `place`; the first error ends it.
    pub(super) async fn run_text(
        &mut self,
        text: &str,
        place: &str,
        line: u64,
    ) -> Result<(), Failure> {
        let statements = parse(place, text, line)?;
        let set = self.set.clone();
        for parsed in &statements {
            let at = |failure: Failure| failure.at_line(place, parsed.text.line);
            let params = Params::of_shell(&set, parsed.text.placeholders.iter()).map_err(at)?;
            self.run(parsed, &params).await.map_err(at)?;
        }
        Ok(())
    }

    async fn run(&mut self, parsed: &Parsed<'_>, params: &Params<'_>) -> Result<(), Failure> {
        let target = self.target.as_ref();
        let mut running = execute::start(&self.context, parsed, params, || {
            target.map_or(Ok(()), Target::takes_another)
        })
        .await?;
        let start = running.start;
        let kept = result::keep(&mut running.stream);
        match &mut self.target {
            Some(target) if running.has_columns => {
                let place = target.path().display().to_string();
                let at = |error| Failure::write(&place, error);
                let mut file = target.open().map_err(at)?;
                let style = self.settings.style_of_file();
                let rows = running
                    .write(target.format(), &style, &mut file, false)
                    .await
                    .map_err(|error| Failure::output(&place, error))?;
                target.persist(file).map_err(at)?;
                say(format_args!(
                    "{rows} row{} → {place}",
                    if rows == 1 { "" } else { "s" }
                ))?;
            }
            _ => {
                let mut screen = Screen::new(self.page());
                let style = self.settings.style();
                let is_screen = io::stdout().is_terminal();
                let written = running
                    .write(self.settings.format, &style, &mut screen, is_screen)
                    .await
                    .map(|_| ())
                    .and_then(|()| Ok(screen.finish()?));
                shown(written)?;
            }
        }
        if let Some(kept) = kept.take() {
            self.result = kept;
        }
        if self.settings.timing {
            tell_time(start);
        }
        Ok(())
    }

    /// The size of the page that is shown at once, `None` without a pager.
    fn page(&self) -> Option<(usize, usize)> {
        terminal_size().filter(|_| self.settings.pager)
    }

    /// Runs a backslash command.
    pub(super) async fn command(&mut self, command: Command<'_>) -> Result<(), Failure> {
        match (command.name, command.argument) {
            ("h" | "help" | "?", "") => self.show(&commands::help()),
            ("h" | "help" | "?", function) => {
                let help = self.help(function)?;
                self.show(&help)
            }
            ("d" | "dt", "") => {
                let tables = "SELECT table_name, table_type FROM information_schema.tables \
                              WHERE table_schema <> 'information_schema' ORDER BY table_name";
                self.run_text(tables, "", 1).await
            }
            ("d", table) => self.describe(table).await,
            ("df", pattern) => self.list_functions(pattern).await,
            ("chart", _) => self.chart().await,
            ("i", "") => Err(missing("i", "FILE")),
            ("i", path) => script::run(self, Path::new(unquoted(path)), false).await,
            ("o", "") => {
                self.target = None;
                Ok(())
            }
            ("o", path) => {
                self.target = Some(Target::new(unquoted(path), self.settings.format));
                Ok(())
            }
            ("set", "") => {
                let lines = self
                    .set
                    .iter()
                    .map(|(name, value)| format!("{name} = '{value}'"));
                let lines: Vec<String> = lines.collect();
                match lines.is_empty() {
                    true => say("nothing is set; \\set NAME VALUE gives $NAME a value"),
                    false => say(lines.join("\n")),
                }
            }
            ("set", argument) => {
                let (name, value) = argument
                    .split_once(char::is_whitespace)
                    .ok_or_else(|| missing("set", "NAME VALUE"))?;
                self.set.retain(|(earlier, _)| earlier != name);
                self.set
                    .push((name.to_owned(), unquoted(value.trim()).to_owned()));
                Ok(())
            }
            ("unset", name) => {
                let before = self.set.len();
                self.set.retain(|(earlier, _)| earlier != name);
                match self.set.len() < before {
                    true => Ok(()),
                    false => Err(Failure::usage(
                        format!("{name} is not set"),
                        "\\set lists what is",
                    )),
                }
            }
            ("role", "") => {
                let roles = self.whose.list().await?;
                self.write(roles.schema(), vec![roles], self.settings.format)
                    .await
            }
            ("role", name) => {
                self.context = self.whose.become_role(unquoted(name)).await?;
                // What another role saw is not for this one.
                self.result = Kept::default();
                say(format_args!("You ask as {}.", unquoted(name)))
            }
            ("timing", value) => {
                self.settings.timing = on_off(value, self.settings.timing)?;
                let now = if self.settings.timing { "on" } else { "off" };
                say(format_args!("Timing is {now}."))
            }
            ("x", value) => {
                self.settings.expanded = expanded(value, self.settings.expanded)?;
                say(match self.settings.expanded {
                    Expanded::Off => "Expanded display is off.",
                    Expanded::On => "Expanded display is on.",
                    Expanded::Auto => "Expanded display is used where rows are too wide.",
                })
            }
            ("pset", "") => say(self.settings.list()?),
            ("pset", argument) => {
                let now = match argument.split_once(char::is_whitespace) {
                    Some((name, value)) => self.settings.set(name, value.trim())?,
                    None => self.settings.get(argument)?,
                };
                say(now)
            }
            ("e" | "watch", _) => Err(Failure::usage(
                format!("\\{} is for the prompt, not for a file", command.name),
                "leave it out",
            )),
            (name, _) => {
                let typed = format!("\\{name}");
                Err(Failure::usage(
                    format!("there is no command {typed}"),
                    match nearest(&typed, &commands::names()) {
                        Some(near) => format!("did you mean {near}? \\h lists the commands"),
                        None => "\\h lists the commands".to_owned(),
                    },
                ))
            }
        }
    }

    fn show(&self, text: &str) -> Result<(), Failure> {
        pager::show(text, self.page()).map_err(|error| Failure::write("standard output", error))
    }

    /// The documentation of a function.
    fn help(&self, name: &str) -> Result<String, Failure> {
        let name = name.trim_end_matches("()").to_lowercase();
        let functions = functions(&self.context);
        let width = terminal_size().map_or(TEXT_WIDTH_MAX, |(width, _)| width);
        match functions.get(&name) {
            Some(function) => Ok(function.help(&name, width.min(TEXT_WIDTH_MAX))),
            None => {
                let names: Vec<String> = functions.into_keys().collect();
                Err(Failure::usage(
                    format!("there is no function {name}"),
                    match nearest(&name, &names) {
                        Some(near) => format!("did you mean {near}? \\df lists them all"),
                        None => "\\df lists them all".to_owned(),
                    },
                ))
            }
        }
    }

    async fn describe(&mut self, table: &str) -> Result<(), Failure> {
        // A path is a table when it stands in quotes.
        let is_path = table.contains(['/', '.']) && !table.starts_with(['\'', '"']);
        let quoted = format!("'{}'", table.replace('\'', "''"));
        let table = if is_path && Path::new(table).exists() {
            &quoted
        } else {
            table
        };
        let described = self.run_text(&format!("DESCRIBE {table}"), "", 1).await;
        // Nobody typed the statement that the place is in.
        described.map_err(Failure::without_excerpt)
    }

    async fn list_functions(&mut self, pattern: &str) -> Result<(), Failure> {
        let wanted = pattern.trim_matches('*').to_lowercase();
        let functions = functions(&self.context);
        let fitting = functions.iter().filter(|(name, _)| name.contains(&wanted));
        let (mut signatures, mut kinds, mut summaries) = (Vec::new(), Vec::new(), Vec::new());
        for (name, function) in fitting {
            signatures.push(function.signature(name));
            kinds.push(function.kind);
            summaries.push(function.summary());
        }
        let rows = RecordBatch::try_from_iter([
            (
                "function",
                Arc::new(StringArray::from(signatures)) as ArrayRef,
            ),
            ("kind", Arc::new(StringArray::from(kinds))),
            ("does", Arc::new(StringArray::from(summaries))),
        ]);
        let rows = rows.map_err(|error| Failure::output("", error.into()))?;
        self.write(rows.schema(), vec![rows], self.settings.format)
            .await
    }

    async fn chart(&mut self) -> Result<(), Failure> {
        let (schema, batches) = self.result.rows()?;
        self.write(schema, batches, Format::Chart).await
    }

    /// Writes rows that are there already.
    async fn write(
        &self,
        schema: datafusion::arrow::datatypes::SchemaRef,
        batches: Vec<RecordBatch>,
        format: Format,
    ) -> Result<(), Failure> {
        let batches = stream::iter(batches.into_iter().map(Ok::<_, DataFusionError>));
        let stream: SendableRecordBatchStream =
            Box::pin(RecordBatchStreamAdapter::new(schema, batches));
        let mut screen = Screen::new(self.page());
        let written = write_stream(stream, format, &self.settings.style(), &mut screen)
            .await
            .map(|_| ())
            .and_then(|()| Ok(screen.finish()?));
        shown(written)
    }
}

/// What came of showing a result. Somebody who has seen enough leaves the pager, which is no error.
fn shown(written: Result<(), OutputError>) -> Result<(), Failure> {
    match written.map_err(|error| Failure::output("standard output", error)) {
        Err(Failure::ReaderGone) => Ok(()),
        written => written,
    }
}

fn missing(name: &str, argument: &str) -> Failure {
    Failure::usage(
        format!("\\{name} takes {argument}"),
        format!("write \\{name} {argument}"),
    )
}
