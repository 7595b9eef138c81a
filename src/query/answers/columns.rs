//! Functions that read one column after another.

use std::ops::RangeInclusive;

use datafusion::error::Result;

use super::arguments::Arguments;
use super::scope::Scope;
use super::sql::{RESPONSES, literal, quoted};
use crate::error::Error;
use crate::query::roles::refusal::refused;

/// The columns of the argument `by`, else those that responses are counted by, as far as the role sees them.
pub(super) fn read_columns(arguments: &Arguments, scope: &Scope<'_>) -> Result<Vec<String>> {
    let columns = match arguments.columns("by")? {
        Some(by) => by,
        None => {
            let visible = scope
                .dimensions
                .iter()
                .filter(|column| !scope.hides(column));
            visible.cloned().collect()
        }
    };
    let function = arguments.function();
    if columns.is_empty() {
        let message =
            format!("{function}(): no columns are given, and responses are counted by none");
        let error = Error::query(message);
        return Err(error
            .with_hint("name columns: by => ['segment', 'channel']")
            .into());
    }
    let read = columns.iter().map(String::as_str).chain(["score"]);
    scope.check_visible(function, read)?;
    Ok(columns)
}

/// Refuses several columns for a role that sees only groups, whose statements have one aggregate.
pub(super) fn one_column(
    arguments: &Arguments,
    scope: &Scope<'_>,
    columns: &[String],
) -> Result<()> {
    let (Some(role), [first, _, ..]) = (scope.role_of_groups(), columns) else {
        return Ok(());
    };
    let (function, count) = (arguments.function(), columns.len());
    Err(refused(
        role,
        format!("{function}() reads one aggregate for each of {count} columns"),
        format!(
            "ask for one column in each statement: SELECT * FROM {function}(by => {})",
            literal(first)
        ),
    ))
}

/// The histogram `h` of scores of each value `k` of a column.
pub(super) fn histograms(column: &str) -> String {
    let column = quoted(column);
    format!(
        "SELECT {column} AS k, score_histogram(score) AS h FROM {RESPONSES} \
         WHERE score IS NOT NULL GROUP BY {column}"
    )
}

/// The number of these scores in a histogram.
pub(super) fn score_list(list: &str, scores: RangeInclusive<u32>) -> String {
    weighted(list, scores, |_| 1)
}

/// The sum of the counts of scores in a histogram, each times a weight.
pub(super) fn weighted(
    list: &str,
    scores: RangeInclusive<u32>,
    weight: impl Fn(u32) -> u32,
) -> String {
    // List indexes start at 1.
    let counts = scores.map(|score| match weight(score) {
        1 => format!("{list}[{}]", score + 1),
        weight => format!("{weight} * {list}[{}]", score + 1),
    });
    format!("({})", counts.collect::<Vec<_>>().join(" + "))
}
