//! Text patterns in errors of DataFusion and its parser, for facts that no error variant carries.
//!
//! Each pattern has a test that provokes the real error, so that a change of its wording is noticed.

use datafusion::common::Location;

/// The name in `table 'voxql.public.respones' not found`.
pub(super) fn unknown_table(message: &str) -> Option<&str> {
    between(message.strip_prefix("table")?, " '", "' not found")
}

/// The name in `Invalid function 'npss'. Did you mean 'nps'?`.
pub(super) fn unknown_function(message: &str) -> Option<&str> {
    between(message.strip_prefix("Invalid function")?, " '", "'")
}

/// The name in `table function 'generate_serie' not found`.
pub(super) fn unknown_table_function(message: &str) -> Option<&str> {
    between(message.strip_prefix("table function")?, " '", "' not found")
}

/// The column in `…, column "responses.score" must appear in the GROUP BY clause …`.
pub(super) fn not_grouped(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("column \"")?;
    let (column, _) = rest.split_once("\" must appear in the GROUP BY")?;
    Some(column)
}

/// Splits `Expected: …, found: x at Line: 2, Column: 7` before ` at Line`. The location counts from
/// the beginning of the statement; there is none at its end.
pub(super) fn split_location(message: &str) -> (&str, Option<Location>) {
    let split = message.rsplit_once(" at Line: ").and_then(|(what, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        let line = line.parse().ok()?;
        let column = column.parse().ok()?;
        Some((what, Location { line, column }))
    });
    match split {
        Some((what, location)) => (what, Some(location)),
        None => (message, None),
    }
}

/// The unexpected word in `Expected: …, found: x`, after [`split_location`].
pub(super) fn found_word(message: &str) -> Option<&str> {
    message.rsplit_once("found: ").map(|(_, found)| found)
}

/// True if the [`found_word`] is the end of the statement.
pub(super) fn is_end(found: &str) -> bool {
    found == "EOF"
}

/// The text between `before`, with which `text` begins, and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (name, _) = text.strip_prefix(before)?.split_once(after)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use datafusion::error::DataFusionError;
    use datafusion::prelude::SessionContext;
    use datafusion::sql::parser::DFParser;

    use super::*;
    use crate::error::Error;

    async fn planning_error(sql: &str) -> String {
        let planned = SessionContext::new().sql(sql).await;
        let error = planned.expect_err("a wrong statement");
        match error.find_root() {
            DataFusionError::Plan(message) => message.clone(),
            other => panic!("{sql}: {other:?}"),
        }
    }

    fn parser_error(sql: &str) -> String {
        let error = DFParser::parse_sql(sql).expect_err("a wrong statement");
        Error::from(error).to_string()
    }

    #[tokio::test]
    async fn unknown_tables_are_recognized() {
        let message = planning_error("SELECT * FROM respones").await;
        assert_eq!(
            unknown_table(&message),
            Some("datafusion.public.respones"),
            "{message}"
        );
    }

    #[tokio::test]
    async fn unknown_functions_are_recognized() {
        let message = planning_error("SELECT summ(1)").await;
        assert_eq!(unknown_function(&message), Some("summ"), "{message}");
    }

    #[tokio::test]
    async fn unknown_table_functions_are_recognized() {
        let message = planning_error("SELECT * FROM generate_serie(1, 2)").await;
        assert_eq!(
            unknown_table_function(&message),
            Some("generate_serie"),
            "{message}"
        );
        assert_eq!(unknown_table(&message), None, "{message}");
    }

    #[tokio::test]
    async fn ungrouped_columns_are_recognized() {
        let sql = "SELECT a, b FROM (VALUES (1, 2)) AS t(a, b) GROUP BY a";
        let message = planning_error(sql).await;
        assert_eq!(not_grouped(&message), Some("t.b"), "{message}");
    }

    #[test]
    fn locations_of_the_parser_are_split_off() {
        let message = parser_error("SELECT 1\nFORM t");
        let (what, location) = split_location(&message);
        let location = location.unwrap_or_else(|| panic!("{message}"));
        assert_eq!((location.line, location.column), (2, 6), "{message}");
        assert!(!what.contains("Line"), "{message}");
    }

    #[test]
    fn unexpected_words_are_recognized() {
        let message = parser_error("SELECT 1 FORM t");
        let (what, _) = split_location(&message);
        assert_eq!(found_word(what), Some("t"), "{message}");
    }

    #[test]
    fn the_end_of_a_statement_is_recognized() {
        let message = parser_error("SELECT 1 WHERE");
        let (what, location) = split_location(&message);
        assert!(location.is_none(), "{message}");
        assert!(found_word(what).is_some_and(is_end), "{message}");
    }
}
