//! Backslash commands, named as in psql where psql has them.

use ArgumentKind::{Function, OneOf, Other, Path, Role, Table, Variable};

use crate::failure::Failure;
use crate::output::fill;
use crate::statement::explain::nearest;

/// A backslash command as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    pub(super) argument: &'a str,
}

/// The help of a command.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) name: &'static str,
    arguments: &'static str,
    argument_kind: ArgumentKind,
    /// Empty for an alias, which the help omits.
    summary: &'static str,
}

/// Kinds of argument, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArgumentKind {
    Table,
    Function,
    Path,
    /// A name that has a value by `\set`.
    Variable,
    Role,
    OneOf(&'static [&'static str]),
    /// Anything that cannot be completed, or no argument.
    Other,
}

const ON_OFF: ArgumentKind = OneOf(&["on", "off"]);
const ON_OFF_AUTO: ArgumentKind = OneOf(&["on", "off", "auto"]);

/// The settings of `\pset`.
pub(super) const SETTINGS: [&str; 6] =
    ["columns", "expanded", "format", "maxrows", "null", "pager"];

/// The formats that can be shown on a terminal.
pub(super) const FORMATS: [&str; 7] =
    ["table", "csv", "tsv", "json", "ndjson", "markdown", "chart"];

/// The commands, in the order of the help.
#[rustfmt::skip]
const COMMANDS: [Description; 20] = [
    describe("d", "[TABLE]", Table, "list tables, or the columns of one"),
    describe("df", "[NAME]", Function, "list functions, or those whose name contains NAME"),
    describe("h", "[FUNCTION]", Function, "show this help, or that of a function, such as \\h nps"),
    describe("chart", "", Other, "draw the last result: lines over time, bars by category"),
    describe("x", "[on|off|auto]", ON_OFF_AUTO, "show one line per column, for wide rows"),
    describe("g", "", Other, "run the statement before it, or the last one again"),
    describe("gx", "", Other, "run it as \\g does, with one line per column this time"),
    describe("e", "", Other, "edit the last statement in $VISUAL or $EDITOR, then run it"),
    describe("i", "FILE", Path, "run a file of statements and commands"),
    describe("o", "[FILE]", Path, "write results to a file, in its extension's format; \\o stops"),
    describe("copy", "(QUERY) TO FILE", Path, "write a query or table to a file, in its extension's format"),
    describe("watch", "[SECONDS]", Other, "run the last statement repeatedly, until Ctrl-C"),
    describe("set", "[NAME VALUE]", Variable, "set the placeholder $NAME, or list all values"),
    describe("unset", "NAME", Variable, "remove the value of $NAME"),
    describe("timing", "[on|off]", ON_OFF, "show how long each statement takes"),
    describe("pset", "[NAME VALUE]", OneOf(&SETTINGS),
        "format results: columns, expanded, format, maxrows, null, pager"),
    describe("role", "[NAME]", Role, "switch to a role of lake.toml, or list the roles"),
    describe("q", "", Other, "quit (so does Ctrl-D)"),
    describe("dt", "[PATTERN]", Table, ""),
    describe("?", "[FUNCTION]", Function, ""),
];

/// Commands that read or write files, or run programs: the owner's. Beside each, what a restricted role can do
/// instead.
const OUTSIDE: [(&str, &str); 4] = [
    ("copy", TO_FILE),
    ("e", "edit the statement at the prompt"),
    ("i", "run the file by itself: voxql --role NAME run FILE"),
    ("o", TO_FILE),
];
const TO_FILE: &str =
    "results are on standard output: voxql --role NAME -c 'SELECT …' --format csv > FILE";

/// For a command, or a setting of `\pset`, that a restricted role does not have: what to do instead.
pub(super) fn instead_of_owners(command: Command<'_>) -> Option<&'static str> {
    let Command { name, argument } = command;
    if name == "pset" && argument.split_whitespace().next() == Some("pager") {
        return Some("send the output to a pager: voxql --role NAME -c 'SELECT …' | less -S");
    }
    let outside = OUTSIDE.iter().find(|(outside, _)| *outside == name);
    outside.map(|(_, instead)| *instead)
}

/// The commands of the owner, or of a restricted role.
pub(super) fn commands(is_restricted: bool) -> impl Iterator<Item = &'static Description> {
    COMMANDS.iter().filter(move |command| {
        !is_restricted || OUTSIDE.iter().all(|(outside, _)| *outside != command.name)
    })
}

/// Commands of shells whose commands begin with a dot, and the equivalent here.
const DOTTED: [(&str, &str); 19] = [
    ("columns", "\\d"),
    ("describe", "\\d"),
    ("edit", "\\e"),
    ("exit", "\\q"),
    ("help", "\\h"),
    ("headers", "\\pset"),
    ("import", "voxql ingest FILE"),
    ("maxrows", "\\pset maxrows"),
    ("mode", "\\pset format"),
    ("nullvalue", "\\pset null"),
    ("once", "\\o"),
    ("output", "\\o"),
    ("quit", "\\q"),
    ("read", "\\i"),
    ("schema", "\\d"),
    ("separator", "\\pset format"),
    ("tables", "\\d"),
    ("timer", "\\timing"),
    ("width", "\\pset columns"),
];

const fn describe(
    name: &'static str,
    arguments: &'static str,
    argument_kind: ArgumentKind,
    summary: &'static str,
) -> Description {
    Description {
        name,
        arguments,
        argument_kind,
        summary,
    }
}

