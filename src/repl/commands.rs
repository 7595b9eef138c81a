//! Backslash commands, as in psql where psql has them: their names and what they take.

use crate::failure::Failure;
use crate::output::fill;
use crate::statement::explain::nearest;

/// A backslash command and what was typed behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    pub(super) argument: &'a str,
}

/// What a command is called and does.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) name: &'static str,
    arguments: &'static str,
    /// Empty for another name of a command, which the help leaves out.
    does: &'static str,
    takes: Takes,
}

/// What the argument of a command is, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Table,
    Function,
    Path,
    /// A name that `\set` gave a value.
    Variable,
    Role,
    OneOf(&'static [&'static str]),
}

const ON_OFF: Takes = Takes::OneOf(&["on", "off"]);

/// The settings of `\pset`.
pub(super) const SETTINGS: [&str; 6] =
    ["columns", "expanded", "format", "maxrows", "null", "pager"];

const FORMATS: [&str; 7] = ["table", "csv", "tsv", "json", "ndjson", "markdown", "chart"];

/// The commands, in the order that the help has them.
pub(super) const COMMANDS: [Description; 17] = [
    describe(
        "d",
        "[TABLE]",
        "the tables, or the columns of one",
        Takes::Table,
    ),
    describe(
        "df",
        "[NAME]",
        "the functions, or those with NAME in theirs",
        Takes::Function,
    ),
    describe(
        "h",
        "[FUNCTION]",
        "this help, or what a function does, such as \\h nps",
        Takes::Function,
    ),
    describe(
        "chart",
        "",
        "draw the last result: lines over a time, bars over a category",
        Takes::Nothing,
    ),
    describe(
        "x",
        "[on|off|auto]",
        "a line a column, for wide rows",
        Takes::OneOf(&["on", "off", "auto"]),
    ),
    describe(
        "e",
        "",
        "edit the last statement in $VISUAL or $EDITOR, then run it",
        Takes::Nothing,
    ),
    describe(
        "i",
        "FILE",
        "run a file of statements and commands",
        Takes::Path,
    ),
    describe(
        "o",
        "[FILE]",
        "results into a file of its extension's format; \\o ends that",
        Takes::Path,
    ),
    describe(
        "watch",
        "[SECONDS]",
        "run the last statement again and again, until Ctrl-C",
        Takes::Nothing,
    ),
    describe(
        "set",
        "[NAME VALUE]",
        "the value of the placeholder $NAME, or all of them",
        Takes::Variable,
    ),
    describe(
        "unset",
        "NAME",
        "take the value of $NAME away",
        Takes::Variable,
    ),
    describe(
        "timing",
        "[on|off]",
        "how long each statement takes",
        ON_OFF,
    ),
    describe(
        "pset",
        "[NAME VALUE]",
        "how results look: columns, expanded, format, maxrows, null, pager",
        Takes::OneOf(&SETTINGS),
    ),
    describe(
        "role",
        "[NAME]",
        "ask as a role of lake.toml, or show the roles",
        Takes::Role,
    ),
    describe("q", "", "leave (so does Ctrl-D)", Takes::Nothing),
    describe("dt", "[PATTERN]", "", Takes::Table),
    describe("?", "[FUNCTION]", "", Takes::Function),
];

/// The commands of shells whose commands begin with a dot, and the one that does the same here.
const DOTTED: [(&str, &str); 13] = [
    ("exit", "\\q"),
    ("help", "\\h"),
    ("maxrows", "\\pset maxrows"),
    ("mode", "\\pset format"),
    ("nullvalue", "\\pset null"),
    ("once", "\\o"),
    ("output", "\\o"),
    ("quit", "\\q"),
    ("read", "\\i"),
    ("schema", "\\d"),
    ("tables", "\\d"),
    ("timer", "\\timing"),
    ("width", "\\pset columns"),
];

const fn describe(
    name: &'static str,
    arguments: &'static str,
    does: &'static str,
    takes: Takes,
) -> Description {
    Description {
        name,
        arguments,
        does,
        takes,
    }
}

/// Takes input apart that begins with a backslash, or is one of the words that leave other shells or
/// ask them for help; `None` for SQL.
pub(super) fn parse(input: &str) -> Option<Command<'_>> {
    let input = input.trim().trim_end_matches(';').trim_end();
    let rest = match input {
        "help" => "h",
        "exit" | "quit" => "q",
        // No SQL begins with a dot: this is told to be unknown.
        _ if input.starts_with('.') => input,
        _ => input.strip_prefix('\\')?,
    };
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some(Command {
        // psql's `\d+` says more, and here there is no more.
        name: name.trim_end_matches([';', '+']),
        argument: argument.trim(),
    })
}

