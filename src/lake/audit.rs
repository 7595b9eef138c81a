//! The lake's audit log: the keys that it is signed with, and what commands write into it.

use std::fmt;

use futures::TryStreamExt;

use super::Lake;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, AuditKeys, AuditLog, AuditSigner, Entry, Record};
use crate::privacy::keys::MasterKey;

/// What the key of a lake's audit log is derived for.
const PURPOSE: &str = "voxql/audit/v1";

/// What a check of the audit log found to be in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditSummary {
    /// Entries in the log.
    pub entries: u64,
    /// Those that the log's checkpoint signs. The others were written by commands without the
    /// lake's key, or by one that was ended.
    pub signed: u64,
    /// Those that the checkpoint signs which was kept elsewhere: none of them was changed.
    pub kept: Option<u64>,
    /// Objects in the log's folder that are none of the log.
    pub foreign: Vec<String>,
}

impl fmt::Display for AuditSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entries {} · signed {}", self.entries, self.signed)?;
        match self.kept {
            Some(kept) => write!(f, " · unchanged since the kept checkpoint {kept}")?,
            None => write!(
                f,
                " · to find out whether an old log was put back, keep a checkpoint elsewhere: \
                 voxql audit checkpoint"
            )?,
        }
        if !self.foreign.is_empty() {
            write!(f, "\nnot of the log: {}", self.foreign.join(", "))?;
        }
        Ok(())
    }
}

/// The signer of a lake's log under a key.
pub(super) fn audit_signer(lake_id: &str, key: &MasterKey) -> Result<AuditSigner> {
    AuditSigner::new(lake_id, &key.derive(lake_id, PURPOSE))
}

/// Something is about to be done; a second entry says that it was.
pub(crate) fn begun(action: Action) -> Entry {
    Entry::new(action).with("state", "begun")
}

/// What had [`begun`] was done.
pub(crate) fn done(action: Action) -> Entry {
    Entry::new(action).with("state", "done")
}

impl Lake {
    /// Writes an entry into the audit log, and signs the log where the lake's key is on this
    /// machine. Called before what it tells of is done or given out.
    pub(crate) async fn audit(&self, entry: &Entry) -> Result<()> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let key = self.known_key(settings)?;
        let log = self.audit_log_of(settings, key.as_ref(), &[])?;
        let written = match &key {
            Some(key) => log.append(&audit_signer(&settings.id, key)?, entry).await,
            None => log.record(entry).await,
        };
        written.map_err(|error| error.at(self.location()))?;
        Ok(())
    }

    /// Writes an entry and signs the log, up to here signed with the key `old`, with the key `new`.
    pub(super) async fn audit_under_new_key(
        &self,
        settings: &Settings,
        old: &MasterKey,
        new: &MasterKey,
        entry: &Entry,
    ) -> Result<()> {
        let old = audit_signer(&settings.id, old)?;
        let log = self.audit_log_of(settings, Some(new), &[old.verifying_key()])?;
        let written = log.append(&audit_signer(&settings.id, new)?, entry).await;
        written.map_err(|error| error.at(self.location()))?;
        Ok(())
    }

    /// Checks the whole audit log: that its entries are those that its checkpoint signs, and those
    /// of `kept`, a checkpoint that was kept elsewhere.
    ///
    /// # Errors
    /// Without the lake; where an entry was edited, removed, put elsewhere or replaced, or the log
    /// is older than `kept`: then [`is_refused`](Error::is_refused), with what was found.
    pub async fn verify_audit(&self, kept: Option<&str>) -> Result<AuditSummary> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let replaced = settings.audit.iter().flat_map(|audit| &audit.replaced_keys);
        let replaced: Vec<&str> = replaced.map(String::as_str).collect();
        let key = self.known_key(settings)?;
        let log = self.audit_log_of(settings, key.as_ref(), &replaced)?;
        let verified = log.verify(kept).await;
        let verified = verified.map_err(|error| error.at(self.location()))?;
        Ok(AuditSummary {
            entries: verified.entries,
            signed: verified.signed_entries,
            kept: verified.kept_entries,
            foreign: verified.foreign,
        })
    }

    /// The log's signed checkpoint, a few lines of text: kept elsewhere, it shows whether anything
    /// was changed since. Where the lake's key is on this machine, it signs all entries that there
    /// are. `None` where nothing is signed yet.
    ///
    /// # Errors
    /// Without the lake, and where the checkpoint is not signed with the lake's key.
    pub async fn audit_checkpoint(&self) -> Result<Option<String>> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let key = self.known_key(settings)?;
        let log = self.audit_log_of(settings, key.as_ref(), &[])?;
        let found = async {
            if let Some(key) = &key {
                log.sign(&audit_signer(&settings.id, key)?).await?;
            }
            log.checkpoint().await
        };
        found.await.map_err(|error| error.at(self.location()))
    }

    /// The entries of the audit log, as they are there: read, not verified.
    pub(crate) async fn audit_records(&self) -> Result<Vec<Record>> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let log = self.audit_log_of(settings, self.known_key(settings)?.as_ref(), &[])?;
        let read = async {
            let size = log.size().await?;
            log.entries(0..size).try_collect().await
        };
        read.await.map_err(|error: Error| error.at(self.location()))
    }

    /// The lake's key, where it is on this machine.
    fn known_key(&self, settings: &Settings) -> Result<Option<MasterKey>> {
        let key = self.inner.key.find()?;
        Ok(key.filter(|key| key.fingerprint(&settings.id) == settings.key_fingerprint))
    }

    /// The log of the lake with these settings. Where the lake's key is known, it says which
    /// signatures count: who can write to the storage can write to the settings, too. For the same
    /// reason keys that were replaced count only for what is said to be signed with them.
    fn audit_log_of(
        &self,
        settings: &Settings,
        key: Option<&MasterKey>,
        replaced: &[&str],
    ) -> Result<AuditLog> {
        let keys = match (key, &settings.audit) {
            (Some(key), _) => {
                let signer = audit_signer(&settings.id, key)?;
                AuditKeys::new(&settings.id, signer.verifying_key(), replaced)?
            }
            (None, Some(audit)) => AuditKeys::new(&settings.id, &audit.key, replaced)?,
            (None, None) => {
                return Err(
                    Error::invalid("lake.toml does not name the key of the audit log")
                        .with_hint("set VOXQL_KEY or VOXQL_KEY_FILE to the lake's key"),
                );
            }
        };
        let root = self.location().store_path()?;
        Ok(AuditLog::new(self.store()?, root, keys))
    }
}
