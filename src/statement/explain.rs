//! Error messages for statements: the place, and the nearest name.

use std::collections::BTreeSet;

use datafusion::common::{Column, SchemaError, Span};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::excerpt::{Excerpt, StatementError};
use super::split::StatementText;
use crate::error::{Error, wording};
use crate::failure::Failure;
use crate::query;
use crate::query::syntax::{VoxqlDialect, function_hint};

/// Columns that a hint lists.
const COLUMNS_LISTED_MAX: usize = 20;

/// Converts an error of planning a statement, with its place and the nearest name.
pub(crate) fn explain(
    error: DataFusionError,
    statement: &StatementText<'_>,
    context: &SessionContext,
) -> Failure {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let excerpt = span.and_then(|span| Excerpt::from_span(statement, span));
    let name_error = name_error(&error, statement, context);
    let error = Error::from(error);
    // The statement is not the cause of an error of a lake or a file.
    if !error.is_query() {
        return error.into();
    }
    if let Some((name, message, hint)) = name_error {
        let excerpt = excerpt.or_else(|| only_place_of(statement, &name));
        return StatementError::new(message, excerpt, Some(hint)).into();
    }
    let excerpt = excerpt.or_else(|| only_place_of(statement, error.part()?));
    if excerpt.is_none() {
        return error.into();
    }
    let hint = error.hint().map(str::to_owned);
    StatementError::new(error.to_string(), excerpt, hint).into()
}

/// The place of a name, or of an operator or text, that occurs exactly once in a statement.
fn only_place_of(statement: &StatementText<'_>, name: &str) -> Option<Excerpt> {
    let tokens = Tokenizer::new(&VoxqlDialect, statement.text)
        .tokenize_with_location()
        .ok()?;
    let mut places = tokens.iter().filter(|token| match &token.token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(name),
        other => other.to_string() == name,
    });
    let place = places.next()?.span;
    if places.next().is_some() {
        return None;
    }
    Excerpt::from_span(statement, Span::try_from_sqlparser_span(place)?)
}

/// The first place of a clause, by the words that it begins with, or of a text in single quotes or an
/// operator.
pub(super) fn place_of_words(statement: &StatementText<'_>, clause: &str) -> Option<Excerpt> {
    let tokens = Tokenizer::new(&VoxqlDialect, statement.text)
        .tokenize_with_location()
        .ok()?;
    let is_clause = |token: &&TokenWithSpan| {
        !matches!(token.token, Token::Word(_)) && token.token.to_string() == clause
    };
    if let Some(token) = tokens.iter().find(is_clause) {
        return Excerpt::from_span(statement, Span::try_from_sqlparser_span(token.span)?);
    }
    let words: Vec<&str> = clause
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ' '))
        .next()?
        .split_whitespace()
        .collect();
    let tokens: Vec<_> = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    // As many of the words as stand together.
    let place = (1..=words.len()).rev().find_map(|count| {
        tokens.windows(count).find_map(|tokens| {
            let is_clause = std::iter::zip(tokens, &words).all(|(token, word)| {
                matches!(&token.token, Token::Word(found)
                    if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
            });
            is_clause.then(|| tokens[0].span.union(&tokens[count - 1].span))
        })
    })?;
    Excerpt::from_span(statement, Span::try_from_sqlparser_span(place)?)
}

/// The name that does not exist or cannot be used in its place, the message, and the hint. `None` for
/// errors that are not about a name.
fn name_error(
    error: &DataFusionError,
    statement: &StatementText<'_>,
    context: &SessionContext,
) -> Option<(String, String, String)> {
    let message = match error.find_root() {
        DataFusionError::SchemaError(schema, _) => {
            return match schema.as_ref() {
                SchemaError::FieldNotFound {
                    field,
                    valid_fields,
                } => Some((
                    field.name.clone(),
                    format!("column \"{}\" does not exist", field.flat_name()),
                    column_hint(field, valid_fields, statement),
                )),
                SchemaError::AmbiguousReference { field } => Some((
                    field.name.clone(),
                    format!(
                        "column \"{}\" is ambiguous: several tables have it",
                        field.name
                    ),
                    format!("put a table or alias before it: TABLE.{}", field.name),
                )),
                _ => None,
            };
        }
        DataFusionError::Plan(message) | DataFusionError::NotImplemented(message) => message,
        _ => return None,
    };
    if let Some(name) = wording::long_name(message) {
        let last = last_part(&name).to_owned();
        let message = format!("\"{name}\" does not exist: it has too many parts");
        let hint = "write TABLE.COLUMN for a column, and the name alone for a table";
        return Some((last, message, hint.to_owned()));
    }
    let function = || {
        let name = wording::unknown_function(message);
        name.or_else(|| wording::unknown_table_function(message))
    };
    if let Some(name) = wording::unknown_type(message) {
        // The message is that of the error.
        let error = Error::from(DataFusionError::NotImplemented(message.clone()));
        let hint = error.hint().unwrap_or_default().to_owned();
        return Some((name.to_owned(), error.to_string(), hint));
    }
    if let Some(name) = wording::unknown_qualifier(message) {
        let hint = "put a table or alias of FROM before the star, or a column that is a struct";
        let message = format!("\"{name}\" is no table of the statement");
        return Some((last_part(name).to_owned(), message, hint.to_owned()));
    }
    if let Some(name) = wording::unknown_table(message).map(short) {
        let names = table_names(context);
        let table = last_part(name);
        let hint = match nearest(name, &names) {
            _ if table != name && names.iter().any(|known| known == table) => {
                format!("tables of the lake are in the schema public: write {table}")
            }
            Some(near) => format!("did you mean {near}?"),
            None if name.contains(['.', '/']) => format!("put a file in single quotes: '{name}'"),
            None => "list tables with SHOW TABLES; put a file in single quotes".to_owned(),
        };
        let message = format!("table \"{name}\" does not exist");
        Some((last_part(name).to_owned(), message, hint))
    } else if let Some(name) = function()
        && context.state().window_functions().contains_key(name)
    {
        let message = format!("window function \"{name}\" needs OVER");
        let hint = format!("write {name}(…) OVER (ORDER BY column)");
        Some((name.to_owned(), message, hint))
    } else if let Some(name) = function() {
        if context.state().table_functions().contains_key(name) {
            let message = format!("\"{name}\" is a table function");
            let hint = format!("use it in FROM: SELECT * FROM {name}(…)");
            return Some((name.to_owned(), message, hint));
        }
        let near = || nearest(name, &function_names(context)).map(str::to_owned);
        let hint = match (function_hint(name), near()) {
            (Some(hint), _) => hint.to_owned(),
            (None, Some(near)) => format!("did you mean {near}?"),
            (None, None) => "list functions with SHOW FUNCTIONS".to_owned(),
        };
        let message = format!("function \"{name}\" does not exist");
        Some((name.to_owned(), message, hint))
    } else {
        // A column that is neither a key of GROUP BY nor aggregated.
        let name = last_part(wording::not_grouped(message)?);
        Some((
            name.to_owned(),
            format!("column \"{name}\" is neither in GROUP BY nor aggregated"),
            format!("add it to GROUP BY, or aggregate it, such as max({name})"),
        ))
    }
}

