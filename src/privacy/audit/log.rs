//! Appending to the log and signing it.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, PutMode, UpdateVersion};

use crate::error::{Error, Result};

use super::entry::{Entry, Record};
use super::findings;
use super::keys::{AuditKeys, AuditSigner, Signed};
use super::names::{CHECKPOINT, entry_name};
use super::objects::Objects;
use super::tree::{self, Tree};

/// Maximum number of attempts of a writer. Whenever one fails, another writer has succeeded.
const ATTEMPTS_MAX: usize = 100;

/// The audit log of a lake. A cheap handle; creating it does no I/O.
///
/// All methods return an error if the log's checkpoint is invalid or the storage fails. Those that
/// sign return an error if the signer does not have the newest of the log's keys.
#[derive(Clone, Debug)]
pub(crate) struct AuditLog {
    pub(super) objects: Objects,
    pub(super) keys: AuditKeys,
}

/// The checkpoint in the log, and the version of its object.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) signed: Signed,
    version: UpdateVersion,
}

/// Result of publishing a new checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Publication {
    /// It replaced the checkpoint that it continues.
    Replaced,
    /// It was written to a store that cannot detect a concurrent write.
    Overwritten,
    /// Another writer was first; nothing was written.
    Superseded,
}

impl AuditLog {
    /// Opens the log of the lake at `lake_root` in `store`. A checkpoint is valid if one of `keys`
    /// signed it.
    pub(crate) fn new(store: Arc<dyn ObjectStore>, lake_root: Path, keys: AuditKeys) -> Self {
        let objects = Objects { store, lake_root };
        Self { objects, keys }
    }

    /// Adds an entry, signs the log up to it and returns the entry's index, from 0.
    ///
    /// With very many concurrent writers, the next one may sign it.
    ///
    /// # Errors
    /// Adds nothing if the key or the checkpoint is invalid or the entries do not match it. If the
    /// storage fails after the entry was added, the next command signs it.
    pub(crate) async fn append(&self, signer: &AuditSigner, entry: &Entry) -> Result<u64> {
        self.check_signer(signer)?;
        let published = self.published().await?;
        // Read first, to detect tampering before anything is added.
        let tree = self.tree(published.as_ref()).await?;
        let index = self.create_entry(published.as_ref(), entry).await?;
        let signed = self.sign_from(published, Some(tree), signer, index + 1);
        match signed.await {
            Err(error) if error.is_conflict() => {
                tracing::debug!(index, "the entry is signed by another command");
            }
            result => result?,
        }
        Ok(index)
    }

    /// Adds an entry without signing it, for a command without the lake's key. Returns the entry's
    /// index, from 0.
    pub(crate) async fn record(&self, entry: &Entry) -> Result<u64> {
        self.create_entry(self.published().await?.as_ref(), entry)
            .await
    }

    /// Signs the entries that no checkpoint signs yet, or all again if the key was replaced. Returns
    /// the number of entries; an empty log gets no checkpoint.
    pub(crate) async fn sign(&self, signer: &AuditSigner) -> Result<u64> {
        self.check_signer(signer)?;
        let published = self.published().await?;
        let size = self.objects.first_free(size_of(published.as_ref())).await?;
        if size > 0 {
            self.sign_from(published, None, signer, size).await?;
        }
        Ok(size)
    }

    /// Returns the signed checkpoint, a few lines of text to keep elsewhere. `None` before the first.
    pub(crate) async fn checkpoint(&self) -> Result<Option<String>> {
        Ok(self.published().await?.map(|found| found.signed.text))
    }

    /// Returns the number of entries.
    pub(crate) async fn size(&self) -> Result<u64> {
        let published = self.published().await?;
        self.objects.first_free(size_of(published.as_ref())).await
    }

