//! How the formats for a person look.

use std::env;
use std::io::{self, IsTerminal};

/// Rows that a table shows where nobody says how many.
const ROWS_MAX: usize = 500;

/// How tables and charts look. Formats for programs take nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Terminal columns that no line exceeds; `None` cuts nothing.
    pub(crate) width: Option<usize>,
    /// Lines of the terminal, `None` where it is not known.
    pub(crate) height: Option<usize>,
    /// Whether a chart is drawn in colours.
    pub(crate) colour: bool,
    /// What stands for NULL.
    pub(crate) null: String,
    /// Rows that a table shows, and so the most that are held in memory; `None` for all.
    pub(crate) rows_max: Option<usize>,
    /// Whether a table has a line a column instead of a line a row.
    pub(crate) expanded: Expanded,
    /// Whether line breaks in a value break the line, as in a plan; else they are shown as `\n`.
    pub(crate) breaks_lines: bool,
    /// Whether it is for the shell, where what is not shown is a command away.
    pub(crate) in_shell: bool,
}

/// When a table has a line a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expanded {
    Off,
    On,
    /// Where a row does not fit the width.
    Auto,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            colour: false,
            null: "NULL".to_owned(),
            rows_max: Some(ROWS_MAX),
            expanded: Expanded::Off,
            breaks_lines: false,
            in_shell: false,
        }
    }
}

impl Style {
    /// Fitted to the terminal that standard output is, if it is one.
    pub(crate) fn of_terminal() -> Self {
        let size = terminal_size();
        Self {
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            colour: has_colours(),
            ..Self::default()
        }
    }
}

/// Columns and lines of the terminal that standard output is, `None` when it is none.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size_of(io::stdout())?;
    // Some emulators and serial lines report 0 for "unknown".
    (width.0 > 0 && height.0 > 0).then_some((usize::from(width.0), usize::from(height.0)))
}

/// Whether standard output shows colours, and nobody asked for none (<https://no-color.org>).
fn has_colours() -> bool {
    let declined = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stdout().is_terminal() && !declined && !is_dumb
}
