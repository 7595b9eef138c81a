//! The commits of a log, and whether it can do without its checkpoints.

use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::diagnosis::{Diagnosis, Severity};
use crate::error::Result;
use crate::lake::checksums::LogFiles;
use crate::lake::handle::Lake;
use crate::lake::storage::layer::Layered;
use crate::lake::tables::Table;

/// True for a file that only makes a log faster to read.
pub(super) fn is_checkpoint(file: &ObjectMeta) -> bool {
    let name = file.location.filename().unwrap_or_default();
    name.contains(".checkpoint") || name == "_last_checkpoint"
}

/// True if these files of a log include checkpoints, and every commit from the first on, undamaged.
pub(super) async fn is_whole_without_checkpoints(
    lake: &Lake,
    files: &[ObjectMeta],
) -> Result<bool> {
    let commits = commits(files);
    let are_contiguous = commits
        .iter()
        .zip(0..)
        .all(|((version, _), at)| *version == at);
    if commits.is_empty() || !are_contiguous || !files.iter().any(is_checkpoint) {
        return Ok(false);
    }
    let store = LogFiles::layered(lake.store()?, lake.location().url());
    for (_, commit) in commits {
        if check(&store, commit).await.is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The commits among these files, with their versions, in their order.
fn commits(files: &[ObjectMeta]) -> Vec<(u64, &ObjectMeta)> {
    let version = |file: &ObjectMeta| -> Option<u64> {
        let name = file.location.filename()?;
        name.strip_suffix(".json")?.parse().ok()
    };
    let mut commits: Vec<_> = files
        .iter()
        .filter_map(|file| Some((version(file)?, file)))
        .collect();
    commits.sort_unstable_by_key(|(version, _)| *version);
    commits
}

/// Reads a commit, which compares its checksum.
async fn check(store: &Layered<LogFiles>, commit: &ObjectMeta) -> Result<()> {
    store.get(&commit.location).await?.bytes().await?;
    Ok(())
}

/// Finds damaged and missing commits of a table that opens: those before its newest checkpoint.
pub(super) async fn check_log(lake: &Lake, table: Table, found: &mut Diagnosis) -> Result<()> {
    const ADVICE: &str =
        "answers are right without it, earlier versions are not: restore the file from a backup";
    let log = lake
        .location()
        .store_path()?
        .join(table.name())
        .join("_delta_log");
    let store = LogFiles::layered(lake.store()?, lake.location().url());
    let files: Vec<_> = store.list(Some(&log)).try_collect().await?;
    let commits = commits(&files);
    for (_, commit) in &commits {
        if let Err(error) = check(&store, commit).await {
            if error.is_access() {
                return Err(error);
            }
            found.add_error(table.name(), &error).advise(ADVICE);
        }
    }
    for pair in commits.windows(2) {
        let (before, after) = (pair[0].0, pair[1].0);
        if before + 1 < after {
            let message = format!("commit {} of the log is missing", before + 1);
            found
                .add(Severity::Damage, table.name(), message)
                .advise(ADVICE);
        }
    }
    Ok(())
}
