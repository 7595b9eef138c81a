//! Files of SQL.

use std::fs;
use std::path::Path;

use super::explain::nearest;
use crate::failure::Failure;

/// Words that begin a statement.
const FIRST_WORDS: [&str; 35] = [
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "FROM",
    "GRANT",
    "INSERT",
    "INSTALL",
    "LOAD",
    "MERGE",
    "PIVOT",
    "PREPARE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SELECT",
    "SET",
    "SHOW",
    "SUMMARIZE",
    "TABLE",
    "TRUNCATE",
    "UNPIVOT",
    "UPDATE",
    "VALUES",
    "WITH",
];

/// Removes the byte order mark with which editors on Windows begin files.
pub(crate) fn without_mark(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

/// Reads a file of SQL, without a byte order mark.
///
/// # Errors
/// Returns an error if the file cannot be read or is not SQL.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::write(path.display(), error))?;
    let text = without_mark(text);
    if is_sql(&text) {
        return Ok(text);
    }
    // An error of the parser would show what is in the file, which may be a key.
    Err(Failure::usage(
        format!(
            "{} is not SQL: it does not begin with a statement",
            path.display()
        ),
        "give a file that begins with a statement such as SELECT, or a comment and a statement",
    ))
}

/// True if a text begins as a statement or a backslash command does, perhaps misspelt, or is empty.
fn is_sql(text: &str) -> bool {
    let text = without_comments(text);
    if text.is_empty() || text.starts_with(['\\', '.', '(']) {
        return true;
    }
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next();
    word.is_some_and(|word| !word.is_empty() && nearest(word, &FIRST_WORDS).is_some())
}

/// The text from the first character that is no space, semicolon or comment.
fn without_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        let rest = if let Some(comment) = text.strip_prefix("--") {
            comment.split_once('\n')
        } else if let Some(comment) = text.strip_prefix("/*") {
            comment.split_once("*/")
        } else {
            return text;
        };
        text = rest.map_or("", |(_, rest)| rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_sql_begins_with_a_statement() {
        for text in [
            "",
            " \n-- nothing",
            "SELECT 1",
            "select 'it''s'",
            "selct 1",
            "-- a comment\nFROM responses",
            "/* one */ (SELECT 1)",
            "\\timing on\nSELECT 1",
            ".tables",
            "SELECT 'open",
            "-- check: rows > 0\nWITH a AS (SELECT 1) SELECT * FROM a",
        ] {
            assert!(is_sql(text), "{text}");
        }
        for text in [
            "3f8a0c2e9d417b6655aa0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789ab",
            "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899",
            "-----BEGIN PRIVATE KEY-----\nMIIE'",
            "root:x:0:0:root:/root:/bin/bash",
            "PASSWORD=hunter2",
            "{\"token\": \"abc\"}",
            "id,email\n1,jane@example.com",
            "'quoted'",
        ] {
            assert!(!is_sql(text), "{text}");
        }
    }
}
