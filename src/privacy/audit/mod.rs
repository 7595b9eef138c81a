//! The audit log: what was done to the lake, in a form that cannot be changed unseen.
//!
//! It is a transparency log (RFC 6962) in the folder `audit` of the lake:
//!
//! | object | is |
//! |---|---|
//! | `entry/000000000007` | an entry: one line of JSON, without personal data |
//! | `tile/0/000`, `tile/0/001.p/44` | hashes of 256 entries, or of fewer at the end (c2sp.org/tlog-tiles) |
//! | `checkpoint` | number of entries and root of the tree, signed (c2sp.org/tlog-checkpoint) |
//!
//! The entries are the log; all else is made from them. An entry is in the log once its object is
//! created, which no two writers can do for one index. Tiles and checkpoint follow, and whoever
//! was ended in between leaves that to the next writer.
//!
//! Who can write to the storage can add entries, can remove those that no checkpoint signs yet, and
//! can put an old checkpoint back together with the old end of the log. Against the last,
//! checkpoints are kept elsewhere: [`AuditLog::verify`] proves that nothing up to a kept one was
//! changed.

mod entry;
mod findings;
mod keys;
mod objects;
mod tree;
mod verify;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, PutMode, UpdateVersion};

use crate::error::{Error, Result};

use keys::Signed;
use objects::{CHECKPOINT, Objects, entry_name};
use tree::Tree;

pub(crate) use entry::{Action, Entry, Id, Record};
pub(crate) use keys::{AuditKeys, AuditSigner};

/// How often a writer tries again when others are faster. Each time one of them gets on.
const ATTEMPTS_MAX: usize = 100;

/// The audit log of a lake. A cheap handle; making it touches nothing.
#[derive(Clone, Debug)]
pub(crate) struct AuditLog {
    objects: Objects,
    keys: AuditKeys,
}

/// The checkpoint in the log, and the version of the object that it was read from.
#[derive(Clone, Debug)]
struct Published {
    signed: Signed,
    version: UpdateVersion,
}

/// What became of a new checkpoint.
#[derive(Debug, PartialEq, Eq)]
enum Publication {
    /// It took the place of the one that it was made from.
    Replaced,
    /// It was written where the store cannot tell whether another came in between.
    Overwritten,
    /// Another writer was faster; nothing was written.
    Outrun,
}

impl AuditLog {
    /// The log of the lake at `lake_root` in `store`, whose checkpoints count when one of `keys`
    /// signed them.
    pub(crate) fn new(store: Arc<dyn ObjectStore>, lake_root: Path, keys: AuditKeys) -> Self {
        Self {
            objects: Objects::new(store, lake_root),
            keys,
        }
    }

    /// Adds an entry and signs the log up to it. Gives the entry's index, from 0.
    ///
    /// Under very many writers the signature may be left to the next of them.
    ///
    /// # Errors
    /// When `signer` has not the newest of the log's keys, the log's checkpoint does not count or
    /// the entries are not those that it signs: then nothing was added. When the storage fails; an
    /// entry that was added before that stays, and is signed by the next command.
    pub(crate) async fn append(&self, signer: &AuditSigner, entry: &Entry) -> Result<u64> {
        self.check(signer)?;
        let published = self.published().await?;
        // Read before anything is added: a log that was tampered with is found out here.
        let tree = self.tree(published.as_ref()).await?;
        let index = self.claim(published.as_ref(), entry).await?;
        match self
            .sign_from(published, Some(tree), signer, index + 1)
            .await
        {
            Err(error) if error.is_conflict() => {
                tracing::debug!(index, "the entry is signed by another command");
            }
            signed => signed?,
        }
        Ok(index)
    }

    /// Adds an entry without signing it: for a command that has not the lake's key. Gives the
    /// entry's index, from 0.
    ///
    /// # Errors
    /// When the log's checkpoint does not count or the storage fails.
    pub(crate) async fn record(&self, entry: &Entry) -> Result<u64> {
        self.claim(self.published().await?.as_ref(), entry).await
    }

    /// Signs the entries that no checkpoint signs yet, and the checkpoint itself again where its
    /// key was replaced. Gives the number of entries. A log without entries stays without.
    ///
    /// # Errors
    /// When `signer` has not the newest of the log's keys, the log's checkpoint does not count or
    /// the storage fails.
    pub(crate) async fn sign(&self, signer: &AuditSigner) -> Result<u64> {
        self.check(signer)?;
        let published = self.published().await?;
        let size = self.objects.first_free(size_of(published.as_ref())).await?;
        if size > 0 {
            self.sign_from(published, None, signer, size).await?;
        }
        Ok(size)
    }

    /// The signed checkpoint, a few lines of text to be kept elsewhere. `None` before the first.
    ///
    /// # Errors
    /// When the log's checkpoint does not count or the storage fails.
    pub(crate) async fn checkpoint(&self) -> Result<Option<String>> {
        Ok(self.published().await?.map(|found| found.signed.text))
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// When the log's checkpoint does not count or the storage fails.
    pub(crate) async fn size(&self) -> Result<u64> {
        let published = self.published().await?;
        self.objects.first_free(size_of(published.as_ref())).await
    }

    /// The entries with these indices, in order. They are read, not verified.
    ///
    /// # Errors
    /// As an item, when one is missing or is no entry, or the storage fails.
    pub(crate) fn entries(&self, range: Range<u64>) -> BoxStream<'_, Result<Record>> {
        self.objects
            .lines(range)
            .map(|line| {
                let (index, line) = line?;
                Record::parse(index, &line).ok_or_else(|| findings::no_entry(index))
            })
            .boxed()
    }

