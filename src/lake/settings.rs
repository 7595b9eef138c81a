//! `lake.toml`: what belongs to the lake as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use chrono::{DateTime, Days, Utc};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion};
use serde::{Deserialize, Serialize};
use toml_edit::{Array, DocumentMut, Item, value};

use super::audit::audit_signer;
use crate::error::{Error, Result};
use crate::privacy::keys::MasterKey;
use crate::privacy::roles::{Role, RoleRules};

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
    /// What is kept of keys that the lake had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keys: Option<KeySettings>,
    /// What the audit log is signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audit: Option<AuditSettings>,
    /// Whose answers may be known as theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consent: Option<ConsentSettings>,
    /// How long an answer says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) validity: Option<ValiditySettings>,
    /// How long what is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retention: Option<RetentionSettings>,
    /// Who answers for the lake, and what for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inventory: Option<InventorySettings>,
    /// How responses are counted ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rollup: Option<RollupSettings>,
    /// Who sees what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) roles: BTreeMap<String, RoleRules>,
}

/// The section `[keys]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySettings {
    /// What pseudonyms are made with, closed with the lake's key.
    pub(crate) pseudonyms: String,
}

/// The section `[audit]`: what tells signatures of the audit log from others, no secrets.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditSettings {
    /// Of the lake's key.
    pub(crate) key: String,
    /// Of keys that it had before: checkpoints that were kept elsewhere may be signed with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replaced_keys: Vec<String>,
}

/// The section `[consent]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentSettings {
    /// The scores of all others come in without respondent and comment.
    pub(crate) require: RequiredConsent,
}

/// What `[consent] require` may say.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequiredConsent {
    Granted,
}

/// The section `[validity]`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValiditySettings {
    /// So old a response is not among `valid_responses` any more.
    pub(crate) days: PastDays,
}

/// The section `[retention]`. What is not said is kept for ever.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionSettings {
    pub(crate) responses_days: Option<PastDays>,
    pub(crate) comments_days: Option<PastDays>,
    /// Counted from the newest response of each.
    pub(crate) identities_days: Option<PastDays>,
}

/// A number of days up to now, one at least: of none, nothing would be left.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct PastDays(NonZeroU32);

impl PastDays {
    /// The moment when they began.
    pub(crate) fn begin(self) -> DateTime<Utc> {
        let days = Days::new(self.0.get().into());
        let begin = Utc::now().checked_sub_days(days);
        begin.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl fmt::Display for PastDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The section `[inventory]`: what only people know of the processing.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventorySettings {
    /// Who decides why and how the data are processed, and where to reach them.
    pub(crate) controller: Option<String>,
    /// What for.
    pub(crate) purpose: Option<String>,
    /// Why that is lawful, such as consent or legitimate interest.
    pub(crate) legal_basis: Option<String>,
    /// Who gets to see data of the lake.
    pub(crate) recipients: Option<String>,
}

/// The section `[rollup]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollupSettings {
    /// The kept columns that responses are counted by.
    pub(crate) dimensions: Vec<String>,
}

/// What changes in the settings with the key.
#[derive(Debug)]
pub(crate) struct KeyChange {
    /// The fingerprint of the key that the lake has.
    pub(crate) from: String,
    /// That of the new one.
    pub(crate) to: String,
    /// What pseudonyms are made with, closed with the new one.
    pub(crate) pseudonyms: String,
    /// What the audit log is signed with from now on.
    pub(crate) audit_key: String,
    /// What it was signed with before.
    pub(crate) replaced_audit_keys: Vec<String>,
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
            audit: Some(AuditSettings {
                key: audit_signer(&id, key)?.verifying_key().to_owned(),
                replaced_keys: Vec::new(),
            }),
            id,
            keys: None,
            consent: None,
            validity: None,
            retention: None,
            inventory: None,
            rollup: None,
            roles: BTreeMap::new(),
        })
    }

    /// The roles, by name.
    pub(crate) fn roles(&self) -> impl Iterator<Item = Role> {
        self.roles.iter().map(|(name, rules)| Role {
            name: name.clone(),
            rules: rules.clone(),
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
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            Error::invalid(format!(
                "{FILE_NAME}{}: {}",
                line.map(|line| format!(", line {line}"))
                    .unwrap_or_default(),
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

    /// Changes the key, and what is kept of the one before. Nothing else of the file changes.
    ///
    /// # Errors
    /// Where the lake has another key meanwhile.
    pub(crate) async fn change_key(
        store: &dyn ObjectStore,
        root: &Path,
        change: &KeyChange,
    ) -> Result<()> {
        let path = root.clone().join(FILE_NAME);
        let found = store.get(&path).await?;
        let version = UpdateVersion {
            e_tag: found.meta.e_tag.clone(),
            version: found.meta.version.clone(),
        };
        let bytes = found.bytes().await?;
        let text = String::from_utf8_lossy(&bytes);
        let mut settings: DocumentMut = text
            .parse()
            .map_err(|error| Error::invalid(format!("{FILE_NAME}: {error}")))?;
        if settings.get("key_fingerprint").and_then(Item::as_str) != Some(change.from.as_str()) {
            return Err(Error::conflict(format!(
                "{FILE_NAME}: the key was changed by somebody else meanwhile"
            ))
            .with_hint("see with: voxql keys show-fingerprint"));
        }
        settings["key_fingerprint"] = value(&change.to);
        settings["keys"]["pseudonyms"] = value(&change.pseudonyms);
        settings["audit"]["key"] = value(&change.audit_key);
        let replaced = change.replaced_audit_keys.iter().collect::<Array>();
        settings["audit"]["replaced_keys"] = value(replaced);
        let text = settings.to_string();
        let update = PutOptions::from(PutMode::Update(version));
        match store.put_opts(&path, text.clone().into(), update).await {
            // A folder has no such thing, and replaces the whole file at once.
            Err(object_store::Error::NotImplemented { .. }) => {
                store.put(&path, text.into()).await?;
                Ok(())
            }
            outcome => outcome.map(|_| ()).map_err(Error::from),
        }
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
