//! `voxql doctor`: reads a lake as a sceptic, compares what its parts say about each other, and repairs
//! what follows from the rest.

mod audit;
mod diagnosis;
mod files;
mod lost_rows;
mod whole_log;

use std::collections::BTreeSet;

use chrono::SecondsFormat;
use deltalake::DeltaTable;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use audit::{check_audit, check_entries, note_repair};
use diagnosis::{COUNTS_AGAIN, WRITES_AGAIN};
pub use diagnosis::{Diagnosis, DoctorOptions, Finding, Severity};
use files::{check_files, check_left_over, drop_files};
use whole_log::{check_log, is_checkpoint, is_whole_without_checkpoints};

use super::handle::Lake;
use super::noted::{Noted, check_not_gone};
use super::rollup::{self, Rollup};
use super::scan::DeltaScan;
use super::schema::{IMPORTS, RESPONSES, ROLLUP};
use super::settings::{FILE_NAME, SETTINGS_PROPERTY, Settings};
use super::tables::Table;
use super::traces::plural;
use super::{definition_files, imports, suppressions};
use crate::error::{Error, Result};

/// Advice for a table that cannot be made again from the rest.
const RESTORE: &str = "restore the folder from a backup; without one, move the lake away, import the exports \
     again and forget the people again who were forgotten";

impl Lake {
    /// Compares the parts of the lake with each other: the logs with the files and their checksums, the
    /// imports with the responses, the counts with the rows, the audit log with its signatures; and looks
    /// for files left over and partitions of many small files.
    ///
    /// # Errors
    /// Returns an error if there is no lake, or the storage cannot be reached. What is wrong with the lake
    /// is no error, but a finding.
    pub async fn doctor(&self, options: &DoctorOptions) -> Result<Diagnosis> {
        let mut found = Diagnosis::default();
        let Some(mut lake) = check_settings(self, options, &mut found).await? else {
            return Ok(found);
        };
        check_key(&lake, &mut found).await?;
        let mut tables = Vec::new();
        for table in Table::ALL {
            if let Some(opened) = check_table(&lake, table, options, &mut found).await? {
                tables.push((table, opened));
            }
            if options.repair {
                // A table that was made again is another one now.
                lake = lake.reopened();
            }
        }
        let mut gives_up = false;
        let responses = tables.iter().find(|(table, _)| *table == Table::Responses);
        if let Some((_, responses)) = responses {
            if check_responses(&lake, responses, options, &mut found).await? {
                lake = lake.reopened();
                gives_up = true;
            }
            let knows_people = !found.is_damaged_at(Table::Identities.name());
            for noted in Noted::ALL {
                gives_up |= check_noted(&lake, noted, options, &mut found).await?;
            }
            check_imports(&lake, responses, options, &mut found).await?;
            check_suppressions(&lake, &mut found).await?;
            if knows_people {
                check_identities(&lake, responses, &mut found).await?;
            }
            check_counts(&lake, options, &mut found).await?;
        } else if !found.is_damaged_at(RESPONSES)
            && let Err(error) = check_not_gone(&lake).await
        {
            found.add_error(RESPONSES, &error).advise(RESTORE);
        }
        if let Err(error) = lake.definitions().await {
            found
                .add_error(definition_files::FOLDER, &error)
                .advise("restore the file from a backup, or remove the folder and create the views and macros again");
        }
        gives_up |= check_audit(&lake, options, &mut found).await?;
        gives_up |= check_entries(&lake, options, &mut found).await?;
        if gives_up {
            note_repair(&lake).await?;
        }
        for (table, _) in tables {
            if let Ok(Some(opened)) = lake.reopened().newest(table).await
                && let Err(error) = check_left_over(table, &opened, options, &mut found).await
            {
                if error.is_access() {
                    return Err(error);
                }
                if !found.is_damaged_at(table.name()) {
                    found.add_error(table.name(), &error);
                }
            }
        }
        found
            .findings
            .sort_by_key(|finding| (finding.repaired, std::cmp::Reverse(finding.severity)));
        Ok(found)
    }
}

