//! The interactive shell.

mod commands;
mod editor;

use std::io;

use rustyline::error::ReadlineError;
use voxql::Lake;

use crate::cli::query::Runner;
use crate::cli::{Failure, say, statements};

use commands::Step;

/// Reads statements and backslash commands until the end of input or `\q`.
pub(crate) async fn run(lake: &Lake, runner: Runner) -> Result<(), Failure> {
    let mut editor = editor::Editor::new()?;
    say(format_args!(
        "voxql {} on {}\nEnd a statement with ; — \\h for help, \\q to leave.",
        env!("CARGO_PKG_VERSION"),
        lake.uri()
    ))?;
    if !lake.exists().await? {
        say("There is no lake here yet: make one with voxql ingest FILE.")?;
    }
    loop {
        let text = match editor.read() {
            Ok(text) => text,
            // Ctrl-C throws away what was typed, Ctrl-D leaves.
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Failure::write("the terminal", io::Error::other(error))),
        };
        if text.trim().is_empty() {
            continue;
        }
        let result = match commands::parse(&text) {
            Some(command) => match commands::run(command, &runner).await {
                Ok(Step::Leave) => break,
                Ok(Step::GoOn) => Ok(()),
                Err(failure) => Err(failure),
            },
            None => run_cancellable(&runner, &text).await,
        };
        if let Err(failure) = result {
            failure.tell();
        }
    }
    editor.save_history();
    Ok(())
}

/// Runs statements until they are done or Ctrl-C is pressed.
async fn run_cancellable(runner: &Runner, text: &str) -> Result<(), Failure> {
    tokio::select! {
        result = runner.run_text(text) => result,
        interrupted = tokio::signal::ctrl_c() => match interrupted {
            Ok(()) => say("cancelled"),
            Err(error) => Err(Failure::write("waiting for Ctrl-C", error)),
        },
    }
}
