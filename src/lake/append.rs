//! Appending rows to a table: one commit, with its application transaction.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::logical_expr::{cast, ident, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::scalar::ScalarValue;
use deltalake::kernel::engine::arrow_conversion::{TryIntoArrow, TryIntoKernel};
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{
    Action, EagerSnapshot, MetadataExt, Remove, StructField, StructType, Transaction,
};
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError};
use memchr::memmem;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::handle::Lake;
use super::scan;
use super::table::{CHECKPOINT_PROPERTY, STATISTICS_PROPERTY};
use super::tables::Table;
use super::write::{FILE_BYTES, FileWriter};
use crate::error::{Error, Result};

pub(crate) use super::write::Order;

/// Outcome of an attempt to append.
pub(crate) enum Appended {
    /// Committed, with this many new files.
    Done { files: usize },
    /// Another writer committed since the table was read; nothing of this append is visible.
    Conflict,
}

/// Number of attempts at a change while others commit first, each a little later.
const ATTEMPTS_MAX: u32 = 50;
const DELAY: Duration = Duration::from_millis(20);

/// Counts the attempts at a change, each from reading to committing, that lost to another writer.
pub(crate) struct Attempts<'a> {
    lake: &'a Lake,
    conflicts: u32,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(lake: &'a Lake) -> Self {
        Self { lake, conflicts: 0 }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// Returns an error, whose message ends in `outcome`, after too many attempts.
    pub(crate) async fn back_off(&mut self, outcome: &str) -> Result<()> {
        self.conflicts += 1;
        if self.conflicts == ATTEMPTS_MAX {
            return Err(Error::conflict(format!(
                "other processes committed to {} first {ATTEMPTS_MAX} times; {outcome}",
                self.lake.uri()
            ))
            .with_hint("try again when fewer imports are running"));
        }
        tracing::info!(
            self.conflicts,
            "another process committed first, trying again"
        );
        tokio::time::sleep(DELAY * self.conflicts).await;
        Ok(())
    }
}

/// Rows to write into a table in one commit directly after the loaded version, and nowhere else, so
/// that everything the caller read from that version still holds.
pub(crate) struct Append<'a> {
    pub(crate) table: &'a DeltaTable,
    /// The rows, in a session that spills to disk. Columns that the table lacks are added to its
    /// end.
    pub(crate) rows: DataFrame,
    pub(crate) order: Order<'a>,
    /// Application transactions, by id, each with a number: what the table knows forever of the appends that
    /// it has (see [`appended`]).
    pub(crate) transactions: Vec<(&'a str, u64)>,
    /// Goes into the commit's provenance.
    pub(crate) metadata: Vec<(String, serde_json::Value)>,
    /// Properties of the table that are set where they differ.
    pub(crate) properties: Vec<(&'a str, String)>,
    /// Files that the same commit removes. Rows of theirs that stay are among `rows`.
    pub(crate) removed: Vec<Remove>,
    /// The rows are exactly those of the removed files.
    pub(crate) is_same_data: bool,
    /// A change of the table itself. The files of before are all removed then.
    pub(crate) table_change: Option<TableChange<'a>>,
}

/// Other columns and properties of a table.
pub(crate) struct TableChange<'a> {
    pub(crate) columns: StructType,
    /// Properties that are set; the others stay.
    pub(crate) properties: Vec<(&'a str, &'a str)>,
}

impl<'a> Append<'a> {
    pub(crate) fn new(table: &'a DeltaTable, rows: DataFrame, order: Order<'a>) -> Self {
        Self {
            table,
            rows,
            order,
            transactions: Vec::new(),
            metadata: Vec::new(),
            properties: Vec::new(),
            removed: Vec::new(),
            is_same_data: false,
            table_change: None,
        }
    }

