//! The interactive shell.
//!
//! [`editor`] reads input, and [`session`] runs statements and [`commands`] and shows their results.

mod batch;
mod commands;
mod complete;
mod copy;
mod cursor;
mod describe;
mod editor;
mod external;
mod functions;
mod highlight;
mod history;
mod interrupt;
mod multiline;
mod names;
mod pager;
mod prompt;
mod result;
mod script;
mod session;
mod settings;
mod shell_role;
mod tables;
mod target;
mod tokenize;

use std::env;
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustyline::error::ReadlineError;

use crate::failure::{Failure, print_line};
use crate::lake::Lake;
use crate::query::{Definitions, SessionOptions};
use crate::statement::runner::Runner;
use crate::statement::threads::QueryThreads;

pub(crate) use batch::run_texts;
use commands::Command;
use editor::{Editor, terminal_failed};
use interrupt::{GRACE, Interrupts};
use multiline::trailing_command;
use names::Names;
pub(crate) use prompt::DEFAULT_LAKE;
use prompt::prompt;
use session::Session;
use settings::Settings;
use shell_role::ShellRole;

/// Default interval of `\watch`.
const WATCH_SECONDS: f64 = 2.0;

/// Reads and runs statements and backslash commands until the end of input or `\q`.
///
/// Runs the file `init` first. `params` are the first values of placeholders.
pub(crate) async fn run(
    lake: &Lake,
    options: &SessionOptions,
    runner: Runner,
    params: &[(String, String)],
    init: Option<&Path>,
) -> Result<(), Failure> {
    let threads = runner.threads();
    let (context, format, output) = runner.into_parts();
    let role = ShellRole::new(lake, options);
    let names = Arc::new(Names::new(&context));
    let mut shell = Shell {
        interrupts: Interrupts::new()?,
        session: Session::new(threads, context, role, Settings::new(format, &output)),
        names: Arc::clone(&names),
    };
    shell.session.variables = params.to_vec();
    let mut editor = Editor::new(names)?;
    print_line(format_args!(
        "voxql {} on {}\nEnd statements with ; — \\h for help, \\q to quit.",
        env!("CARGO_PKG_VERSION"),
        lake.uri()
    ))?;
    if !lake.exists().await? {
        print_line("There is no lake here yet: create one with voxql ingest FILE.")?;
    }
    if let Some(path) = init {
        let init = script::run(&mut shell.session, path, true, 0);
        let done = shell.interrupts.run(init).await;
        if let Err(failure) = done.and_then(|is_done| shell.next_after(is_done)) {
            failure.report();
        }
    }
    loop {
        let session = &shell.session;
        let roles = session.role.names().await;
        let names = &shell.names;
        if let Some(definitions) = Definitions::of(&session.context)
            && let Err(error) = definitions.refresh().await
        {
            tracing::warn!("the views of the lake cannot be listed: {error}");
        }
        names.refresh(&session.context, session.variable_names(), roles);
        let prompt = prompt(&lake.uri(), session.role.name());
        // Reading blocks, and completion needs the runtime: read on a thread that does not drive it.
        let read = tokio::task::spawn_blocking(move || {
            let input = editor.read(&prompt);
            (editor, input)
        });
        let input;
        (editor, input) = read.await.map_err(terminal_failed)?;
        let text = match input {
            Ok(text) => text,
            // Ctrl-C discards the input, Ctrl-D quits.
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Failure::usage(
                    "the input is not UTF-8 and was discarded",
                    "set the terminal to UTF-8",
                )
                .report();
                continue;
            }
            Err(error) => return Err(terminal_failed(error)),
        };
        match shell.run_input(&text, &mut editor).await {
            Ok(Next::Quit) => break,
            Ok(Next::Item | Next::Prompt) => {}
            Err(failure) => failure.report(),
        }
    }
    Ok(())
}

/// The file that the shell runs when it starts, without `--init`, if there is one.
pub(crate) fn init_file() -> Option<PathBuf> {
    if let Some(path) = env::var_os("VOXQL_INIT") {
        return (!path.is_empty()).then(|| path.into());
    }
    let folders = directories::ProjectDirs::from("", "", "voxql")?;
    Some(folders.config_dir().join("init.sql")).filter(|path| path.exists())
}

/// The step after a statement or command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The next item of pasted input.
    Item,
    Prompt,
    Quit,
}

struct Shell {
    session: Session,
    interrupts: Interrupts,
    names: Arc<Names>,
}

