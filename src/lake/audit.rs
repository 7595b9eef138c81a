//! The audit log of a lake: the entries that commands write, its signatures and their check.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use deltalake::DeltaTable;
use futures::TryStreamExt;

use super::append::commit_only;
use super::handle::Lake;
use super::settings::{Settings, audit_signer};
use super::tables::Table;
use crate::error::{Error, Result};
use crate::privacy::audit::{Action, AuditKeys, AuditLog, AuditSigner, Entry, Record};
use crate::privacy::keys::MasterKey;

/// Result of a successful check of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditSummary {
    /// Entries in the log.
    pub entries: u64,
    /// Entries signed by the log's checkpoint. The others were written by commands without the
    /// lake's key, or by one that was interrupted.
    pub signed: u64,
    /// Entries signed by the checkpoint that was kept elsewhere, if one was given: none of them has
    /// changed.
    pub kept: Option<u64>,
    /// Objects in the log's folder that are not part of the log.
    pub foreign: Vec<String>,
}

impl fmt::Display for AuditSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entries {} · signed {}", self.entries, self.signed)?;
        match self.kept {
            Some(kept) => write!(f, " · unchanged since the kept checkpoint {kept}")?,
            None => write!(
                f,
                " · to detect a restored old log, keep a checkpoint elsewhere: voxql audit \
                 checkpoint"
            )?,
        }
        if !self.foreign.is_empty() {
            write!(f, "\nnot part of the log: {}", self.foreign.join(", "))?;
        }
        Ok(())
    }
}

/// The key of the log's checkpoint in a commit of `responses`.
pub(super) const CHECKPOINT: &str = "voxql.audit";

/// The application transaction of a commit that notes a checkpoint and changes nothing, with the number of entries.
const NOTED: &str = "voxql-audit";

/// Number of newest commits of `responses` in which a checkpoint is looked for.
const RECENT: usize = 16;

/// The checkpoint that the newest of the last imports noted.
async fn noted_checkpoint(responses: &DeltaTable) -> Result<Option<String>> {
    let mut commits = responses.history(Some(RECENT));
    while let Some(commit) = commits.try_next().await? {
        if let Some(noted) = commit.info.get(CHECKPOINT).and_then(|noted| noted.as_str()) {
            return Ok(Some(noted.to_owned()));
        }
    }
    Ok(None)
}

/// The number of entries that a checkpoint signs: it is in its second line.
fn signed_entries(checkpoint: &str) -> Option<u64> {
    checkpoint.lines().nth(1)?.parse().ok()
}

/// Number of newest entries in which the version of `responses` is looked for.
const RECENT_ENTRIES: u64 = 64;

/// Checks that neither `responses` nor the audit log is older than the other.
///
/// # Errors
/// Returns an error if an older copy of one of them was put in its place.
pub(super) async fn check_not_older(lake: &Lake) -> Result<()> {
    let Some(size) = check_version(lake).await? else {
        return Ok(());
    };
    let Some(responses) = lake.responses().await? else {
        return Ok(());
    };
    let signed = noted_checkpoint(&responses).await?;
    match signed.as_deref().and_then(signed_entries) {
        Some(signed) if size < signed => Err(Error::damaged(format!(
            "the audit log has {size} of the {signed} entries that the last import noted: entries are missing"
        ))
        .at(lake.location())),
        _ => Ok(()),
    }
}

/// Checks that `responses` has the version of the newest entry with one. Returns the number of entries, `None` if
/// there is no lake.
///
/// # Errors
/// Returns an error if an older copy of the responses was put in their place.
pub(crate) async fn check_version(lake: &Lake) -> Result<Option<u64>> {
    let Some(settings) = lake.settings().await? else {
        return Ok(None);
    };
    let (log, _) = lake.audit_log(settings, &[])?;
    let newest = async {
        let size = log.size().await?;
        for index in (size.saturating_sub(RECENT_ENTRIES)..size).rev() {
            let entries: Vec<_> = log.entries(index..index + 1).try_collect().await?;
            if let Some(noted) = entries.iter().find_map(noted_version) {
                return Ok((size, Some(noted)));
            }
        }
        Ok((size, None))
    };
    let (size, noted) = newest
        .await
        .map_err(|error: Error| error.at(lake.location()))?;
    // After the entries: another import writes them when it has committed.
    let version = lake.responses().await?.and_then(|it| it.version());
    match noted {
        Some((time, noted)) if version.is_some_and(|version| version < noted) => {
            Err(Error::damaged(older_than_entry(time, noted, version)).at(lake.location()))
        }
        _ => Ok(Some(size)),
    }
}

