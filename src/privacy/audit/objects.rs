//! Where the objects of a log are, and how they are read and written.

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
use super::tree::{self, is_tile_path, tile_bytes, tile_path};

/// The folder of the log in a lake.
const FOLDER: &str = "audit";
/// The signed checkpoint.
pub(super) const CHECKPOINT: &str = "audit/checkpoint";
/// Digits of an entry's name: names sort as the entries do.
const INDEX_DIGITS: usize = 12;
/// Objects that are read at the same time.
const READS_MAX: usize = 16;

/// The name of an entry, from the root of the lake.
pub(super) fn entry_name(index: u64) -> String {
    format!("{FOLDER}/entry/{index:0INDEX_DIGITS$}")
}

/// The name of a tile, from the root of the lake.
pub(super) fn tile_name(tile: &Tile) -> String {
    format!("{FOLDER}/{}", tile_path(tile))
}

/// What a listing of the log's folder shows.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// One more than the index of the last entry.
    pub(super) size: u64,
    /// Names of objects that are not the log's.
    pub(super) foreign: Vec<String>,
}

/// The objects of a log.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    store: Arc<dyn ObjectStore>,
    lake_root: Path,
}

impl Objects {
    pub(super) fn new(store: Arc<dyn ObjectStore>, lake_root: Path) -> Self {
        Self { store, lake_root }
    }

    fn path(&self, name: &str) -> Path {
        name.split('/')
            .fold(self.lake_root.clone(), |path, part| path.join(part))
    }

    /// Reads an object and the version it has, `None` where there is none.
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

    /// Writes an object.
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

    /// The lines of the entries in `range`, in order, with their indices.
    ///
    /// # Errors
    /// When one is missing, as an item.
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

    /// The first index from `from` on that no entry has.
    ///
    /// Entries have no gaps, so this looks ahead in growing steps and closes in: a dozen requests
    /// for a thousand entries.
    pub(super) async fn first_free(&self, from: u64) -> Result<u64> {
        let (mut low, mut high) = (from, from);
        let mut step = 1;
        while self.exists(&entry_name(high)).await? {
            low = high + 1;
            high += step;
            step *= 2;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.exists(&entry_name(middle)).await? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Reads a tile, `None` where it is missing or too short.
    ///
    /// A tile that is not full may be gone once it was filled up, as c2sp.org/tlog-tiles allows:
    /// then the full one has the same hashes and more.
    pub(super) async fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
        let found = match self.read(&tile_name(tile)).await? {
            Some(found) => Some(found),
            None => self.read(&tile_name(&tree::full(tile))).await?,
        };
        Ok(found.and_then(|(content, _)| Some(content.get(..tile_bytes(tile))?.to_vec())))
    }

    /// Writes a tile. A tile of one name is always the same, so writing it again does no harm.
    pub(super) async fn write_tile(&self, (tile, content): (Tile, Vec<u8>)) -> Result<()> {
        self.put(&tile_name(&tile), content.into(), PutMode::Overwrite)
            .await?;
        Ok(())
    }

    /// Removes what a full tile was before it was full. It is in nobody's way, so a store that
    /// does not delete keeps it.
    pub(super) async fn remove_parts(&self, tile: &Tile) {
        let folder = self.path(&format!("{}.p", tile_name(tile)));
        let parts = self.store.list(Some(&folder)).map_ok(|part| part.location);
        let removed = self
            .store
            .delete_stream(parts.boxed())
            .try_for_each(async |_| Ok(()))
            .await;
        if let Err(error) = removed {
            tracing::debug!(%folder, %error, "parts of a full tile stay");
        }
    }

    /// Lists the log's folder.
    pub(super) async fn contents(&self) -> Result<Contents> {
        let folder = self.path(FOLDER);
        let mut contents = Contents::default();
        let mut objects = self.store.list(Some(&folder));
        while let Some(object) = objects.try_next().await? {
            let Some(parts) = object.location.prefix_match(&folder) else {
                continue;
            };
            let parts: Vec<_> = parts.collect();
            let path = parts
                .iter()
                .map(AsRef::as_ref)
                .collect::<Vec<&str>>()
                .join("/");
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

/// The index of the entry with this name, `None` where it is no entry's name.
fn entry_index(name: &str) -> Option<u64> {
    let index = name.rsplit_once('/')?.1.parse().ok()?;
    (entry_name(index) == name).then_some(index)
}

/// Tells an object that is not there from a store that cannot be used.
fn absent<T>(error: StoreError) -> Result<Option<T>> {
    let is_missing = matches!(error, StoreError::NotFound { .. });
    let error = Error::from(error);
    // A missing bucket is no missing object: it comes with a hint.
    if is_missing && error.hint().is_none() {
        return Ok(None);
    }
    Err(error)
}