fn find(name: &str) -> Option<&'static Description> {
    COMMANDS.iter().find(|known| known.name == name)
}

/// Parses a backslash command, or a word that quits other shells or shows their help. `None` for SQL.
pub(super) fn parse(input: &str) -> Option<Command<'_>> {
    let input = input.trim().trim_end_matches(';').trim_end();
    let rest = match input {
        "help" => "h",
        "exit" | "quit" => "q",
        // No SQL begins with a dot: this becomes an unknown command.
        _ if input.starts_with('.') => input,
        _ => input.strip_prefix('\\')?,
    };
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some(Command {
        // psql's `\d+` shows more details; here it shows the same as `\d`.
        name: name.trim_end_matches([';', '+']),
        argument: argument.trim(),
    })
}

/// Rejects an argument to a command without arguments.
pub(super) fn check_argument(command: Command<'_>) -> Result<(), Failure> {
    let Command { name, argument } = command;
    let takes_argument = find(name).is_none_or(|known| !known.arguments.is_empty());
    if takes_argument || argument.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("\\{name} takes no argument, but \"{argument}\" was given"),
        "remove it",
    ))
}

/// The error for a command that does not exist.
pub(super) fn unknown(name: &str) -> Failure {
    let names = COMMANDS.map(|command| format!("\\{}", command.name));
    let (message, meant) = match name.strip_prefix('.') {
        Some(dotted) => (
            format!("unknown command {name}; commands begin with a backslash"),
            DOTTED.iter().find(|known| known.0 == dotted).map(|it| it.1),
        ),
        None => {
            let typed = format!("\\{name}");
            (format!("unknown command {typed}"), nearest(&typed, &names))
        }
    };
    let suggestion = meant.map_or_else(String::new, |meant| format!("did you mean {meant}? "));
    Failure::usage(message, format!("{suggestion}\\h lists the commands"))
}

/// The kind of argument expected at the end of what was typed after a command.
pub(super) fn argument_kind(name: &str, argument: &str) -> ArgumentKind {
    let setting = argument.split_once(char::is_whitespace);
    match (name, setting.map(|(setting, _)| setting)) {
        ("pset", Some("format")) => OneOf(&FORMATS),
        ("pset", Some("expanded")) => ON_OFF_AUTO,
        ("pset", Some("pager")) => ON_OFF,
        ("pset" | "set", Some(_)) => Other,
        _ => find(name).map_or(Other, |command| command.argument_kind),
    }
}

/// Width of the column of commands in the help.
const USAGE_WIDTH: usize = 18;

/// The help of the owner, or of a restricted role, in lines of at most `width`.
pub(super) fn help(width: usize, is_restricted: bool) -> String {
    let commands = commands(is_restricted).filter_map(|command| help_for(command.name));
    let commands = commands.flat_map(|line| fill(&line, width, USAGE_WIDTH + 1));
    let keys = [
        "SQL ends with ; and may span several lines. Tab completes names, functions and files.",
        "Ctrl-C cancels a query or clears the input, Ctrl-R searches the history.",
    ];
    let keys = keys.iter().flat_map(|line| fill(line, width, 0));
    commands.chain(keys).collect::<Vec<_>>().join("\n")
}

/// The line of the help for a command.
pub(super) fn help_for(name: &str) -> Option<String> {
    let known = find(name).filter(|known| !known.summary.is_empty())?;
    let usage = format!("\\{name} {}", known.arguments);
    Some(format!("{usage:<USAGE_WIDTH$} {}", known.summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_distinguished_from_sql() {
        for (text, command) in [
            ("select 1;", None),
            (" \\d responses; ", Some(("d", "responses"))),
            ("\\q", Some(("q", ""))),
            ("\\d+ responses", Some(("d", "responses"))),
            ("exit;", Some(("q", ""))),
            ("help", Some(("h", ""))),
            ("help me", None),
            (".tables", Some((".tables", ""))),
        ] {
            let parsed = parse(text).map(|command| (command.name, command.argument));
            assert_eq!(parsed, command, "{text}");
        }
    }

    #[test]
    fn unexpected_arguments_are_rejected() {
        let checked = |text| check_argument(parse(text).unwrap());
        assert!(checked("\\chart bars").is_err());
        assert!(checked("\\e notes.sql").is_err());
        for text in ["\\chart", "\\d responses", "\\dt resp*", "\\? nps"] {
            assert!(checked(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn commands_of_other_shells_lead_to_these() {
        let message = |name| unknown(name).to_string();
        assert!(message(".tables").contains("did you mean \\d?"));
        assert!(message(".bail").contains("\\h lists"));
        assert!(message("tming").contains("did you mean \\timing?"));
    }

    #[test]
    fn a_restricted_role_has_no_commands_of_the_owner() {
        assert!(help(80, false).contains("\\i FILE"));
        assert!(!help(80, true).contains("\\i FILE"));
        for (text, is_of_owner) in [
            ("\\o x.csv", true),
            ("\\pset pager on", true),
            ("\\pset format csv", false),
            ("\\pset", false),
        ] {
            assert_eq!(
                instead_of_owners(parse(text).unwrap()).is_some(),
                is_of_owner,
                "{text}"
            );
        }
    }

    #[test]
    fn the_help_fits_a_terminal() {
        for width in [40, 80] {
            for line in help(width, false).lines() {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }
}