/// The version of `responses` after an action that is done.
pub(super) fn noted_version(record: &Record) -> Option<(DateTime<Utc>, u64)> {
    if record.details.get("state")? != "done" {
        return None;
    }
    Some((record.time, record.details.get(VERSION)?.as_u64()?))
}

/// The message for responses that end before the version of an entry.
pub(super) fn older_than_entry(time: DateTime<Utc>, noted: u64, version: Option<u64>) -> String {
    let has = version.map_or_else(|| "none is".to_owned(), |it| format!("version {it} is"));
    let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(
        "version {noted} of responses has an entry of {time}, and {has} the newest: commits are missing, or the \
         lake is older than its audit log"
    )
}

/// Notes the checkpoint of the audit log in the log of the responses.
pub(super) async fn note_checkpoint(lake: &Lake) -> Result<()> {
    let Some(checkpoint) = lake.audit_checkpoint().await? else {
        return Ok(());
    };
    let signed = signed_entries(&checkpoint).unwrap_or_default();
    let metadata = [(CHECKPOINT.to_owned(), checkpoint.into())];
    let context = lake.reading_context();
    let outcome = "the checkpoint of the audit log is not noted";
    let noted = [(NOTED, signed)];
    commit_only(lake, &context, Table::Responses, &noted, &metadata, outcome).await
}

/// The entry written before an action.
pub(crate) fn begun(action: Action) -> Entry {
    Entry::new(action).with("state", "begun")
}

/// The detail with the version of `responses` after an action.
pub(super) const VERSION: &str = "version";

/// The entry written after an action on the lake, which follows [`begun`].
pub(crate) async fn done(lake: &Lake, action: Action) -> Result<Entry> {
    let entry = Entry::new(action).with("state", "done");
    let responses = lake.responses().await?;
    Ok(match responses.and_then(|responses| responses.version()) {
        Some(version) => entry.with(VERSION, version),
        None => entry,
    })
}

impl Lake {
    /// Writes an entry into the audit log, and signs the log if the lake's key is on this machine.
    /// Call it before the action takes effect or its result is returned.
    pub(crate) async fn audit(&self, entry: &Entry) -> Result<()> {
        let settings = self.existing_settings().await?;
        let (log, signer) = self.audit_log(settings, &[])?;
        let written = match &signer {
            Some(signer) => log.append(signer, entry).await,
            None => log.record(entry).await,
        };
        written.map_err(|error| error.at(self.location()))?;
        Ok(())
    }

    /// Writes an entry and signs the log, so far signed with the key `old`, with the key `new`.
    pub(super) async fn audit_under_new_key(
        &self,
        settings: &Settings,
        old: &MasterKey,
        new: &MasterKey,
        entry: &Entry,
    ) -> Result<()> {
        let old = audit_signer(&settings.id, old)?;
        let new = audit_signer(&settings.id, new)?;
        let log = self.audit_log_under(settings, Some(&new), &[old.verifying_key()])?;
        let written = log.append(&new, entry).await;
        written.map_err(|error| error.at(self.location()))?;
        Ok(())
    }

    /// Checks the whole audit log: its entries must be the ones that its checkpoint signs, and
    /// those of `kept`, a checkpoint that was kept elsewhere.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist. Returns one that
    /// [`is_refused`](Error::is_refused), with the findings, if an entry was edited, removed, moved
    /// or replaced, or if the log is older than `kept`.
    pub async fn verify_audit(&self, kept: Option<&str>) -> Result<AuditSummary> {
        self.verify_audit_since(kept, true).await
    }

