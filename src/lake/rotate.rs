//! Changing the key of a lake.
//!
//! Identities are sealed anew with the new key. Pseudonyms stay, or nobody's answers would meet any
//! more: what they are made with, which came from the first key, is kept in lake.toml, closed with
//! the new one.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BinaryArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, cast};
use datafusion::prelude::{create_udf, ident, lit};
use zeroize::Zeroizing;

use super::append::{Append, Appended, Attempts, Order};
use super::audit::audit_signer;
use super::identities::{KEY, RESPONDENT, SEALED};
use super::memory::default_bytes;
use super::rewrite::remove_earlier;
use super::settings::{KeyChange, Settings};
use super::{Lake, audit};
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, Entry};
use crate::privacy::keys::{KeySource, MasterKey};
use crate::privacy::seal::Sealer;

/// What changing the key did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotateSummary {
    /// Rows of identities that were sealed anew.
    pub resealed: usize,
    /// The fingerprint of the new key.
    pub key_fingerprint: String,
    /// The file of the new key, where it was made.
    pub new_key_file: Option<PathBuf>,
}

/// What tells keys apart, sixteen hexadecimal digits each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyFingerprints {
    /// Of the key that the lake has.
    pub of_lake: String,
    /// Of the key on this machine, where there is one.
    pub of_key: Option<String>,
}

impl Lake {
    /// The fingerprints of the lake's key and of the one on this machine.
    ///
    /// # Errors
    /// Where there is no lake, or a key that cannot be read.
    pub async fn key_fingerprints(&self) -> Result<KeyFingerprints> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let key = self.inner.key.find()?;
        Ok(KeyFingerprints {
            of_lake: settings.key_fingerprint.clone(),
            of_key: key.map(|key| key.fingerprint(&settings.id)),
        })
    }

    /// The lake's key as 64 hexadecimal digits. It opens everything: keep it apart from the lake.
    ///
    /// # Errors
    /// Where there is no lake, or not its key.
    pub async fn export_key(&self) -> Result<Zeroizing<String>> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let key = self.key_of(settings)?;
        self.audit(&Entry::new(Action::KeysExport)).await?;
        Ok(key.to_hex())
    }

    /// Changes the key: what is sealed of people is sealed anew with the key in this file, which is
    /// made where there is none, and files sealed with the old one are removed. Pseudonyms stay the
    /// same. What did not end is done by doing it once more, with the old key still at hand.
    ///
    /// # Errors
    /// Without the lake or its key, where the lake has the new key already, when an import is always
    /// faster, and when the storage fails.
    pub async fn rotate_key(&self, to: impl Into<PathBuf>) -> Result<RotateSummary> {
        let source = KeySource::File(to.into());
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let known = source.find()?;
        let is_changed = known
            .as_ref()
            .is_some_and(|new| new.fingerprint(&settings.id) == settings.key_fingerprint);
        // Where the settings name the new key already, the change was begun, and what is on this
        // machine beside it is the key before.
        let old = match is_changed {
            true => self.inner.key.find()?.ok_or_else(has_it_already)?,
            false => self.key_of(settings)?,
        };
        let (new, new_key_file) = match known {
            Some(key) => (key, None),
            None => {
                let key = MasterKey::generate()?;
                let file = source.save(&key)?;
                let kept = source.find()?;
                (kept.unwrap_or(key), file)
            }
        };
        let keys = Keys::new(&settings.id, &old, &new);
        let is_same = keys.old_fingerprint == keys.new_fingerprint;
        if is_same || (is_changed && !was_replaced(settings, &old)?) {
            return Err(has_it_already());
        }
        if !is_changed {
            self.audit(&audit::begun(Action::KeysRotate)).await?;
        }
        let mut resealed = self.reseal(&keys).await?;
        if !is_changed {
            self.change_settings(settings, &old, &new, &keys).await?;
            // Imports that ran meanwhile have sealed with the key that they began with.
            resealed += self.reseal(&keys).await?;
        }
        if let Some(table) = self.identities().await? {
            remove_earlier(table).await?;
        }
        let entry = audit::done(Action::KeysRotate).with("sealed_anew", resealed as u64);
        self.audit_under_new_key(settings, &old, &new, &entry)
            .await?;
        Ok(RotateSummary {
            resealed,
            key_fingerprint: keys.new_fingerprint,
            new_key_file,
        })
    }

    async fn change_settings(
        &self,
        settings: &Settings,
        old: &MasterKey,
        new: &MasterKey,
        keys: &Keys,
    ) -> Result<()> {
        let id = &settings.id;
        let before = settings.audit.iter().flat_map(|audit| &audit.replaced_keys);
        let mut replaced_audit_keys: Vec<String> = before.cloned().collect();
        replaced_audit_keys.push(audit_signer(id, old)?.verifying_key().to_owned());
        let change = KeyChange {
            from: keys.old_fingerprint.clone(),
            to: keys.new_fingerprint.clone(),
            pseudonyms: keys.new.seal_key(&self.pseudonym_key(settings, old)?),
            audit_key: audit_signer(id, new)?.verifying_key().to_owned(),
            replaced_audit_keys,
        };
        let root = self.location().store_path()?;
        let changed = Settings::change_key(&*self.store()?, &root, &change).await;
        changed.map_err(|error| error.at(self.location()))
    }

    /// Seals anew what another key has sealed, in one commit.
    async fn reseal(&self, keys: &Keys) -> Result<usize> {
        let context = self.writing_context(default_bytes())?;
        let mut attempts = Attempts::at(self);
        loop {
            let Some(table) = self.identities().await? else {
                return Ok(0);
            };
            let rows = context.read_table(table.table_provider().await?)?;
            let is_other = ident(KEY).not_eq(lit(&keys.new_fingerprint));
            let count = rows.clone().filter(is_other)?.count().await?;
            if count == 0 {
                return Ok(0);
            }
            let resealed = rows
                .with_column(
                    SEALED,
                    reseal_function(keys).call(vec![
                        cast(ident(RESPONDENT), DataType::Utf8),
                        cast(ident(SEALED), DataType::Binary),
                        cast(ident(KEY), DataType::Utf8),
                    ]),
                )?
                .with_column(KEY, lit(&keys.new_fingerprint))?;
            let log = table.snapshot()?.snapshot().log_data();
            let removed = log.iter().map(|file| file.remove_action(true)).collect();
            let append = Append {
                removed,
                ..Append::new(&table, resealed, Order::By(RESPONDENT))
            };
            if let Appended::Done { .. } = append.run().await? {
                return Ok(count);
            }
            attempts
                .raced("the change of the key has not ended")
                .await?;
        }
    }
}

