//! Files of statements and backslash commands: `\i` and the init file.

use std::path::Path;

use super::commands::{self, Command};
use super::session::Session;
use super::tokenize::is_unterminated;
use crate::failure::Failure;
use crate::statement::{split, sql_file};

/// Nesting of files that run others. A file that runs itself would never end.
const DEPTH_MAX: usize = 16;

/// A command, or statements up to one that ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    /// Number of its first line, from 1.
    pub(super) line: u64,
}

/// Runs a file that is nested `depth` files deep. The first error ends it, unless `continue_on_error`
/// is set; then each error is printed.
pub(super) async fn run(
    session: &mut Session,
    path: &Path,
    continue_on_error: bool,
    depth: usize,
) -> Result<(), Failure> {
    let place = path.display().to_string();
    if depth >= DEPTH_MAX {
        return Err(Failure::usage(
            format!("{place}: \\i is nested more than {DEPTH_MAX} files deep"),
            "remove the \\i with which a file runs itself",
        ));
    }
    let text = sql_file::read(path)?;
    run_text(session, &text, &place, continue_on_error, depth).await
}

/// Runs the statements and commands of a text from `place`, as [`run`] does those of a file.
pub(super) async fn run_text(
    session: &mut Session,
    text: &str,
    place: &str,
    continue_on_error: bool,
    depth: usize,
) -> Result<(), Failure> {
    for item in items(text) {
        let Item { text, line } = item;
        let result = match item.command() {
            // In a file, `\q` ends only the file.
            Some((_, command)) if matches!(command.name, "q" | "quit") => return Ok(()),
            Some((statement, command)) if matches!(command.name, "g" | "gx") => {
                session.go(statement, command, place, line).await
            }
            Some((_, command)) => Box::pin(session.command(command, depth + 1))
                .await
                .map_err(|failure| failure.at_line(place, line)),
            None => {
                text.trim().clone_into(&mut session.last_statement);
                session.run_statements(text, place, line).await
            }
        };
        match result {
            Err(failure) if continue_on_error => failure.report(),
            result => result?,
        }
    }
    Ok(())
}

impl<'a> Item<'a> {
    /// The command, and the statement that `\g` or `\gx` runs. `None` for SQL alone.
    pub(super) fn command(&self) -> Option<(&'a str, Command<'a>)> {
        let (statement, command) = split_go(self.text).unwrap_or(("", self.text));
        Some((statement, commands::parse(command)?))
    }
}

/// Splits `SELECT … \g` or `\gx` into the statement and the command.
pub(super) fn split_go(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    let (statement, command) = text.split_at(text.rfind('\\')?);
    let name = command.split_whitespace().next()?;
    let is_go = matches!(name, "\\g" | "\\gx") && !statement.trim().is_empty();
    (is_go && !is_unterminated(statement)).then_some((statement, command))
}

/// Splits the text of a file, or pasted text, into items.
pub(super) fn items(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let (mut start, mut start_line) = (0, 1);
    let mut position = 0;
    for (line, raw) in (1..).zip(text.split_inclusive('\n')) {
        let end = position + raw.len();
        let is_command = is_command_line(raw) && split::is_complete(&text[start..position]);
        if is_command {
            (start, start_line) = (position, line);
        }
        // Lines without a semicolon are skipped so that a long statement is not tokenized for each.
        if is_command
            || (raw.contains(';') && split::is_complete(&text[start..end]))
            || (raw.contains("\\g") && split_go(&text[start..end]).is_some())
        {
            items.push(Item {
                text: &text[start..end],
                line: start_line,
            });
            (start, start_line) = (end, line + 1);
        }
        position = end;
    }
    items.push(Item {
        text: &text[start..],
        line: start_line,
    });
    items.retain(|item| !item.text.trim().is_empty());
    items
}

/// True for a line with a command, or with one of a shell whose commands begin with a dot.
fn is_command_line(line: &str) -> bool {
    let line = line.trim_start();
    let is_dotted = line
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    line.starts_with('\\') || is_dotted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g_ends_a_statement() {
        let text = "SELECT 1 \\g\nSELECT '\\g',\n 2\n\\gx\nSELECT '\n\\g';\n.tables\n\\g\n";
        let found = items(text);
        let found: Vec<_> = found
            .iter()
            .map(|item| {
                item.command()
                    .map(|(text, command)| (text.trim(), command.name))
            })
            .collect();
        let expected = [
            Some(("SELECT 1", "g")),
            Some(("SELECT '\\g',\n 2", "gx")),
            None,
            Some(("", ".tables")),
            Some(("", "g")),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn files_are_split_into_items() {
        let text =
            "-- settings\n\\pset null -\n\nSELECT 'a\n\\d';\n  \\timing on\nSELECT 1; SELECT\n2";
        let items = items(text);
        let items: Vec<_> = items.iter().map(|it| (it.text.trim(), it.line)).collect();
        assert_eq!(
            items,
            [
                ("\\pset null -", 2),
                ("SELECT 'a\n\\d';", 3),
                ("\\timing on", 6),
                ("SELECT 1; SELECT\n2", 7),
            ]
        );
    }
}
