//! Whether a log can do without its checkpoints.

use object_store::{ObjectMeta, ObjectStoreExt};

use crate::error::Result;
use crate::lake::checksums::LogFiles;
use crate::lake::handle::Lake;

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
    let version = |file: &&ObjectMeta| -> Option<u64> {
        file.location
            .filename()?
            .strip_suffix(".json")?
            .parse()
            .ok()
    };
    let mut commits: Vec<_> = files
        .iter()
        .filter_map(|file| Some((version(&file)?, file)))
        .collect();
    commits.sort_unstable_by_key(|(version, _)| *version);
    let are_contiguous = commits
        .iter()
        .zip(0..)
        .all(|((version, _), at)| *version == at);
    if commits.is_empty() || !are_contiguous || !files.iter().any(is_checkpoint) {
        return Ok(false);
    }
    let store = LogFiles::layered(lake.store()?);
    for (_, commit) in commits {
        let read = async { store.get(&commit.location).await?.bytes().await };
        if read.await.is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}
