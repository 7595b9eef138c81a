//! Rotating the key of a lake.
//!
//! Identities are sealed again with the new key. Pseudonyms must stay the same, or the responses of
//! a person would no longer belong together: the key they are derived from, the lake's first one,
//! is kept in lake.toml, sealed with the new key.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BinaryArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, cast};
use datafusion::prelude::{create_udf, ident, lit};

use super::append::{Append, Appended, Attempts, Order};
use super::audit;
use super::handle::Lake;
use super::identities::{KEY, RESPONDENT, SEALED};
use super::keys::pseudonym_key;
use super::rewrite::remove_earlier;
use super::scan;
use super::settings::{KeyChange, Settings, audit_signer};
use crate::error::{Error, Result};
use crate::privacy::audit::Action;
use crate::privacy::keys::{KeySource, MasterKey};
use crate::privacy::seal::Sealer;

/// Result of a key rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotateSummary {
    /// Rows of identities that were sealed again.
    pub resealed: usize,
    /// The fingerprint of the new key.
    pub key_fingerprint: String,
    /// The file of the new key, if it was generated.
    pub new_key_file: Option<PathBuf>,
}

impl Lake {
    /// Rotates the key: seals the identities again with the key in this file, which is generated
    /// if the file does not exist, and removes files sealed with the old one. Pseudonyms stay the
    /// same. After an interruption, run it again with the old key still at hand.
    ///
    /// # Errors
    /// Returns an error if the lake or its key is missing, the lake has the new key already,
    /// imports keep committing first, or the storage fails.
    pub async fn rotate_key(&self, to: impl Into<PathBuf>) -> Result<RotateSummary> {
        let source = KeySource::File(to.into());
        let settings = self.existing_settings().await?;
        let existing = source.find()?;
        let is_changed = existing
            .as_ref()
            .is_some_and(|new| new.fingerprint(&settings.id) == settings.key_fingerprint);
        // If the settings name the new key already, an earlier rotation was interrupted, and the
        // other key on this machine is the old one.
        let old = if is_changed {
            self.key_source().find()?.ok_or_else(already_current)?
        } else {
            self.key(settings)?
        };
        let (new, new_key_file) = match existing {
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
            return Err(already_current());
        }
        if !is_changed {
            self.audit(&audit::begun(Action::KeysRotate)).await?;
        }
        let mut resealed = self.reseal(&keys).await?;
        if !is_changed {
            self.change_settings(settings, &old, &new, &keys).await?;
            // Imports that ran in the meantime have sealed with the key they started with.
            resealed += self.reseal(&keys).await?;
        }
        if let Some(table) = self.identities().await? {
            remove_earlier(table).await?;
        }
        let entry = audit::done(self, Action::KeysRotate)
            .await?
            .with("sealed_anew", resealed as u64);
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
        let replaced = settings.replaced_audit_keys().map(ToOwned::to_owned);
        let mut replaced_audit_keys: Vec<String> = replaced.collect();
        replaced_audit_keys.push(audit_signer(id, old)?.verifying_key().to_owned());
        let change = KeyChange {
            from: keys.old_fingerprint.clone(),
            to: keys.new_fingerprint.clone(),
            pseudonyms: keys.new.seal_key(&pseudonym_key(settings, old)?),
            audit_key: audit_signer(id, new)?.verifying_key().to_owned(),
            replaced_audit_keys,
        };
        let root = self.location().store_path()?;
        let changed = Settings::change_key(&*self.store()?, &root, &change).await;
        changed.map_err(|error| error.at(self.location()))
    }

    /// Seals all identities of other keys again with the new one, in one commit.
    async fn reseal(&self, keys: &Keys) -> Result<usize> {
        let context = self.writing_context(self.writing_bytes())?;
        let mut attempts = Attempts::new(self);
        loop {
            let Some(table) = self.identities().await? else {
                return Ok(0);
            };
            let rows = context.read_table(scan::provider(&table).await?)?;
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
                .back_off("the key rotation is not complete")
                .await?;
        }
    }
}

/// The keys of a rotation.
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

/// True if the lake had this key before: its audit log was signed with it.
fn was_replaced(settings: &Settings, key: &MasterKey) -> Result<bool> {
    let signer = audit_signer(&settings.id, key)?;
    let mut replaced = settings.replaced_audit_keys();
    Ok(replaced.any(|replaced| replaced == signer.verifying_key()))
}

fn already_current() -> Error {
    Error::invalid("the new key is already the lake's key").with_hint(
        "name a file that does not exist, to generate a new key in it; to finish an interrupted \
         rotation, set VOXQL_KEY or VOXQL_KEY_FILE to the previous key",
    )
}

/// A function that seals identities again, unless they are sealed with the new key already.
fn reseal_function(keys: &Keys) -> ScalarUDF {
    let keys = keys.clone();
    let reseal = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let respondents = arrays[0].as_string::<i32>();
        let sealed = arrays[1].as_binary::<i32>();
        let fingerprints = arrays[2].as_string::<i32>();
        let resealed = (0..sealed.len()).map(|row| {
            if fingerprints.value(row) == keys.new_fingerprint {
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
