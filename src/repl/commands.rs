//! Backslash commands, as in psql where psql has them: their names and what they take.

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
    describe("dt", "", "the tables", Takes::Nothing),
    describe("?", "", "this help", Takes::Nothing),
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

/// Takes input apart that begins with a backslash; `None` for SQL.
pub(super) fn parse(input: &str) -> Option<Command<'_>> {
    let rest = input.trim().strip_prefix('\\')?;
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some(Command {
        name: name.trim_end_matches(';'),
        argument: argument.trim().trim_end_matches(';').trim_end(),
    })
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

/// The help.
pub(super) fn help() -> String {
    let mut lines: Vec<String> = COMMANDS[..14]
        .iter()
        .map(|command| {
            let usage = format!("\\{} {}", command.name, command.arguments);
            format!("{usage:<18} {}", command.does)
        })
        .collect();
    lines.push(
        "SQL ends with ; and may take several lines. Tab completes names, functions and files.\n\
         Ctrl-C cancels a query or what was typed, Ctrl-R searches what was typed before."
            .to_owned(),
    );
    lines.join("\n")
}

/// The names of all commands, with the backslash.
pub(super) fn names() -> Vec<String> {
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
    }

    #[test]
    fn the_help_fits_a_terminal() {
        for line in help().lines() {
            assert!(line.chars().count() <= 90, "{line}");
        }
    }
}
