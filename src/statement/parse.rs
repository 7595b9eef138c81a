//! Parses SQL text into statements that can be planned.

use datafusion::common::Span;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Statement as SqlStatement, Value, ValueWithSpan};
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use super::excerpt::{Excerpt, StatementError};
use super::explain::{nearest, place_of_words};
use super::split::{self, StatementText};
use crate::error::{Error, wording};
use crate::failure::Failure;
use crate::query::syntax::{self, Unsupported};

/// Keywords that begin a statement or clause, to suggest for misspelt ones.
const FIRST_WORDS: &str = "SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT OFFSET WITH JOIN LEFT INNER \
    UNION VALUES CREATE DROP EXPLAIN DESCRIBE SHOW SET COPY INSERT UPDATE DELETE DISTINCT BETWEEN \
    CASE PARTITION OVER";

/// A parsed statement and its text.
pub(crate) struct Parsed<'a> {
    pub(crate) text: StatementText<'a>,
    pub(crate) statement: Statement,
}

/// Parses a text from `place` that begins on `line`; errors contain both.
pub(crate) fn parse<'a>(place: &str, text: &'a str, line: u64) -> Result<Vec<Parsed<'a>>, Failure> {
    let texts = split::split(text).map_err(|error| {
        let whole = StatementText {
            text,
            line,
            placeholders: Vec::new(),
        };
        let excerpt = Excerpt::at_word(&whole, error.location.into());
        let hint = Some("close the string, quoted name or comment".to_owned());
        Failure::from(StatementError::new(error.message, excerpt, hint))
            .at_line(place, line + error.location.line.max(1) - 1)
    })?;
    texts
        .into_iter()
        .map(|mut text| {
            text.line += line - 1;
            let statement = parse_statement(&text)
                .map_err(|error| Failure::InStatement(error).at_line(place, text.line))?;
            if is_prepared(&statement) {
                // EXECUTE gives their values.
                text.placeholders.clear();
            }
            Ok(Parsed { text, statement })
        })
        .collect()
}

/// Parses one statement. What is in it is planned: a clause that the planner would ignore is an
/// error.
pub(crate) fn parse_statement(text: &StatementText<'_>) -> Result<Statement, Box<StatementError>> {
    let mut parsed = syntax::parse(text.text)
        .map_err(|error| Box::new(in_statement(&Error::from(error).to_string(), text)))?;
    let statement = parsed.pop_front().ok_or_else(|| {
        let hint = Some("write a statement, such as SELECT 1".to_owned());
        Box::new(StatementError::new("the statement is empty", None, hint))
    })?;
    if let Some(found) = foreign_placeholder(&statement) {
        return Err(Box::new(not_a_placeholder(&found, text)));
    }
    syntax::checked(statement).map_err(|unsupported| Box::new(at_clause(&unsupported, text)))
}

fn is_prepared(statement: &Statement) -> bool {
    matches!(statement, Statement::Statement(statement)
        if matches!(statement.as_ref(), SqlStatement::Prepare { .. }))
}

/// Converts a refused clause to an error at its place.
fn at_clause(unsupported: &Unsupported, text: &StatementText<'_>) -> StatementError {
    let Unsupported { clause, hint } = unsupported;
    let excerpt = place_of_words(text, clause);
    let message = format!("{clause} is not supported");
    StatementError::new(message, excerpt, Some((*hint).to_owned()))
}

