//! Line editing: keys, colours, completion and a persistent history.

use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, CompletionType, Config, Context, Helper};

use super::complete::complete;
use super::cursor::open_call;
use super::highlight::{highlight, hint, prompt};
use super::history::{SqlHistory, history_file};
use super::multiline::{self, with_marks, without_marks};
use super::names::Names;
use super::pager::without_colours;
use crate::failure::Failure;
use crate::output::Style;

const HISTORY_ENTRIES_MAX: usize = 10_000;

/// A line editor for SQL.
pub(super) struct Editor {
    inner: rustyline::Editor<Sql, SqlHistory>,
    history: Option<PathBuf>,
    /// The incomplete statement that was typed before a command.
    pending: String,
}

impl Editor {
    pub(super) fn new(names: Arc<Names>) -> Result<Self, Failure> {
        let config = Config::builder()
            .max_history_size(HISTORY_ENTRIES_MAX)
            .map_err(terminal_failed)?
            .auto_add_history(true)
            .completion_type(CompletionType::List)
            // The highlighter also draws prompts, so it must run without colours too.
            .color_mode(ColorMode::Forced)
            .completion_show_all_if_ambiguous(true)
            .build();
        let history = SqlHistory(FileHistory::with_config(&config));
        let mut inner =
            rustyline::Editor::with_history(config, history).map_err(terminal_failed)?;
        inner.set_helper(Some(Sql {
            names,
            has_colours: Style::for_terminal().colour,
            is_last: AtomicBool::new(false),
        }));
        for (key, handler) in multiline::bindings() {
            inner.bind_sequence(key, handler);
        }
        let history = history_file();
        if let Some(path) = &history {
            // The file does not exist the first time, and the shell works without it.
            if let Err(error) = inner.load_history(path) {
                tracing::info!(%error, "could not load the history");
            }
        }
        Ok(Self {
            inner,
            history,
            pending: String::new(),
        })
    }

    /// Reads a complete statement or command.
    pub(super) fn read(&mut self, prompt: &str) -> Result<String, ReadlineError> {
        let pending = with_marks(&std::mem::take(&mut self.pending));
        let typed = self.inner.readline_with_initial(prompt, (&pending, ""))?;
        // Saved now, in case the shell is killed.
        self.save_history();
        Ok(without_marks(&typed))
    }

    /// Continues with an incomplete statement at the next prompt.
    pub(super) fn resume(&mut self, pending: &str) {
        let line_break = if pending.is_empty() { "" } else { "\n" };
        self.pending = format!("{pending}{line_break}");
    }

    /// Adds a text that was not typed at the prompt to the history.
    pub(super) fn remember(&mut self, text: &str) {
        if let Err(error) = self.inner.add_history_entry(text) {
            tracing::warn!(%error, "could not add to the history");
        }
        self.save_history();
    }

    fn save_history(&mut self) {
        let Some(path) = &self.history else {
            return;
        };
        let saved = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .map_err(ReadlineError::from)
            .and_then(|()| self.inner.append_history(path));
        if let Err(error) = saved {
            tracing::warn!(%error, "could not save the history");
        }
    }
}

pub(super) fn terminal_failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
    Failure::write("the terminal", io::Error::other(error))
}

/// The line editor's callbacks for SQL.
struct Sql {
    names: Arc<Names>,
    has_colours: bool,
    /// `true` while the text is drawn for the last time, as it is run.
    is_last: AtomicBool,
}

impl Helper for Sql {}

impl Sql {
    /// The text without colours if the terminal has none.
    fn painted(&self, text: String) -> String {
        if self.has_colours {
            text
        } else {
            without_colours(&text)
        }
    }
}

impl Validator for Sql {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if multiline::is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Completer for Sql {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(complete(line, position, &self.names))
    }
}

/// The signature of the function whose arguments are being typed. It is only shown, never inserted.
struct Signature(String);

impl Hint for Signature {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Sql {
    type Hint = Signature;

    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Signature> {
        if position < line.len() || line.starts_with('\\') {
            return None;
        }
        let name = open_call(line)?;
        let function = self.names.functions.get(&name)?;
        Some(Signature(format!("   {}", function.signature(&name))))
    }
}

impl Highlighter for Sql {
    fn highlight<'l>(&self, line: &'l str, position: usize) -> Cow<'l, str> {
        let is_last = self.is_last.load(Ordering::Relaxed);
        let is_function = |name: &str| self.names.functions.contains_key(&name.to_lowercase());
        self.painted(highlight(line, position, !is_last, is_function))
            .into()
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, text: &'p str, _: bool) -> Cow<'b, str> {
        self.painted(prompt(text)).into()
    }

    fn highlight_hint<'h>(&self, text: &'h str) -> Cow<'h, str> {
        self.painted(hint(text)).into()
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        // Every key can change colours and matching brackets anywhere in the text.
        self.is_last
            .store(kind == CmdKind::ForcedRefresh, Ordering::Relaxed);
        true
    }
}
