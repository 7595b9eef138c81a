//! `lake.toml`: settings that belong to the lake as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use chrono::{DateTime, Days, Utc};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion};
use serde::{Deserialize, Serialize};
use toml_edit::{Array, DocumentMut, Item, value};

use super::settings_error::explain;
use super::zone::Zone;
use crate::error::{Error, Result};
use crate::privacy::audit::AuditSigner;
use crate::privacy::keys::MasterKey;
use crate::privacy::roles::{Role, RoleRules};

/// The name of the settings file at the root of a lake.
pub(crate) const FILE_NAME: &str = "lake.toml";

/// The property of the table `responses` with a copy of the file, of the last import.
pub(super) const SETTINGS_PROPERTY: &str = "voxql.settings";

/// The newest layout this version reads and writes.
const FORMAT: u32 = 2;

/// Purpose from which the key of a lake's audit log is derived.
const AUDIT_PURPOSE: &str = "voxql/audit/v1";

/// The signer of a lake's audit log under a key.
pub(super) fn audit_signer(lake_id: &str, key: &MasterKey) -> Result<AuditSigner> {
    AuditSigner::new(lake_id, &key.derive(lake_id, AUDIT_PURPOSE))
}

/// The content of `lake.toml`.
///
/// Unknown sections are an error: a retention or consent rule that silently does nothing would be
/// worse than none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Version of the lake's layout.
    pub(crate) format: u32,
    /// Random id of the lake: pseudonyms of two lakes differ even under one key.
    pub(crate) id: String,
    /// Recognises the right key without revealing it.
    pub(crate) key_fingerprint: String,
    pub(crate) keys: Option<KeySettings>,
    pub(crate) audit: Option<AuditSettings>,
    time: Option<TimeSettings>,
    pub(crate) consent: Option<ConsentSettings>,
    pub(crate) validity: Option<ValiditySettings>,
    pub(crate) retention: Option<RetentionSettings>,
    pub(crate) inventory: Option<InventorySettings>,
    pub(crate) rollup: Option<RollupSettings>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) roles: BTreeMap<String, RoleRules>,
}

/// The section `[keys]`, present once the key was rotated.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySettings {
    /// The key that pseudonyms are derived from, sealed with the lake's key.
    pub(crate) pseudonyms: String,
}

/// The section `[audit]`: public keys that verify signatures of the audit log.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditSettings {
    /// Verifies signatures made under the lake's key.
    pub(crate) key: String,
    /// Keys from before rotations: checkpoints that were kept elsewhere may be signed with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replaced_keys: Vec<String>,
}

/// The section `[time]`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TimeSettings {
    /// The zone of the lake's days and months.
    zone: Zone,
}

/// The section `[consent]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentSettings {
    /// Without this consent a score is imported without respondent and comment.
    pub(crate) require: RequiredConsent,
}

/// The values of `[consent] require`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequiredConsent {
    Granted,
}

/// The section `[validity]`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValiditySettings {
    /// Age from which a response is no longer in `valid_responses`.
    pub(crate) days: PastDays,
}

/// The section `[retention]`. Data without a limit is kept forever.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionSettings {
    pub(crate) responses_days: Option<PastDays>,
    pub(crate) comments_days: Option<PastDays>,
    /// Counted from each respondent's newest response.
    pub(crate) identities_days: Option<PastDays>,
    /// How long the list of forgotten people keeps a person.
    pub(crate) suppressions_days: Option<PastDays>,
    /// How long earlier versions keep the person of a response whose consent was withdrawn.
    pub(crate) withdrawn_days: Option<u32>,
}

/// A number of days up to now, at least one: with zero, nothing would be left.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct PastDays(NonZeroU32);

