//! `lake.toml`: what belongs to the lake as a whole.

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::privacy::keys::MasterKey;

/// The name of the settings file at the root of a lake.
pub(crate) const FILE_NAME: &str = "lake.toml";

/// The newest layout this version reads and writes.
const FORMAT: u32 = 1;

/// The content of `lake.toml`.
///
/// Sections that this version does not know are an error rather than ignored: a retention or
/// consent rule that silently does nothing would be worse than none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Version of the lake's layout.
    pub(crate) format: u32,
    /// Random name of the lake: pseudonyms of two lakes differ even under one key.
    pub(crate) id: String,
    /// Tells the right key from a wrong one, without telling the key.
    pub(crate) key_fingerprint: String,
    /// How responses are counted ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rollup: Option<RollupSettings>,
}

/// The section `[rollup]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollupSettings {
    /// The kept columns that responses are counted by.
    pub(crate) dimensions: Vec<String>,
}

impl Settings {
    /// Settings for a new lake under `key`.
    pub(crate) fn new(key: &MasterKey) -> Result<Self> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)?;
        let id = data_encoding::HEXLOWER.encode(&random);
        Ok(Self {
            format: FORMAT,
            key_fingerprint: key.fingerprint(&id),
            id,
            rollup: None,
        })
    }

    /// Reads the settings, `None` where there is no lake.
    pub(crate) async fn read(store: &dyn ObjectStore, root: &Path) -> Result<Option<Self>> {
        let path = root.clone().join(FILE_NAME);
        let bytes = match store.get(&path).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { source, path }) => {
                // A missing bucket is no missing lake.
                let error = Error::from(object_store::Error::NotFound { source, path });
                return if error.hint().is_some() {
                    Err(error)
                } else {
                    Ok(None)
                };
            }
            Err(error) => return Err(error.into()),
        };
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Error::invalid(format!("{FILE_NAME}: {error}")))?;
        let settings: Self = toml::from_str(text).map_err(|error| {
            Error::invalid(format!(
                "{FILE_NAME}: {}",
                error.message().trim_end_matches('.')
            ))
            .with_hint("mend the file, or read the lake with the version of voxql that wrote it")
        })?;
        if settings.format > FORMAT {
            return Err(Error::invalid(format!(
                "{FILE_NAME}: the lake has format {}, this voxql reads up to {FORMAT}",
                settings.format
            ))
            .with_hint("update voxql"));
        }
        Ok(Some(settings))
    }

    /// Writes the settings of a new lake, unless another process was faster: then reads its.
    pub(crate) async fn create(&self, store: &dyn ObjectStore, root: &Path) -> Result<Self> {
        let path = root.clone().join(FILE_NAME);
        let text = toml::to_string(self)
            .map_err(|error| Error::invalid(format!("{FILE_NAME}: {error}")))?;
        let options = PutOptions::from(PutMode::Create);
        match store.put_opts(&path, text.into(), options).await {
            Ok(_) => Ok(self.clone()),
            Err(object_store::Error::AlreadyExists { .. }) => Self::read(store, root)
                .await?
                .ok_or_else(|| Error::conflict(format!("{FILE_NAME} was removed while reading"))),
            Err(error) => Err(error.into()),
        }
    }
}
