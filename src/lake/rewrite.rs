//! Rewriting the files that contain certain rows of a table, in one commit.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type, UInt32Type};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{ExprSchemable, ScalarUDF, cast, when};
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use datafusion::scalar::ScalarValue;
use deltalake::DeltaTable;
use deltalake::operations::vacuum::{Clock, VacuumBuilder, VacuumMode};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::append::{Append, Appended, Attempts, Order, commit_only};
use super::handle::Lake;
use super::identities::RESPONDENT;
use super::rollup;
use super::scan::{self, DeltaScan};
use super::tables::Table;
use crate::error::{Error, Result};

/// The column with the index of a row's file.
const FILE_COLUMN: &str = "__voxql_file";

/// The folder of the table's log.
const LOG: &str = "_delta_log/";

/// A change of some rows of a table.
pub(super) struct Rewrite<'a> {
    pub(super) table: Table,
    /// Selects the rows to change.
    pub(super) rows: Expr,
    pub(super) change: Change<'a>,
}

/// The change of the selected rows.
#[derive(Clone, Copy)]
pub(super) enum Change<'a> {
    Delete,
    /// Sets these columns to NULL.
    Clear(&'a [&'a str]),
    /// Sets a column to the value of an expression.
    Replace(&'a str, &'a Expr),
    /// Sets the cleared columns to NULL, and passes each of the texts through its function, which
    /// returns NULL for a text of which nothing is left.
    Redact {
        cleared: &'a [&'a str],
        texts: &'a [(String, ScalarUDF)],
    },
}

/// What is left of a text in a column without NULL.
const NOTHING_LEFT: &str = "[PERSONAL]";

/// The column that rows of a table are sorted by in their files.
pub(super) fn sort_column(table: Table) -> &'static str {
    match table {
        Table::Responses => "responded_at",
        Table::Identities => RESPONDENT,
        Table::Imports => "imported_at",
        Table::Suppressions => "entry",
        Table::Rollup => rollup::DAY,
    }
}

impl Rewrite<'_> {
    /// Does the same as [`run`](Self::run), or only counts the rows if `dry_run` is set.
    pub(super) async fn run_unless(
        &self,
        dry_run: bool,
        lake: &Lake,
        context: &SessionContext,
    ) -> Result<usize> {
        if !dry_run {
            return self.run(lake, context).await;
        }
        let Some(table) = lake.newest(self.table).await? else {
            return Ok(0);
        };
        let rows = context.read_table(scan::provider(&table).await?)?;
        Ok(rows.filter(self.rows.clone())?.count().await?)
    }

    /// Changes the rows of the newest version of the table, trying again if others write to it.
    /// Returns the number of changed rows.
    pub(super) async fn run(&self, lake: &Lake, context: &SessionContext) -> Result<usize> {
        let mut attempts = Attempts::new(lake);
        loop {
            let Some(table) = lake.newest(self.table).await? else {
                return Ok(0);
            };
            let Some(scan) = DeltaScan::try_new(&table)? else {
                return Err(cannot_write(&table));
            };
            let found = context
                .read_table(Arc::new(scan.clone().with_file_column(FILE_COLUMN)))?
                .filter(self.rows.clone())?
                .aggregate(vec![ident(FILE_COLUMN)], vec![count(lit(1))])?
                .collect()
                .await?;
            let (indexes, count) = files_and_rows(&found);
            if indexes.is_empty() {
                return Ok(0);
            }
            let paths = scan.paths().enumerate();
            let paths: HashSet<&str> = paths
                .filter(|(index, _)| indexes.contains(index))
                .map(|(_, path)| path)
                .collect();
            let affected = scan.only(|file| paths.contains(file.path.as_str()));
            let rows = context.read_table(Arc::new(affected.clone()))?;
            let append = Append {
                removed: affected.removes(&table, true)?,
                ..Append::new(
                    &table,
                    self.changed(rows)?,
                    Order::By(sort_column(self.table)),
                )
            };
            if let Appended::Done { .. } = append.run().await? {
                return Ok(count);
            }
            attempts.back_off("some rows were not changed").await?;
        }
    }

    /// All rows of the affected files, after the change.
    fn changed(&self, rows: DataFrame) -> Result<DataFrame> {
        let is_unchanged = self.rows.clone().is_not_true();
        let mut replaced = None;
        let (cleared, texts) = match self.change {
            Change::Delete => return Ok(rows.filter(is_unchanged)?),
            Change::Clear(columns) => (columns, &[][..]),
            Change::Replace(column, by) => {
                replaced = Some((column, by));
                (&[][..], &[][..])
            }
            Change::Redact { cleared, texts } => (cleared, texts),
        };
        let schema = rows.schema().clone();
        let columns = schema.columns().into_iter().map(|column| {
            let value = Expr::Column(column.clone());
            let data_type = value.get_type(&schema)?;
            let changed = if cleared.contains(&column.name()) {
                lit(ScalarValue::try_from(&data_type)?)
            } else if let Some((_, by)) = replaced.filter(|(name, _)| *name == column.name()) {
                cast(by.clone(), data_type)
            } else if let Some((_, function)) = texts.iter().find(|(name, _)| name == column.name())
            {
                let left = function.call(vec![cast(value.clone(), DataType::Utf8)]);
                let left = if value.nullable(&schema)? {
                    left
                } else {
                    coalesce(vec![left, lit(NOTHING_LEFT)])
                };
                cast(left, data_type)
            } else {
                return Ok(value);
            };
            let kept = when(is_unchanged.clone(), value).otherwise(changed)?;
            Ok(kept.alias(column.name()))
        });
        Ok(rows.select(columns.collect::<Result<Vec<_>>>()?)?)
    }
}