impl PastDays {
    /// The start of these days.
    pub(crate) fn start(self) -> DateTime<Utc> {
        let days = Days::new(self.0.get().into());
        let start = Utc::now().checked_sub_days(days);
        start.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl fmt::Display for PastDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The section `[inventory]`: facts about the processing that only people know.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventorySettings {
    /// The controller, who decides why and how the data is processed, with contact.
    pub(crate) controller: Option<String>,
    /// Purpose of the processing.
    pub(crate) purpose: Option<String>,
    /// Legal basis, such as consent or legitimate interest.
    pub(crate) legal_basis: Option<String>,
    /// The recipients of data from the lake.
    pub(crate) recipients: Option<String>,
}

/// The section `[rollup]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollupSettings {
    /// The kept columns by which responses are counted.
    pub(crate) dimensions: Vec<String>,
}

/// The settings that change with a key rotation.
#[derive(Debug)]
pub(crate) struct KeyChange {
    /// Fingerprint of the current key.
    pub(crate) from: String,
    /// Fingerprint of the new key.
    pub(crate) to: String,
    /// The key that pseudonyms are derived from, sealed with the new key.
    pub(crate) pseudonyms: String,
    /// Verifies the audit log from now on.
    pub(crate) audit_key: String,
    /// Verified the audit log before.
    pub(crate) replaced_audit_keys: Vec<String>,
}

impl Settings {
    /// Settings for a new lake under `key` whose days are those of `zone`.
    pub(crate) fn new(key: &MasterKey, zone: Zone) -> Result<Self> {
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
            time: (!zone.is_utc()).then_some(TimeSettings { zone }),
            consent: None,
            validity: None,
            retention: None,
            inventory: None,
            rollup: None,
            roles: BTreeMap::new(),
        })
    }

    /// The zone that the lake's days are to be of. Those of the responses in the lake are of the zone
    /// of their table, which `voxql optimize` changes to this one.
    pub(super) fn zone(&self) -> Zone {
        self.time.map_or(Zone::UTC, |time| time.zone)
    }

    /// True if an earlier version of voxql made the lake.
    pub(super) fn is_of_earlier_format(&self) -> bool {
        self.format < FORMAT
    }

    /// The keys that signed the audit log before rotations.
    pub(super) fn replaced_audit_keys(&self) -> impl Iterator<Item = &str> {
        let replaced = self.audit.iter().flat_map(|audit| &audit.replaced_keys);
        replaced.map(String::as_str)
    }

    /// The roles, by name.
    pub(crate) fn roles(&self) -> impl Iterator<Item = Role> {
        self.roles.iter().map(|(name, rules)| Role {
            name: name.clone(),
            rules: rules.clone(),
        })
    }

    /// The text of the file; `None` if there is none.
    pub(super) async fn text(store: &dyn ObjectStore, root: &Path) -> Result<Option<String>> {
        let bytes = match store.get(&root.clone().join(FILE_NAME)).await {
            Ok(found) => found.bytes().await?,
            Err(error @ object_store::Error::NotFound { .. }) => {
                // A missing bucket is not a missing lake.
                let error = Error::from(error);
                return if error.hint().is_some() {
                    Err(error)
                } else {
                    Ok(None)
                };
            }
            Err(error) => return Err(error.into()),
        };
        match String::from_utf8(bytes.into()) {
            Ok(text) if !text.trim().is_empty() => Ok(Some(text)),
            Ok(_) => Err(unreadable("is empty")),
            Err(_) => Err(unreadable("is not text")),
        }
    }

    /// Writes the file from its copy, unless there is one.
    pub(super) async fn restore(store: &dyn ObjectStore, root: &Path, copy: String) -> Result<()> {
        let options = PutOptions::from(PutMode::Create);
        store
            .put_opts(&root.clone().join(FILE_NAME), copy.into(), options)
            .await?;
        Ok(())
    }

    /// Reads the settings. Returns `None` if the lake does not exist.
    pub(crate) async fn read(store: &dyn ObjectStore, root: &Path) -> Result<Option<Self>> {
        let Some(text) = Self::text(store, root).await? else {
            return Ok(None);
        };
        // What a later format has is no mistake.
        let format = text.parse::<DocumentMut>().ok();
        let format = format.and_then(|settings| settings.get("format")?.as_integer());
        if let Some(format) = format.filter(|format| *format > i64::from(FORMAT)) {
            return Err(Error::invalid(format!(
                "{FILE_NAME}: the lake has format {format}, and this version of voxql reads up to {FORMAT}"
            ))
            .with_hint("use the version of voxql that wrote it, or a later one"));
        }
        let settings: Self =
            toml::from_str(&text).map_err(|error| explain(FILE_NAME, &text, &error))?;
        Ok(Some(settings))
    }

    /// Changes the key, and what the file keeps of the previous one. Nothing else changes.
    ///
    /// # Errors
    /// Returns an error if the key has changed in the meantime.
    pub(crate) async fn change_key(
        store: &dyn ObjectStore,
        root: &Path,
        change: &KeyChange,
    ) -> Result<()> {
        let edit = |settings: &mut DocumentMut| {
            if settings.get("key_fingerprint").and_then(Item::as_str) != Some(change.from.as_str())
            {
                return Err(Error::conflict(format!(
                    "{FILE_NAME}: another process changed the key in the meantime"
                ))
                .with_hint("check it with: voxql keys show-fingerprint"));
            }
            settings["key_fingerprint"] = value(&change.to);
            settings["keys"]["pseudonyms"] = value(&change.pseudonyms);
            settings["audit"]["key"] = value(&change.audit_key);
            let replaced = change.replaced_audit_keys.iter().collect::<Array>();
            settings["audit"]["replaced_keys"] = value(replaced);
            Ok(())
        };
        Self::edit(store, root, edit).await
    }

    /// Sets the format to the newest, and the zone. Nothing else changes.
    pub(super) async fn change_format_and_zone(
        store: &dyn ObjectStore,
        root: &Path,
        zone: Zone,
    ) -> Result<()> {
        let edit = |settings: &mut DocumentMut| {
            settings["format"] = value(i64::from(FORMAT));
            let has_time = settings.get("time").is_some();
            if has_time || !zone.is_utc() {
                let time = settings.entry("time").or_insert_with(toml_edit::table);
                time["zone"] = value(zone.name());
            }
            Ok(())
        };
        Self::edit(store, root, edit).await
    }

    /// Changes the file, unless another process changes it at the same time.
    async fn edit(
        store: &dyn ObjectStore,
        root: &Path,
        edit: impl FnOnce(&mut DocumentMut) -> Result<()>,
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
        edit(&mut settings)?;
        let text = settings.to_string();
        let update = PutOptions::from(PutMode::Update(version));
        match store.put_opts(&path, text.clone().into(), update).await {
            // A folder has no conditional update, but replaces the whole file atomically.
            Err(object_store::Error::NotImplemented { .. }) => {
                store.put(&path, text.into()).await?;
                Ok(())
            }
            outcome => outcome.map(|_| ()).map_err(Error::from),
        }
    }

    /// Writes the settings of a new lake, followed by comments. If another process wrote some first,
    /// reads those.
    pub(crate) async fn create(
        &self,
        store: &dyn ObjectStore,
        root: &Path,
        comments: &str,
    ) -> Result<Self> {
        let path = root.clone().join(FILE_NAME);
        let text = toml::to_string(self)
            .map_err(|error| Error::invalid(format!("{FILE_NAME}: {error}")))?;
        let options = PutOptions::from(PutMode::Create);
        match store
            .put_opts(&path, (text + comments).into(), options)
            .await
        {
            Ok(_) => Ok(self.clone()),
            Err(object_store::Error::AlreadyExists { .. }) => Self::read(store, root)
                .await?
                .ok_or_else(|| Error::conflict(format!("{FILE_NAME} was removed while reading"))),
            Err(error) => Err(error.into()),
        }
    }
}

/// The error for a file without settings.
fn unreadable(what: &str) -> Error {
    Error::invalid(format!("{FILE_NAME} {what}")).with_hint(
        "restore it from a backup, or remove it: voxql doctor --repair then writes it again from the copy in the \
         log of responses",
    )
}
