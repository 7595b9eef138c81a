//! `voxql doctor`: reads a lake as a sceptic, compares what its parts say about each other, and repairs
//! what follows from the rest.

mod diagnosis;
mod lost_rows;
mod whole_log;

use std::collections::{BTreeMap, BTreeSet};

use deltalake::DeltaTable;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};

pub use diagnosis::{Diagnosis, Finding, Severity};
use whole_log::{check_log, is_checkpoint, is_whole_without_checkpoints};

use super::handle::Lake;
use super::noted::{Noted, check_not_gone};
use super::optimize::FILES_MAX;
use super::rewrite::{of_no_version, remove_earlier, vacuum_uncommitted};
use super::rollup::{self, Rollup};
use super::scan::DeltaScan;
use super::schema::{IMPORTS, PARTITION_COLUMNS, RESPONSES, ROLLUP};
use super::settings::{FILE_NAME, SETTINGS_PROPERTY, Settings};
use super::tables::Table;
use super::traces::plural;
use super::{imports, lost_identities};
use crate::error::{Error, Result};

/// Bytes whose checksums are computed without [`DoctorOptions::full`].
const CHECKED_BYTES: u64 = 1 << 30;

/// Advice for a table that cannot be made again from the rest.
const RESTORE: &str = "restore the folder from a backup; without one, move the lake away, import the exports \
     again and forget the people again who were forgotten";

/// Files that are named of one kind.
const NAMED: usize = 5;

/// Options of [`Lake::doctor`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DoctorOptions {
    /// Reads every byte, and counts all months again. Without it, the newest gigabyte of each table and
    /// the newest three months.
    pub full: bool,
    /// Repairs what can be: counts, checkpoints, rows of `imports`, lake.toml, files left over.
    pub repair: bool,
}

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
            if let Some(opened) = open(&lake, table, options, &mut found).await? {
                found.tables += 1;
                check_log(&lake, table, &mut found).await?;
                if check_files(&lake, table, &opened, options, &mut found).await? {
                    // The table is another one now.
                    lake = lake.reopened();
                    continue;
                }
                tables.push((table, opened));
            }
        }
        let responses = tables.iter().find(|(table, _)| *table == Table::Responses);
        if let Some((_, responses)) = responses {
            if check_responses(&lake, responses, options, &mut found).await? {
                lake = lake.reopened();
            }
            check_imports(&lake, responses, options, &mut found).await?;
            let knows_people = !found.is_damaged_at(Table::Identities.name());
            for noted in Noted::ALL {
                check_noted(&lake, noted, options, &mut found).await?;
            }
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
                .add_error("definitions", &error)
                .advise("restore the file from a backup, or remove the folder and create the views and macros again");
        }
        check_audit(&lake, &mut found).await?;
        for (table, _) in tables {
            if let Ok(Some(opened)) = lake.reopened().newest(table).await
                && let Err(error) = check_left_over(table, &opened, options, &mut found).await
            {
                if error.is_access() {
                    return Err(error);
                }
                found.add_error(table.name(), &error);
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
        if options.repair {
            count_again(lake).await?;
            finding.repaired = true;
            return lake.reopened().rollup().await;
        }
        finding.advise("--repair counts the responses again");
    } else if is_whole {
        if options.repair {
            for file in files.iter().filter(|file| is_checkpoint(file)) {
                store.delete(&file.location).await?;
            }
            finding.repaired = true;
            return lake.reopened().newest(table).await;
        }
        finding.advise("--repair removes the checkpoints: the log is whole without them");
    } else {
        finding.advise(RESTORE);
    }
    Ok(None)
}

/// Removes the counts, and counts all responses.
async fn count_again(lake: &Lake) -> Result<()> {
    let store = lake.store()?;
    let folder = lake.location().store_path()?.join(ROLLUP);
    let files = store
        .list(Some(&folder))
        .map_ok(|file| file.location)
        .boxed();
    store.delete_stream(files).try_collect::<Vec<_>>().await?;
    let lake = lake.reopened();
    let context = lake.writing_context(lake.writing_bytes())?;
    rollup::complete(&lake, &context).await?;
    Ok(())
}

