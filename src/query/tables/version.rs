//! Earlier versions of a table.

use chrono::{DateTime, Utc};
use deltalake::{DeltaTable, DeltaTableError};

use crate::error::{Error, Result};
use crate::query::session_options::AtVersion;

/// Goes back to an earlier version of a table that is at its newest.
pub(in crate::query) async fn load(table: &mut DeltaTable, at: AtVersion) -> Result<()> {
    match at {
        AtVersion::Number(number) => {
            let newest = table.version().unwrap_or_default();
            if number > newest {
                return Err(Error::not_found(format!(
                    "there is no version {number} of the responses"
                ))
                .with_hint(format!("the newest is version {newest}")));
            }
            table
                .load_version(number)
                .await
                .map_err(|error| gone(&error, number))
        }
        AtVersion::Time(time) => {
            table.load_with_datetime(time).await?;
            let version = table.version().unwrap_or_default();
            let made = made_at(table, version);
            if made.is_some_and(|made| made > time) {
                return Err(Error::not_found(format!(
                    "there were no responses at {}",
                    time.to_rfc3339()
                ))
                .with_hint(made.map_or_else(String::new, |made| {
                    format!("the first version is of {}", made.to_rfc3339())
                })));
            }
            Ok(())
        }
    }
}

fn made_at(table: &DeltaTable, version: u64) -> Option<DateTime<Utc>> {
    let snapshot = table.snapshot().ok()?;
    DateTime::from_timestamp_millis(snapshot.version_timestamp(version)?)
}

fn gone(error: &DeltaTableError, number: u64) -> Error {
    Error::not_found(format!(
        "version {number} of the responses cannot be read any more: {error}"
    ))
    .with_hint("ask a later version")
}