/// Checks that a command that takes nothing is given nothing.
///
/// # Errors
/// Where what was typed behind it would not be looked at.
pub(super) fn check(command: Command<'_>) -> Result<(), Failure> {
    let takes_some = COMMANDS
        .iter()
        .find(|known| known.name == command.name)
        .is_none_or(|known| !known.arguments.is_empty());
    if takes_some || command.argument.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        format!(
            "\\{} takes nothing, and there is {} behind it",
            command.name, command.argument
        ),
        "leave it away",
    ))
}

/// What is said of a command that there is not.
pub(super) fn unknown(name: &str) -> Failure {
    let lists = "\\h lists the commands";
    if let Some(dotted) = name.strip_prefix('.') {
        let same = DOTTED.iter().find(|(known, _)| *known == dotted);
        return Failure::usage(
            format!("there is no command {name}; commands begin with a backslash"),
            match same {
                Some((_, same)) => format!("did you mean {same}? {lists}"),
                None => lists.to_owned(),
            },
        );
    }
    let typed = format!("\\{name}");
    Failure::usage(
        format!("there is no command {typed}"),
        match nearest(&typed, &names()) {
            Some(near) => format!("did you mean {near}? {lists}"),
            None => lists.to_owned(),
        },
    )
}

/// What a command takes at the end of what was typed behind it.
pub(super) fn takes(name: &str, argument: &str) -> Takes {
    let setting = argument
        .split_once(char::is_whitespace)
        .map(|(setting, _)| setting);
    match (name, setting) {
        ("pset", Some("format")) => Takes::OneOf(&FORMATS),
        ("pset", Some("expanded")) => Takes::OneOf(&["on", "off", "auto"]),
        ("pset", Some("pager")) => ON_OFF,
        ("pset" | "set", Some(_)) => Takes::Nothing,
        _ => COMMANDS
            .iter()
            .find(|command| command.name == name)
            .map_or(Takes::Nothing, |command| command.takes),
    }
}

/// The columns before what a command does.
const USAGE_WIDTH: usize = 18;

/// The help, in lines of at most `width`.
pub(super) fn help(width: usize) -> String {
    let shown = COMMANDS.iter().filter(|command| !command.does.is_empty());
    let mut lines: Vec<String> = shown.map(line).collect();
    let keys = [
        "SQL ends with ; and may take several lines. Tab completes names, functions and files.",
        "Ctrl-C cancels a query or what was typed, Ctrl-R searches what was typed before.",
    ];
    lines.extend(keys.map(str::to_owned));
    let fitted = lines.iter().flat_map(|line| match line.starts_with('\\') {
        true => fill(line, width, USAGE_WIDTH + 1),
        false => fill(line, width, 0),
    });
    fitted.collect::<Vec<_>>().join("\n")
}

/// The line of the help that a command has.
pub(super) fn help_of(name: &str) -> Option<String> {
    let known = COMMANDS.iter().find(|command| command.name == name)?;
    (!known.does.is_empty()).then(|| line(known))
}

fn line(command: &Description) -> String {
    let usage = format!("\\{} {}", command.name, command.arguments);
    format!("{usage:<USAGE_WIDTH$} {}", command.does)
}

/// The names of all commands, with the backslash.
fn names() -> Vec<String> {
    COMMANDS
        .iter()
        .map(|command| format!("\\{}", command.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sql() {
        assert_eq!(parse("select 1;"), None);
        let command = parse(" \\d responses; ").unwrap();
        assert_eq!((command.name, command.argument), ("d", "responses"));
        let command = parse("\\q").unwrap();
        assert_eq!((command.name, command.argument), ("q", ""));
        let command = parse("\\d+ responses").unwrap();
        assert_eq!((command.name, command.argument), ("d", "responses"));
        assert_eq!(parse("exit;").unwrap().name, "q");
        assert_eq!(parse("help").unwrap().name, "h");
        assert_eq!(parse("help me"), None);
        assert_eq!(parse(".tables").unwrap().name, ".tables");
    }

    #[test]
    fn nothing_that_was_typed_is_overlooked() {
        let checked = |text| check(parse(text).unwrap());
        assert!(checked("\\chart bars").is_err());
        assert!(checked("\\e notes.sql").is_err());
        for text in ["\\chart", "\\d responses", "\\dt resp*", "\\? nps"] {
            assert!(checked(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn another_shells_commands_lead_to_these() {
        let said = |name| unknown(name).to_string();
        assert!(said(".tables").contains("did you mean \\d?"));
        assert!(said(".bail").contains("\\h lists"));
        assert!(said("tming").contains("did you mean \\timing?"));
    }

    #[test]
    fn the_help_fits_a_terminal() {
        for width in [40, 80] {
            for line in help(width).lines() {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }
}