/// The indexes of the files, and the total number of rows found in them.
fn files_and_rows(found: &[RecordBatch]) -> (HashSet<usize>, usize) {
    let mut indexes = HashSet::new();
    let mut rows = 0;
    for batch in found {
        let files = batch.column(0).as_primitive::<UInt32Type>().values();
        indexes.extend(files.iter().map(|&index| index as usize));
        let counts = batch.column(1).as_primitive::<Int64Type>().values();
        rows += counts.iter().sum::<i64>().unsigned_abs() as usize;
    }
    (indexes, rows)
}

fn cannot_write(table: &DeltaTable) -> Error {
    Error::invalid(format!(
        "{} has deletion vectors or mapped columns, which voxql can read but not write",
        table.table_url()
    ))
    .with_hint("delete the rows with the program that wrote them")
}

/// Counts the changed files again, and removes the personal data that earlier versions contain. Returns
/// the number of removed files.
pub(super) async fn count_and_remove_earlier(
    lake: &Lake,
    context: &SessionContext,
) -> Result<usize> {
    rollup::complete(lake, context).await?;
    let mut removed = 0;
    for table in [
        Table::Identities,
        Table::Responses,
        Table::Rollup,
        Table::Imports,
        Table::Suppressions,
    ] {
        let Some(opened) = lake.newest(table).await? else {
            continue;
        };
        let all = vacuum_all(&opened, VacuumMode::Full);
        if !of_no_version(&opened, all).await?.is_empty() {
            // Whoever writes them loses to a newer commit, after which they can be removed.
            commit_nothing(lake, context, table).await?;
        }
        if let Some(opened) = lake.newest(table).await? {
            removed += remove_earlier(opened).await?;
        }
    }
    Ok(removed)
}

