//! What is wrong with a statement, where, and which name may have been meant.

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::excerpt::{Excerpt, StatementError};
use super::split::StatementText;
use crate::error::Error;
use crate::failure::Failure;

/// Columns that a hint lists.
const COLUMNS_LISTED_MAX: usize = 20;

/// The failure of planning a statement, pointing at its place and suggesting the nearest name.
pub(crate) fn explain(
    error: DataFusionError,
    statement: &StatementText<'_>,
    context: &SessionContext,
) -> Failure {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let excerpt = span.and_then(|span| Excerpt::of_span(statement, span));
    let misnamed = Misnamed::of(&error);
    let error = Error::from(error);
    // Of what is wrong with a lake or a file the statement is not the cause.
    if !error.is_query() {
        return error.into();
    }
    let Some(misnamed) = misnamed else {
        return match excerpt {
            None => error.into(),
            Some(excerpt) => {
                let hint = error.hint().map(str::to_owned);
                StatementError::new(error.to_string(), Some(excerpt), hint).into()
            }
        };
    };
    let excerpt = excerpt.or_else(|| only_place_of(statement, misnamed.name()));
    let hint = misnamed.hint(statement, context);
    StatementError::new(misnamed.message(), excerpt, Some(hint)).into()
}

/// The place of a name that stands once in a statement.
fn only_place_of(statement: &StatementText<'_>, name: &str) -> Option<Excerpt> {
    let tokens = Tokenizer::new(&GenericDialect {}, statement.text)
        .tokenize_with_location()
        .ok()?;
    let mut places = tokens.iter().filter(
        |token| matches!(&token.token, Token::Word(word) if word.value.eq_ignore_ascii_case(name)),
    );
    let place = places.next()?.span;
    let is_only = places.next().is_none();
    let span = datafusion::common::Span::try_from_sqlparser_span(place)?;
    is_only.then(|| Excerpt::of_span(statement, span)).flatten()
}

/// A name that there is not, or not there.
enum Misnamed {
    Column {
        field: Column,
        valid: Vec<Column>,
    },
    Table(String),
    Function(String),
    /// A column that GROUP BY leaves open which value of to show.
    NotGrouped(String),
    /// A column of several tables.
    Ambiguous(String),
}

impl Misnamed {
    fn of(error: &DataFusionError) -> Option<Self> {
        match error.find_root() {
            DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
                SchemaError::FieldNotFound {
                    field,
                    valid_fields,
                } => Some(Self::Column {
                    field: field.as_ref().clone(),
                    valid: valid_fields.clone(),
                }),
                SchemaError::AmbiguousReference { field } => {
                    Some(Self::Ambiguous(field.name.clone()))
                }
                _ => None,
            },
            DataFusionError::Plan(message) => {
                let quoted = |before: &str, after: &str| -> Option<String> {
                    let rest = message.strip_prefix(before)?;
                    let (name, _) = rest.split_once(after)?;
                    Some(name.to_owned())
                };
                quoted("table '", "' not found")
                    .map(Self::Table)
                    .or_else(|| quoted("Invalid function '", "'").map(Self::Function))
                    .or_else(|| quoted("table function '", "' not found").map(Self::Function))
                    .or_else(|| {
                        let (_, rest) = message.split_once("column \"")?;
                        let (column, _) = rest.split_once("\" must appear in the GROUP BY")?;
                        let column = column.rsplit('.').next().unwrap_or(column);
                        Some(Self::NotGrouped(column.to_owned()))
                    })
            }
            _ => None,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Column { field, .. } => &field.name,
            Self::Table(name) => name.rsplit('.').next().unwrap_or(name),
            Self::Function(name) | Self::NotGrouped(name) | Self::Ambiguous(name) => name,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Column { field, .. } => format!("there is no column {}", field.flat_name()),
            Self::Table(name) => format!("there is no table {}", short(name)),
            Self::Function(name) => format!("there is no function {name}"),
            Self::NotGrouped(name) => format!("{name} is neither in GROUP BY nor aggregated"),
            Self::Ambiguous(name) => format!("several tables have a column {name}"),
        }
    }

    fn hint(&self, statement: &StatementText<'_>, context: &SessionContext) -> String {
        match self {
            Self::Column { field, valid } => column_hint(field, valid, statement),
            Self::Table(name) => {
                let name = short(name);
                match nearest(name, &table_names(context)) {
                    Some(near) => format!("did you mean {near}?"),
                    None if name.contains(['.', '/']) => {
                        format!("a file stands in single quotes: '{name}'")
                    }
                    None => "SHOW TABLES lists them; a file stands in single quotes".to_owned(),
                }
            }
            Self::Function(name) => match nearest(name, &function_names(context)) {
                Some(near) => format!("did you mean {near}?"),
                None => "SHOW FUNCTIONS lists them".to_owned(),
            },
            Self::NotGrouped(name) => {
                format!("add it to GROUP BY, or aggregate it, such as max({name})")
            }
            Self::Ambiguous(name) => format!("write its table or alias before it: TABLE.{name}"),
        }
    }
}

fn column_hint(field: &Column, valid: &[Column], statement: &StatementText<'_>) -> String {
    let name = &field.name;
    if statement.text.contains(&format!("\"{name}\"")) && nearest(name, &names_of(valid)).is_none()
    {
        return format!("double quotes are for names; text stands in single ones: '{name}'");
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
        return format!("there is no table or alias {relation} in the statement");
    }
    let mut names = names_of(of_relation);
    match names.len() {
        0 => format!("name its table with FROM; text stands in single quotes: '{name}'"),
        count => {
            names.truncate(COLUMNS_LISTED_MAX);
            let more = if count > names.len() { ", …" } else { "" };
            format!("the columns are {}{more}", names.join(", "))
        }
    }
}

fn names_of<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        if !names.contains(&column.name) {
            names.push(column.name.clone());
        }
    }
    names
}

/// The name as it is written: the catalog goes without saying, and so does the schema.
fn short(name: &str) -> &str {
    let name = name.strip_prefix("voxql.").unwrap_or(name);
    name.strip_prefix("public.").unwrap_or(name)
}

/// The tables of the session's own schema.
pub(crate) fn table_names(context: &SessionContext) -> Vec<String> {
    let state = context.state();
    let catalog = &state.config_options().catalog;
    let names = context
        .catalog(&catalog.default_catalog)
        .and_then(|provider| provider.schema(&catalog.default_schema))
        .map(|schema| schema.table_names());
    names.unwrap_or_default()
}

fn function_names(context: &SessionContext) -> Vec<String> {
    let state = context.state();
    let scalar = state.scalar_functions().keys();
    let aggregate = state.aggregate_functions().keys();
    let window = state.window_functions().keys();
    let higher_order = state.higher_order_functions().keys();
    let table = state.table_functions().keys();
    let all = scalar.chain(aggregate).chain(window).chain(higher_order);
    let mut names: Vec<String> = all.chain(table).cloned().collect();
    names.sort();
    names.dedup();
    names
}

/// The name that is most likely meant by `name`: one that begins with it, or that is written from it
/// with few changes. `None` where none is near.
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
        let names = ["nps", "nps_stats", "responses", "score", "floor"].map(str::to_owned);
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