/// Compares the files of a table with its log, the newest first. Returns true if it was made again.
async fn check_files(
    lake: &Lake,
    table: Table,
    opened: &DeltaTable,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<bool> {
    let name = table.name();
    let scan = match DeltaScan::try_new(opened) {
        Ok(Some(scan)) => scan,
        Ok(None) => {
            let message =
                "it has deletion vectors or mapped columns, which only other programs write";
            found.add(Severity::Warning, name, message);
            return Ok(false);
        }
        Err(error) => {
            found.add_error(name, &Error::from(error));
            return Ok(false);
        }
    };
    let store = lake.store()?;
    let mut left = if options.full {
        u64::MAX
    } else {
        CHECKED_BYTES
    };
    let mut damaged = BTreeSet::new();
    let mut unchecked = 0;
    for file in scan.files().iter().rev() {
        found.files += 1;
        let checked = if file.bytes() <= left {
            left -= file.bytes();
            found.bytes += file.bytes();
            scan.check(&store, file).await
        } else {
            scan.check_size(&store, file).await
        };
        match checked {
            Ok(has_checksums) => unchecked += usize::from(!has_checksums),
            Err(error) if error.is_access() => return Err(error),
            Err(error) => {
                damaged.insert(file.path.clone());
                let lost = lost_rows::describe(&scan, &store, file).await?;
                let finding = found.add_error(name, &error);
                if let Some(lost) = lost.filter(|_| table != Table::Rollup) {
                    finding.message.push_str(&format!("; damaged are {lost}"));
                }
                finding.repaired =
                    options.repair && matches!(table, Table::Rollup | Table::Identities);
                finding.advise(match table {
                    Table::Rollup => "--repair counts the responses again",
                    Table::Identities => {
                        "restore the file from a backup; without one, --repair removes it from the table, and \
                         importing the exports again seals their people again"
                    }
                    _ => {
                        "restore the file from a backup; without one, its rows are lost: import the exports \
                         again into another lake, and forget the people again who were forgotten"
                    }
                });
            }
        }
    }
    if !damaged.is_empty() && options.repair {
        match table {
            Table::Rollup => {
                count_again(lake).await?;
                return Ok(true);
            }
            Table::Identities => {
                let sealing = match lake.responses().await {
                    Ok(Some(responses)) => imports::sealing(&responses).await?,
                    // Damage to their log was reported.
                    _ => Vec::new(),
                };
                let files = scan.only(|file| damaged.contains(&file.path));
                lost_identities::drop_files(lake, opened, &files, &sealing).await?;
                return Ok(true);
            }
            Table::Responses | Table::Imports | Table::Suppressions => {}
        }
    }
    if unchecked > 0 {
        found
            .add(Severity::Note, name, format_args!("no checksums for {}", plural(unchecked, "file")))
            .advise("an earlier version of voxql, or another program, wrote them; damage to them may not show");
    }
    let mut partitions: BTreeMap<_, usize> = BTreeMap::new();
    for file in scan.files() {
        let partition = PARTITION_COLUMNS.map(|column| scan.partition_value(file, column));
        *partitions.entry(partition).or_default() += 1;
    }
    let many = partitions
        .values()
        .filter(|files| **files > FILES_MAX)
        .count();
    if many > 0 && table == Table::Responses {
        let message = format!("more than {FILES_MAX} files in {}", plural(many, "month"));
        found
            .add(Severity::Note, name, message)
            .advise("voxql optimize merges them");
    }
    Ok(false)
}

/// Finds files that no version has.
async fn check_left_over(
    table: Table,
    opened: &DeltaTable,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<()> {
    let left_over = of_no_version(opened, vacuum_uncommitted(opened).await?).await?;
    if left_over.is_empty() {
        return Ok(());
    }
    let is_damaged = found.is_damaged();
    let names = &left_over[..left_over.len().min(NAMED)];
    let more = if left_over.len() > NAMED { ", …" } else { "" };
    let message = format!(
        "no version has {}: {}{more}",
        plural(left_over.len(), "file"),
        names.join(", ")
    );
    let finding = found.add(Severity::Note, table.name(), message);
    if is_damaged {
        finding
            .advise("they may be of what is damaged or missing, and stay until that is repaired");
        return Ok(());
    }
    finding
        .advise("most likely a killed import left them; --repair or voxql optimize removes them");
    if options.repair {
        finding.repaired = true;
        remove_earlier(opened.clone()).await?;
    }
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
            found.add_error(IMPORTS, &error);
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

/// Finds lost commits of a table whose number of versions is noted.
async fn check_noted(
    lake: &Lake,
    noted: Noted,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<()> {
    let name = noted.table().name();
    if found.is_damaged_at(name) {
        return Ok(());
    }
    let error = match noted.check(lake).await {
        Ok(()) => return Ok(()),
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
            let message =
                "people who were forgotten or withdrew consent are not on the list any more";
            found
                .add(Severity::Damage, name, message)
                .advise("forget them again: imports bring them in; audit has the times");
        }
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
            finding.advise("--repair counts the responses again");
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

async fn check_audit(lake: &Lake, found: &mut Diagnosis) -> Result<()> {
    match lake.verify_audit(None).await {
        Ok(summary) => {
            found.audit_entries = summary.entries;
            if !summary.foreign.is_empty() {
                let message = format!("not part of the log: {}", summary.foreign.join(", "));
                found.add(Severity::Note, "audit", message);
            }
        }
        Err(error) if error.is_access() => return Err(error),
        Err(error) => {
            found.add_error("audit", &error);
        }
    }
    Ok(())
}
