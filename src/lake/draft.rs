//! A lake that may not exist yet: its settings and key stay in memory until the first import has
//! something to store.

use std::path::PathBuf;

use datafusion_functions_nps::Pseudonymizer;

use super::handle::Lake;
use super::keys::pseudonym_key;
use super::settings::Settings;
use super::suppressions::Suppressions;
use super::zone::Zone;
use crate::error::Result;
use crate::privacy::keys::MasterKey;
use crate::privacy::seal::Sealer;
use crate::privacy::suppression::SuppressionKey;

/// The settings and keys of a lake, or those that a new one would get.
#[derive(Debug)]
pub(crate) struct Draft {
    settings: Settings,
    key: MasterKey,
    /// The key that pseudonyms are derived from: the same until the key is rotated.
    pseudonym_key: MasterKey,
    /// The key was generated for this lake and is not stored anywhere yet.
    key_is_new: bool,
    /// The people whom the import must not bring back.
    suppressions: Suppressions,
}

impl Draft {
    pub(crate) fn pseudonymizer(&self) -> Pseudonymizer {
        self.pseudonym_key.pseudonymizer(&self.settings.id)
    }

    /// True if respondents must grant consent before the lake may identify them.
    pub(crate) fn requires_consent(&self) -> bool {
        self.settings.consent.is_some()
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(&self.key, &self.settings.id)
    }

    pub(crate) fn suppressions(&self) -> &Suppressions {
        &self.suppressions
    }

    /// The zone of the lake's days if it has no responses yet.
    pub(super) fn zone(&self) -> Zone {
        self.settings.zone()
    }

    fn matches(&self, settings: &Settings) -> bool {
        self.settings.id == settings.id
    }
}

impl Lake {
    /// The settings and key of the lake, or new ones, with days of `zone`, if it does not exist.
    /// Writes nothing.
    pub(crate) async fn draft(&self, zone: Zone) -> Result<Draft> {
        if let Some(settings) = self.settings().await? {
            let key = self.key(settings)?;
            let pseudonym_key = pseudonym_key(settings, &key)?;
            let suppression_key = SuppressionKey::new(&pseudonym_key, &settings.id);
            return Ok(Draft {
                settings: settings.clone(),
                pseudonym_key,
                key,
                key_is_new: false,
                suppressions: self.suppressions_under(suppression_key).await?,
            });
        }
        let (key, key_is_new) = match self.key_source().find()? {
            Some(key) => (key, false),
            None => (MasterKey::generate()?, true),
        };
        let settings = Settings::new(&key, zone)?;
        let suppression_key = SuppressionKey::new(&key, &settings.id);
        Ok(Draft {
            settings,
            pseudonym_key: key.clone(),
            key,
            key_is_new,
            suppressions: Suppressions::none(suppression_key),
        })
    }

    /// True if another process has created the lake, so that it is not the one drafted.
    pub(crate) async fn differs_from(&self, draft: &Draft) -> Result<bool> {
        let settings = self.settings().await?;
        Ok(settings.is_some_and(|settings| !draft.matches(settings)))
    }

    /// Creates the drafted lake unless it exists. Returns false if another process created a
    /// different lake, or its key, in the meantime. `comments` follow the settings in lake.toml. Sets
    /// `new_key` to the path of the key file as soon as that is written, even if an error follows.
    pub(crate) async fn create(
        &self,
        draft: &Draft,
        comments: &str,
        new_key: &mut Option<PathBuf>,
    ) -> Result<bool> {
        if let Some(settings) = self.settings().await? {
            return Ok(draft.matches(settings));
        }
        if draft.key_is_new {
            match self.key_source().save(&draft.key)? {
                Some(path) => *new_key = Some(path),
                None => return Ok(false),
            }
        }
        let settings = draft
            .settings
            .create(&*self.store()?, &self.location().store_path()?, comments)
            .await
            .map_err(|error| error.at(self.location()))?;
        let is_created = draft.matches(&settings);
        self.remember_settings(settings).await;
        Ok(is_created)
    }
}
