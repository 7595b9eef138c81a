//! Arguments that are no command: SQL, files of SQL, exports and words of other programs.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;
use crate::output::cut;

/// Characters of the argument in the message; the hint has all of it.
const SHOWN_MAX: usize = 40;

/// Extensions of exports, whose file or folder is imported.
const EXPORTS: [&str; 10] = [
    "csv", "tsv", "json", "jsonl", "ndjson", "xlsx", "xls", "ods", "parquet", "zip",
];

/// The failure for SQL or a file in the place of a command; `None` for every other mistake, which clap
/// explains.
pub(super) fn explain(error: &clap::Error) -> Option<Failure> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let (what, command) = command_for(typed)?;
    let quoted = shlex::try_quote(typed).ok()?;
    let verb = if command == "ingest" { "import" } else { "run" };
    Some(Failure::usage(
        format!("\"{}\" is not a command, but {what}", cut(typed, SHOWN_MAX)),
        format!("{verb} it with: voxql {command} {quoted}"),
    ))
}

/// Removes the advice to pass a mistyped flag as a value, `-- --flag`: it would name a file, or a person
/// to erase.
pub(super) fn remove_advice(error: &mut clap::Error) {
    let Some(ContextValue::StyledStrs(advice)) = error.remove(ContextKind::Suggested) else {
        return;
    };
    let other = advice.into_iter();
    let other: Vec<_> = other
        .filter(|text| !text.to_string().contains("'-- -"))
        .collect();
    if !other.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(other));
    }
}

/// A description of a text and the command that takes it.
fn command_for(typed: &str) -> Option<(&'static str, &'static str)> {
    let path = Path::new(typed);
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.map(str::to_lowercase);
    let is_export = extension
        .as_deref()
        .is_some_and(|extension| EXPORTS.contains(&extension));
    if extension.as_deref() == Some("sql") && !typed.contains(';') {
        Some(("a file of SQL", "run"))
    } else if is_export && (path.exists() || !typed.contains(char::is_whitespace)) {
        Some(("a file of responses", "ingest"))
    } else if path.is_dir() {
        Some(("a folder", "ingest"))
    } else if path.is_file() {
        Some(("a file", "run"))
    } else if typed.contains(char::is_whitespace)
        || typed.contains(['(', ';'])
        || typed.starts_with('\\')
    {
        Some(("SQL", "-c"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_and_files_lead_to_their_command() {
        for (typed, command) in [
            ("select 1", Some("-c")),
            ("from(responses);", Some("-c")),
            ("\\d", Some("-c")),
            ("SELECT * FROM 'a.csv'", Some("-c")),
            ("report.sql", Some("run")),
            ("my report.SQL", Some("run")),
            ("May.xlsx", Some("ingest")),
            ("reprot", None),
        ] {
            let found = command_for(typed).map(|(_, command)| command);
            assert_eq!(found, command, "{typed}");
        }
    }
}
