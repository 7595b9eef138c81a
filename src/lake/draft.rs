//! A lake before it is there: its settings and key are in memory until there is something to keep
//! in it.

use std::path::PathBuf;

use datafusion_functions_nps::Pseudonymizer;

use super::Lake;
use super::settings::Settings;
use crate::error::Result;
use crate::privacy::keys::MasterKey;
use crate::privacy::seal::Sealer;

/// What pseudonyms are made with: the settings and key of a lake, or those that a new one would
/// get.
#[derive(Debug)]
pub(crate) struct Draft {
    settings: Settings,
    key: MasterKey,
    /// What pseudonyms are made with; the same until the key is changed.
    pseudonym_key: MasterKey,
    /// The key was made for this lake and is nowhere yet.
    key_is_new: bool,
}

impl Draft {
    pub(crate) fn pseudonymizer(&self) -> Pseudonymizer {
        self.pseudonym_key.pseudonymizer(&self.settings.id)
    }

    /// Whether people have to grant consent before the lake may know of them.
    pub(crate) fn requires_consent(&self) -> bool {
        self.settings.consent.is_some()
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(&self.key, &self.settings.id)
    }

    fn is_of(&self, settings: &Settings) -> bool {
        self.settings.id == settings.id
    }
}

impl Lake {
    /// The settings and key of the lake; new ones where there is no lake, and no key. Nothing is
    /// written.
    pub(crate) async fn draft(&self) -> Result<Draft> {
        if let Some(settings) = self.settings().await? {
            let key = self.key_of(settings)?;
            return Ok(Draft {
                settings: settings.clone(),
                pseudonym_key: self.pseudonym_key(settings, &key)?,
                key,
                key_is_new: false,
            });
        }
        let (key, key_is_new) = match self.inner.key.find()? {
            Some(key) => (key, false),
            None => (MasterKey::generate()?, true),
        };
        Ok(Draft {
            settings: Settings::new(&key)?,
            pseudonym_key: key.clone(),
            key,
            key_is_new,
        })
    }

    /// Whether another process has made the lake, so that it is not that of the draft.
    pub(crate) async fn is_other_than(&self, draft: &Draft) -> Result<bool> {
        let settings = self.settings().await?;
        Ok(settings.is_some_and(|settings| !draft.is_of(settings)))
    }

    /// Makes the lake of the draft, unless it is there. False where another process has made
    /// another one meanwhile, or its key. `new_key` becomes the file of the key where that was
    /// written, also before an error.
    pub(crate) async fn make(&self, draft: &Draft, new_key: &mut Option<PathBuf>) -> Result<bool> {
        if let Some(settings) = self.settings().await? {
            return Ok(draft.is_of(settings));
        }
        if draft.key_is_new {
            match self.inner.key.save(&draft.key)? {
                Some(path) => *new_key = Some(path),
                None => return Ok(false),
            }
        }
        let settings = draft
            .settings
            .create(&*self.store()?, &self.location().store_path()?)
            .await
            .map_err(|error| error.at(self.location()))?;
        let is_made = draft.is_of(&settings);
        self.inner.settings.get_or_init(|| async { settings }).await;
        Ok(is_made)
    }
}
