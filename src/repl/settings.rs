//! `\pset`, `\x` and `\timing`: how results look in the shell.

use clap::ValueEnum;

use super::commands::SETTINGS;
use crate::failure::Failure;
use crate::output::{Expanded, Format, Style};
use crate::statement::explain::nearest;

/// What is set, for as long as the shell runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) format: Format,
    pub(super) timing: bool,
    pub(super) pager: bool,
    pub(super) expanded: Expanded,
    /// Columns that a line may have, `None` for as many as it wants; else those of the terminal.
    columns: Option<Option<usize>>,
    null: String,
    rows_max: Option<usize>,
}

impl Settings {
    pub(super) fn new(format: Format, timing: bool) -> Self {
        let style = Style::default();
        Self {
            format,
            timing,
            pager: true,
            expanded: Expanded::Off,
            columns: None,
            null: style.null,
            rows_max: style.rows_max,
        }
    }

    /// How a result looks on the terminal as it is now.
    pub(super) fn style(&self) -> Style {
        let terminal = Style::for_terminal();
        Style {
            width: self.columns.unwrap_or(terminal.width),
            null: self.null.clone(),
            rows_max: self.rows_max,
            expanded: self.expanded,
            in_shell: true,
            ..terminal
        }
    }

    /// How a result looks in a file: whole.
    pub(super) fn style_of_file(&self) -> Style {
        Style {
            null: self.null.clone(),
            rows_max: self.rows_max,
            expanded: match self.expanded {
                Expanded::On => Expanded::On,
                _ => Expanded::Off,
            },
            ..Style::default()
        }
    }

    /// `\pset NAME VALUE`. Gives what it is now, in words.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<String, Failure> {
        match name {
            "columns" => {
                self.columns = match value {
                    "auto" => None,
                    _ => Some(match number(name, value)? {
                        0 => None,
                        columns => Some(columns),
                    }),
                }
            }
            "expanded" => self.expanded = expanded(value, self.expanded)?,
            "format" => self.format = format(value)?,
            "maxrows" => {
                self.rows_max = match number(name, value)? {
                    0 => None,
                    rows => Some(rows),
                }
            }
            "null" => self.null = unquoted(value).to_owned(),
            "pager" => self.pager = on_off(value, self.pager)?,
            _ => return Err(no_setting(name)),
        }
        self.get(name)
    }

    /// A setting, in words.
    pub(super) fn get(&self, name: &str) -> Result<String, Failure> {
        let value = match name {
            "columns" => match self.columns {
                None => "auto, those of the terminal".to_owned(),
                Some(None) => "0, as many as the rows take".to_owned(),
                Some(Some(columns)) => columns.to_string(),
            },
            "expanded" => match self.expanded {
                Expanded::Off => "off".to_owned(),
                Expanded::On => "on".to_owned(),
                Expanded::Auto => "auto, where rows are too wide".to_owned(),
            },
            "format" => self.format.to_string(),
            "maxrows" => match self.rows_max {
                None => "0, all".to_owned(),
                Some(rows) => rows.to_string(),
            },
            "null" => format!("'{}'", self.null),
            "pager" => if self.pager { "on" } else { "off" }.to_owned(),
            _ => return Err(no_setting(name)),
        };
        Ok(format!("{name:<9} {value}"))
    }

    /// All settings, a line each.
    pub(super) fn list(&self) -> Result<String, Failure> {
        let lines: Result<Vec<String>, Failure> =
            SETTINGS.iter().map(|name| self.get(name)).collect();
        Ok(lines?.join("\n"))
    }
}

fn no_setting(name: &str) -> Failure {
    Failure::usage(
        format!("there is no setting {name}"),
        match nearest(name, &SETTINGS.map(str::to_owned)) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the settings are {}", SETTINGS.join(", ")),
        },
    )
}

/// The text of a value, which may stand in quotes.
pub(super) fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('\'').or_else(|| within('"')).unwrap_or(value)
}

/// `on`, `off`, or nothing, which changes what is `now`.
pub(super) fn on_off(value: &str, now: bool) -> Result<bool, Failure> {
    match value.to_ascii_lowercase().as_str() {
        "" => Ok(!now),
        // As psql has it.
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err(Failure::usage(
            format!("{value} is neither on nor off"),
            "give one of them",
        )),
    }
}

/// `on`, `off`, `auto`, or nothing, which changes what is `now`.
pub(super) fn expanded(value: &str, now: Expanded) -> Result<Expanded, Failure> {
    if value == "auto" {
        return Ok(Expanded::Auto);
    }
    Ok(match on_off(value, now != Expanded::Off)? {
        true => Expanded::On,
        false => Expanded::Off,
    })
}

fn format(value: &str) -> Result<Format, Failure> {
    let formats: Vec<String> = Format::value_variants()
        .iter()
        .map(Format::to_string)
        .collect();
    match Format::from_str(value, true) {
        Ok(format) if format.is_binary() => Err(Failure::usage(
            format!("{format} is not for a terminal"),
            format!("write a file: \\o FILE.{format}"),
        )),
        Ok(format) => Ok(format),
        Err(_) => Err(Failure::usage(
            format!("there is no format {value}"),
            match nearest(value, &formats) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the formats are {}", formats.join(", ")),
            },
        )),
    }
}

fn number(name: &str, value: &str) -> Result<usize, Failure> {
    value.parse().map_err(|_| {
        Failure::usage(
            format!("{name} is a number, and {value} is none"),
            format!("such as \\pset {name} 100; 0 is without a limit"),
        )
    })
}
