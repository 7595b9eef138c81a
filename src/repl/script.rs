//! Files of statements and backslash commands: `\i` and the init file.

use std::fs;
use std::path::Path;

use super::commands;
use super::session::Session;
use crate::failure::Failure;
use crate::statement::split;

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
    let text = fs::read_to_string(path).map_err(|error| Failure::write(&place, error))?;
    for item in items(text.strip_prefix('\u{feff}').unwrap_or(&text)) {
        let result = match commands::parse(item.text) {
            // In a file, `\q` ends only the file.
            Some(command) if matches!(command.name, "q" | "quit") => return Ok(()),
            Some(command) => Box::pin(session.command(command, depth + 1))
                .await
                .map_err(|failure| failure.at_line(&place, item.line)),
            None => session.run_text(item.text, &place, item.line).await,
        };
        match result {
            Err(failure) if continue_on_error => failure.report(),
            result => result?,
        }
    }
    Ok(())
}

/// Splits the text of a file, or pasted text, into items.
pub(super) fn items(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let (mut start, mut start_line) = (0, 1);
    let mut position = 0;
    for (line, raw) in (1..).zip(text.split_inclusive('\n')) {
        let end = position + raw.len();
        let is_command =
            raw.trim_start().starts_with('\\') && split::is_complete(&text[start..position]);
        if is_command {
            (start, start_line) = (position, line);
        }
        // Lines without a semicolon are skipped so that a long statement is not tokenized for each.
        if is_command || (raw.contains(';') && split::is_complete(&text[start..end])) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
