//! The columns to group by, and lists of names in errors.

use std::ops::RangeInclusive;

use datafusion::arrow::datatypes::DataType;
use datafusion::prelude::SessionContext;

use crate::error::Error;
use crate::failure::Failure;
use crate::lake::schema::RESPONSES_SCHEMA;
use crate::report::options::ReportOptions;
use crate::statement::explain::nearest;

/// Numbers of values for which a column is grouped by without a request.
pub(super) const VALUES: RangeInclusive<u64> = 2..=30;

/// Columns that cannot be grouped by: they identify people or responses, or are the answer itself.
const NEVER: [&str; 5] = ["response_id", "respondent", "comment", "import_id", "score"];

/// Names listed in an error at most.
const NAMES_MAX: usize = 20;

/// Returns the requested columns to group by, or else all suitable ones, the survey last.
pub(super) async fn columns(
    session: &SessionContext,
    options: &ReportOptions,
) -> Result<Vec<String>, Failure> {
    let responses = session.table("responses").await.map_err(Error::from)?;
    let fields = responses.schema().fields().iter();
    let mut possible = fields
        .filter(|field| !NEVER.contains(&field.name().as_str()))
        .collect::<Vec<_>>();
    let mut columns = Vec::new();
    for column in &options.by {
        if !possible.iter().any(|field| field.name() == column) {
            // Kept columns are the most likely ones, and come last.
            possible.reverse();
            let names: Vec<&str> = possible.iter().map(|field| field.name().as_str()).collect();
            return Err(cannot_group_by(column, &names));
        }
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    if options.by.is_empty() {
        let suitable = possible.into_iter().filter(|field| {
            let data_type = field.data_type();
            // The other columns of every lake are grouped by only on request.
            let is_kept = RESPONSES_SCHEMA.index_of(field.name()).is_err();
            (data_type.is_string() || *data_type == DataType::Boolean)
                && (is_kept || field.name() == "survey")
        });
        columns.extend(suitable.map(|field| field.name().clone()));
        columns.sort_by_key(|column| column == "survey");
    }
    Ok(columns)
}

fn cannot_group_by(column: &str, possible: &[&str]) -> Failure {
    let choose = format!("choose from {}", listed(possible));
    if NEVER.contains(&column) {
        let why = "identifies people or responses, or is the answer itself";
        return Failure::usage(format!("--by: column \"{column}\" {why}"), choose);
    }
    Failure::usage(
        format!("--by: column {} does not exist", quoted(column)),
        match nearest(column, possible) {
            Some(near) => format!("did you mean \"{near}\"? {choose}"),
            None => choose,
        },
    )
}

/// Quotes a name for an error, and shortens it.
pub(super) fn quoted(name: &str) -> String {
    const CHARS_MAX: usize = 40;
    match name.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", &name[..end]),
        None => format!("{name:?}"),
    }
}

/// ` in survey "name"` for an error if a survey was requested.
pub(super) fn in_survey(options: &ReportOptions) -> String {
    let survey = options.survey.as_ref();
    survey.map_or_else(String::new, |name| format!(" in survey {}", quoted(name)))
}

pub(super) fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES_MAX).map(|name| quoted(name));
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if names.len() > NAMES_MAX {
        list += &format!(" and {} more", names.len() - NAMES_MAX);
    }
    list
}
