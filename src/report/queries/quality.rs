//! What came in, what is left out of the report, and who looked at people.

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use crate::error::Error;
use crate::report::data::{ImportCounts, MetricCount, Periods};
use crate::report::population::Population;
use crate::report::sql::{in_period, row, rows};

/// What was asked beside NPS, of the rows of a condition.
pub(in crate::report) async fn other_metrics(
    session: &SessionContext,
    population: &Population,
) -> Result<Vec<MetricCount>, Error> {
    let table = population.table;
    let sql = format!(
        "SELECT metric, count(*) AS responses FROM {table} WHERE metric <> 'nps' AND {} \
         GROUP BY metric ORDER BY responses DESC, metric",
        population.rows()
    );
    rows(session, &sql).await
}

pub(in crate::report) async fn imports(session: &SessionContext) -> Result<ImportCounts, Error> {
    let sums = [
        "rows",
        "new",
        "updated",
        "duplicate",
        "not_a_response",
        "rejected",
    ]
    .map(|column| format!("coalesce(sum(\"{column}\"), 0) AS \"{column}\""))
    .join(", ");
    let sql = format!(
        "SELECT count(*) AS imports, count(*) - count(\"rows\") AS uncounted, {sums} FROM imports"
    );
    row(session, &sql).await
}

/// How many identities were opened by `reveal`, in the current period and ever.
pub(in crate::report) async fn reveals(
    session: &SessionContext,
    periods: Option<Periods>,
) -> Result<(u64, u64), Error> {
    #[derive(Deserialize)]
    struct Row {
        in_period: u64,
        ever: u64,
    }
    let is_current = match periods {
        Some(periods) => in_period("at", periods.current),
        None => "true".to_owned(),
    };
    let sql = format!(
        "SELECT count(*) FILTER (WHERE {is_current}) AS in_period, count(*) AS ever \
         FROM audit WHERE action = 'reveal'"
    );
    let row: Row = row(session, &sql).await?;
    Ok((row.in_period, row.ever))
}
