//! Appearance of tables and charts.

use std::env;
use std::io::{self, IsTerminal};

/// Rows that a table shows by default.
const ROWS_MAX: usize = 500;

/// Appearance of the formats for people. Formats for programs ignore it, but for formulas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Maximum width of a line in terminal columns; `None` cuts nothing.
    pub(crate) width: Option<usize>,
    /// Lines of the terminal, if known.
    pub(crate) height: Option<usize>,
    /// `true` if charts use colours.
    pub(crate) colour: bool,
    /// Text for NULL.
    pub(crate) null: String,
    /// Maximum rows that a table shows and keeps in memory; `None` for all.
    pub(crate) rows_max: Option<usize>,
    /// Table layout with one line per column instead of one line per row.
    pub(crate) expanded: Expanded,
    /// `true` if line breaks in a value break the line, as in a plan; otherwise they show as `\n`.
    pub(crate) breaks_lines: bool,
    /// `true` if CSV and TSV have an apostrophe before what a spreadsheet would run as a formula.
    pub(crate) guards_formulas: bool,
    /// `true` in the shell, where a command shows the rows that were omitted.
    pub(crate) in_shell: bool,
}

/// Table layout with one line per column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expanded {
    Off,
    On,
    /// On if a row is wider than [`Style::width`].
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
            guards_formulas: false,
            in_shell: false,
        }
    }
}

impl Style {
    /// Returns a style that fits the terminal, if standard output is one.
    pub(crate) fn for_terminal() -> Self {
        let size = terminal_size();
        Self {
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            colour: has_colours(),
            ..Self::default()
        }
    }
}

/// Returns the columns and lines of the terminal, `None` if standard output is not one.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size_of(io::stdout())?;
    // Some emulators and serial lines report 0 for "unknown".
    (width.0 > 0 && height.0 > 0).then_some((usize::from(width.0), usize::from(height.0)))
}

/// True if standard output supports colours and `NO_COLOR` is not set (<https://no-color.org>).
pub(crate) fn has_colours() -> bool {
    let declined = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stdout().is_terminal() && !declined && !is_dumb
}
