//! Changing rows that a table has already: the files that hold some are written anew in one commit.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int64Type, UInt32Type};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use deltalake::DeltaTable;
use deltalake::operations::vacuum::VacuumMode;

use super::append::{Append, Appended, Attempts, Order};
use super::scan::DeltaScan;
use super::{Lake, rollup};
use crate::error::{Error, Result};

/// The column that says which file a row is of.
const PLACE: &str = "__voxql_file";

/// Files that no version has may be those of an import that is writing them.
const UNCOMMITTED_HOURS: i64 = 1;

/// Rows of a table, and what becomes of them.
pub(super) struct Rewrite<'a> {
    /// Those that are meant.
    pub(super) rows: Expr,
    /// All rows of the files that hold some of them, changed.
    pub(super) change: &'a (dyn Fn(DataFrame) -> Result<DataFrame> + Sync),
    /// The column that rows are sorted by in their files.
    pub(super) sorted_by: &'static str,
}

impl Rewrite<'_> {
    /// The same as [`run`](Self::run), or with `is_dry` nothing but counting the rows.
    pub(super) async fn run_unless<F>(
        &self,
        is_dry: bool,
        lake: &Lake,
        context: &SessionContext,
        newest: impl Fn() -> F,
    ) -> Result<usize>
    where
        F: Future<Output = Result<Option<DeltaTable>>>,
    {
        if !is_dry {
            return self.run(lake, context, newest).await;
        }
        let Some(table) = newest().await? else {
            return Ok(0);
        };
        let rows = context.read_table(table.table_provider().await?)?;
        Ok(rows.filter(self.rows.clone())?.count().await?)
    }

    /// Changes the rows of the newest version of a table, whoever else writes to it. Gives how many
    /// there were.
    pub(super) async fn run<F>(
        &self,
        lake: &Lake,
        context: &SessionContext,
        newest: impl Fn() -> F,
    ) -> Result<usize>
    where
        F: Future<Output = Result<Option<DeltaTable>>>,
    {
        let mut attempts = Attempts::at(lake);
        loop {
            let Some(table) = newest().await? else {
                return Ok(0);
            };
            let Some(scan) = DeltaScan::try_new(&table)? else {
                return Err(only_deltalake_reads(&table));
            };
            let found = context
                .read_table(Arc::new(scan.clone().with_file_column(PLACE)))?
                .filter(self.rows.clone())?
                .aggregate(vec![ident(PLACE)], vec![count(lit(1))])?
                .collect()
                .await?;
            let (places, count) = places_of(&found);
            if places.is_empty() {
                return Ok(0);
            }
            let paths = scan.files().iter().enumerate();
            let paths: HashSet<&str> = paths
                .filter(|(place, _)| places.contains(place))
                .map(|(_, file)| file.path.as_str())
                .collect();
            let held = scan.only(|file| paths.contains(file.path.as_str()));
            let rows = (self.change)(context.read_table(Arc::new(held.clone()))?)?;
            let append = Append {
                removed: held.removes(&table, true)?,
                ..Append::new(&table, rows, Order::By(self.sorted_by))
            };
            if let Appended::Done { .. } = append.run().await? {
                return Ok(count);
            }
            attempts.raced("not all of it was changed").await?;
        }
    }
}

/// The places of files, and how many rows of them were found.
fn places_of(found: &[RecordBatch]) -> (HashSet<usize>, usize) {
    let mut places = HashSet::new();
    let mut rows = 0;
    for batch in found {
        let of_batch = batch.column(0).as_primitive::<UInt32Type>().values();
        places.extend(of_batch.iter().map(|&place| place as usize));
        let counts = batch.column(1).as_primitive::<Int64Type>().values();
        rows += counts.iter().sum::<i64>().unsigned_abs() as usize;
    }
    (places, rows)
}

fn only_deltalake_reads(table: &DeltaTable) -> Error {
    Error::invalid(format!(
        "{} has deletion vectors or mapped columns, which voxql reads and does not write",
        table.table_url()
    ))
    .with_hint("delete the rows with the program that wrote these")
}

/// Counts anew what was changed, and removes what earlier versions had of people.
pub(super) async fn count_and_remove_earlier(lake: &Lake, context: &SessionContext) -> Result<()> {
    rollup::complete(lake, context).await?;
    let tables = [
        lake.identities().await?,
        lake.responses().await?,
        lake.rollup().await?,
    ];
    for table in tables.into_iter().flatten() {
        remove_earlier(table).await?;
    }
    Ok(())
}

/// Removes the files that earlier versions have and this one has not, at once, and those that no
/// version has, of imports that were killed; what imports are writing is left alone.
pub(super) async fn remove_earlier(table: DeltaTable) -> Result<()> {
    let (table, _) = table
        .vacuum()
        .with_mode(VacuumMode::Lite)
        .with_retention_period(chrono::Duration::zero())
        .with_enforce_retention_duration(false)
        .await?;
    table
        .vacuum()
        .with_mode(VacuumMode::Full)
        .with_retention_period(chrono::Duration::hours(UNCOMMITTED_HOURS))
        .with_enforce_retention_duration(false)
        .await?;
    Ok(())
}