fn column_hint(field: &Column, valid: &[Column], statement: &StatementText<'_>) -> String {
    let name = &field.name;
    if statement.text.contains(&format!("\"{name}\"")) && nearest(name, &names_of(valid)).is_none()
    {
        return format!("double quotes are for names; put text in single quotes: '{name}'");
    }
    let of_relation: Vec<&Column> = valid
        .iter()
        .filter(|column| field.relation.is_none() || column.relation == field.relation)
        .collect();
    if let Some(near) = nearest(name, &names_of(of_relation.iter().copied())) {
        let is_ambiguous = valid.iter().filter(|column| column.name == near).count() > 1;
        let column = of_relation.iter().find(|column| column.name == near);
        let shown = match column {
            Some(column) if is_ambiguous || field.relation.is_some() => column.quoted_flat_name(),
            _ => Column::new_unqualified(near).quoted_flat_name(),
        };
        return format!("did you mean {shown}?");
    }
    if let Some(relation) = field.relation.as_ref().filter(|_| of_relation.is_empty()) {
        return format!("use a table or alias of the statement; \"{relation}\" is not in FROM");
    }
    let mut names = names_of(of_relation);
    let count = names.len();
    if count == 0 {
        return format!("add its table with FROM, or put text in single quotes: '{name}'");
    }
    names.truncate(COLUMNS_LISTED_MAX);
    let more = if count > names.len() { ", …" } else { "" };
    format!("the columns are {}{more}", names.join(", "))
}

fn names_of<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for column in columns {
        if !names.contains(&column.name.as_str()) {
            names.push(column.name.as_str());
        }
    }
    names
}

/// The name without the default catalog and schema.
fn short(name: &str) -> &str {
    let name = name.strip_prefix("voxql.").unwrap_or(name);
    let name = name.strip_prefix("public.").unwrap_or(name);
    name.strip_prefix("lake.").unwrap_or(name)
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Names of the tables in the session's default schema, and of the views that the lake keeps.
pub(crate) fn table_names(context: &SessionContext) -> Vec<String> {
    let state = context.state();
    let catalog = &state.config_options().catalog;
    let mut names = context
        .catalog(&catalog.default_catalog)
        .and_then(|provider| provider.schema(&catalog.default_schema))
        .map(|schema| schema.table_names())
        .unwrap_or_default();
    let definitions = query::Definitions::of(context);
    names.extend(definitions.map_or_else(Vec::new, |known| known.listed().stored));
    names
}

fn function_names(context: &SessionContext) -> Vec<String> {
    let state = context.state();
    let scalar = state.scalar_functions().keys();
    let aggregate = state.aggregate_functions().keys();
    let window = state.window_functions().keys();
    let higher_order = state.higher_order_functions().keys();
    let table = state.table_functions().keys();
    let all = scalar.chain(aggregate).chain(window).chain(higher_order);
    let names: BTreeSet<&String> = all.chain(table).collect();
    names.into_iter().cloned().collect()
}

/// The name most likely meant by `name`: one that begins with it, or differs in few letters. `None`
/// if none is near.
pub(crate) fn nearest<'a, S: AsRef<str>>(name: &str, candidates: &'a [S]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    let near = candidates.iter().filter_map(|candidate| {
        let other = candidate.as_ref().to_lowercase();
        let distance = strsim::osa_distance(&name, &other);
        // Two changes in five letters, such as nsp for nps, and no more.
        let is_near = distance * 5 <= length.max(other.chars().count()) * 2;
        let begins = length >= 3 && other.starts_with(&name);
        (is_near || begins).then_some((distance, candidate))
    });
    let nearest = near.min_by_key(|(distance, _)| *distance);
    nearest.map(|(_, candidate)| candidate.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["nps", "nps_stats", "responses", "score", "floor"];
        for (typed, meant) in [
            ("npss", Some("nps")),
            ("nsp", Some("nps")),
            ("respnoses", Some("responses")),
            ("RESPONSE", Some("responses")),
            ("nps_st", Some("nps_stats")),
            ("scor", Some("score")),
            ("oops", None),
            ("customers", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, &names), meant, "{typed}");
        }
    }
}