/// Reads lake.toml, or restores it. Returns the lake to go on with, `None` if there is none.
async fn check_settings(
    lake: &Lake,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<Option<Lake>> {
    let error = match lake.settings().await {
        Ok(Some(_)) => return Ok(Some(lake.clone())),
        Ok(None) => return Err(lake.missing()),
        Err(error) => error,
    };
    let is_gone = error.is_damaged();
    if !is_gone && !error.is_invalid() {
        return Err(error);
    }
    let kept = match lake.responses().await {
        Ok(Some(responses)) => {
            let snapshot = responses.snapshot()?.snapshot();
            snapshot
                .metadata()
                .configuration()
                .get(SETTINGS_PROPERTY)
                .cloned()
        }
        _ => None,
    };
    let finding = found.add_error(FILE_NAME, &error);
    let Some(kept) = kept.filter(|_| is_gone) else {
        if is_gone {
            finding
                .advise("restore the file from a backup: the log of responses has no copy of it");
        }
        return Ok(None);
    };
    if !options.repair {
        finding.advise("--repair restores it from the copy in the log of responses");
        return Ok(None);
    }
    Settings::restore(&*lake.store()?, &lake.location().store_path()?, kept).await?;
    finding.repaired = true;
    Ok(Some(lake.reopened()))
}

async fn check_key(lake: &Lake, found: &mut Diagnosis) -> Result<()> {
    let fingerprints = lake.key_fingerprints().await?;
    match fingerprints.local {
        Some(key) if key == fingerprints.lake => {}
        Some(_) => found
            .add(
                Severity::Warning,
                "key",
                "the key on this machine is that of another lake",
            )
            .advise("set VOXQL_KEY_FILE to the file of this lake's key"),
        None => found
            .add(Severity::Note, "key", "the key is not on this machine")
            .advise(
                "imports and reveal() need it; signatures were checked with the key in lake.toml",
            ),
    }
    Ok(())
}

/// Checks a table, its log and its files. Returns the table, unless it does not open, or was made again.
async fn check_table(
    lake: &Lake,
    table: Table,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<Option<DeltaTable>> {
    let of_table = found.findings.len();
    let Some(opened) = open(lake, table, options, found).await? else {
        if options.repair && found.is_damaged_since(of_table) && remake(lake, table).await? {
            found.repair_since(of_table);
        }
        return Ok(None);
    };
    found.tables += 1;
    check_log(lake, table, found).await?;
    let of_files = found.findings.len();
    let damaged = check_files(lake, table, &opened, options, found).await?;
    if !options.repair || !found.is_damaged_since(of_table) {
        return Ok(Some(opened));
    }
    if remake(lake, table).await? {
        found.repair_since(of_table);
        return Ok(None);
    }
    if let Some(damaged) = damaged
        && drop_files(lake, table, &opened, &damaged).await?
    {
        found.repair_since(of_files);
        return Ok(None);
    }
    Ok(Some(opened))
}

/// Opens a table. One whose checkpoint is damaged opens without it, if its log is whole; damaged counts are
/// made again.
async fn open(
    lake: &Lake,
    table: Table,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<Option<DeltaTable>> {
    let name = table.name();
    let error = match lake.newest(table).await {
        Ok(table) => return Ok(table),
        Err(error) if error.is_access() => return Err(error),
        Err(error) => error,
    };
    let log = lake.location().store_path()?.join(name).join("_delta_log");
    let store = lake.store()?;
    let files: Vec<_> = store.list(Some(&log)).try_collect().await?;
    let is_whole = is_whole_without_checkpoints(lake, &files).await?;
    let finding = found.add_error(name, &error);
    if table == Table::Rollup {
        finding.advise(COUNTS_AGAIN);
    } else if is_whole {
        if options.repair {
            for file in files.iter().filter(|file| is_checkpoint(file)) {
                store.delete(&file.location).await?;
            }
            finding.repaired = true;
            return lake.reopened().newest(table).await;
        }
        finding.advise("--repair removes the checkpoints: the log is whole without them");
    } else if table == Table::Imports {
        finding.advise(WRITES_AGAIN);
    } else {
        finding.advise(RESTORE);
    }
    Ok(None)
}

/// Makes a table again that follows from the responses. Returns false, and does nothing, for others.
async fn remake(lake: &Lake, table: Table) -> Result<bool> {
    match table {
        Table::Rollup => count_again(lake).await?,
        Table::Imports => {
            return match lake.responses().await {
                Ok(Some(responses)) => imports::remake(lake, &responses).await,
                // Damage to their log was reported.
                _ => Ok(false),
            };
        }
        Table::Responses | Table::Identities | Table::Suppressions => return Ok(false),
    }
    Ok(true)
}

/// Removes the counts, and counts all responses.
async fn count_again(lake: &Lake) -> Result<()> {
    lake.remove_table(Table::Rollup).await?;
    let lake = lake.reopened();
    let context = lake.writing_context(lake.writing_bytes())?;
    rollup::complete(&lake, &context).await?;
    Ok(())
}

/// Compares the newest version of the responses with the one that was counted. Returns true if they were
/// counted again.
async fn check_responses(
    lake: &Lake,
    responses: &DeltaTable,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<bool> {
    // Damage to the log was reported.
    if let Ok(Some(scan)) = DeltaScan::try_new(responses) {
        let rows = scan.files().iter().filter_map(|file| file.rows());
        found.responses = rows.sum::<usize>() as u64;
    }
    if let Err(error) =
        rollup::check_not_behind(lake, responses.version().unwrap_or_default()).await
    {
        let finding = found.add_error(RESPONSES, &error);
        finding.advise(
            "restore the missing commits in responses/_delta_log from a backup; without one, go on with \
             --repair, and import the newest files again",
        );
        if options.repair {
            finding.repaired = true;
            count_again(lake).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Compares the imports with the commits of the responses.
async fn check_imports(
    lake: &Lake,
    responses: &DeltaTable,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<()> {
    let differences = match imports::differences(lake, responses).await {
        Ok(differences) => differences,
        Err(error) => {
            if !found.is_damaged_at(IMPORTS) {
                found.add_error(IMPORTS, &error);
            }
            return Ok(());
        }
    };
    if !differences.unrecorded.is_empty() {
        let message = format!(
            "no row here for {} with responses: {}",
            plural(differences.unrecorded.len(), "import"),
            differences.unrecorded.join(", ")
        );
        let finding = found.add(Severity::Warning, IMPORTS, message);
        finding.advise("--repair, or the next import, adds the rows");
        if options.repair {
            finding.repaired = true;
            imports::complete_missing(lake).await?;
        }
    }
    if !differences.lost.is_empty() {
        let message = format!(
            "no commit here for {} that imports has: {}",
            plural(differences.lost.len(), "file"),
            differences.lost.join(", ")
        );
        found
            .add(Severity::Damage, RESPONSES, message)
            .advise("their responses are lost: import these files again");
    }
    Ok(())
}

/// Finds lost commits of a table whose number of versions is noted. Returns true if a repair gives them up.
async fn check_noted(
    lake: &Lake,
    noted: Noted,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<bool> {
    let name = noted.table().name();
    if found.is_damaged_at(name) {
        return Ok(false);
    }
    let error = match noted.check(lake).await {
        Ok(()) => return Ok(false),
        Err(error) if error.is_access() => return Err(error),
        Err(error) => error,
    };
    let finding = found.add_error(name, &error);
    finding.advise(match noted {
        Noted::Identities => {
            "import the files below again, or go on without their people with --repair"
        }
        Noted::Suppressions => {
            "restore the folder from a backup; without one, go on with --repair, and forget the people again \
             who were forgotten last, and those who withdrew consent with --keep-score: until then imports \
             bring them in"
        }
    });
    if options.repair {
        finding.repaired = true;
        noted.note(lake).await?;
        if let Noted::Suppressions = noted {
            lake.note_lost_suppressions().await?;
        }
    }
    Ok(options.repair)
}

/// Finds a list of forgotten people that went on without what was lost.
async fn check_suppressions(lake: &Lake, found: &mut Diagnosis) -> Result<()> {
    let lost_before = match lake.responses().await? {
        Some(responses) => suppressions::lost_before(&responses).await?,
        None => None,
    };
    if let Some(time) = lost_before {
        let message = format!(
            "people who were forgotten or withdrew consent before {} may not be on the list",
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
        );
        found
            .add(Severity::Note, Table::Suppressions.name(), message)
            .advise("forget them again: imports bring them in; the table audit has the times");
    }
    Ok(())
}

/// Finds imports whose people were sealed and are not in `identities` any more.
async fn check_identities(
    lake: &Lake,
    responses: &DeltaTable,
    found: &mut Diagnosis,
) -> Result<()> {
    let name = Table::Identities.name();
    let without = match imports::without_identities(lake, responses).await {
        Ok(without) => without,
        Err(error) if error.is_access() => return Err(error),
        // Damage to either log was reported.
        Err(_) => return Ok(()),
    };
    if without.is_empty() {
        return Ok(());
    }
    let names = without.iter().map(|import| match &import.survey {
        Some(survey) => format!("{} (with --survey {survey})", import.file),
        None => import.file.clone(),
    });
    let names: BTreeSet<String> = names.collect();
    let message = format!(
        "the people of {} are not here: reveal, subject and forget do not know them",
        plural(without.len(), "import")
    );
    let names = Vec::from_iter(names);
    found.add(Severity::Damage, name, message).advise(format!(
        "import these files again, which seals their people and adds no response: {}",
        names.join(", ")
    ));
    Ok(())
}

/// Compares counts with rows, for all months or the newest.
async fn check_counts(lake: &Lake, options: &DoctorOptions, found: &mut Diagnosis) -> Result<()> {
    const MONTHS: usize = 3;
    let compared = async {
        let (Some(responses), Some(table)) = (lake.responses().await?, lake.rollup().await?) else {
            return Ok(None);
        };
        let context = lake.writing_context(lake.writing_bytes())?;
        let (Some(scan), Some(rollup)) = (
            DeltaScan::try_new(&responses)?,
            Rollup::read(&table, &context.state()).await?,
        ) else {
            return Ok(None);
        };
        let months = scan
            .files()
            .iter()
            .filter_map(|file| scan.partition_value(file, "month"));
        let mut months: BTreeSet<String> = months.map(ToOwned::to_owned).collect();
        if !options.full {
            months = months.into_iter().rev().take(MONTHS).collect();
        }
        let counted = rollup.counted_only(&scan).only(|file| {
            let month = scan.partition_value(file, "month");
            month.is_some_and(|month| months.contains(month))
        });
        let wrong = rollup.compare(&context, counted).await?;
        Ok::<_, Error>(Some(wrong))
    };
    match compared.await {
        Ok(None | Some(0)) => Ok(()),
        Ok(Some(wrong)) => {
            let message = format!("{} other than the rows say", plural(wrong, "count"));
            let finding = found.add(Severity::Damage, ROLLUP, message);
            finding.advise(COUNTS_AGAIN);
            if options.repair {
                finding.repaired = true;
                count_again(lake).await?;
            }
            Ok(())
        }
        Err(error) if error.is_access() => Err(error),
        Err(error) => {
            // Damaged files were reported.
            if found
                .findings
                .iter()
                .all(|finding| finding.severity != Severity::Damage)
            {
                found.add_error(ROLLUP, &error);
            }
            Ok(())
        }
    }
}
