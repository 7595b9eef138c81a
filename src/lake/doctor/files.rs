//! The data files of a table: those that its log names, and those that it does not.

use std::collections::{BTreeMap, BTreeSet};

use deltalake::DeltaTable;

use super::diagnosis::{COUNTS_AGAIN, Diagnosis, DoctorOptions, Severity, WRITES_AGAIN, some_of};
use super::lost_rows;
use crate::error::{Error, Result};
use crate::lake::handle::Lake;
use crate::lake::optimize::FILES_MAX;
use crate::lake::rewrite::{of_no_version, remove_earlier, vacuum_uncommitted};
use crate::lake::scan::DeltaScan;
use crate::lake::schema::PARTITION_COLUMNS;
use crate::lake::tables::Table;
use crate::lake::traces::plural;
use crate::lake::{imports, lost_identities};

/// Bytes whose checksums are computed without [`DoctorOptions::full`].
const CHECKED_BYTES: u64 = 1 << 30;

/// Compares the files of a table with its log, the newest first. Returns those that are damaged, if any are.
pub(super) async fn check_files(
    lake: &Lake,
    table: Table,
    opened: &DeltaTable,
    options: &DoctorOptions,
    found: &mut Diagnosis,
) -> Result<Option<DeltaScan>> {
    let name = table.name();
    let scan = match DeltaScan::try_new(opened) {
        Ok(Some(scan)) => scan,
        Ok(None) => {
            let message =
                "it has deletion vectors or mapped columns, which only other programs write";
            found.add(Severity::Warning, name, message);
            return Ok(None);
        }
        Err(error) => {
            found.add_error(name, &Error::from(error));
            return Ok(None);
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
                finding.advise(advice(table));
            }
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
    Ok((!damaged.is_empty()).then(|| scan.only(|file| damaged.contains(&file.path))))
}

/// Removes damaged files from a table that can do without. Returns false, and does nothing, for others.
pub(super) async fn drop_files(
    lake: &Lake,
    table: Table,
    opened: &DeltaTable,
    damaged: &DeltaScan,
) -> Result<bool> {
    match table {
        Table::Identities => {
            let sealing = match lake.responses().await {
                Ok(Some(responses)) => imports::sealing(&responses).await?,
                // Damage to their log was reported.
                _ => Vec::new(),
            };
            lost_identities::drop_files(lake, opened, damaged, &sealing).await?;
        }
        Table::Suppressions => {
            lost_identities::drop_files(lake, opened, damaged, &[]).await?;
            lake.note_lost_suppressions().await?;
        }
        Table::Responses | Table::Imports | Table::Rollup => return Ok(false),
    }
    Ok(true)
}

/// Advice for a damaged file.
fn advice(table: Table) -> &'static str {
    match table {
        Table::Rollup => COUNTS_AGAIN,
        Table::Identities => {
            "restore the file from a backup; without one, --repair removes it from the table, and importing \
             the exports again seals their people again"
        }
        Table::Suppressions => {
            "restore the file from a backup; without one, --repair removes it from the table, and the people \
             in it have to be forgotten again: until then imports bring them in"
        }
        Table::Imports => WRITES_AGAIN,
        Table::Responses => {
            "restore the file from a backup; without one, its rows are lost: import the exports again into \
             another lake, and forget the people again who were forgotten"
        }
    }
}

/// Finds files that no version has.
pub(super) async fn check_left_over(
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
    let message = format!(
        "no version has {}: {}",
        plural(left_over.len(), "file"),
        some_of(left_over)
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
