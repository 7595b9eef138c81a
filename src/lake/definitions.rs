//! The views and macros that a lake keeps: one file of SQL statements, replaced as a whole.
//!
//! Each change writes the file of the next version, `definitions/00000000000000000002.toml`, only if
//! it does not exist yet, so two writers cannot lose each other's change, on a folder as on an object
//! store. Older versions are removed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};

use super::append::Attempts;
use super::handle::Lake;
use crate::error::{Error, Result};

const FOLDER: &str = "definitions";

/// The newest layout of the file that this version reads and writes.
const FORMAT: u32 = 1;

/// Times that the file is listed again because it was replaced before it was read.
const READS_MAX: usize = 20;

/// The views and macros of a lake: the statements that create them, by name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definitions {
    format: u32,
    #[serde(default)]
    pub(crate) views: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) macros: BTreeMap<String, String>,
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            format: FORMAT,
            views: BTreeMap::new(),
            macros: BTreeMap::new(),
        }
    }
}

impl Definitions {
    fn parse(text: &str, place: &Path) -> Result<Self> {
        let invalid = |message: String| {
            Error::invalid(format!("{place}: {message}"))
                .with_hint("fix the file, or use the version of voxql that wrote it")
        };
        // Read first, so that a newer layout is not reported as a broken file.
        let table: toml::Table = toml::from_str(text)
            .map_err(|error| invalid(error.message().trim_end_matches('.').to_owned()))?;
        let format = table.get("format").and_then(toml::Value::as_integer);
        if format.is_some_and(|format| format > i64::from(FORMAT)) {
            return Err(Error::invalid(format!(
                "{place}: views and macros have format {}, and this version of voxql reads up to {FORMAT}",
                format.unwrap_or_default()
            ))
            .with_hint("update voxql"));
        }
        table
            .try_into()
            .map_err(|error: toml::de::Error| invalid(error.message().to_owned()))
    }
}

/// The version that was read last. A version never changes.
#[derive(Debug, Default)]
pub(super) struct DefinitionsCache(Mutex<Option<(u64, Arc<Definitions>)>>);

impl Lake {
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
            changed.format = FORMAT;
            let next = version + 1;
            let path = self.definitions_path(next)?;
            let text = toml::to_string(&changed)
                .map_err(|error| Error::invalid(format!("{path}: {error}")))?;
            let create = PutOptions::from(PutMode::Create);
            let is_written = match store.put_opts(&path, text.into(), create).await {
                Ok(_) => true,
                Err(object_store::Error::AlreadyExists { .. }) => false,
                Err(error) => return Err(Error::from(error).at(self.location())),
            };
            if is_written {
                let versions = self.definitions_versions().await?;
                if versions.iter().all(|version| *version <= next) {
                    let older = versions.into_iter().filter(|version| *version < next);
                    for version in older {
                        // What is left is not read, and the next change removes it.
                        let _ = store.delete(&self.definitions_path(version)?).await;
                    }
                    return Ok(());
                }
                // Others had replaced the version that was read, and removed this one before.
                store.delete(&path).await?;
            }
            attempts.back_off("views and macros are unchanged").await?;
        }
    }

    async fn newest_definitions(&self) -> Result<(u64, Arc<Definitions>)> {
        let store = self.store()?;
        for _ in 0..READS_MAX {
            let versions = self.definitions_versions().await?;
            let Some(version) = versions.into_iter().max() else {
                return Ok((0, Arc::default()));
            };
            let cache = || {
                let cached = &self.definitions_cache().0;
                cached.lock().unwrap_or_else(PoisonError::into_inner)
            };
            if let Some((cached, definitions)) = cache().as_ref()
                && *cached == version
            {
                return Ok((version, Arc::clone(definitions)));
            }
            let path = self.definitions_path(version)?;
            let bytes = match store.get(&path).await {
                Ok(found) => found.bytes().await?,
                // It was replaced after it was listed.
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(Error::from(error).at(self.location())),
            };
            let text = std::str::from_utf8(&bytes)
                .map_err(|error| Error::invalid(format!("{path}: {error}")))?;
            let definitions = Arc::new(Definitions::parse(text, &path)?);
            *cache() = Some((version, Arc::clone(&definitions)));
            return Ok((version, definitions));
        }
        Err(Error::conflict(format!(
            "{}: other processes keep changing the views and macros",
            self.location()
        ))
        .with_hint("try again"))
    }

    async fn definitions_versions(&self) -> Result<Vec<u64>> {
        let folder = self.location().store_path()?.join(FOLDER);
        let store = self.store()?;
        let files: Vec<_> = store.list(Some(&folder)).try_collect().await?;
        let version = |path: &Path| path.filename()?.strip_suffix(".toml")?.parse().ok();
        let versions = files.iter().filter_map(|file| version(&file.location));
        Ok(versions.collect())
    }

    fn definitions_path(&self, version: u64) -> Result<Path> {
        let folder = self.location().store_path()?.join(FOLDER);
        Ok(folder.join(format!("{version:020}.toml")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_named() {
        let parse = |text: &str| Definitions::parse(text, &Path::from("definitions/1.toml"));
        let newer = parse("format = 2\n[functions]\na = 'x'").unwrap_err();
        assert!(newer.to_string().contains("format 2"), "{newer}");
        assert!(parse("format = 1\n[functions]\na = 'x'").is_err());
        let read = parse("format = 1\n[views]\na = 'CREATE VIEW a AS SELECT 1'").unwrap();
        assert_eq!(read.views["a"], "CREATE VIEW a AS SELECT 1");
    }
}