    fn check(&self, signer: &AuditSigner) -> Result<()> {
        if self.keys.is_newest(signer) {
            return Ok(());
        }
        Err(
            Error::invalid("the lake's key is not the one that its audit log is signed with")
                .with_hint("restore lake.toml, which names the log's key, from a backup"),
        )
    }

    /// The log's checkpoint, `None` before the first.
    async fn published(&self) -> Result<Option<Published>> {
        let Some((note, version)) = self.objects.read(CHECKPOINT).await? else {
            return Ok(None);
        };
        let signed = self.keys.open(&note).map_err(findings::bad_checkpoint)?;
        Ok(Some(Published { signed, version }))
    }

    /// Creates the entry under the first index that is free.
    ///
    /// A store that answers a request which it was sent twice may have created the entry the first
    /// time. It then is in the log twice, which is better than not at all.
    async fn claim(&self, published: Option<&Published>, entry: &Entry) -> Result<u64> {
        let line = Bytes::from(entry.to_line());
        let mut index = size_of(published);
        for _ in 0..ATTEMPTS_MAX {
            let created = self
                .objects
                .put(&entry_name(index), line.clone(), PutMode::Create)
                .await;
            match created {
                Ok(()) => return Ok(index),
                // Looked for from here, not from the next: S3 may also answer so while another
                // writer's entry is under way, and an index must not be left out.
                Err(StoreError::AlreadyExists { .. }) => {
                    index = self.objects.first_free(index).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(outrun())
    }

    /// Signs at least `size` entries, going on from the checkpoint `published` and its tree, which
    /// is read where it was not yet.
    async fn sign_from(
        &self,
        mut published: Option<Published>,
        mut tree: Option<Tree>,
        signer: &AuditSigner,
        mut size: u64,
    ) -> Result<()> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(Published { signed, .. }) = &published {
                if signed.size >= size && signed.is_by_newest {
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
            if publication != Publication::Outrun {
                for tile in &full {
                    self.objects.remove_parts(tile).await;
                }
            }
            match publication {
                Publication::Replaced => return Ok(()),
                // A faster writer's checkpoint may just have been overwritten by this smaller
                // one. The entries that it signed are there, so whoever wrote last sees them now
                // and signs them again: once all writers are done, the checkpoint has gone back
                // for nobody.
                Publication::Overwritten => size = self.objects.first_free(size).await?,
                Publication::Outrun => {}
            }
            published = self.published().await?;
        }
        Err(outrun())
    }

    /// The tree that a checkpoint signs, from its last tiles alone.
    async fn tree(&self, published: Option<&Published>) -> Result<Tree> {
        let Some(Published { signed, .. }) = published else {
            return Ok(Tree::default());
        };
        let mut contents = Vec::new();
        for tile in tree::open_tiles(signed.size) {
            contents.push(self.objects.read_tile(&tile).await?);
        }
        match Tree::from_tiles(signed.size, contents) {
            Some(tree) if tree.root() == signed.root => Ok(tree),
            _ => self.make_tiles_again(signed).await,
        }
    }

    /// Makes all tiles from the entries, where they were lost or changed.
    ///
    /// Nothing is written before the root is found to be the signed one: tiles that differ from
    /// the entries tell which entry was changed. Until then they are held, 32 bytes an entry.
    async fn make_tiles_again(&self, signed: &Signed) -> Result<Tree> {
        let (mut tree, mut tiles) = (Tree::default(), Vec::new());
        let mut lines = self.objects.lines(0..signed.size);
        while let Some((_, line)) = lines.try_next().await? {
            tiles.extend(tree.push(tree::leaf(&line)));
        }
        if tree.root() != signed.root {
            return Err(Error::refused(
                "the entries of the audit log are not those that were signed",
            )
            .with_hint("voxql audit verify shows what was changed"));
        }
        for tile in tiles.into_iter().chain(tree.open()) {
            self.objects.write_tile(tile).await?;
        }
        Ok(tree)
    }

    /// Adds the entries up to `size` to the tree, and writes the tiles that change with them.
    /// Gives those that are full now.
    async fn extend(&self, tree: &mut Tree, size: u64) -> Result<Vec<tlog_tiles::Tile>> {
        let mut full = Vec::new();
        let mut lines = self.objects.lines(tree.size()..size);
        let signed_size = tree.size();
        while let Some((index, line)) = lines.try_next().await? {
            let line = match Record::parse(index, &line) {
                Some(_) => line,
                None => self.write_off(index).await?,
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

    /// Replaces an entry that cannot be read and is not signed yet.
    ///
    /// An entry appears with all of its content, so this is none that another command is about to
    /// write: its name was on disk before a power cut, and its content was not.
    async fn write_off(&self, index: u64) -> Result<Bytes> {
        let line = Bytes::from(Entry::lost().to_line());
        self.objects
            .put(&entry_name(index), line.clone(), PutMode::Overwrite)
            .await?;
        Ok(line)
    }

    /// Puts a checkpoint of `size` entries in the place of the one that it was made from.
    async fn publish(
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
                return Ok(Publication::Outrun);
            }
            Err(StoreError::NotImplemented { .. }) if published.is_some() => {}
            Err(error) => return Err(error.into()),
        }
        // The local file system replaces a file whatever is in it. A look before the leap keeps
        // the checkpoint from going back, but for the instant in between, which `sign_from` makes
        // up for. Locking instead would leave a lock behind whenever a command is killed.
        if let Some(Published { signed, .. }) = self.published().await? {
            let is_ahead = signed.size > size || (signed.size == size && signed.is_by_newest);
            if is_ahead {
                return Ok(Publication::Outrun);
            }
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

fn outrun() -> Error {
    Error::conflict(format!(
        "other commands wrote to the audit log first, {ATTEMPTS_MAX} times"
    ))
    .with_hint("try again when fewer commands run at once")
}