    /// Checks the whole audit log, unless `by_responses` without the checkpoint that the last import noted.
    pub(super) async fn verify_audit_since(
        &self,
        kept: Option<&str>,
        by_responses: bool,
    ) -> Result<AuditSummary> {
        let settings = self.existing_settings().await?;
        let replaced: Vec<&str> = settings.replaced_audit_keys().collect();
        let (log, _) = self.audit_log(settings, &replaced)?;
        // The log of the responses has a checkpoint too, so that a removed or restored audit log shows.
        let noted = match (kept, self.responses().await) {
            (None, Ok(Some(responses))) if by_responses => noted_checkpoint(&responses).await?,
            _ => None,
        };
        let verified = log.verify(kept.or(noted.as_deref())).await;
        let verified = verified.map_err(|error| match noted {
            None => error.at(self.location()),
            Some(_) => error.at(self.location()).with_more_hint(
                "the kept checkpoint is that of the last import, in the log of responses",
            ),
        })?;
        Ok(AuditSummary {
            entries: verified.entries,
            signed: verified.signed_entries,
            kept: verified.kept_entries.filter(|_| kept.is_some()),
            foreign: verified.foreign,
        })
    }

    /// The log's signed checkpoint, a few lines of text: kept elsewhere, it later proves that
    /// nothing has changed since. If the lake's key is on this machine, signs all existing entries
    /// first. `None` if nothing is signed yet.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist or the checkpoint is not signed with its key.
    pub async fn audit_checkpoint(&self) -> Result<Option<String>> {
        let settings = self.existing_settings().await?;
        let (log, signer) = self.audit_log(settings, &[])?;
        let found = async {
            if let Some(signer) = &signer {
                log.sign(signer).await?;
            }
            log.checkpoint().await
        };
        found.await.map_err(|error| error.at(self.location()))
    }

    /// Writes the tiles of the audit log again from its entries.
    ///
    /// # Errors
    /// Returns an error, and changes nothing, if the entries are not those that were signed.
    pub(super) async fn remake_audit_tiles(&self) -> Result<()> {
        let settings = self.existing_settings().await?;
        let (log, _) = self.audit_log(settings, &[])?;
        let remade = log.remake_tiles().await;
        remade.map_err(|error| error.at(self.location()))
    }

    /// The entries of the audit log, unverified.
    pub(crate) async fn audit_records(&self) -> Result<Vec<Record>> {
        let settings = self.existing_settings().await?;
        let (log, _) = self.audit_log(settings, &[])?;
        let read = async {
            let size = log.size().await?;
            log.entries(0..size).try_collect().await
        };
        read.await.map_err(|error: Error| error.at(self.location()))
    }

    /// The log of the lake with these settings, and its signer if the lake's key is on this machine.
    fn audit_log(
        &self,
        settings: &Settings,
        replaced: &[&str],
    ) -> Result<(AuditLog, Option<AuditSigner>)> {
        let key = self.key_source().find()?;
        let key = key.filter(|key| key.fingerprint(&settings.id) == settings.key_fingerprint);
        let signer = key.map(|key| audit_signer(&settings.id, &key));
        let signer = signer.transpose()?;
        let log = self.audit_log_under(settings, signer.as_ref(), replaced)?;
        Ok((log, signer))
    }

    /// The log with these keys. The signer, if there is one, decides which signatures count, because
    /// anyone who can write to the storage can also write to the settings. For the same reason,
    /// replaced keys count only for the checkpoints that claim them.
    fn audit_log_under(
        &self,
        settings: &Settings,
        signer: Option<&AuditSigner>,
        replaced: &[&str],
    ) -> Result<AuditLog> {
        let keys = match (signer, &settings.audit) {
            (Some(signer), _) => AuditKeys::new(&settings.id, signer.verifying_key(), replaced)?,
            (None, Some(audit)) => AuditKeys::new(&settings.id, &audit.key, replaced)?,
            (None, None) => {
                return Err(Error::invalid("lake.toml has no key for the audit log")
                    .with_hint("set VOXQL_KEY or VOXQL_KEY_FILE to the lake's key"));
            }
        };
        let root = self.location().store_path()?;
        Ok(AuditLog::new(self.store()?, root, keys))
    }
}
