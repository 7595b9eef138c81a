//! `\pset`, `\x` and `\timing`: how the shell shows results.

use clap::ValueEnum;

use super::commands::{FORMATS, SETTINGS};
use crate::failure::Failure;
use crate::output::{Expanded, Format, Style};
use crate::statement::explain::nearest;
use crate::statement::runner::OutputOptions;

/// The settings of a running shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) format: Format,
    pub(super) timing: bool,
    /// CSV and TSV have an apostrophe before formulas.
    guards_formulas: bool,
    pub(super) pager: bool,
    pub(super) expanded: Expanded,
    /// `false` for texts that run without a prompt.
    pub(super) in_shell: bool,
    /// The width of tables, `Some(None)` for no limit; `None` for the width of the terminal.
    columns: Option<Option<usize>>,
    null: String,
    rows_max: Option<usize>,
}

impl Settings {
    pub(super) fn new(format: Format, output: &OutputOptions) -> Self {
        let style = Style::default();
        Self {
            format,
            timing: output.timing,
            guards_formulas: output.guards_formulas,
            pager: true,
            expanded: Expanded::Off,
            in_shell: true,
            columns: None,
            null: style.null,
            rows_max: style.rows_max,
        }
    }

    /// The style of results on the terminal at its current size.
    pub(super) fn style(&self) -> Style {
        let terminal = Style::for_terminal();
        Style {
            width: self.columns.unwrap_or(terminal.width),
            null: self.null.clone(),
            rows_max: self.rows_max,
            expanded: self.expanded,
            in_shell: self.in_shell,
            guards_formulas: self.guards_formulas,
            ..terminal
        }
    }

    /// The style of results in a file, which has no width.
    pub(super) fn file_style(&self) -> Style {
        Style {
            null: self.null.clone(),
            rows_max: self.rows_max,
            expanded: match self.expanded {
                Expanded::On => Expanded::On,
                Expanded::Off | Expanded::Auto => Expanded::Off,
            },
            guards_formulas: self.guards_formulas,
            ..Style::default()
        }
    }

    /// `\pset NAME VALUE`. Returns the new setting as text.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<String, Failure> {
        match name {
            "columns" if value == "auto" => self.columns = None,
            "columns" => self.columns = Some(limit(name, value)?),
            "expanded" => self.expanded = expanded(value, self.expanded)?,
            "format" => self.format = format(value)?,
            "maxrows" => self.rows_max = limit(name, value)?,
            "null" => self.null = unquoted(value).to_owned(),
            "pager" => self.pager = on_off(value, self.pager)?,
            _ => return Err(unknown("setting", name, &SETTINGS)),
        }
        self.get(name)
    }

    /// A setting as text.
    pub(super) fn get(&self, name: &str) -> Result<String, Failure> {
        let text = |limit: Option<usize>| {
            limit.map_or_else(|| "0 (no limit)".to_owned(), |limit| limit.to_string())
        };
        let value = match name {
            "columns" => match self.columns {
                None => "auto (terminal width)".to_owned(),
                Some(columns) => text(columns),
            },
            "expanded" => match self.expanded {
                Expanded::Off => "off".to_owned(),
                Expanded::On => "on".to_owned(),
                Expanded::Auto => "auto (when rows are too wide)".to_owned(),
            },
            "format" => self.format.to_string(),
            "maxrows" => text(self.rows_max),
            "null" => format!("'{}'", self.null),
            "pager" => if self.pager { "on" } else { "off" }.to_owned(),
            _ => return Err(unknown("setting", name, &SETTINGS)),
        };
        Ok(format!("{name:<9} {value}"))
    }

    /// All settings, one per line.
    pub(super) fn list(&self) -> Result<String, Failure> {
        let lines: Result<Vec<String>, Failure> =
            SETTINGS.iter().map(|name| self.get(name)).collect();
        Ok(lines?.join("\n"))
    }
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> Failure {
    Failure::usage(
        format!("unknown {kind} \"{name}\""),
        match nearest(name, known) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("use one of {}", known.join(", ")),
        },
    )
}

/// The value without quotes around it.
pub(super) fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('\'').or_else(|| within('"')).unwrap_or(value)
}

/// Parses `on` or `off`; no value toggles the current one.
pub(super) fn on_off(value: &str, current: bool) -> Result<bool, Failure> {
    match value.to_ascii_lowercase().as_str() {
        "" => Ok(!current),
        // psql's other spellings.
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err(Failure::usage(
            format!("\"{value}\" is neither on nor off"),
            "use on or off",
        )),
    }
}

/// Parses `on`, `off` or `auto`; no value toggles the current one.
pub(super) fn expanded(value: &str, current: Expanded) -> Result<Expanded, Failure> {
    if value == "auto" {
        return Ok(Expanded::Auto);
    }
    let is_on = on_off(value, current != Expanded::Off)?;
    Ok(if is_on { Expanded::On } else { Expanded::Off })
}

fn format(value: &str) -> Result<Format, Failure> {
    match Format::from_str(value, true) {
        Ok(format) if format.is_binary() => Err(Failure::usage(
            format!("{format} cannot be shown on a terminal"),
            format!("write it to a file: \\o FILE.{format}"),
        )),
        Ok(format) => Ok(format),
        Err(_) => Err(unknown("format", value, &FORMATS)),
    }
}

/// Parses a number, where 0 is no limit.
fn limit(name: &str, value: &str) -> Result<Option<usize>, Failure> {
    let number: usize = value.parse().map_err(|_| {
        Failure::usage(
            format!("{name} must be a number, not \"{value}\""),
            format!("write a number, such as \\pset {name} 100; 0 is no limit"),
        )
    })?;
    Ok(Some(number).filter(|number| *number > 0))
}
