//! What the shell knows between two statements, and running one.

use std::io::{self, IsTerminal};
use std::time::Instant;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;

use super::commands::{self, Command};
use super::pager::{self, Screen};
use super::result::{self, Kept};
use super::script;
use super::settings::{Settings, expanded, on_off, unquoted};
use super::target::{Target, path_of};
use super::whose::Whose;
use crate::failure::{Failure, say};
use crate::output::{Expanded, Format, OutputError, terminal_size, write_stream};
use crate::statement::execute;
use crate::statement::params::Params;
use crate::statement::parse::{Parsed, parse};
use crate::statement::runner::tell_time;

/// Longer lines are hard to read.
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
            let params = Params::from_shell(&set, parsed.text.placeholders.iter()).map_err(at)?;
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
                let mut screen = self.screen(self.settings.format);
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
        // How long somebody looks at the pager is no time of the statement.
        let end = kept.end().unwrap_or_else(Instant::now);
        if let Some(kept) = kept.take() {
            self.result = kept;
        }
        if self.settings.timing {
            tell_time(end.duration_since(start));
        }
        Ok(())
    }

    /// The size of the page that is shown at once, `None` without a pager.
    fn page(&self) -> Option<(usize, usize)> {
        terminal_size().filter(|_| self.settings.pager)
    }

    fn screen(&self, format: Format) -> Screen {
        let is_table = matches!(format, Format::Table | Format::Chart);
        Screen::new(self.page(), is_table)
    }

    /// Runs a backslash command, which is in a file that is `depth` files deep, or typed.
    pub(super) async fn command(
        &mut self,
        command: Command<'_>,
        depth: usize,
    ) -> Result<(), Failure> {
        commands::check(command)?;
        match (command.name, command.argument) {
            ("h" | "help" | "?", "") => self.show(&commands::help(text_width())),
            ("h" | "help" | "?", name) => {
                let help = self.help(name)?;
                self.show(&help)
            }
            ("d", "") => self.list_tables("").await,
            ("dt", pattern) => self.list_tables(pattern).await,
            ("d", table) => self.describe(table).await,
            ("df", pattern) => self.list_functions(pattern).await,
            ("chart", _) => {
                let rows = self.result.rows()?;
                self.show_rows(rows, Format::Chart).await
            }
            ("i", "") => Err(missing("i", "FILE")),
            ("i", path) => script::run(self, &path_of(path), false, depth).await,
            ("o", "") => {
                self.target = None;
                Ok(())
            }
            ("o", path) => {
                self.target = Some(Target::new(path_of(path), self.settings.format)?);
                Ok(())
            }
            ("role", "") => self.list_roles().await,
            ("role", name) => {
                self.context = self.whose.become_role(unquoted(name)).await?;
                // What another role saw is not for this one.
                self.result = Kept::default();
                say(format_args!("You ask as {}.", unquoted(name)))
            }
            ("set", argument) => self.set(argument),
            ("unset", "") => Err(missing("unset", "NAME")),
            ("unset", name) => self.unset(name),
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
            (name, _) => Err(commands::unknown(name)),
        }
    }

    /// `\set NAME VALUE`; without them, all that is set.
    fn set(&mut self, argument: &str) -> Result<(), Failure> {
        if argument.is_empty() {
            let lines = self
                .set
                .iter()
                .map(|(name, value)| format!("{name} = '{value}'"));
            let lines: Vec<String> = lines.collect();
            return match lines.is_empty() {
                true => say("nothing is set; \\set NAME VALUE gives $NAME a value"),
                false => say(lines.join("\n")),
            };
        }
        let (name, value) = argument
            .split_once(char::is_whitespace)
            .ok_or_else(|| missing("set", "NAME VALUE"))?;
        let name = without_sign(name);
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(Failure::usage(
                format!("{name} is no name of a placeholder"),
                "letters, digits and _ make one",
            ));
        }
        self.set.retain(|(earlier, _)| earlier != name);
        self.set
            .push((name.to_owned(), unquoted(value.trim()).to_owned()));
        Ok(())
    }

    fn unset(&mut self, name: &str) -> Result<(), Failure> {
        let name = without_sign(name);
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

    fn show(&self, text: &str) -> Result<(), Failure> {
        pager::show(text, self.page()).map_err(|error| Failure::write("standard output", error))
    }

    /// Shows rows on the screen.
    pub(super) async fn show_rows(
        &self,
        rows: SendableRecordBatchStream,
        format: Format,
    ) -> Result<(), Failure> {
        let mut screen = self.screen(format);
        let written = write_stream(rows, format, &self.settings.style(), &mut screen)
            .await
            .map(|_| ())
            .and_then(|()| Ok(screen.finish()?));
        shown(written)
    }
}

/// Columns that help and documentation are set in.
pub(super) fn text_width() -> usize {
    terminal_size().map_or(TEXT_WIDTH_MAX, |(width, _)| width.min(TEXT_WIDTH_MAX))
}

/// The name of a placeholder, which may be written as SQL has it.
fn without_sign(name: &str) -> &str {
    name.strip_prefix('$').unwrap_or(name)
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