/// The keys between which identities change.
#[derive(Clone)]
struct Keys {
    old: Sealer,
    old_fingerprint: String,
    new: Sealer,
    new_fingerprint: String,
}

impl Keys {
    fn new(lake_id: &str, old: &MasterKey, new: &MasterKey) -> Self {
        Self {
            old: Sealer::new(old, lake_id),
            old_fingerprint: old.fingerprint(lake_id),
            new: Sealer::new(new, lake_id),
            new_fingerprint: new.fingerprint(lake_id),
        }
    }
}

/// Whether the lake had this key before: its audit log was signed with it.
fn was_replaced(settings: &Settings, key: &MasterKey) -> Result<bool> {
    let signer = audit_signer(&settings.id, key)?;
    let mut replaced = settings.audit.iter().flat_map(|audit| &audit.replaced_keys);
    Ok(replaced.any(|replaced| replaced == signer.verifying_key()))
}

fn has_it_already() -> Error {
    Error::invalid("the new key is the key that the lake has already").with_hint(
        "name a file that is not there, for a new key to be made in it; to end a change that was \
         interrupted, set VOXQL_KEY or VOXQL_KEY_FILE to the key before it",
    )
}

/// What is sealed of a respondent, sealed anew where another key than the new one has.
fn reseal_function(keys: &Keys) -> ScalarUDF {
    let keys = keys.clone();
    let reseal = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let respondents = arrays[0].as_string::<i32>();
        let sealed = arrays[1].as_binary::<i32>();
        let of_keys = arrays[2].as_string::<i32>();
        let resealed = (0..sealed.len()).map(|row| {
            if of_keys.value(row) == keys.new_fingerprint {
                return Ok(sealed.value(row).to_vec());
            }
            let respondent = respondents.value(row);
            let person = keys.old.open(respondent, sealed.value(row))?;
            Ok(keys.new.seal(respondent, &person))
        });
        let resealed = resealed.collect::<Result<Vec<_>>>()?;
        let resealed = BinaryArray::from_iter_values(resealed);
        Ok(ColumnarValue::Array(Arc::new(resealed)))
    };
    create_udf(
        "voxql_reseal",
        vec![DataType::Utf8, DataType::Binary, DataType::Utf8],
        DataType::Binary,
        Volatility::Immutable,
        Arc::new(reseal),
    )
}
