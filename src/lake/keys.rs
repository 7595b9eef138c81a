//! The key of a lake, and what is derived from it: pseudonyms, sealing, fingerprints.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion_functions_nps::{KeySource as FunctionKeySource, Pseudonymizer};
use zeroize::Zeroizing;

use super::handle::Lake;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, Entry};
use crate::privacy::keys::MasterKey;
use crate::privacy::seal::Sealer;

/// Fingerprints that identify keys, sixteen hexadecimal digits each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyFingerprints {
    /// Fingerprint of the lake's key.
    pub lake: String,
    /// Fingerprint of the key on this machine, if there is one.
    pub local: Option<String>,
}

impl Lake {
    /// The fingerprints of the lake's key and of the one on this machine.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist or a key cannot be read.
    pub async fn key_fingerprints(&self) -> Result<KeyFingerprints> {
        let settings = self.existing_settings().await?;
        let key = self.key_source().find()?;
        Ok(KeyFingerprints {
            lake: settings.key_fingerprint.clone(),
            local: key.map(|key| key.fingerprint(&settings.id)),
        })
    }

    /// The lake's key as 64 hexadecimal digits. It opens everything: keep it apart from the lake.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist or its key is not on this machine.
    pub async fn export_key(&self) -> Result<Zeroizing<String>> {
        let settings = self.existing_settings().await?;
        let key = self.key(settings)?;
        self.audit(&Entry::new(Action::KeysExport)).await?;
        Ok(key.to_hex())
    }

    /// The pseudonyms under the lake's key, which is checked against its fingerprint.
    pub(crate) async fn pseudonymizer(&self) -> Result<Pseudonymizer> {
        let settings = self.existing_settings().await?;
        let key = pseudonym_key(settings, &self.key(settings)?)?;
        Ok(key.pseudonymizer(&settings.id))
    }

    /// Seals and opens the identities of the lake's respondents.
    pub(super) async fn sealer(&self) -> Result<Sealer> {
        let settings = self.existing_settings().await?;
        Ok(Sealer::new(&self.key(settings)?, &settings.id))
    }

    /// The key of the lake with these settings.
    ///
    /// # Errors
    /// Returns an error if no key, or a different one, is on this machine.
    pub(super) fn key(&self, settings: &Settings) -> Result<MasterKey> {
        let key = self.key_source().find()?.ok_or_else(|| {
            Error::not_found(format!(
                "the key of lake {} is not on this machine",
                self.location()
            ))
            .with_hint("set VOXQL_KEY or VOXQL_KEY_FILE to the key the lake was created with")
        })?;
        if key.fingerprint(&settings.id) == settings.key_fingerprint {
            return Ok(key);
        }
        Err(Error::invalid(format!(
            "lake {} was created with a different key",
            self.location()
        ))
        .with_hint(
            "set VOXQL_KEY or VOXQL_KEY_FILE to the key the lake was created with: a different \
             key would give every respondent a second pseudonym",
        ))
    }
}

/// The key that pseudonyms are derived from: the first key of the lake.
pub(super) fn pseudonym_key(settings: &Settings, key: &MasterKey) -> Result<MasterKey> {
    match &settings.keys {
        None => Ok(key.clone()),
        Some(keys) => Sealer::new(key, &settings.id).open_key(&keys.pseudonyms),
    }
}

impl FunctionKeySource for Lake {
    /// Called while a query runs, from synchronous code inside the query's runtime, which must
    /// not be blocked; so the settings are read on a separate thread with its own small runtime.
    fn pseudonymizer(&self) -> Result<Arc<Pseudonymizer>, DataFusionError> {
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()?
                        .block_on(Lake::pseudonymizer(self))
                        .map(Arc::new)
                        .map_err(DataFusionError::from)
                })
                .join()
        })
        .unwrap_or_else(|_| {
            Err(DataFusionError::Execution(
                "the lake's key could not be read".to_owned(),
            ))
        })
    }
}
