//! Loads earlier versions of a table.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::scan::DeltaScan;
use crate::lake::schema::RESPONSES;
use crate::query::session_options::AtVersion;

const ERASED_HINT: &str = "voxql forget, retain and optimize remove what only earlier versions have: \
     query the newest, without --at and AT (VERSION …)";

/// Loads an earlier version of a table that is at its newest version.
pub(in crate::query) async fn load(table: &mut DeltaTable, at: AtVersion) -> Result<()> {
    match at {
        AtVersion::Number(number) => {
            let newest = table.version().unwrap_or_default();
            if number > newest {
                return Err(Error::not_found(format!(
                    "version {number} of the responses does not exist"
                ))
                .with_hint(format!(
                    "use version {newest}, the newest, or an earlier one"
                )));
            }
            table
                .load_version(number)
                .await
                .map_err(|error| erased(&format!("version {number} of the responses"), error))
        }
        AtVersion::Time(time) => {
            let of_time = || format!("the version of the responses at {}", time.to_rfc3339());
            table
                .load_with_datetime(time)
                .await
                .map_err(|error| erased(&of_time(), error))?;
            let version = table.version().unwrap_or_default();
            let created = match created_at(table, version) {
                Some(created) => Some(created),
                // After `voxql forget --everywhere` there is no commit of it.
                None => match checkpointed_at(table, version).await {
                    Some(created) if created > time => return Err(log_is_gone(&of_time())),
                    created => created,
                },
            };
            if created.is_some_and(|created| created > time) {
                return Err(Error::not_found(format!(
                    "the responses have no version at {}",
                    time.to_rfc3339()
                ))
                .with_hint(created.map_or_else(String::new, |created| {
                    format!("the first version was created at {}", created.to_rfc3339())
                })));
            }
            Ok(())
        }
    }
}

/// Checks that the files of an earlier version are still there.
///
/// # Errors
/// Returns an error if one is gone: what it held was erased.
pub(in crate::query) async fn check_files(lake: &Lake, scan: &DeltaScan) -> Result<()> {
    let folder = lake.location().store_path()?.join(RESPONSES);
    let found: HashSet<Path> = lake
        .store()?
        .list(Some(&folder))
        .map_ok(|file| file.location)
        .try_collect()
        .await?;
    let gone = scan
        .locations()
        .filter(|file| !found.contains(file))
        .count();
    if gone == 0 {
        return Ok(());
    }
    Err(Error::not_found(format!(
        "version {} of the responses was erased: {gone} of its {} files are gone",
        scan.version(),
        scan.locations().count()
    ))
    .with_hint(ERASED_HINT))
}

fn created_at(table: &DeltaTable, version: u64) -> Option<DateTime<Utc>> {
    let snapshot = table.snapshot().ok()?;
    DateTime::from_timestamp_millis(snapshot.version_timestamp(version)?)
}

/// The time of the checkpoint of a version.
async fn checkpointed_at(table: &DeltaTable, version: u64) -> Option<DateTime<Utc>> {
    let name = Path::from(format!("_delta_log/{version:020}.checkpoint.parquet"));
    let found = table.log_store().object_store(None).head(&name).await;
    found.ok().map(|found| found.last_modified)
}

/// The error for a version whose log is gone, as after `voxql forget --everywhere`, or cannot be read.
fn erased(version: &str, error: DeltaTableError) -> Error {
    match Error::from(error) {
        error if !error.is_not_found() => error,
        error => log_is_gone(version).with_source(error),
    }
}

fn log_is_gone(version: &str) -> Error {
    Error::not_found(format!("{version} was erased: its log is gone")).with_hint(ERASED_HINT)
}
