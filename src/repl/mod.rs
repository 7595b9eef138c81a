//! The interactive shell.
//!
//! [`editor`] reads, [`session`] runs statements and [`commands`], and writes what they give.

mod commands;
mod complete;
mod cursor;
mod describe;
mod editor;
mod external;
mod functions;
mod highlight;
mod history;
mod interrupt;
mod lexer;
mod multiline;
mod names;
mod pager;
mod result;
mod script;
mod session;
mod settings;
mod target;
mod whose;

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustyline::error::ReadlineError;

use crate::failure::{Failure, say};
use crate::lake::Lake;
use crate::query::SessionOptions;
use crate::statement::runner::Runner;

use commands::Command;
use editor::Editor;
use interrupt::Interrupts;
use multiline::command_behind;
use names::Names;
use session::Session;
use settings::Settings;
use whose::Whose;

/// How often `\watch` looks where nobody says.
const WATCH_SECONDS: f64 = 2.0;

/// Reads statements and backslash commands until the end of input or `\q`.
///
/// The init file comes first, unless `has_init` says otherwise.
pub(crate) async fn run(
    lake: &Lake,
    options: &SessionOptions,
    runner: Runner,
    has_init: bool,
) -> Result<(), Failure> {
    let (context, format, timing) = runner.into_parts();
    let whose = Whose::new(lake, options);
    let names = Arc::new(Names::new(&context));
    let mut shell = Shell {
        interrupts: Interrupts::new()?,
        session: Session::new(context, whose, Settings::new(format, timing)),
        names: Arc::clone(&names),
    };
    let mut editor = Editor::new(names)?;
    say(format_args!(
        "voxql {} on {}\nEnd a statement with ; — \\h for help, \\q to leave.",
        env!("CARGO_PKG_VERSION"),
        lake.uri()
    ))?;
    if !lake.exists().await? {
        say("There is no lake here yet: make one with voxql ingest FILE.")?;
    }
    if let Some(path) = init_file().filter(|_| has_init) {
        let init = script::run(&mut shell.session, &path, true, 0);
        if let Err(failure) = shell.interrupts.or_done(init).await {
            failure.tell();
        }
    }
    loop {
        let session = &shell.session;
        let roles = session.whose.roles().await;
        shell
            .names
            .renew(&session.context, session.set_names(), roles);
        // Reading blocks, and asks the runtime for columns: on a thread that does not drive it.
        let read = tokio::task::spawn_blocking(move || {
            let text = editor.read();
            (editor, text)
        });
        let text = match read.await {
            Ok((back, text)) => {
                editor = back;
                text
            }
            Err(error) => return Err(Failure::write("the terminal", io::Error::other(error))),
        };
        let text = match text {
            Ok(text) => text,
            // Ctrl-C throws away what was typed, Ctrl-D leaves.
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Failure::usage(
                    "what was typed or pasted is not UTF-8, and is forgotten",
                    "set the terminal to UTF-8",
                )
                .tell();
                continue;
            }
            Err(error) => return Err(Failure::write("the terminal", io::Error::other(error))),
        };
        match shell.answer(&text, &mut editor).await {
            Ok(Next::Leave) => break,
            Ok(Next::Item | Next::Prompt) => {}
            Err(failure) => failure.tell(),
        }
    }
    Ok(())
}

/// The file that is run when the shell starts, where there is one.
fn init_file() -> Option<PathBuf> {
    if let Some(path) = env::var_os("VOXQL_INIT") {
        return (!path.is_empty()).then(|| path.into());
    }
    let folders = directories::ProjectDirs::from("", "", "voxql")?;
    Some(folders.config_dir().join("init.sql")).filter(|path| path.exists())
}

/// What comes after a statement or command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// What was pasted behind it.
    Item,
    Prompt,
    Leave,
}

impl Next {
    /// Ctrl-C is for all that was pasted.
    fn after(is_done: bool) -> Self {
        if is_done { Self::Item } else { Self::Prompt }
    }
}