impl Shell {
    /// Runs typed or pasted input; the first error ends it.
    async fn run_input(&mut self, text: &str, editor: &mut Editor) -> Result<Next, Failure> {
        self.interrupts.discard();
        for item in script::items(text) {
            let (pending, line) = trailing_command(item.text).unwrap_or(("", item.text));
            let next = if let Some(command) = commands::parse(line) {
                if matches!(command.name, "g" | "gx") {
                    let work = self.session.go(pending, command, "", item.line);
                    let is_done = self.interrupts.run(work).await?;
                    self.next_after(is_done)?
                } else {
                    editor.resume(pending);
                    self.run_command(command, pending, editor).await?
                }
            } else {
                item.text
                    .trim()
                    .clone_into(&mut self.session.last_statement);
                self.run_statements(item.text, item.line).await?
            };
            if next != Next::Item {
                return Ok(next);
            }
        }
        Ok(Next::Prompt)
    }

    /// Runs a command, which may follow a `pending` statement.
    async fn run_command(
        &mut self,
        command: Command<'_>,
        pending: &str,
        editor: &mut Editor,
    ) -> Result<Next, Failure> {
        self.session.check_allowed(command)?;
        commands::check_argument(command)?;
        match command.name {
            "q" | "quit" => Ok(Next::Quit),
            "e" => {
                let text = if pending.is_empty() {
                    self.session.last_statement.as_str()
                } else {
                    pending
                };
                let edited = external::edit(text)?;
                self.interrupts.discard();
                let Some(text) = edited else {
                    print_line("nothing was saved, so nothing was run")?;
                    return Ok(Next::Prompt);
                };
                editor.resume("");
                if text.is_empty() {
                    return Ok(Next::Prompt);
                }
                editor.remember(&text);
                text.clone_into(&mut self.session.last_statement);
                self.run_statements(&text, 1).await
            }
            "watch" => {
                self.watch(command.argument).await?;
                Ok(Next::Item)
            }
            _ => {
                let work = self.session.command(command, 0);
                let is_done = self.interrupts.run(work).await?;
                self.next_after(is_done)
            }
        }
    }

    /// Runs statements until they are done or Ctrl-C is pressed.
    async fn run_statements(&mut self, text: &str, line: u64) -> Result<Next, Failure> {
        let work = self.session.run_statements(text, "", line);
        let is_done = self.interrupts.run(work).await?;
        self.next_after(is_done)
    }

    /// Ctrl-C cancels all of the pasted input.
    fn next_after(&mut self, is_done: bool) -> Result<Next, Failure> {
        if is_done {
            return Ok(Next::Item);
        }
        // The threads may still be busy, and end by themselves.
        let busy = mem::replace(&mut self.session.threads, Arc::new(QueryThreads::new()?));
        tokio::spawn(async move { tokio::time::timeout(GRACE, busy.settle()).await });
        Ok(Next::Prompt)
    }

    /// Runs the last statement repeatedly, until Ctrl-C.
    async fn watch(&mut self, argument: &str) -> Result<(), Failure> {
        let seconds = if argument.is_empty() {
            Some(WATCH_SECONDS)
        } else {
            argument.parse().ok().filter(|&s: &f64| s > 0.0 && s < 1e6)
        };
        let seconds = seconds.ok_or_else(|| {
            Failure::usage(
                format!("\"{argument}\" is not a number of seconds"),
                "write a number, such as \\watch 5",
            )
        })?;
        let text = self.session.last_statement.clone();
        if text.is_empty() {
            return Err(Failure::usage(
                "there is no statement to repeat",
                "run a statement first",
            ));
        }
        // A pager would wait for the user each time.
        let has_pager = std::mem::replace(&mut self.session.settings.pager, false);
        let watched = self.watch_every(&text, seconds).await;
        self.session.settings.pager = has_pager;
        watched
    }

    async fn watch_every(&mut self, text: &str, seconds: f64) -> Result<(), Failure> {
        loop {
            let now = chrono::Local::now().format("%Y-%m-%d %H:%M:%S");
            print_line(format_args!("{now}, every {seconds} s; Ctrl-C stops"))?;
            if self.run_statements(text, 1).await? != Next::Item {
                return Ok(());
            }
            tokio::select! {
                () = self.interrupts.next() => {
                    // Ends the line on which the terminal shows ^C.
                    let _ = writeln!(io::stdout());
                    return Ok(());
                }
                () = tokio::time::sleep(Duration::from_secs_f64(seconds)) => {}
            }
        }
    }
}
