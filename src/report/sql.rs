//! SQL queries with structs for rows, and the pieces of SQL they are built from.

use chrono::NaiveDate;
use datafusion::arrow::json::ArrayWriter;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::data::Period;
use crate::error::Error;
use crate::lake::zone::Zone;

/// Returns the rows of a query as structs whose fields are named like the columns. NULL and numbers
/// that JSON cannot represent are `None`.
pub(super) async fn rows<T: DeserializeOwned>(
    session: &SessionContext,
    sql: &str,
) -> Result<Vec<T>, Error> {
    tracing::debug!("{sql}");
    let batches = session.sql(sql).await?.collect().await?;
    let mut json = ArrayWriter::new(Vec::new());
    for batch in &batches {
        json.write(batch).map_err(DataFusionError::from)?;
    }
    json.finish().map_err(DataFusionError::from)?;
    let json = json.into_inner();
    // The writer writes nothing if it gets no batch.
    if json.is_empty() {
        return Ok(Vec::new());
    }
    let rows = serde_json::from_slice(&json)
        .map_err(|error| DataFusionError::External(format!("{error} in {sql}").into()))?;
    Ok(rows)
}

/// Returns the only row of a query without GROUP BY.
pub(super) async fn row<T: DeserializeOwned>(
    session: &SessionContext,
    sql: &str,
) -> Result<T, Error> {
    let row = rows(session, sql).await?.pop();
    let row = row.ok_or_else(|| DataFusionError::Internal(format!("no row from {sql}")))?;
    Ok(row)
}

/// Returns the column `count` of a query with one row.
pub(super) async fn count(session: &SessionContext, sql: &str) -> Result<u64, Error> {
    #[derive(Deserialize)]
    struct Row {
        count: u64,
    }
    Ok(row::<Row>(session, sql).await?.count)
}

/// Quotes a name for SQL. DataFusion's `quote_identifier` would leave keywords bare.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a string for SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// SQL condition that a response is of `day` or later.
pub(super) fn from_day(day: NaiveDate) -> String {
    format!("day >= '{day}'")
}

/// SQL condition that a response is of a period. Whole days, so that the rollup can answer it.
pub(super) fn in_period(period: Period) -> String {
    format!("{} AND day < '{}'", from_day(period.from), period.end())
}

/// SQL condition that a timestamp is in a period of days in a zone.
pub(super) fn is_time_in(column: &str, period: Period, zone: Zone) -> String {
    let start = |day: NaiveDate| match zone.start(day) {
        Some(start) => start.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => day.to_string(),
    };
    let (from, end) = (start(period.from), start(period.end()));
    format!("{column} >= '{from}' AND {column} < '{end}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_escaped() {
        assert_eq!(identifier(r#"a"b; --"#), r#""a""b; --""#);
        assert_eq!(identifier("order"), r#""order""#);
        assert_eq!(literal("o'clock"), "'o''clock'");
    }
}
