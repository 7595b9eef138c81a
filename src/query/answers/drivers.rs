//! `drivers(by)`: columns by the share of the spread of scores that is between their groups.

use datafusion::error::Result;

use super::arguments::Arguments;
use super::columns::{histograms, one_column, read_columns, weighted};
use super::scope::Scope;
use super::sql::literal;

pub(super) fn query(arguments: &Arguments, scope: &Scope<'_>) -> Result<String> {
    let columns = read_columns(arguments, scope)?;
    one_column(arguments, scope, &columns)?;
    let sums = columns.iter().map(|column| of_column(column));
    let sums = sums.collect::<Vec<_>>().join(" UNION ALL ");
    Ok(format!(
        "SELECT column_name, groups, n::BIGINT AS responses, e['eta_squared'] AS eta_squared, \
             e['omega_squared'] AS omega_squared, e['ci_low'] AS ci_low, e['ci_high'] AS ci_high \
         FROM (SELECT *, explained_variance(groups, n, between_groups, total) AS e FROM ({sums}))"
    ))
}

/// The sums of squares of one column.
fn of_column(column: &str) -> String {
    let sum = |weight: fn(u32) -> u32| format!("{}::DOUBLE", weighted("h", 0..=10, weight));
    format!(
        "SELECT {name} AS column_name, count(*) AS groups, coalesce(sum(n), 0) AS n, \
             sum(n * (x / n - mean) * (x / n - mean)) AS between_groups, \
             sum(xx - 2 * mean * x + n * mean * mean) AS total \
         FROM (SELECT n, x, xx, sum(x) OVER () / sum(n) OVER () AS mean \
             FROM (SELECT {n} AS n, {x} AS x, {xx} AS xx FROM ({groups}) WHERE k IS NOT NULL))",
        name = literal(column),
        n = sum(|_| 1),
        x = sum(|score| score),
        xx = sum(|score| score * score),
        groups = histograms(column),
    )
}
