//! Text into statements that can be planned.

use datafusion::common::Location;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use super::excerpt::{Excerpt, StatementError};
use super::explain::nearest;
use super::split::{self, StatementText};
use crate::error::Error;
use crate::failure::Failure;

/// Words that begin a statement, or a part of one, for misspelt ones.
const FIRST_WORDS: [&str; 30] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "WITH",
    "JOIN",
    "LEFT",
    "INNER",
    "UNION",
    "VALUES",
    "CREATE",
    "DROP",
    "EXPLAIN",
    "DESCRIBE",
    "SHOW",
    "SET",
    "COPY",
    "INSERT",
    "UPDATE",
    "DELETE",
    "DISTINCT",
    "BETWEEN",
    "CASE",
    "PARTITION",
    "OVER",
];

/// A statement that has been parsed.
pub(crate) struct Parsed<'a> {
    pub(crate) text: StatementText<'a>,
    pub(crate) statement: Statement,
}

/// Parses a text that came from `place`, where it begins on `line`; both are said in errors.
pub(crate) fn parse<'a>(place: &str, text: &'a str, line: u64) -> Result<Vec<Parsed<'a>>, Failure> {
    let texts = split::split(text).map_err(|error| {
        let whole = StatementText {
            text,
            line,
            placeholders: Vec::new(),
        };
        let excerpt = Excerpt::of_word(&whole, error.location.into());
        let hint = Some("close what is open".to_owned());
        Failure::from(StatementError::new(error.message, excerpt, hint))
            .at_line(place, line + error.location.line.max(1) - 1)
    })?;
    texts
        .into_iter()
        .map(|mut text| {
            text.line += line - 1;
            let statement = parse_statement(&text)
                .map_err(|error| Failure::InStatement(error).at_line(place, text.line))?;
            Ok(Parsed { text, statement })
        })
        .collect()
}

/// Parses one statement.
pub(crate) fn parse_statement(text: &StatementText<'_>) -> Result<Statement, Box<StatementError>> {
    let mut parsed = DFParser::parse_sql(text.text)
        .map_err(|error| Box::new(in_statement(&Error::from(error).to_string(), text)))?;
    parsed.pop_front().ok_or_else(|| {
        let hint = Some("write one".to_owned());
        Box::new(StatementError::new(
            "there is no statement here",
            None,
            hint,
        ))
    })
}

/// What the parser says, at its place.
fn in_statement(message: &str, text: &StatementText<'_>) -> StatementError {
    let (message, location) = split_location(message);
    let excerpt = match location {
        Some(location) => Excerpt::of_word(text, location),
        None => Excerpt::of_end(text),
    };
    let found = message
        .rsplit_once("found: ")
        .map_or("", |(_, found)| found);
    // A misspelt keyword is a name, so that what follows it is what the parser does not expect.
    let before = excerpt.as_ref().map_or("", Excerpt::word_before);
    let words = FIRST_WORDS.map(str::to_owned);
    let misspelt = [found, before].into_iter().find_map(|word| {
        let is_keyword = ALL_KEYWORDS.contains(&word.to_uppercase().as_str());
        nearest(word, &words).filter(|_| !is_keyword)
    });
    let hint = match misspelt {
        Some(word) => Some(format!("did you mean {word}?")),
        None if found == "EOF" => Some("something is missing at the end".to_owned()),
        None => None,
    };
    let hint = hint.unwrap_or_else(|| "look at that place and what stands before it".to_owned());
    StatementError::new(message, excerpt, Some(hint))
}

/// Takes the place off the end of a message of the parser, which counts from the statement's
/// beginning: `Expected: …, found: x at Line: 2, Column: 7`.
fn split_location(message: &str) -> (&str, Option<Location>) {
    let Some((what, place)) = message.rsplit_once(" at Line: ") else {
        return (message, None);
    };
    let location = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Location {
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    });
    match location {
        Some(location) => (what, Some(location)),
        None => (message, None),
    }
}
