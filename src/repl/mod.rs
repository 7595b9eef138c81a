//! The interactive shell.
//!
//! [`editor`] reads, [`session`] runs statements and [`commands`], and writes what they give.

mod commands;
mod complete;
mod cursor;
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
use voxql::Lake;

use crate::cli::args::SessionArgs;
use crate::cli::query::Runner;
use crate::cli::{Failure, say, statements};

use editor::Editor;
use interrupt::Interrupts;
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
    args: &SessionArgs,
    runner: Runner,
    has_init: bool,
) -> Result<(), Failure> {
    let (context, format, timing) = runner.into_parts();
    let whose = Whose::new(lake, args);
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
        let init = script::run(&mut shell.session, &path, true);
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
            Err(error) => return Err(Failure::write("the terminal", io::Error::other(error))),
        };
        match shell.answer(&text, &mut editor).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(failure) => failure.tell(),
        }
    }
    editor.save_history();
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

struct Shell {
    session: Session,
    interrupts: Interrupts,
    names: Arc<Names>,
}

impl Shell {
    /// Does what was typed. Gives false where that is to leave.
    async fn answer(&mut self, text: &str, editor: &mut Editor) -> Result<bool, Failure> {
        if text.trim().is_empty() {
            return Ok(true);
        }
        self.interrupts.forget();
        let Some(command) = commands::parse(text) else {
            return self.run(text).await;
        };
        match command.name {
            "q" | "quit" => return Ok(false),
            "e" => {
                let edited = external::edit(&self.session.last)?;
                self.interrupts.forget();
                if !edited.is_empty() {
                    editor.remember(&edited);
                    return self.run(&edited).await;
                }
            }
            "watch" => self.watch(command.argument).await?,
            _ => {
                let Self {
                    session,
                    interrupts,
                    ..
                } = self;
                interrupts.or_done(session.command(command)).await?;
            }
        }
        Ok(true)
    }

    /// Runs statements until they are done or Ctrl-C is pressed.
    async fn run(&mut self, text: &str) -> Result<bool, Failure> {
        text.trim().clone_into(&mut self.session.last);
        let Self {
            session,
            interrupts,
            ..
        } = self;
        interrupts.or_done(session.run_text(text, "", 1)).await?;
        Ok(true)
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
