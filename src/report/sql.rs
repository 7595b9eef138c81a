//! Asking a session, and getting structs for rows.

use chrono::NaiveDate;
use datafusion::arrow::json::ArrayWriter;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use serde::de::DeserializeOwned;

use super::data::Period;
use crate::error::Error;

/// The rows of a query, each as a struct with fields of the columns' names. A NULL is `None`, and so
/// is a number that JSON cannot say.
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
    // Without a batch nothing was begun.
    if json.is_empty() {
        return Ok(Vec::new());
    }
    let rows = serde_json::from_slice(&json)
        .map_err(|error| DataFusionError::External(format!("{error} in {sql}").into()))?;
    Ok(rows)
}

/// The one row of a query without GROUP BY.
pub(super) async fn row<T: DeserializeOwned>(
    session: &SessionContext,
    sql: &str,
) -> Result<T, Error> {
    let row = rows(session, sql).await?.pop();
    let row = row.ok_or_else(|| DataFusionError::Internal(format!("no row from {sql}")))?;
    Ok(row)
}

/// A name as SQL takes it, whatever is in it. A plain one may be a keyword, which DataFusion's
/// `quote_identifier` leaves bare.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it, whatever is in it.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The condition that a moment is from a day on.
pub(super) fn from_day(column: &str, day: NaiveDate) -> String {
    format!("{column} >= '{day}'")
}

/// The condition that a moment is in a period. Whole days, so that counts can answer it.
pub(super) fn in_period(column: &str, period: Period) -> String {
    format!(
        "{} AND {column} < '{}'",
        from_day(column, period.from),
        period.end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_inside() {
        assert_eq!(identifier(r#"a"b; --"#), r#""a""b; --""#);
        assert_eq!(identifier("order"), r#""order""#);
        assert_eq!(literal("o'clock"), "'o''clock'");
    }
}