    pub(crate) async fn run(self) -> Result<Appended> {
        let snapshot = self.table.snapshot()?.snapshot();
        let mut properties = CommitProperties::default()
            .with_max_retries(0)
            // Its search for expired commits lists the whole log, after each commit.
            .with_cleanup_expired_logs(Some(false))
            .with_metadata(self.metadata);
        for (id, number) in &self.transactions {
            let transaction = Transaction::new(id, number.cast_signed());
            properties = properties.with_application_transaction(transaction);
        }
        let is_same_data = self.is_same_data;
        let mode = if self.removed.is_empty() {
            SaveMode::Append
        } else {
            SaveMode::Overwrite
        };
        let mut actions: Vec<Action> = self.removed.into_iter().map(Action::Remove).collect();
        let configuration = snapshot.metadata().configuration();
        let differs = |(name, value): &(&str, String)| configuration.get(*name) != Some(value);
        let (name, value) = CHECKPOINT_PROPERTY;
        let wanted = self
            .properties
            .into_iter()
            .chain([(name, value.to_owned())]);
        let new_properties: Vec<_> = wanted.filter(differs).collect();
        let change = match self.table_change {
            Some(change) => Some(change),
            None => match with_new_columns(snapshot, self.rows.schema())? {
                None if new_properties.is_empty() => None,
                columns => Some(TableChange {
                    columns: columns.unwrap_or_else(|| snapshot.schema().as_ref().clone()),
                    properties: Vec::new(),
                }),
            },
        };
        let mut statistics = None;
        let schema = match change {
            None => snapshot.arrow_schema(),
            Some(TableChange {
                columns,
                properties,
            }) => {
                let metadata = snapshot.metadata().clone().with_schema(&columns);
                let mut metadata = metadata.map_err(DeltaTableError::from)?;
                let new = new_properties
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()));
                for (name, value) in properties.into_iter().chain(new) {
                    if name == STATISTICS_PROPERTY {
                        statistics = Some(value);
                    }
                    metadata = metadata
                        .add_config_key(name.to_owned(), value.to_owned())
                        .map_err(DeltaTableError::from)?;
                }
                actions.push(Action::Metadata(metadata));
                let schema = (&columns).try_into_arrow();
                Arc::new(schema.map_err(DeltaTableError::from)?)
            }
        };
        let sorted_schema = with_dictionaries(&schema, self.rows.schema());
        let writer = FileWriter::new(self.table, snapshot, schema, statistics);
        let rows = with_columns(self.rows, &sorted_schema)?;
        let written = writer.write(rows, self.order).await?;
        let file_count = written.len();
        let written_paths: Vec<String> = written.iter().map(|file| file.path.clone()).collect();
        actions.extend(written.into_iter().map(|mut file| {
            file.data_change = !is_same_data;
            Action::Add(file)
        }));
        if actions.is_empty() && self.transactions.is_empty() {
            return Ok(Appended::Done { files: 0 });
        }
        let operation = if is_same_data {
            DeltaOperation::Optimize {
                predicate: None,
                target_size: FILE_BYTES.get().cast_signed(),
            }
        } else {
            let partition_columns = snapshot.metadata().partition_columns().to_vec();
            DeltaOperation::Write {
                mode,
                partition_by: Some(partition_columns).filter(|columns| !columns.is_empty()),
                predicate: None,
            }
        };
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(snapshot), self.table.log_store(), operation)
            .into_prepared_commit_future()
            .await?
            .await;
        match committed {
            Ok(committed) => {
                if let Err(error) = committed.await {
                    // The next commit tries again.
                    tracing::warn!(%error, "committed, but no checkpoint was written");
                }
                Ok(Appended::Done { files: file_count })
            }
            Err(
                DeltaTableError::VersionAlreadyExists(_)
                | DeltaTableError::Transaction {
                    source:
                        TransactionError::MaxCommitAttempts(_)
                        | TransactionError::VersionAlreadyExists(_)
                        | TransactionError::CommitConflict(_),
                },
            ) => {
                remove_lost(self.table, &written_paths).await;
                Ok(Appended::Conflict)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Commits a version of a table with transactions and metadata, and no change. `outcome` ends the error after too many
/// attempts.
pub(super) async fn commit_only(
    lake: &Lake,
    context: &SessionContext,
    table: Table,
    transactions: &[(&str, u64)],
    metadata: &[(String, serde_json::Value)],
    outcome: &str,
) -> Result<()> {
    let mut attempts = Attempts::new(lake);
    while let Some(table) = lake.newest(table).await? {
        let append = Append {
            transactions: transactions.to_vec(),
            metadata: metadata.to_vec(),
            ..Append::new(&table, no_rows(context, &table).await?, Order::AsGiven)
        };
        if let Appended::Done { .. } = append.run().await? {
            return Ok(());
        }
        attempts.back_off(outcome).await?;
    }
    Ok(())
}

/// No rows of a table.
pub(super) async fn no_rows(context: &SessionContext, table: &DeltaTable) -> Result<DataFrame> {
    let rows = context.read_table(scan::provider(table).await?)?;
    Ok(rows.filter(lit(false))?)
}

/// Removes the files of an append that lost to another commit: they may have rows of somebody who is being
/// forgotten. They stay if the other commit cannot be read, or is this one after all.
async fn remove_lost(table: &DeltaTable, paths: &[String]) {
    let log = table.log_store();
    let next = table.version().unwrap_or_default() + 1;
    let Ok(Some(commit)) = log.read_commit_entry(next).await else {
        return;
    };
    let store = log.object_store(None);
    for path in paths {
        let location = Path::parse(path).ok();
        let Some((location, name)) = location.as_ref().and_then(|it| Some((it, it.filename()?)))
        else {
            continue;
        };
        if memmem::find(&commit, name.as_bytes()).is_none()
            && let Err(error) = store.delete(location).await
        {
            tracing::warn!("could not remove a file without a commit: {error}");
        }
    }
}

/// The table's columns followed by those of `rows` that it lacks, or `None` if it lacks none.
fn with_new_columns(snapshot: &EagerSnapshot, rows: &DFSchema) -> Result<Option<StructType>> {
    let columns = snapshot.schema();
    let mut new: Vec<StructField> = Vec::new();
    for field in rows.fields() {
        if columns.field(field.name()).is_none() {
            let field = field.as_ref().try_into_kernel();
            new.push(field.map_err(DeltaTableError::from)?);
        }
    }
    if new.is_empty() {
        return Ok(None);
    }
    let all = StructType::try_new(columns.fields().cloned().chain(new));
    Ok(Some(all.map_err(DeltaTableError::from)?))
}

/// The rows with exactly the columns of `schema`, null where they have no column of that name.
pub(crate) fn with_columns(rows: DataFrame, schema: &SchemaRef) -> Result<DataFrame> {
    let own = DFSchema::clone(rows.schema());
    let columns = schema.fields().iter().map(|field| {
        let value = if own.has_column_with_unqualified_name(field.name()) {
            ident(field.name())
        } else {
            lit(ScalarValue::Null)
        };
        cast(value, field.data_type().clone()).alias(field.name())
    });
    Ok(rows.select(columns.collect::<Vec<_>>())?)
}

/// The schema with the dictionary types of `rows`: they sort in less memory than plain strings.
fn with_dictionaries(schema: &SchemaRef, rows: &DFSchema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let given = rows.field_with_unqualified_name(field.name());
        let given = given.map_or(field.data_type(), |given| given.data_type());
        match given {
            DataType::Dictionary(_, values) if **values == *field.data_type() => {
                field.as_ref().clone().with_data_type(given.clone())
            }
            _ => field.as_ref().clone(),
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The number of the newest append to `table` with this transaction id.
pub(crate) async fn appended(table: &DeltaTable, id: &str) -> Result<Option<u64>> {
    let snapshot = table.snapshot()?;
    let number = snapshot.transaction_version(&table.log_store(), id).await?;
    Ok(number.map(i64::unsigned_abs))
}