/// A placeholder as other programs write them: `:name`, `@name` or `?`.
fn foreign_placeholder(statement: &Statement) -> Option<ValueWithSpan> {
    syntax::find_expr(statement, |expr| match expr {
        Expr::Value(found) => match &found.value {
            Value::Placeholder(name) if !name.starts_with('$') => Some(found.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn not_a_placeholder(found: &ValueWithSpan, text: &StatementText<'_>) -> StatementError {
    let shown = found.value.to_string();
    let name = shown.trim_start_matches([':', '@', '?', '#']);
    let excerpt =
        Span::try_from_sqlparser_span(found.span).and_then(|span| Excerpt::from_span(text, span));
    StatementError::new(
        format!("\"{shown}\" is not a placeholder"),
        excerpt,
        Some(match name {
            "" => "write $name, and its value with --param name=value, or PREPARE the statement"
                .to_owned(),
            name => format!("write ${name}"),
        }),
    )
}

/// Converts a message of the parser to an error at its place.
fn in_statement(message: &str, text: &StatementText<'_>) -> StatementError {
    let (message, location) = wording::split_location(message);
    let excerpt = match location {
        Some(location) => Excerpt::at_word(text, location),
        None => Excerpt::at_end(text),
    };
    let found = wording::found_word(message).unwrap_or_default();
    if let Some(unsupported) = excerpt.as_ref().and_then(clause_before) {
        return at_clause(&unsupported, text);
    }
    // The parser takes a misspelt keyword for a name, and reports the word after it.
    let before = excerpt.as_ref().map_or("", Excerpt::word_before);
    let words: Vec<&str> = FIRST_WORDS.split_whitespace().collect();
    let misspelt = [found, before].into_iter().find_map(|word| {
        let is_keyword = ALL_KEYWORDS.contains(&word.to_uppercase().as_str());
        nearest(word, &words).filter(|_| !is_keyword)
    });
    let hint = match misspelt {
        Some(word) => format!("did you mean {word}?"),
        None => match other_notation(text.text, found) {
            Some(hint) => hint.to_owned(),
            None if wording::is_end(found) => "complete the statement".to_owned(),
            None => "check this place and the text before it".to_owned(),
        },
    };
    StatementError::new(message, excerpt, Some(hint))
}

/// The clause whose first word the parser has taken for an alias, before the word that it did not expect.
fn clause_before(excerpt: &Excerpt) -> Option<Unsupported> {
    let clause = excerpt.word_before().to_uppercase();
    let hint = match clause.as_str() {
        "FORMAT" => "choose a format with --format",
        "SETTINGS" => "use SET before the statement",
        _ => return None,
    };
    Some(Unsupported { clause, hint })
}

/// The hint for what other databases write and the parser does not know, by the statement and the
/// unexpected word in it.
fn other_notation(statement: &str, found: &str) -> Option<&'static str> {
    let statement = statement.trim_start().to_uppercase();
    let begins = |words: &str| statement.starts_with(words);
    if begins("CREATE FUNCTION") {
        return Some("use CREATE MACRO name(parameter) AS expression");
    }
    if begins("COPY") && found.eq_ignore_ascii_case("from") {
        return Some(
            "import a file with voxql ingest FILE, or read it as a table: FROM 'file.csv'",
        );
    }
    if begins("EXPORT") {
        return Some("write a table into a file: COPY table TO 'table.parquet'");
    }
    if begins("SET VARIABLE") {
        return Some("write $name, and its value with --param name=value");
    }
    if statement.contains("ASOF JOIN") {
        return Some(
            "join on the conditions, and keep the last match with QUALIFY row_number() OVER (…) = 1",
        );
    }
    if statement.contains("BETWEEN SYMMETRIC") {
        return Some("remove SYMMETRIC, and write the lower bound first");
    }
    if found == "[" && statement.contains(" IN [") {
        return Some("write the values in parentheses: IN (9, 10)");
    }
    if found.eq_ignore_ascii_case("isnull") {
        return Some("write IS NULL");
    }
    if begins("COPY") && found == "(" {
        return Some(
            "the extension of the file says the format; other options are behind it: STORED AS CSV \
             OPTIONS ('format.delimiter' ';')",
        );
    }
    let mut filters = statement.match_indices("FILTER (");
    if filters.any(|(at, filter)| {
        !statement[at + filter.len()..]
            .trim_start()
            .starts_with("WHERE")
    }) {
        return Some("write FILTER (WHERE condition)");
    }
    if found.eq_ignore_ascii_case("for") {
        return Some(
            "use list_transform(list, x -> expression) and list_filter(list, x -> condition)",
        );
    }
    if found.eq_ignore_ascii_case("using") && statement.contains("SAMPLE") {
        return Some("use WHERE random() < 0.1, or ORDER BY random() LIMIT 10");
    }
    if found == "*" && statement.contains("**") {
        return Some("use power(a, b)");
    }
    let is_share = statement.ends_with('%') || found.eq_ignore_ascii_case("percent");
    if is_share && statement.contains("LIMIT") {
        return Some(
            "give LIMIT a number of rows; for a share of them use WHERE random() < 0.1, or QUALIFY \
             percent_rank() OVER (ORDER BY column) <= 0.1",
        );
    }
    None
}
