//! Files of statements and backslash commands: `\i` and the init file.

use std::fs;
use std::path::Path;

use super::commands;
use super::session::Session;
use crate::failure::Failure;
use crate::statement::split;

/// Files that may run one another. One that runs itself would never end.
const DEPTH_MAX: usize = 16;

/// Statements up to one that ends a line, or a command, and the line that it begins on, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    pub(super) line: u64,
}

/// Runs a file, which `depth` others run. Its first error ends it, with its place, unless it
/// `goes_on`; then each is told.
pub(super) async fn run(
    session: &mut Session,
    path: &Path,
    goes_on: bool,
    depth: usize,
) -> Result<(), Failure> {
    let place = path.display().to_string();
    if depth >= DEPTH_MAX {
        return Err(Failure::usage(
            format!("{place}: more than {DEPTH_MAX} files run one another"),
            "a file cannot run itself",
        ));
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::write(&place, error))?;
    for item in items(text.strip_prefix('\u{feff}').unwrap_or(&text)) {
        let result = match commands::parse(item.text) {
            // In a file, that is where it ends.
            Some(command) if matches!(command.name, "q" | "quit") => return Ok(()),
            Some(command) => Box::pin(session.command(command, depth + 1))
                .await
                .map_err(|failure| failure.at_line(&place, item.line)),
            None => session.run_text(item.text, &place, item.line).await,
        };
        match result {
            Err(failure) if goes_on => failure.tell(),
            result => result?,
        }
    }
    Ok(())
}

/// Takes the text of a file, or of what was pasted, apart.
pub(super) fn items(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut line = 1;
    let mut position = 0;
    let mut number = 0;
    for raw in text.split_inclusive('\n') {
        number += 1;
        let end = position + raw.len();
        let pending = &text[start..position];
        let is_command = raw.trim_start().starts_with('\\') && split::is_complete(pending);
        // What goes on over many lines is not looked at from its beginning with each.
        let may_end = raw.contains(';');
        if is_command || (may_end && split::is_complete(&text[start..end])) {
            let from = if is_command { position } else { start };
            let item = &text[from..end];
            if !item.trim().is_empty() {
                items.push(Item {
                    text: item,
                    line: if is_command { number } else { line },
                });
            }
            start = end;
            line = number + 1;
        }
        position = end;
    }
    let rest = &text[start..];
    if !rest.trim().is_empty() {
        items.push(Item { text: rest, line });
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_apart() {
        let text =
            "-- settings\n\\pset null -\n\nSELECT 'a\n\\d';\n  \\timing on\nSELECT 1; SELECT\n2";
        let items: Vec<(&str, u64)> = items(text)
            .iter()
            .map(|item| (item.text.trim(), item.line))
            .collect();
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