struct Shell {
    session: Session,
    interrupts: Interrupts,
    names: Arc<Names>,
}

impl Shell {
    /// Does what was typed or pasted; the first error ends it.
    async fn answer(&mut self, text: &str, editor: &mut Editor) -> Result<Next, Failure> {
        self.interrupts.forget();
        for item in script::items(text) {
            let behind = command_behind(item.text);
            let (pending, line) = behind.unwrap_or(("", item.text));
            let next = match commands::parse(line) {
                Some(command) => {
                    editor.resume(pending);
                    self.command(command, pending, editor).await?
                }
                None => {
                    item.text.trim().clone_into(&mut self.session.last);
                    self.run(item.text, item.line).await?
                }
            };
            if next != Next::Item {
                return Ok(next);
            }
        }
        Ok(Next::Prompt)
    }

    /// Runs a command, which may stand behind a `pending` statement.
    async fn command(
        &mut self,
        command: Command<'_>,
        pending: &str,
        editor: &mut Editor,
    ) -> Result<Next, Failure> {
        commands::check(command)?;
        match command.name {
            "q" | "quit" => Ok(Next::Leave),
            "e" => {
                let text = match pending {
                    "" => &self.session.last,
                    pending => pending,
                };
                let edited = external::edit(text)?;
                self.interrupts.forget();
                let Some(text) = edited else {
                    say("nothing was saved, so nothing is run")?;
                    return Ok(Next::Prompt);
                };
                editor.resume("");
                if text.is_empty() {
                    return Ok(Next::Prompt);
                }
                editor.remember(&text);
                text.clone_into(&mut self.session.last);
                self.run(&text, 1).await
            }
            "watch" => {
                self.watch(command.argument).await?;
                Ok(Next::Item)
            }
            _ => {
                let Self {
                    session,
                    interrupts,
                    ..
                } = self;
                let is_done = interrupts.or_done(session.command(command, 0)).await?;
                Ok(Next::after(is_done))
            }
        }
    }

    /// Runs statements until they are done or Ctrl-C is pressed.
    async fn run(&mut self, text: &str, line: u64) -> Result<Next, Failure> {
        let Self {
            session,
            interrupts,
            ..
        } = self;
        let is_done = interrupts.or_done(session.run_text(text, "", line)).await?;
        Ok(Next::after(is_done))
    }

    /// Runs the last statement again and again, until Ctrl-C.
    async fn watch(&mut self, argument: &str) -> Result<(), Failure> {
        let seconds = match argument {
            "" => WATCH_SECONDS,
            _ => argument
                .parse()
                .ok()
                .filter(|&s: &f64| s > 0.0 && s < 1e6)
                .ok_or_else(|| {
                    Failure::usage(
                        format!("{argument} is no number of seconds"),
                        "such as \\watch 5",
                    )
                })?,
        };
        let text = self.session.last.clone();
        if text.is_empty() {
            return Err(Failure::usage(
                "there is nothing to run again",
                "run a statement first",
            ));
        }
        // A pager would wait for somebody each time.
        let has_pager = std::mem::replace(&mut self.session.settings.pager, false);
        let watched = self.watch_every(&text, seconds).await;
        self.session.settings.pager = has_pager;
        watched
    }

    async fn watch_every(&mut self, text: &str, seconds: f64) -> Result<(), Failure> {
        let every = Duration::from_secs_f64(seconds);
        loop {
            let now = chrono::Local::now().format("%Y-%m-%d %H:%M:%S");
            say(format_args!("{now}, every {seconds} s; Ctrl-C ends it"))?;
            let Self {
                session,
                interrupts,
                ..
            } = self;
            if !interrupts.or_done(session.run_text(text, "", 1)).await? {
                return Ok(());
            }
            tokio::select! {
                () = interrupts.next() => {
                    // What the terminal shows of Ctrl-C stays on its line.
                    let _ = writeln!(io::stdout());
                    return Ok(());
                }
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}
