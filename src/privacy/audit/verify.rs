//! Verification of the log.

use futures::TryStreamExt;
use tlog_tiles::{EMPTY_HASH, HASH_SIZE, Hash, Tile};

use crate::error::{Error, Result};

use super::entry::Record;
use super::findings;
use super::keys::Signed;
use super::log::AuditLog;
use super::names::CHECKPOINT;
use super::tree::{self, FilledTile, Tree};

/// Summary of a valid log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Number of entries.
    pub(crate) entries: u64,
    /// Root of the tree over all entries, in base64 as in a checkpoint.
    pub(crate) root: String,
    /// Number of entries that the log's checkpoint signs; 0 without a checkpoint.
    pub(crate) signed_entries: u64,
    /// Number of entries that the kept checkpoint proves unchanged, if there is one.
    pub(crate) kept_entries: Option<u64>,
    /// Names of objects in the log's folder that are not part of the log.
    pub(crate) foreign: Vec<String>,
}

impl AuditLog {
    /// Recomputes the log from its entries and compares it with its tiles, its signed checkpoint and
    /// a checkpoint that was kept elsewhere.
    ///
    /// Without a kept checkpoint, this proves that no signed entry was changed, but not that the end
    /// of the log was not removed together with its checkpoint. Do not take the log's keys from the
    /// lake if someone untrusted can write to it.
    ///
    /// # Errors
    /// Returns an error for the first problem found: a checkpoint that is invalid, changed or signed
    /// with another key; entries truncated, missing, unreadable, changed, reordered or replaced; tiles
    /// missing or changed; a checkpoint that is older than the kept one or does not continue it.
    /// Returns an error if the storage fails.
    pub(crate) async fn verify(&self, kept: Option<&str>) -> Result<Verified> {
        let kept = kept
            .map(|note| self.keys.verify(note.as_bytes()))
            .transpose()
            .map_err(findings::bad_kept_checkpoint)?;
        // Read before the entries are listed, so that concurrent entries come after it.
        let signed = self.published().await?.map(|published| published.signed);
        if signed.as_ref().is_some_and(|signed| !signed.by_newest_key) {
            return Err(findings::replaced_key());
        }
        let contents = self.objects.contents().await?;
        let size = contents.size;
        check_sizes(size, signed.as_ref(), kept.as_ref())?;

        let signed_size = signed.as_ref().map_or(0, |signed| signed.size);
        let kept_size = kept.as_ref().map(|kept| kept.size);
        let mut tree = Tree::default();
        let (mut signed_root, mut kept_root) = (EMPTY_HASH, EMPTY_HASH);
        let mut wrong_tile = None;
        let mut lines = self.objects.lines(0..size);
        while let Some((index, line)) = lines.try_next().await? {
            // The next command replaces unreadable entries that are not signed yet.
            if index < signed_size && Record::parse(index, &line).is_none() {
                return Err(findings::invalid_entry(index));
            }
            let mut tiles = tree.push(tree::leaf(&line));
            if kept_size == Some(tree.size()) {
                kept_root = tree.root();
            }
            if tree.size() == signed_size {
                signed_root = tree.root();
                tiles.extend(tree.open());
            }
            if tree.size() <= signed_size && wrong_tile.is_none() {
                wrong_tile = self.first_wrong(tiles).await?;
            }
        }

        if let Some(signed) = &signed
            && signed.root != signed_root
        {
            return Err(self.changed_entry(signed_size, wrong_tile).await?);
        }
        if let Some(kept) = &kept
            && kept.root != kept_root
        {
            return Err(findings::rewritten(kept.size));
        }
        if let Some(wrong) = wrong_tile {
            return Err(findings::wrong_tile(&wrong.tile, wrong.stored.is_none()));
        }
        Ok(Verified {
            entries: size,
            root: tree.root().to_string(),
            signed_entries: signed_size,
            kept_entries: kept_size,
            foreign: contents.foreign,
        })
    }

    /// Returns the first tile whose stored content differs from the computed one.
    async fn first_wrong(&self, tiles: Vec<FilledTile>) -> Result<Option<WrongTile>> {
        for (tile, computed) in tiles {
            let stored = self.objects.read_tile(&tile).await?;
            if stored.as_ref() != Some(&computed) {
                return Ok(Some(WrongTile {
                    tile,
                    computed,
                    stored,
                }));
            }
        }
        Ok(None)
    }

    /// Returns the error that names the changed entry, as far as the tiles show it.
    async fn changed_entry(
        &self,
        signed_size: u64,
        wrong_tile: Option<WrongTile>,
    ) -> Result<Error> {
        let Some((index, leaf)) = wrong_tile.and_then(|wrong| wrong.first_leaf()) else {
            return Ok(findings::replaced(signed_size));
        };
        for tile in tree::leaf_tiles(signed_size) {
            let stored = self.objects.read_tile(&tile).await?.unwrap_or_default();
            let mut hashes = stored.chunks_exact(HASH_SIZE);
            if let Some(place) = hashes.position(|hash| hash == leaf.0) {
                let signed_index = tree::first_hash(&tile) + place as u64;
                return Ok(findings::reordered(index, signed_index));
            }
        }
        Ok(findings::edited(index))
    }
}

/// Checks that no signed entries are missing and the checkpoint is not older than the kept one.
fn check_sizes(size: u64, signed: Option<&Signed>, kept: Option<&Signed>) -> Result<()> {
    let signed_size = signed.map(|signed| signed.size);
    if let Some(kept) = kept {
        if size < kept.size {
            let kept_checkpoint = "the kept checkpoint";
            return Err(findings::truncated(size, kept_checkpoint, kept.size));
        }
        if signed_size.unwrap_or(0) < kept.size {
            return Err(findings::rolled_back(signed_size, kept.size));
        }
    }
    match signed_size {
        Some(signed_size) if size < signed_size => {
            Err(findings::truncated(size, CHECKPOINT, signed_size))
        }
        _ => Ok(()),
    }
}

/// A tile that does not match the entries.
struct WrongTile {
    tile: Tile,
    computed: Vec<u8>,
    /// `None` if it is missing or too short.
    stored: Option<Vec<u8>>,
}

impl WrongTile {
    /// Returns index and hash of the first entry that differs, `None` if the tile has no entries or is
    /// missing.
    fn first_leaf(&self) -> Option<(u64, Hash)> {
        if self.tile.level() > 0 {
            return None;
        }
        let computed = self.computed.chunks_exact(HASH_SIZE);
        let stored = self.stored.as_ref()?.chunks_exact(HASH_SIZE);
        let (place, (leaf, _)) = std::iter::zip(computed, stored)
            .enumerate()
            .find(|(_, (computed, stored))| computed != stored)?;
        let index = tree::first_hash(&self.tile) + place as u64;
        Some((index, Hash(leaf.try_into().ok()?)))
    }
}
