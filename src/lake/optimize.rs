//! `voxql optimize`: small files become large ones, responses that were not counted are, and files
//! that nothing refers to any more go.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use deltalake::DeltaTable;
use deltalake::operations::vacuum::VacuumMode;
use serde::Serialize;

use super::append::{Append, Appended, Attempts, FILE_BYTES, Order};
use super::memory::default_bytes;
use super::scan::{DataFile, DeltaScan};
use super::schema::PARTITION_COLUMNS;
use super::{Lake, rollup};
use crate::error::Result;

/// How long files that no version needs any more are kept: queries may be reading them, and
/// earlier versions can be asked.
const RETENTION_DAYS: i64 = 7;

/// What goes into one commit. An import that commits meanwhile costs no more than this.
const COMMIT_BYTES: u64 = 1 << 30;

/// What [`Lake::optimize`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OptimizeSummary {
    /// Data files that became others.
    pub compacted: usize,
    /// The files that they became.
    pub into: usize,
    /// Data files whose responses were counted, which no query has to read for an aggregate.
    pub counted: usize,
    /// Files that no version of the last seven days refers to, and that are gone.
    pub removed: usize,
}

impl fmt::Display for OptimizeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "compacted {} files into {} · counted {} · removed {} older than {RETENTION_DAYS} days",
            self.compacted, self.into, self.counted, self.removed
        )
    }
}

impl Lake {
    /// Makes later queries faster: small files of a partition become one, sorted by time; responses
    /// that no import could count are counted; files that no version of the last seven days refers
    /// to are removed. No response changes, and imports may run meanwhile.
    ///
    /// # Errors
    /// When there is no lake, when imports keep being faster, and when the storage fails. What was
    /// done until then stays done.
    pub async fn optimize(&self) -> Result<OptimizeSummary> {
        if !self.exists().await? {
            return Err(self.missing());
        }
        let context = self.writing_context(default_bytes())?;
        let mut summary = OptimizeSummary::default();
        let mut attempts = Attempts::at(self);
        while let Some(step) = compact_some(self, &context).await? {
            match step {
                Step::Raced => attempts.raced("what was compacted stays so").await?,
                Step::Compacted { files, into } => {
                    attempts = Attempts::at(self);
                    summary.compacted += files;
                    summary.into += into;
                }
            }
        }
        summary.counted = rollup::complete(self, &context).await?.files;
        let tables = [
            self.responses().await?,
            self.imports().await?,
            self.rollup().await?,
            self.identities().await?,
        ];
        for table in tables.into_iter().flatten() {
            summary.removed += vacuum(table).await?;
        }
        Ok(summary)
    }
}

enum Step {
    Compacted {
        files: usize,
        into: usize,
    },
    /// An import committed first, and nothing was done.
    Raced,
}

/// Compacts as much as goes into one commit; `None` where nothing is left to compact.
async fn compact_some(lake: &Lake, context: &SessionContext) -> Result<Option<Step>> {
    let Some(table) = lake.responses().await? else {
        return Ok(None);
    };
    let Some(scan) = DeltaScan::try_new(&table)? else {
        return Ok(None);
    };
    let chosen = choose(&scan);
    if chosen.files().is_empty() {
        return Ok(None);
    }
    let rows = context.read_table(Arc::new(chosen.clone()))?;
    let append = Append {
        removed: chosen.removes(&table, false)?,
        is_same_data: true,
        ..Append::new(&table, rows, Order::By("responded_at"))
    };
    Ok(Some(match append.run().await? {
        Appended::Raced => Step::Raced,
        Appended::Done { files: into } => Step::Compacted {
            files: chosen.files().len(),
            into,
        },
    }))
}

/// The small files of partitions that have several, as many as go into one commit.
fn choose(scan: &DeltaScan) -> DeltaScan {
    let mut partitions: BTreeMap<_, Vec<&DataFile>> = BTreeMap::new();
    for file in scan.files() {
        if file.bytes() < FILE_BYTES.get() / 2 {
            let partition = PARTITION_COLUMNS.map(|name| scan.partition_value(file, name));
            partitions.entry(partition).or_default().push(file);
        }
    }
    let mut chosen = HashSet::new();
    let mut bytes = 0;
    for files in partitions.into_values().filter(|files| files.len() > 1) {
        bytes += files.iter().map(|file| file.bytes()).sum::<u64>();
        if bytes > COMMIT_BYTES && !chosen.is_empty() {
            break;
        }
        chosen.extend(files.into_iter().map(|file| file.path.clone()));
    }
    scan.only(|file| chosen.contains(&file.path))
}

/// Removes what no version of the retention refers to, files of imports that failed among it.
async fn vacuum(table: DeltaTable) -> Result<usize> {
    let (_, metrics) = table
        .vacuum()
        .with_mode(VacuumMode::Full)
        .with_retention_period(chrono::Duration::days(RETENTION_DAYS))
        .await?;
    Ok(metrics.files_deleted.len())
}
