//! The files with the views and macros of a lake: `definitions/00000000000000000002.toml`.
//!
//! Each change writes the file of the next version, and only if there is none, so two writers cannot lose
//! each other's change, on a folder as on an object store. The file of the version before is then
//! emptied, not removed: a slow writer could create a removed one again. So what was written into an
//! older view is gone, and the newest version is the greatest one. The last line is a comment with the checksum
//! of the name and the lines before it.

use std::sync::Arc;

use crc32fast::Hasher;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use super::append::Attempts;
use super::definitions::Definitions;
use super::handle::Lake;
use super::location::place_in_store;
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, Entry};

/// The folder of the files.
pub(super) const FOLDER: &str = "definitions";

/// The detail of an audit entry with the version of the views and macros.
pub(super) const DEFINITIONS_VERSION: &str = "definitions";

/// The text before the checksum.
const MARK: &str = "# crc32 ";

/// Times that the files are listed again because the newest was emptied before it was read.
const READS_MAX: usize = 20;

impl Lake {
    /// The newest version of the views and macros; 0 if there is none.
    pub(super) async fn definitions_version(&self) -> Result<u64> {
        let versions = self.definitions_versions().await?;
        Ok(versions
            .iter()
            .map(|(version, _)| *version)
            .max()
            .unwrap_or_default())
    }

    /// The newest views and macros; none if the lake has none or does not exist.
    pub(crate) async fn definitions(&self) -> Result<Arc<Definitions>> {
        Ok(self.newest_definitions().await?.1)
    }

    /// Changes the views and macros. If another process changes them at the same time, `change` is
    /// applied to its result.
    ///
    /// # Errors
    /// Returns the error of `change`, or an error if the lake does not exist or cannot be written.
    pub(crate) async fn change_definitions(
        &self,
        change: impl Fn(&mut Definitions) -> Result<()>,
    ) -> Result<()> {
        self.existing_settings().await?;
        let store = self.store()?;
        let mut attempts = Attempts::new(self);
        loop {
            let (version, current) = self.newest_definitions().await?;
            let mut changed = current.as_ref().clone();
            change(&mut changed)?;
            let path = self.definitions_path(version + 1)?;
            let create = PutOptions::from(PutMode::Create);
            match store
                .put_opts(&path, sealed(changed.to_toml()?, &path).into(), create)
                .await
            {
                Ok(_) => {
                    let entry = Entry::new(Action::Define).with("state", "done");
                    self.audit(&entry.with(DEFINITIONS_VERSION, version + 1))
                        .await?;
                    return self.empty_definitions_before(version + 1).await;
                }
                Err(object_store::Error::AlreadyExists { .. }) => {}
                Err(error) => return Err(Error::from(error).at(self.location())),
            }
            attempts.back_off("views and macros are unchanged").await?;
        }
    }

    /// Empties the files before a version, those that a killed process left included.
    async fn empty_definitions_before(&self, newest: u64) -> Result<()> {
        let store = self.store()?;
        for (version, size) in self.definitions_versions().await? {
            if version < newest && size > 0 {
                let path = self.definitions_path(version)?;
                store.put(&path, PutPayload::default()).await?;
            }
        }
        Ok(())
    }

    async fn newest_definitions(&self) -> Result<(u64, Arc<Definitions>)> {
        let store = self.store()?;
        let place = |path: &Path| place_in_store(self.location().url(), path);
        let mut empty = None;
        for _ in 0..READS_MAX {
            let versions = self.definitions_versions().await?;
            let Some((version, _)) = versions.into_iter().max() else {
                return Ok((0, Arc::default()));
            };
            if let Some(definitions) = self.definitions_cache().get(version) {
                return Ok((version, definitions));
            }
            let path = self.definitions_path(version)?;
            let bytes = store.get(&path).await?.bytes().await?;
            if bytes.is_empty() {
                if empty == Some(version) {
                    return Err(
                        Error::damaged("the newest file of views and macros is empty")
                            .at(place(&path)),
                    );
                }
                // A newer version was written after the list.
                empty = Some(version);
                continue;
            }
            let text = std::str::from_utf8(&bytes)
                .map_err(|error| Error::damaged(error.to_string()).at(place(&path)))?;
            check(text, &path).map_err(|error| error.at(place(&path)))?;
            let definitions = Arc::new(Definitions::parse(text, &path)?);
            self.definitions_cache().set(version, &definitions);
            return Ok((version, definitions));
        }
        Err(Error::conflict(format!(
            "{}: other processes keep changing the views and macros",
            self.location()
        ))
        .with_hint("try again"))
    }

    /// The versions and the sizes of their files.
    async fn definitions_versions(&self) -> Result<Vec<(u64, u64)>> {
        let folder = self.location().store_path()?.join(FOLDER);
        let store = self.store()?;
        let files: Vec<_> = store.list(Some(&folder)).try_collect().await?;
        let version = |path: &Path| path.filename()?.strip_suffix(".toml")?.parse().ok();
        let versions = files
            .iter()
            .filter_map(|file| Some((version(&file.location)?, file.size)));
        Ok(versions.collect())
    }

    fn definitions_path(&self, version: u64) -> Result<Path> {
        let folder = self.location().store_path()?.join(FOLDER);
        Ok(folder.join(format!("{version:020}.toml")))
    }
}

/// The text with its checksum.
fn sealed(text: String, path: &Path) -> String {
    let crc = crc_of(&text, path);
    format!("{text}{MARK}{crc:08x}\n")
}

/// Checks the text of a file. Those of earlier versions of voxql have no checksum.
fn check(text: &str, path: &Path) -> Result<()> {
    let Some(at) = text.rfind(MARK) else {
        return Ok(());
    };
    let (content, mark) = text.split_at(at);
    if mark.trim_end() == format!("{MARK}{:08x}", crc_of(content, path)) {
        Ok(())
    } else {
        Err(Error::damaged(
            "the checksum of the views and macros is wrong",
        ))
    }
}

fn crc_of(text: &str, path: &Path) -> u32 {
    let mut crc = Hasher::new();
    crc.update(path.filename().unwrap_or_default().as_bytes());
    crc.update(text.as_bytes());
    crc.finalize()
}
