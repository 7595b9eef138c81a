//! Storage of the log's objects.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
};
use tlog_tiles::Tile;

use crate::error::{Error, Result};

use super::findings;
use super::names::{CHECKPOINT, FOLDER, entry_index, entry_name, tile_name};
use super::tree::{self, is_tile_path, tile_bytes};

/// Maximum number of concurrent reads.
const READS_MAX: usize = 16;

/// Content of the log's folder.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Index of the last entry plus one.
    pub(super) size: u64,
    /// Names of objects that are not part of the log.
    pub(super) foreign: Vec<String>,
}

/// The objects of a log.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) lake_root: Path,
}

impl Objects {
    fn path(&self, name: &str) -> Path {
        name.split('/')
            .fold(self.lake_root.clone(), |path, part| path.join(part))
    }

    /// Reads an object and its version, `None` if it does not exist.
    pub(super) async fn read(&self, name: &str) -> Result<Option<(Bytes, UpdateVersion)>> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => {
                let version = UpdateVersion {
                    e_tag: found.meta.e_tag.clone(),
                    version: found.meta.version.clone(),
                };
                Ok(Some((found.bytes().await?, version)))
            }
            Err(error) => absent(error),
        }
    }

    async fn exists(&self, name: &str) -> Result<bool> {
        match self.store.head(&self.path(name)).await {
            Ok(_) => Ok(true),
            Err(error) => absent::<()>(error).map(|_| false),
        }
    }

    pub(super) async fn put(
        &self,
        name: &str,
        content: Bytes,
        mode: PutMode,
    ) -> object_store::Result<()> {
        let options = PutOptions::from(mode);
        self.store
            .put_opts(&self.path(name), content.into(), options)
            .await?;
        Ok(())
    }

    /// Reads the lines of the entries in `range`, in order, with their indices. The item of a missing
    /// entry is an error.
    pub(super) fn lines(&self, range: std::ops::Range<u64>) -> BoxStream<'_, Result<(u64, Bytes)>> {
        futures::stream::iter(range)
            .map(move |index| async move {
                match self.read(&entry_name(index)).await? {
                    Some((line, _)) => Ok((index, line)),
                    None => Err(findings::missing_entry(index)),
                }
            })
            .buffered(READS_MAX)
            .boxed()
    }

    /// Returns the first index at or after `from` without an entry.
    ///
    /// Entries have no gaps, so an exponential search needs a dozen requests for a thousand entries.
    pub(super) async fn first_free(&self, from: u64) -> Result<u64> {
        let (mut low, mut high) = (from, from);
        let mut step = 1;
        while self.exists(&entry_name(high)).await? {
            low = high + 1;
            high += step;
            step *= 2;
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.exists(&entry_name(middle)).await? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Reads a tile, `None` if it is missing or too short.
    ///
    /// A partial tile may be deleted once it is full, as c2sp.org/tlog-tiles allows: then the full one
    /// begins with the same hashes.
    pub(super) async fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
        let mut found = self.read(&tile_name(tile)).await?;
        if found.is_none() {
            found = self.read(&tile_name(&tree::full(tile))).await?;
        }
        Ok(found.and_then(|(content, _)| Some(content.get(..tile_bytes(tile))?.to_vec())))
    }

    /// Writes a tile. Its name determines its content, so writing it again is harmless.
    pub(super) async fn write_tile(&self, (tile, content): (Tile, Vec<u8>)) -> Result<()> {
        self.put(&tile_name(&tile), content.into(), PutMode::Overwrite)
            .await?;
        Ok(())
    }

    /// Removes the partial tiles of a full tile. They are harmless, so a failure is only logged.
    pub(super) async fn remove_parts(&self, tile: &Tile) {
        let folder = self.path(&format!("{}.p", tile_name(tile)));
        let parts = self.store.list(Some(&folder)).map_ok(|part| part.location);
        let removed = self
            .store
            .delete_stream(parts.boxed())
            .try_for_each(async |_| Ok(()))
            .await;
        if let Err(error) = removed {
            tracing::debug!(%folder, %error, "partial tiles of a full tile remain");
        }
    }

    pub(super) async fn contents(&self) -> Result<Contents> {
        let folder = self.path(FOLDER);
        let mut contents = Contents::default();
        let mut objects = self.store.list(Some(&folder));
        while let Some(object) = objects.try_next().await? {
            let Some(parts) = object.location.prefix_match(&folder) else {
                continue;
            };
            let path = parts.collect::<Path>().to_string();
            let name = format!("{FOLDER}/{path}");
            if let Some(index) = entry_index(&name) {
                contents.size = contents.size.max(index + 1);
            } else if name != CHECKPOINT && !is_tile_path(&path) {
                contents.foreign.push(name);
            }
        }
        Ok(contents)
    }
}

/// Converts "not found" to `None` and returns every other error.
fn absent<T>(error: StoreError) -> Result<Option<T>> {
    let is_missing = matches!(error, StoreError::NotFound { .. });
    let error = Error::from(error);
    // The error of a missing bucket has a hint, that of a missing object has none.
    if is_missing && error.hint().is_none() {
        return Ok(None);
    }
    Err(error)
}
