//! Whether a log is what it was.

use futures::TryStreamExt;
use tlog_tiles::{EMPTY_HASH, HASH_SIZE, Hash, Tile};

use crate::error::{Error, Result};

use super::keys::Signed;
use super::tree::{self, FilledTile, Tree};
use super::{AuditLog, Record, findings};

/// What was found in a log that is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// How many entries there are.
    pub(crate) entries: u64,
    /// The root of the tree over all of them, in base64 as in a checkpoint.
    pub(crate) root: String,
    /// How many of them the log's checkpoint signs; 0 where there is no checkpoint yet.
    pub(crate) signed_entries: u64,
    /// How many of them the kept checkpoint proves to be unchanged, where one was given.
    pub(crate) kept_entries: Option<u64>,
    /// Names of objects in the log's folder that are not the log's.
    pub(crate) foreign: Vec<String>,
}

impl AuditLog {
    /// Computes the whole log again from its entries and compares it with its tiles, with its
    /// signed checkpoint, and with a checkpoint that was kept elsewhere.
    ///
    /// Without a kept checkpoint this shows that nothing that is signed was changed. It cannot
    /// show that the end of the log was not cut off together with the checkpoint. The keys of the
    /// log should not be taken from the lake itself where whoever could write to it is in doubt.
    ///
    /// # Errors
    /// The first of these that is found: a checkpoint that is none, that was changed or that
    /// another key signed; entries cut off, missing, unreadable, changed, put in another order or
    /// replaced; tiles missing or changed; a checkpoint older than the kept one or not its
    /// continuation. Also when the storage fails.
    pub(crate) async fn verify(&self, kept: Option<&str>) -> Result<Verified> {
        let kept = kept
            .map(|note| self.keys.open(note.as_bytes()))
            .transpose()
            .map_err(findings::bad_kept_checkpoint)?;
        // Before the entries are listed: those that others add meanwhile are after it.
        let signed = self.published().await?.map(|published| published.signed);
        if signed.as_ref().is_some_and(|signed| !signed.is_by_newest) {
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
            // The next command writes off what is unreadable and not signed yet.
            if index < signed_size && Record::parse(index, &line).is_none() {
                return Err(findings::no_entry(index));
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
            return Err(self.culprit(signed_size, wrong_tile).await?);
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

    /// The first of these tiles that is not stored as it was computed.
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

    /// Which entry it is that the signed root does not fit to, as far as the tiles remember.
    async fn culprit(&self, signed_size: u64, wrong_tile: Option<WrongTile>) -> Result<Error> {
        let Some((index, leaf)) = wrong_tile.and_then(|wrong| wrong.first_leaf()) else {
            return Ok(findings::replaced(signed_size));
        };
        for tile in tree::leaf_tiles(signed_size) {
            let stored = self.objects.read_tile(&tile).await?.unwrap_or_default();
            let place = stored
                .chunks_exact(HASH_SIZE)
                .position(|hash| hash == leaf.0);
            if let Some(place) = place {
                let signed_index = tree::first_hash(&tile) + place as u64;
                return Ok(findings::reordered(index, signed_index));
            }
        }
        Ok(findings::edited(index))
    }
}

/// Whether there are as many entries as were signed, and as many signed as had been before.
fn check_sizes(size: u64, signed: Option<&Signed>, kept: Option<&Signed>) -> Result<()> {
    let signed_size = signed.map(|signed| signed.size);
    if let Some(kept) = kept {
        if size < kept.size {
            return Err(findings::truncated_since(size, kept.size));
        }
        if signed_size.unwrap_or(0) < kept.size {
            return Err(findings::rolled_back(signed_size, kept.size));
        }
    }
    match signed_size {
        Some(signed_size) if size < signed_size => Err(findings::truncated(size, signed_size)),
        _ => Ok(()),
    }
}

/// A tile that is not what the entries make it.
struct WrongTile {
    tile: Tile,
    computed: Vec<u8>,
    /// `None` where it is missing or too short.
    stored: Option<Vec<u8>>,
}

impl WrongTile {
    /// Index and hash of the first entry that the tile has otherwise, `None` where the tile is not
    /// one of entries or is missing.
    fn first_leaf(&self) -> Option<(u64, Hash)> {
        if self.tile.level() > 0 {
            return None;
        }
        let place = self
            .computed
            .chunks_exact(HASH_SIZE)
            .zip(self.stored.as_ref()?.chunks_exact(HASH_SIZE))
            .position(|(computed, stored)| computed != stored)?;
        let leaf = self.computed[place * HASH_SIZE..][..HASH_SIZE]
            .try_into()
            .ok()?;
        Some((tree::first_hash(&self.tile) + place as u64, Hash(leaf)))
    }
}