    /// Reads the entries with these indices, in order, without verifying them.
    pub(crate) fn entries(&self, range: Range<u64>) -> BoxStream<'_, Result<Record>> {
        self.objects
            .lines(range)
            .map(|line| {
                let (index, line) = line?;
                Record::parse(index, &line).ok_or_else(|| findings::invalid_entry(index))
            })
            .boxed()
    }

    fn check_signer(&self, signer: &AuditSigner) -> Result<()> {
        if self.keys.is_newest(signer) {
            return Ok(());
        }
        Err(
            Error::invalid("the lake's key is not the one its audit log is signed with")
                .with_hint("restore lake.toml, which names the log's key, from a backup"),
        )
    }

    /// Reads the log's checkpoint, `None` before the first.
    pub(super) async fn published(&self) -> Result<Option<Published>> {
        let Some((note, version)) = self.objects.read(CHECKPOINT).await? else {
            return Ok(None);
        };
        let signed = self.keys.verify(&note).map_err(findings::bad_checkpoint)?;
        Ok(Some(Published { signed, version }))
    }

    /// Creates the entry at the first free index.
    async fn create_entry(&self, published: Option<&Published>, entry: &Entry) -> Result<u64> {
        let line = Bytes::from(entry.to_line());
        let mut index = size_of(published);
        for _ in 0..ATTEMPTS_MAX {
            let name = entry_name(index);
            match self.objects.put(&name, line.clone(), PutMode::Create).await {
                Ok(()) => return Ok(index),
                // Search from this index, not the next: S3 may also answer so while another
                // writer's request is in progress, and there must be no gap.
                Err(StoreError::AlreadyExists { .. }) => {
                    index = self.objects.first_free(index).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(too_many_conflicts())
    }

    /// Signs at least `size` entries, continuing from the checkpoint `published` and its tree, which is
    /// read if absent.
    async fn sign_from(
        &self,
        mut published: Option<Published>,
        mut tree: Option<Tree>,
        signer: &AuditSigner,
        mut size: u64,
    ) -> Result<()> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(Published { signed, .. }) = &published {
                if signed.size >= size && signed.by_newest_key {
                    return Ok(());
                }
                size = size.max(signed.size);
            }
            let mut tree = match tree.take() {
                Some(tree) => tree,
                None => self.tree(published.as_ref()).await?,
            };
            let full = self.extend(&mut tree, size).await?;
            let note = signer.sign_checkpoint(size, tree.root());
            let publication = self.publish(published.as_ref(), size, note).await?;
            if publication != Publication::Superseded {
                for tile in &full {
                    self.objects.remove_parts(tile).await;
                }
            }
            match publication {
                Publication::Replaced => return Ok(()),
                // This may have overwritten a larger checkpoint of another writer. Its entries
                // exist, so the last writer finds them here and signs them again: once all writers
                // are done, the checkpoint signs all entries.
                Publication::Overwritten => size = self.objects.first_free(size).await?,
                Publication::Superseded => {}
            }
            published = self.published().await?;
        }
        Err(too_many_conflicts())
    }

    /// Reads the tree that a checkpoint signs from its last tiles.
    pub(super) async fn tree(&self, published: Option<&Published>) -> Result<Tree> {
        let Some(Published { signed, .. }) = published else {
            return Ok(Tree::default());
        };
        let mut contents = Vec::new();
        for tile in tree::open_tiles(signed.size) {
            contents.push(self.objects.read_tile(&tile).await?);
        }
        match Tree::from_tiles(signed.size, contents) {
            Some(tree) if tree.root() == signed.root => Ok(tree),
            _ => self.rebuild_tiles(signed).await,
        }
    }

    /// Writes all tiles again from the entries.
    ///
    /// # Errors
    /// Returns an error, and writes nothing, if the entries are not those that were signed.
    pub(crate) async fn remake_tiles(&self) -> Result<()> {
        if let Some(published) = self.published().await? {
            self.rebuild_tiles(&published.signed).await?;
        }
        Ok(())
    }

    /// Rebuilds all tiles from the entries after some were lost or changed.
    ///
    /// Tiles stay in memory, 32 bytes per entry, and are written only if the root is the signed one:
    /// the tiles in the storage show which entry was changed.
    async fn rebuild_tiles(&self, signed: &Signed) -> Result<Tree> {
        let (mut tree, mut tiles) = (Tree::default(), Vec::new());
        let mut lines = self.objects.lines(0..signed.size);
        while let Some((_, line)) = lines.try_next().await? {
            tiles.extend(tree.push(tree::leaf(&line)));
        }
        if tree.root() != signed.root {
            return Err(Error::refused(
                "the entries of the audit log differ from those that were signed",
            )
            .with_hint("run voxql audit verify to see what was changed"));
        }
        for tile in tiles.into_iter().chain(tree.open()) {
            self.objects.write_tile(tile).await?;
        }
        Ok(tree)
    }

    /// Adds the entries up to `size` to the tree, writes the tiles that change and returns those that
    /// became full.
    pub(super) async fn extend(&self, tree: &mut Tree, size: u64) -> Result<Vec<tlog_tiles::Tile>> {
        let mut full = Vec::new();
        let mut lines = self.objects.lines(tree.size()..size);
        let signed_size = tree.size();
        while let Some((index, line)) = lines.try_next().await? {
            let line = if Record::parse(index, &line).is_some() {
                line
            } else {
                self.replace_unreadable(index).await?
            };
            for tile in tree.push(tree::leaf(&line)) {
                full.push(tile.0);
                self.objects.write_tile(tile).await?;
            }
        }
        let unchanged: Vec<_> = tree::open_tiles(signed_size).collect();
        for tile in tree.open().filter(|(tile, _)| !unchanged.contains(tile)) {
            self.objects.write_tile(tile).await?;
        }
        Ok(full)
    }

    /// Replaces an unreadable entry that is not signed yet.
    ///
    /// Entries appear with their content, so no other command is about to write it: in a power cut
    /// the name reached the disk and the content did not.
    async fn replace_unreadable(&self, index: u64) -> Result<Bytes> {
        let line = Bytes::from(Entry::lost().to_line());
        self.objects
            .put(&entry_name(index), line.clone(), PutMode::Overwrite)
            .await?;
        Ok(line)
    }

    /// Replaces the checkpoint `published` with one of `size` entries.
    pub(super) async fn publish(
        &self,
        published: Option<&Published>,
        size: u64,
        note: Vec<u8>,
    ) -> Result<Publication> {
        let note = Bytes::from(note);
        let mode = match published {
            None => PutMode::Create,
            Some(published) => PutMode::Update(published.version.clone()),
        };
        match self.objects.put(CHECKPOINT, note.clone(), mode).await {
            Ok(()) => return Ok(Publication::Replaced),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {
                return Ok(Publication::Superseded);
            }
            Err(StoreError::NotImplemented { .. }) if published.is_some() => {}
            Err(error) => return Err(error.into()),
        }
        // The local file system replaces a file unconditionally. Reading it first prevents a smaller
        // checkpoint, except for a race that `sign_from` repairs. A lock would remain after a
        // command is killed.
        if let Some(Published { signed, .. }) = self.published().await?
            && (signed.size > size || (signed.size == size && signed.by_newest_key))
        {
            return Ok(Publication::Superseded);
        }
        self.objects
            .put(CHECKPOINT, note, PutMode::Overwrite)
            .await?;
        Ok(Publication::Overwritten)
    }
}

fn size_of(published: Option<&Published>) -> u64 {
    published.map_or(0, |published| published.signed.size)
}

fn too_many_conflicts() -> Error {
    Error::conflict(format!(
        "other commands wrote to the audit log first, {ATTEMPTS_MAX} times"
    ))
    .with_hint("try again when fewer commands are running")
}
