//! The audit log, compared with its signatures, and with the tables.

use std::collections::{BTreeSet, HashSet};

use chrono::SecondsFormat;

use super::diagnosis::{Diagnosis, DoctorOptions, Severity, some_of};
use crate::error::{Error, Result};
use crate::lake::audit::{done, note_checkpoint, noted_version, older_than_entry};
use crate::lake::definition_files::{DEFINITIONS_VERSION, FOLDER};
use crate::lake::handle::Lake;
use crate::lake::imports;
use crate::lake::traces::plural;
use crate::privacy::audit::{Action, Record};

const PLACE: &str = "audit";

/// The action of a repair in an entry.
const REPAIR: &str = "repair";

/// Advice for a lake that lacks what its audit log has.
const OLDER: &str = "restore the newer folder of the lake; without one, go on with --repair, import the files again that came \
     since, and forget the people again who were forgotten since";

/// Compares the log with its signatures, and makes its tiles again. Returns true if a repair gives up entries that
/// are missing.
pub(super) async fn check_audit(
    lake: &Lake,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<bool> {
    let mut gives_up = false;
    let mut verified = lake.verify_audit(None).await;
    if let Err(error) = &verified
        && !error.is_access()
    {
        let finding = found.add_error(PLACE, error);
        // They follow from the entries, which have to be those that were signed.
        if options.repair && lake.remake_audit_tiles().await.is_ok() {
            verified = lake.verify_audit(None).await;
            if verified.is_err() {
                // The entries are whole, but fewer than the last import noted.
                verified = lake.verify_audit_since(None, false).await;
                gives_up = verified.is_ok();
            }
            finding.repaired = verified.is_ok();
        }
    }
    match verified {
        Ok(summary) => {
            found.audit_entries = summary.entries;
            if !summary.foreign.is_empty() {
                let message = format!("not part of the log: {}", summary.foreign.join(", "));
                found.add(Severity::Note, PLACE, message);
            }
            Ok(gives_up)
        }
        Err(error) if error.is_access() => Err(error),
        Err(_) => Ok(false),
    }
}

/// Compares the entries with the tables: each action that is done noted the version of the responses after it,
/// each import its file, and each change of a view or macro the version of these. Returns true if a repair gives
/// up what the tables lack; that has an entry then.
pub(super) async fn check_entries(
    lake: &Lake,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<bool> {
    let compared = async {
        // Imports may run: what has a row has an entry before, and what has an entry is there after.
        let recorded = imports::recorded_files(lake).await?;
        let records = lake.audit_records().await?;
        let version = lake.responses().await?.and_then(|it| it.version());
        let definitions = lake.definitions_version().await?;
        let imported = imports::files(lake).await?;
        Ok::<_, Error>((recorded, records, version, definitions, imported))
    };
    let (recorded, records, version, definitions, imported) = match compared.await {
        Ok(compared) => compared,
        Err(error) if error.is_access() => return Err(error),
        // Damage to the log and the tables was reported.
        Err(_) => return Ok(false),
    };
    let done = |record: &&Record| record.details.get("state") == Some(&"done".into());
    let since_repair = records.iter().rev().filter(done);
    let since_repair = since_repair.take_while(|record| record.action != REPAIR);
    let audited: HashSet<&str> = records.iter().filter_map(imported_file).collect();
    let mut gives_up = false;
    if let Some((time, noted)) = since_repair.clone().find_map(noted_version)
        && version.is_none_or(|version| version < noted)
    {
        let message = older_than_entry(time, noted, version);
        let finding = found.add(Severity::Damage, PLACE, message);
        finding.repaired = options.repair;
        finding.advise(OLDER);
        gives_up = true;
    }
    let defined = since_repair
        .clone()
        .find_map(|record| record.details.get(DEFINITIONS_VERSION)?.as_u64())
        .unwrap_or_default();
    if definitions < defined {
        let message = format!(
            "version {defined} of the views and macros has an entry, and version {definitions} is the newest: views \
             and macros are lost"
        );
        let finding = found.add(Severity::Damage, FOLDER, message);
        finding.repaired = options.repair;
        finding.advise(
            "restore the folder definitions from a backup; without one, go on with --repair, and create the views \
             and macros again",
        );
        gives_up = true;
    }
    let lost: BTreeSet<String> = since_repair
        .filter(|record| imported_file(record).is_some_and(|file| !imported.contains_key(file)))
        .map(|record| record.time.to_rfc3339_opts(SecondsFormat::Secs, true))
        .collect();
    if !lost.is_empty() {
        let message = format!(
            "{} with an entry here not in the lake, of {}",
            plural(lost.len(), "import"),
            some_of(lost)
        );
        let finding = found.add(Severity::Damage, PLACE, message);
        finding.repaired = options.repair;
        finding.advise(OLDER);
        gives_up = true;
    }
    let unaudited = recorded
        .iter()
        .filter(|(file, _)| !audited.contains(file.as_str()));
    let unaudited: BTreeSet<String> = unaudited.map(|(_, name)| name.clone()).collect();
    if !unaudited.is_empty() {
        let message = format!(
            "no entry for {}: {}",
            plural(unaudited.len(), "import"),
            some_of(unaudited)
        );
        found
            .add(Severity::Warning, PLACE, message)
            .advise("find out who else can write to the lake's storage");
    }
    Ok(gives_up && options.repair)
}

/// The SHA-256 digest of the file of an import that is done.
fn imported_file(record: &Record) -> Option<&str> {
    record.details.get("new")?;
    record.details.get("file")?.as_str()
}

/// Writes the entry of a repair that gives up what is lost.
pub(super) async fn note_repair(lake: &Lake) -> Result<()> {
    lake.audit(&done(lake, Action::Repair).await?).await?;
    note_checkpoint(lake).await
}
