//! The state of the shell between statements, and running a statement or command.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;

use super::commands::{self, Command};
use super::pager::Screen;
use super::result::{self, LastResult};
use super::script;
use super::settings::{Settings, expanded, on_off, unquoted};
use super::shell_role::ShellRole;
use super::target::{Target, expand_path};
use crate::failure::{Failure, print_line};
use crate::output::{Expanded, Format, OutputError, terminal_size, write_stream};
use crate::query;
use crate::statement::execute;
use crate::statement::params::Params;
use crate::statement::parse::{Parsed, parse};
use crate::statement::runner::print_time;
use crate::statement::threads::QueryThreads;

/// Longer lines are hard to read.
const TEXT_WIDTH_MAX: usize = 100;

/// A session of the shell.
pub(super) struct Session {
    pub(super) threads: Arc<QueryThreads>,
    pub(super) context: SessionContext,
    pub(super) role: ShellRole,
    pub(super) settings: Settings,
    /// The values of placeholders.
    pub(super) variables: Vec<(String, String)>,
    pub(super) target: Option<Target>,
    /// The last statement, for `\e` and `\watch`.
    pub(super) last_statement: String,
    last_result: LastResult,
}

impl Session {
    pub(super) fn new(
        threads: Arc<QueryThreads>,
        context: SessionContext,
        role: ShellRole,
        settings: Settings,
    ) -> Self {
        Self {
            threads,
            context,
            role,
            settings,
            variables: Vec::new(),
            target: None,
            last_statement: String::new(),
            last_result: LastResult::default(),
        }
    }

