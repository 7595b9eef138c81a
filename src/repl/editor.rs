//! Line editing: statements over several lines, and a history that outlives the session.

use std::fs;
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Helper};

use super::{Failure, commands, statements};

const PROMPT: &str = "voxql> ";

/// Entries that the history keeps.
const HISTORY_ENTRIES_MAX: usize = 10_000;

/// A line editor for SQL.
pub(super) struct Editor {
    inner: rustyline::Editor<Sql, DefaultHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    pub(super) fn new() -> Result<Self, Failure> {
        let failed =
            |error: ReadlineError| Failure::write("the terminal", std::io::Error::other(error));
        let config = Config::builder()
            .max_history_size(HISTORY_ENTRIES_MAX)
            .map_err(failed)?
            .auto_add_history(true)
            .build();
        let mut inner = rustyline::Editor::with_config(config).map_err(failed)?;
        inner.set_helper(Some(Sql));
        let history = crate::cli::state_folder().map(|folder| folder.join("history"));
        if let Some(path) = &history {
            // There is none the first time, and a shell without one is still a shell.
            if let Err(error) = inner.load_history(path) {
                tracing::info!(%error, "no history");
            }
        }
        Ok(Self { inner, history })
    }

    /// Reads until a statement or command is complete.
    pub(super) fn read(&mut self) -> Result<String, ReadlineError> {
        self.inner.readline(PROMPT)
    }

    pub(super) fn save_history(&mut self) {
        let Some(path) = &self.history else {
            return;
        };
        let saved = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .map_err(ReadlineError::from)
            .and_then(|()| self.inner.append_history(path));
        if let Err(error) = saved {
            tracing::warn!(%error, "the history could not be saved");
        }
    }
}

/// Tells the editor when the input is complete.
struct Sql;

impl Validator for Sql {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let complete = commands::parse(input).is_some() || statements::is_complete(input);
        Ok(if complete {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Helper for Sql {}

impl Completer for Sql {
    type Candidate = String;
}

impl Hinter for Sql {
    type Hint = String;
}

impl Highlighter for Sql {}
