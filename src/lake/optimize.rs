//! `voxql optimize`: compacts small files, counts uncounted responses, and removes unreferenced files.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use deltalake::DeltaTable;
use deltalake::operations::vacuum::VacuumMode;
use serde::Serialize;

use super::append::{Append, Appended, Attempts, Order};
use super::handle::Lake;
use super::noted::check_logs;
use super::rewrite::sort_column;
use super::rollup;
use super::scan::{DataFile, DeltaScan};
use super::schema::PARTITION_COLUMNS;
use super::settings::Settings;
use super::tables::Table;
use super::upgrade::upgrade;
use super::withdrawn;
use super::write::FILE_BYTES;
use super::zone::Zone;
use crate::error::Result;

/// Days for which files of earlier versions are kept: queries may be reading them, and earlier
/// versions can be queried.
const RETENTION_DAYS: i64 = 7;

/// Bytes compacted in one commit. An import that commits first wastes no more work than this.
const COMMIT_BYTES: u64 = 1 << 30;

/// The least number of files that an import merges of each partition.
const MERGED_MIN: usize = 8;

/// The least number of files that an import merges of one partition that is probably complete.
const COMPLETE_MERGED_MIN: usize = 2;

/// Files of a partition above which it is slow to read. Imports leave fewer.
pub(super) const FILES_MAX: usize = 32;

/// The files of a partition to compact.
#[derive(Clone, Copy)]
enum Compaction {
    /// All small ones.
    All,
    /// Many that are small beside the rest.
    Crowded,
    /// The few that are small beside the rest, of one month before the newest of its survey.
    Complete,
}

/// Options of [`Lake::optimize_with`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OptimizeOptions {
    /// The time zone that the lake's days and months change to, by its name in the tz database.
    pub zone: Option<String>,
}

impl OptimizeOptions {
    /// Sets [`zone`](Self#structfield.zone).
    pub fn zone(mut self, name: impl Into<String>) -> Self {
        self.zone = Some(name.into());
        self
    }
}

/// Result of [`Lake::optimize`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OptimizeSummary {
    /// `true` if the lake was of an earlier format.
    pub upgraded: bool,
    /// The time zone of the lake's days and months, if they were of another one.
    pub zone: Option<String>,
    /// Data files that were compacted.
    pub compacted: usize,
    /// Data files that replace them.
    pub into: usize,
    /// Data files that were counted: aggregates no longer need to read them.
    pub counted: usize,
    /// Removed files, to which no recent version refers.
    pub removed: usize,
    /// Removed files of earlier versions with people who have withdrawn consent since, which lake.toml no
    /// longer keeps.
    pub withdrawn: usize,
    /// People whose withdrawn consent an interrupted import had left to be applied.
    pub completed: usize,
    /// Days for which files of earlier versions are kept: seven, or fewer if lake.toml has fewer
    /// `withdrawn_days`.
    pub kept_days: i64,
}

impl fmt::Display for OptimizeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.upgraded {
            writeln!(f, "upgraded the lake to the newest format")?;
        }
        if let Some(zone) = &self.zone {
            writeln!(f, "days and months are of {zone} now")?;
        }
        write!(
            f,
            "compacted {} files into {} · counted {} · removed {} older than {} days",
            self.compacted, self.into, self.counted, self.removed, self.kept_days
        )?;
        if self.withdrawn > 0 {
            let files = self.withdrawn;
            write!(f, " · removed {files} with people who withdrew consent")?;
        }
        if let Some(note) = withdrawn::completed_note(self.completed) {
            write!(f, "\nnote: {note}")?;
        }
        Ok(())
    }
}

impl Lake {
    /// Makes later queries faster: merges the small files of a partition into one, sorted by time;
    /// counts responses that no import could count; removes files to which no version of the last
    /// seven days refers. Brings a lake of an earlier format to the newest. No response changes, and
    /// imports may run at the same time.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist, imports keep committing first, or the storage
    /// fails. Completed steps stay done.
    pub async fn optimize(&self) -> Result<OptimizeSummary> {
        self.optimize_with(&OptimizeOptions::default()).await
    }