    /// The placeholders that have a value.
    pub(super) fn variable_names(&self) -> Vec<String> {
        self.variables
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Runs the statement before `\g` or `\gx`, or the last one again.
    pub(super) async fn go(
        &mut self,
        statement: &str,
        command: Command<'_>,
        place: &str,
        line: u64,
    ) -> Result<(), Failure> {
        commands::check_argument(command)?;
        let text = if statement.trim().is_empty() {
            self.last_statement.clone()
        } else {
            statement.to_owned()
        };
        if text.is_empty() {
            return Err(Failure::usage(
                "there is no statement to run",
                format!("write one before it: SELECT 1 \\{}", command.name),
            ));
        }
        text.trim().clone_into(&mut self.last_statement);
        let before = self.settings.expanded;
        if command.name == "gx" {
            self.settings.expanded = Expanded::On;
        }
        let done = self.run_statements(&text, place, line).await;
        self.settings.expanded = before;
        done
    }

    /// Runs the statements of a text that begins on a line of `place`; the first error ends it.
    pub(super) async fn run_statements(
        &mut self,
        text: &str,
        place: &str,
        line: u64,
    ) -> Result<(), Failure> {
        let statements = parse(place, text, line)?;
        let variables = self.variables.clone();
        for parsed in &statements {
            let at = |failure: Failure| failure.at_line(place, parsed.text.line);
            let params = Params::from_shell(&variables, parsed.text.placeholders.iter());
            self.run(parsed, &params.map_err(at)?).await.map_err(at)?;
        }
        Ok(())
    }

    async fn run(&mut self, parsed: &Parsed<'_>, params: &Params<'_>) -> Result<(), Failure> {
        let target = self.target.as_ref();
        let mut running = execute::start(&self.threads, &self.context, parsed, params, || {
            target.map_or(Ok(()), Target::check_another)
        })
        .await?;
        let start = running.start;
        let recording = result::record(&mut running.stream);
        match &mut self.target {
            Some(target) if running.has_columns => {
                let place = target.path.display().to_string();
                let at = |error| Failure::write(&place, error);
                let mut file = target.open().map_err(at)?;
                let style = self.settings.file_style();
                let rows = running
                    .write(target.format, &style, &mut file, false)
                    .await
                    .map_err(|error| Failure::output(&place, error))?;
                target.persist(file).map_err(at)?;
                if self.settings.in_shell {
                    print_line(format_args!(
                        "{rows} row{} → {place}",
                        if rows == 1 { "" } else { "s" }
                    ))?;
                }
            }
            _ => {
                let format = self.settings.format;
                let mut screen = self.screen(format);
                let is_screen = io::stdout().is_terminal();
                let written = running
                    .write(format, &self.settings.style(), &mut screen, is_screen)
                    .await;
                finish(written, screen)?;
            }
        }
        // The time spent in the pager does not count.
        let end = recording.end().unwrap_or_else(Instant::now);
        if let Some(result) = recording.into_result() {
            self.last_result = result;
        }
        if self.settings.timing {
            print_time(end.duration_since(start));
        }
        Ok(())
    }

    /// The size of the terminal; `None` without a pager.
    fn page_size(&self) -> Option<(usize, usize)> {
        let pages = self.settings.pager && !self.is_restricted();
        terminal_size().filter(|_| pages)
    }

    fn screen(&self, format: Format) -> Screen {
        let is_table = matches!(format, Format::Table | Format::Chart);
        Screen::new(self.page_size(), is_table)
    }

    /// Runs a backslash command that was typed, or is in a file that is nested `depth` files deep.
    pub(super) async fn command(
        &mut self,
        command: Command<'_>,
        depth: usize,
    ) -> Result<(), Failure> {
        self.check_allowed(command)?;
        commands::check_argument(command)?;
        match (command.name, command.argument) {
            ("h" | "help" | "?", "") => {
                self.show_text(&commands::help(text_width(), self.is_restricted()))
            }
            ("h" | "help" | "?", name) => self.show_text(&self.help(name).await?),
            ("d", "") => self.list_tables("").await,
            ("dt", pattern) => self.list_tables(pattern).await,
            ("d", table) => self.describe(table).await,
            ("df", pattern) => self.list_functions(pattern).await,
            ("chart", _) => {
                let rows = self.last_result.rows()?;
                self.show_rows(rows, Format::Chart).await
            }
            ("copy", argument) => self.copy(argument).await,
            ("g" | "gx", _) => Box::pin(self.go("", command, "", 1)).await,
            ("i", "") => Err(missing("i", "FILE")),
            ("i", path) => script::run(self, &expand_path(path), false, depth).await,
            ("o", "") => {
                self.target = None;
                Ok(())
            }
            ("o", path) => {
                self.target = Some(Target::new(expand_path(path), self.settings.format)?);
                Ok(())
            }
            ("role", "") => self.list_roles().await,
            ("role", name) => {
                let name = unquoted(name);
                self.context = self.role.switch(name).await?;
                // The new role may not be allowed to see the last result.
                self.last_result = LastResult::default();
                self.confirm(format_args!("Role is {name}."))
            }
            ("set", "") if self.variables.is_empty() => {
                print_line("no placeholder has a value; \\set NAME VALUE gives $NAME one")
            }
            ("set", "") => {
                let lines = self.variables.iter();
                let lines = lines.map(|(name, value)| format!("{name} = '{value}'"));
                print_line(lines.collect::<Vec<_>>().join("\n"))
            }
            ("set", argument) => self.set(argument),
            ("unset", "") => Err(missing("unset", "NAME")),
            ("unset", name) => self.unset(name),
            ("timing", value) => {
                self.settings.timing = on_off(value, self.settings.timing)?;
                let now = if self.settings.timing { "on" } else { "off" };
                self.confirm(format_args!("Timing is {now}."))
            }
            ("x", value) => {
                self.settings.expanded = expanded(value, self.settings.expanded)?;
                self.confirm(match self.settings.expanded {
                    Expanded::Off => "Expanded display is off.",
                    Expanded::On => "Expanded display is on.",
                    Expanded::Auto => "Expanded display is used when rows are too wide.",
                })
            }
            ("pset", "") => print_line(self.settings.list()?),
            ("pset", argument) => match argument.split_once(char::is_whitespace) {
                Some((name, value)) => {
                    let setting = self.settings.set(name, value.trim())?;
                    self.confirm(setting)
                }
                None => print_line(self.settings.get(argument)?),
            },
            ("e" | "watch", _) => Err(Failure::usage(
                format!("\\{} works only at the prompt, not in a file", command.name),
                "remove it from the file",
            )),
            (name, _) => Err(commands::unknown(name)),
        }
    }

    /// Refuses commands that read or write files or run programs, except to the owner: a role may be
    /// somebody else's than the account's that runs the shell.
    pub(super) fn check_allowed(&self, command: Command<'_>) -> Result<(), Failure> {
        let instead = commands::instead_of_owners(command).filter(|_| self.is_restricted());
        let Some(instead) = instead else {
            return Ok(());
        };
        let role = self.role.name();
        Err(Failure::usage(
            format!(
                "\\{} is the owner's, and the role is \"{role}\"",
                command.name
            ),
            instead,
        ))
    }

    fn is_restricted(&self) -> bool {
        query::is_restricted(&self.context)
    }

    /// Prints what a command has changed; without a prompt, only results are printed.
    fn confirm(&self, text: impl Display) -> Result<(), Failure> {
        if self.settings.in_shell {
            print_line(text)
        } else {
            Ok(())
        }
    }

    /// `\set NAME VALUE`.
    fn set(&mut self, argument: &str) -> Result<(), Failure> {
        let (name, value) = argument
            .split_once(char::is_whitespace)
            .ok_or_else(|| missing("set", "NAME VALUE"))?;
        let name = without_dollar(name);
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(Failure::usage(
                format!("\"{name}\" is not a valid placeholder name"),
                "use only letters, digits and _",
            ));
        }
        let value = unquoted(value.trim()).to_owned();
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value));
        Ok(())
    }

    fn unset(&mut self, name: &str) -> Result<(), Failure> {
        let name = without_dollar(name);
        let before = self.variables.len();
        self.variables.retain(|(other, _)| other != name);
        if self.variables.len() < before {
            return Ok(());
        }
        Err(Failure::usage(
            format!("the placeholder ${name} has no value"),
            "list the values with \\set",
        ))
    }

    fn show_text(&self, text: &str) -> Result<(), Failure> {
        let mut screen = Screen::new(self.page_size(), false);
        let written = writeln!(screen, "{text}");
        finish(written.map_err(OutputError::from), screen)
    }

    /// Shows rows on the screen.
    pub(super) async fn show_rows(
        &self,
        rows: SendableRecordBatchStream,
        format: Format,
    ) -> Result<(), Failure> {
        let mut screen = self.screen(format);
        let written = write_stream(rows, format, &self.settings.style(), &mut screen).await;
        finish(written, screen)
    }
}

/// The width of help texts.
pub(super) fn text_width() -> usize {
    terminal_size().map_or(TEXT_WIDTH_MAX, |(width, _)| width.min(TEXT_WIDTH_MAX))
}

/// The name of a placeholder, which may be typed as in SQL.
fn without_dollar(name: &str) -> &str {
    name.strip_prefix('$').unwrap_or(name)
}

/// Finishes a screen after a result. It is no error to quit the pager early.
fn finish<T>(written: Result<T, OutputError>, screen: Screen) -> Result<(), Failure> {
    let finished = written.and_then(|_| Ok(screen.finish()?));
    match finished.map_err(|error| Failure::output("standard output", error)) {
        Err(Failure::OutputClosed) => Ok(()),
        finished => finished,
    }
}

fn missing(name: &str, argument: &str) -> Failure {
    Failure::usage(
        format!("\\{name} needs an argument"),
        format!("write \\{name} {argument}"),
    )
}
