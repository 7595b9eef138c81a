//! Imports, other metrics, and identities revealed.

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use crate::error::Error;
use crate::lake::zone::Zone;
use crate::report::data::{ImportCounts, MetricCount, Periods};
use crate::report::population::Population;
use crate::report::sql::{is_time_in, row, rows};

pub(crate) async fn other_metrics(
    session: &SessionContext,
    population: &Population,
) -> Result<Vec<MetricCount>, Error> {
    let (table, survey) = (population.table, &population.survey_filter);
    let sql = format!(
        "SELECT metric, count(*) AS responses FROM {table} WHERE metric <> 'nps' AND {survey} \
         GROUP BY metric ORDER BY responses DESC, metric"
    );
    rows(session, &sql).await
}

pub(crate) async fn imports(session: &SessionContext) -> Result<ImportCounts, Error> {
    const PARTS: [&str; 5] = ["new", "updated", "duplicate", "not_a_response", "rejected"];
    let sum = |column: &str| format!("coalesce(sum(\"{column}\"), 0)");
    let sums = std::iter::once("rows").chain(PARTS);
    let sums: Vec<String> = sums
        .map(|column| format!("{} AS \"{column}\"", sum(column)))
        .collect();
    // The table has no column for them before the first import by a version that suppresses rows.
    let suppressed = format!("{} - {}", sum("rows"), PARTS.map(sum).join(" - "));
    let sql = format!(
        "SELECT count(*) AS imports, count(*) - count(\"rows\") AS uncounted, {}, \
         {suppressed} AS suppressed FROM imports",
        sums.join(", ")
    );
    row(session, &sql).await
}

/// Counts the identities revealed in the current period and in total.
pub(crate) async fn reveals(
    session: &SessionContext,
    periods: Option<Periods>,
    zone: Zone,
) -> Result<(u64, u64), Error> {
    #[derive(Deserialize)]
    struct Row {
        in_period: u64,
        total: u64,
    }
    let current = match periods {
        Some(periods) => is_time_in("at", periods.current, zone),
        None => "true".to_owned(),
    };
    let sql = format!(
        "SELECT count(*) FILTER (WHERE {current}) AS in_period, count(*) AS total \
         FROM audit WHERE action = 'reveal'"
    );
    let row: Row = row(session, &sql).await?;
    Ok((row.in_period, row.total))
}
