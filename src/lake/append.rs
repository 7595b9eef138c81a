//! Appending an import to a table: one commit, carrying its application transaction.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionConfig;
use deltalake::delta_datafusion::planner::DeltaPlanner;
use deltalake::kernel::Transaction;
use deltalake::kernel::transaction::{CommitProperties, TransactionError};
use deltalake::operations::write::{SchemaMode, WriteBuilder};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::{DeltaTable, DeltaTableError};

use super::Lake;
use crate::error::Result;

/// What came of an attempt to append.
pub(crate) enum Appended {
    /// Committed.
    Done,
    /// Another writer committed since the table was read; nothing of this append is visible.
    Raced,
}

/// Writes the rows of `plan` into `table` in one commit directly after the version that `table`
/// holds, and in no other place: what the caller has read of that version is still true then.
///
/// `metadata` goes into the commit's provenance; the transaction `transaction_id` makes a second
/// append of the same thing recognisable for ever (see [`was_appended`]).
pub(crate) async fn append(
    lake: &Lake,
    table: &DeltaTable,
    plan: LogicalPlan,
    transaction_id: &str,
    metadata: Vec<(String, serde_json::Value)>,
) -> Result<Appended> {
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(SessionConfig::new())
        .with_runtime_env(Arc::clone(lake.runtime()))
        .with_query_planner(DeltaPlanner::new())
        .build();
    let properties = CommitProperties::default()
        .with_max_retries(0)
        .with_metadata(metadata)
        .with_application_transaction(Transaction::new(transaction_id, 1));
    let written = WriteBuilder::new(
        table.log_store(),
        Some(table.snapshot()?.snapshot().clone()),
    )
    .with_input_plan(plan)
    .with_session_state(Arc::new(state))
    .with_schema_mode(SchemaMode::Merge)
    .with_writer_properties(
        WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("voxql ", env!("CARGO_PKG_VERSION")).to_owned())
            .build(),
    )
    .with_commit_properties(properties)
    .await;
    match written {
        Ok(_) => Ok(Appended::Done),
        Err(
            DeltaTableError::VersionAlreadyExists(_)
            | DeltaTableError::Transaction {
                source:
                    TransactionError::MaxCommitAttempts(_)
                    | TransactionError::VersionAlreadyExists(_)
                    | TransactionError::CommitConflict(_),
            },
        ) => Ok(Appended::Raced),
        Err(error) => Err(error.into()),
    }
}

/// Whether an append with this transaction is part of `table`.
pub(crate) async fn was_appended(table: &DeltaTable, transaction_id: &str) -> Result<bool> {
    let snapshot = table.snapshot()?;
    let version = snapshot
        .transaction_version(&table.log_store(), transaction_id)
        .await?;
    Ok(version.is_some())
}