/// The files of no version among those that a vacuum would remove. Files that a version removed are in the log,
/// for queries at earlier ones.
pub(super) async fn of_no_version(
    table: &DeltaTable,
    vacuum: VacuumBuilder,
) -> Result<Vec<String>> {
    let (_, would) = vacuum.with_dry_run(true).await?;
    let log = table.snapshot()?;
    let removed: HashSet<String> = log
        .all_tombstones(&*table.log_store())
        .map_ok(|removed| removed.path().into_owned())
        .try_collect()
        .await?;
    let mut files = would.files_deleted;
    files.retain(|file| !removed.contains(file));
    Ok(files)
}

/// A vacuum of all files that the newest version does not have.
fn vacuum_all(table: &DeltaTable, mode: VacuumMode) -> VacuumBuilder {
    let vacuum = table.clone().vacuum().with_mode(mode);
    vacuum
        .with_retention_period(chrono::Duration::zero())
        .with_enforce_retention_duration(false)
}

/// Commits a version of a table without a change.
pub(super) async fn commit_nothing(
    lake: &Lake,
    context: &SessionContext,
    table: Table,
) -> Result<()> {
    let id = format!(
        "voxql-forget/{}",
        Utc::now().timestamp_nanos_opt().unwrap_or_default()
    );
    commit_only(
        lake,
        context,
        table,
        &[(&id, 1)],
        &[],
        "nobody was forgotten",
    )
    .await
}

/// Immediately removes the files that only earlier versions have, and those that no version will have, left
/// by killed imports. Files that running imports may commit stay. Returns the number of removed files.
pub(super) async fn remove_earlier(table: DeltaTable) -> Result<usize> {
    // A vacuum also reports files that an earlier one removed.
    let before = data_files(&table).await?;
    let (table, by_versions) = vacuum_all(&table, VacuumMode::Lite).await?;
    let (_, of_no_version) = vacuum_uncommitted(&table).await?.await?;
    let removed = [by_versions.files_deleted, of_no_version.files_deleted].concat();
    let removed: HashSet<String> = removed.into_iter().collect();
    Ok(removed.intersection(&before).count())
}

/// A vacuum of files that no version will have: those of no version that are older than the newest commit. An
/// import whose files are older loses to that commit, and writes them again.
pub(super) async fn vacuum_uncommitted(table: &DeltaTable) -> Result<VacuumBuilder> {
    let version = table.version().unwrap_or_default();
    let commit = Path::from(LOG).join(format!("{version:020}.json"));
    let commit = table.log_store().object_store(None).head(&commit).await?;
    let vacuum = table.clone().vacuum().with_mode(VacuumMode::Full);
    Ok(vacuum
        .with_clock(Arc::new(At(commit.last_modified.timestamp_millis())))
        // Files of the same moment, which is a second on S3, may be newer.
        .with_retention_period(chrono::Duration::milliseconds(1))
        .with_enforce_retention_duration(false))
}

/// A clock that stands still, in milliseconds since 1970.
#[derive(Debug)]
struct At(i64);

impl Clock for At {
    fn current_timestamp_millis(&self) -> i64 {
        self.0
    }
}

/// True if a file that was removed from the table before `until` is still there.
pub(super) async fn has_files_removed_before(
    table: DeltaTable,
    until: DateTime<Utc>,
) -> Result<bool> {
    let files = data_files(&table).await?;
    let age = Utc::now().signed_duration_since(until);
    let (_, would) = table
        .vacuum()
        .with_mode(VacuumMode::Lite)
        .with_retention_period(age.max(chrono::Duration::zero()))
        .with_enforce_retention_duration(false)
        .with_dry_run(true)
        .await?;
    Ok(would.files_deleted.iter().any(|path| files.contains(path)))
}

/// The paths of all files of the table that are there, without its log.
async fn data_files(table: &DeltaTable) -> Result<HashSet<String>> {
    let store = table.log_store().object_store(None);
    let files: Vec<ObjectMeta> = store.list(None).try_collect().await?;
    let paths = files.into_iter().map(|file| file.location.to_string());
    Ok(paths.filter(|path| !path.starts_with(LOG)).collect())
}