    /// Does the same as [`optimize`](Self::optimize), and changes the lake's time zone if the options
    /// have one. A time stays the same moment, a date without a time the same day.
    ///
    /// # Errors
    /// Returns an error for the same reasons, or if the time zone does not exist.
    pub async fn optimize_with(&self, options: &OptimizeOptions) -> Result<OptimizeSummary> {
        let settings = self.existing_settings().await?;
        check_logs(self).await?;
        let retention_days = retention_days(settings);
        let zone = options.zone.as_deref().map(Zone::parse).transpose()?;
        let context = self.writing_context(self.writing_bytes())?;
        let upgraded = upgrade(self, &context, zone).await?;
        let completed = withdrawn::cut_loose_what_is_left(self).await?;
        let mut summary = OptimizeSummary {
            completed,
            upgraded: upgraded.format,
            zone: upgraded.zone.map(|zone| zone.name().to_owned()),
            kept_days: retention_days,
            ..OptimizeSummary::default()
        };
        let mut attempts = Attempts::new(self);
        while let Some((compacted, appended)) =
            compact_some(self, &context, Table::Responses, Compaction::All).await?
        {
            match appended {
                Appended::Conflict => {
                    attempts
                        .back_off("files compacted so far stay compacted")
                        .await?;
                }
                Appended::Done { files } => {
                    attempts = Attempts::new(self);
                    summary.compacted += compacted;
                    summary.into += files;
                }
            }
        }
        compact_crowded(self, &context).await?;
        summary.counted = rollup::complete(self, &context).await?.files;
        let kept = settings.retention.unwrap_or_default().withdrawn_days;
        if kept.unwrap_or_default() == 0 {
            summary.withdrawn = withdrawn::remove_kept_versions(self, &context).await?;
        }
        for table in Table::ALL {
            if let Some(table) = self.newest(table).await? {
                summary.removed += vacuum(table, retention_days).await?;
            }
        }
        Ok(summary)
    }
}

/// Compacts partitions of many small files, and one month that is probably complete, so that a lake of many
/// imports has few files to open. Leaves them to the next import if another one commits first.
pub(super) async fn compact_crowded(lake: &Lake, context: &SessionContext) -> Result<()> {
    for table in [Table::Responses, Table::Identities, Table::Imports] {
        let mut compacted = true;
        while compacted {
            let some = compact_some(lake, context, table, Compaction::Crowded).await?;
            compacted = matches!(some, Some((_, Appended::Done { .. })));
        }
    }
    compact_some(lake, context, Table::Responses, Compaction::Complete).await?;
    Ok(())
}

/// Compacts as many files as go into one commit, and returns their number. `None` if nothing is left to
/// compact.
async fn compact_some(
    lake: &Lake,
    context: &SessionContext,
    table: Table,
    compaction: Compaction,
) -> Result<Option<(usize, Appended)>> {
    let order = Order::By(sort_column(table));
    let Some(table) = lake.newest(table).await? else {
        return Ok(None);
    };
    let Some(scan) = DeltaScan::try_new(&table)? else {
        return Ok(None);
    };
    let chosen = choose(&scan, compaction);
    if chosen.files().is_empty() {
        return Ok(None);
    }
    let rows = context.read_table(Arc::new(chosen.clone()))?;
    let append = Append {
        removed: chosen.removes(&table, false)?,
        is_same_data: true,
        ..Append::new(&table, rows, order)
    };
    Ok(Some((chosen.files().len(), append.run().await?)))
}

/// Chooses files of partitions, as many as go into one commit.
fn choose(scan: &DeltaScan, compaction: Compaction) -> DeltaScan {
    let mut partitions: BTreeMap<_, Vec<&DataFile>> = BTreeMap::new();
    let mut newest: BTreeMap<_, Option<&str>> = BTreeMap::new();
    for file in scan.files() {
        let [survey, month] = PARTITION_COLUMNS.map(|name| scan.partition_value(file, name));
        let newest = newest.entry(survey).or_default();
        *newest = month.max(*newest);
        if file.bytes() < FILE_BYTES.get() / 2 {
            partitions.entry((survey, month)).or_default().push(file);
        }
    }
    if let Compaction::Complete = compaction {
        partitions.retain(|(survey, month), _| newest[survey] > *month);
    }
    let mut partitions: Vec<Vec<&DataFile>> = partitions.into_values().collect();
    for files in &mut partitions {
        files.sort_by_key(|file| file.bytes());
        let bytes: Vec<u64> = files.iter().map(|file| file.bytes()).collect();
        files.truncate(match compaction {
            Compaction::All if files.len() > 1 => files.len(),
            Compaction::All => 0,
            Compaction::Crowded => number_to_merge(&bytes, MERGED_MIN),
            Compaction::Complete => number_to_merge(&bytes, COMPLETE_MERGED_MIN),
        });
    }
    if let Compaction::Complete = compaction {
        partitions = partitions
            .into_iter()
            .max_by_key(Vec::len)
            .into_iter()
            .collect();
    }
    let mut chosen = HashSet::new();
    let mut total = 0;
    for files in partitions {
        let bytes: u64 = files.iter().map(|file| file.bytes()).sum();
        if total + bytes > COMMIT_BYTES && total > 0 {
            break;
        }
        total += bytes;
        chosen.extend(files.into_iter().map(|file| file.path.clone()));
    }
    scan.only(|file| chosen.contains(&file.path))
}

