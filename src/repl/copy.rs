//! `\copy (QUERY) TO FILE`: writes a result to a file.

use std::path::PathBuf;

use super::session::Session;
use super::target::{Target, expand_path};
use super::tokenize::{Kind, tokenize};
use crate::failure::Failure;
use crate::output::Format;

const HINT: &str = "write \\copy (SELECT …) TO FILE or \\copy TABLE TO FILE";

impl Session {
    /// Writes the rows of a query or table to a file, whole or not at all.
    pub(super) async fn copy(&mut self, argument: &str) -> Result<(), Failure> {
        let Copy { sql, path } = parse(argument)?;
        let Some(format) = Format::from_extension(&path) else {
            return Err(Failure::usage(
                format!(
                    "{}: cannot tell the format from the extension",
                    path.display()
                ),
                format!("name a file with the extension {}", Format::EXTENSIONS),
            ));
        };
        let place = path.display().to_string();
        let outer = self.target.replace(Target::new(path, format)?);
        let done = self.run_statements(&sql, "", 1).await;
        let is_written = self
            .target
            .as_ref()
            .is_some_and(|target| !target.is_empty());
        self.target = outer;
        // The statement that an excerpt shows is not as it was typed.
        done.map_err(Failure::without_excerpt)?;
        if is_written {
            return Ok(());
        }
        Err(Failure::usage(
            format!("{place}: the statement returns no rows to write"),
            HINT,
        ))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Copy {
    sql: String,
    path: PathBuf,
}

/// Splits the argument at its last `TO` outside brackets.
fn parse(argument: &str) -> Result<Copy, Failure> {
    let malformed = |message: &str, hint: &str| Failure::usage(message.to_owned(), hint);
    let tokens = tokenize(argument);
    let mut depth = 0_i32;
    let mut to = None;
    let mut has_from = false;
    for token in &tokens {
        match token.kind {
            Kind::OpenBracket => depth += 1,
            Kind::CloseBracket => depth -= 1,
            Kind::Word if depth == 0 => {
                has_from |= token.is_any(&["FROM"]);
                if to.is_none() && token.is_any(&["TO"]) {
                    to = Some(token);
                }
            }
            _ => {}
        }
    }
    let Some(to) = to else {
        return Err(if has_from {
            malformed(
                "\\copy FROM does not import: SQL only reads the lake",
                "import with: voxql ingest FILE",
            )
        } else {
            malformed("\\copy needs a file after TO", HINT)
        });
    };
    let source = argument[..to.start].trim();
    let file = argument[to.start + to.text.len()..].trim();
    let is_quoted = file.len() > 1
        && file.starts_with(['\'', '"'])
        && file.ends_with(&file[..1])
        && !file[1..file.len() - 1].contains(&file[..1]);
    if source.is_empty() || file.is_empty() {
        return Err(malformed(
            "\\copy needs a query or table, and a file after TO",
            HINT,
        ));
    }
    if file.contains(char::is_whitespace) && !is_quoted {
        return Err(malformed(
            "\\copy takes one file after TO, and no options",
            "put a name with spaces in single quotes; the extension is the format",
        ));
    }
    let query = source
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let sql = match query {
        Some(query) => query.trim().to_owned(),
        None => format!("SELECT * FROM {source}"),
    };
    Ok(Copy {
        sql,
        path: expand_path(file),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_or_table_goes_to_a_file() {
        for (argument, sql, path) in [
            ("responses TO r.csv", "SELECT * FROM responses", "r.csv"),
            (
                "(SELECT 'to' FROM (SELECT 1)) to 'a b.csv'",
                "SELECT 'to' FROM (SELECT 1)",
                "a b.csv",
            ),
        ] {
            let copy = parse(argument).unwrap();
            assert_eq!((copy.sql.as_str(), copy.path), (sql, PathBuf::from(path)));
        }
        for wrong in [
            "",
            "responses",
            "TO r.csv",
            "responses TO",
            "responses FROM r.csv",
            "r TO r.csv WITH CSV",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