/// The number of the smallest files that an import merges, of files with these sizes in ascending order: the
/// most of which none is larger than all others together, at least `least`. So a row is in a file of at least
/// twice the size each time that it is written again, and few files are left.
fn number_to_merge(bytes: &[u64], least: usize) -> usize {
    let mut total = 0;
    let mut number = 0;
    for (before, bytes) in bytes.iter().enumerate() {
        if *bytes <= total && before + 1 >= least {
            number = before + 1;
        }
        total += bytes;
    }
    number
}

/// Days for which files of earlier versions of this lake are kept.
fn retention_days(settings: &Settings) -> i64 {
    let retention = settings.retention.unwrap_or_default();
    // Without a number, they were removed when consent was withdrawn.
    let withdrawn_days = retention.withdrawn_days.filter(|days| *days > 0);
    withdrawn_days.map_or(RETENTION_DAYS, |days| RETENTION_DAYS.min(days.into()))
}

/// Removes files to which no recent version refers, including those of failed imports.
async fn vacuum(table: DeltaTable, retention_days: i64) -> Result<usize> {
    let (_, metrics) = table
        .vacuum()
        .with_mode(VacuumMode::Full)
        .with_retention_period(chrono::Duration::days(retention_days))
        .with_enforce_retention_duration(false)
        .await?;
    Ok(metrics.files_deleted.len())
}

#[cfg(test)]
mod tests {
    use super::{COMPLETE_MERGED_MIN, FILE_BYTES, FILES_MAX, MERGED_MIN, number_to_merge};

    #[test]
    fn few_files_are_left_and_rows_are_seldom_written_again() {
        let (mut files, mut written, mut most) = (Vec::new(), 0, 0);
        const IMPORTS: u64 = 20_000;
        for _ in 0..IMPORTS {
            files.push(10_000);
            loop {
                files.sort_unstable();
                let merged = number_to_merge(&files, MERGED_MIN);
                if merged == 0 {
                    break;
                }
                let total = files.drain(..merged).sum();
                files.push(total);
                written += total;
            }
            files.retain(|bytes| *bytes < FILE_BYTES.get() / 2);
            most = most.max(files.len());
        }
        assert!(most < FILES_MAX, "{most}");
        let times = written / (IMPORTS * 10_000);
        assert!(times <= 6, "each row was written {times} times again");
    }

    #[test]
    fn a_complete_month_has_few_files_of_different_sizes() {
        let merged = |bytes: &[u64]| number_to_merge(bytes, COMPLETE_MERGED_MIN);
        assert_eq!(merged(&[1]), 0);
        assert_eq!(merged(&[1, 1]), 2);
        assert_eq!(merged(&[1, 1, 1, 8, 8, 64]), 5);
        assert_eq!(merged(&[19, 64]), 0);
    }

    #[test]
    fn a_large_file_is_not_written_again_for_a_few_small_ones() {
        assert_eq!(number_to_merge(&[1; 7], MERGED_MIN), 0);
        assert_eq!(number_to_merge(&[1; 8], MERGED_MIN), 8);
        assert_eq!(number_to_merge(&[1, 1, 1, 1, 1, 1, 1, 1000], MERGED_MIN), 0);
        assert_eq!(
            number_to_merge(&[1, 1, 1, 1, 1, 1, 1, 1, 1000], MERGED_MIN),
            8
        );
    }
}
