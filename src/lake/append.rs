//! Appending an import to a table: one commit, carrying its application transaction.

use std::sync::Arc;

use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan};
use deltalake::delta_datafusion::planner::DeltaPlanner;
use deltalake::kernel::Transaction;
use deltalake::kernel::transaction::{CommitProperties, TransactionError};
use deltalake::operations::write::{SchemaMode, WriteBuilder};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError};

use crate::error::Result;

/// What came of an attempt to append.
pub(crate) enum Appended {
    /// Committed.
    Done,
    /// Another writer committed since the table was read; nothing of this append is visible.
    Raced,
}

/// Rows to write into a table in one commit directly after the version that is held of it, and
/// in no other place: what the caller has read of that version is still true then.
pub(crate) struct Append<'a> {
    pub(crate) table: &'a DeltaTable,
    /// The session that the plan runs in.
    pub(crate) state: SessionState,
    pub(crate) plan: LogicalPlan,
    /// Makes a second append of the same thing recognisable for ever (see [`was_appended`]).
    pub(crate) transaction_id: &'a str,
    /// Goes into the commit's provenance.
    pub(crate) metadata: Vec<(String, serde_json::Value)>,
    /// The rows that go with the same commit. It has to be true of every row of the plan, too.
    pub(crate) replaced: Option<Expr>,
    /// The row group that is built in memory for each partition; the writer's own default,
    /// without.
    pub(crate) row_group_bytes: Option<u64>,
}

impl Append<'_> {
    pub(crate) async fn run(self) -> Result<Appended> {
        let state = SessionStateBuilder::new_from_existing(self.state)
            .with_query_planner(DeltaPlanner::new())
            .build();
        let properties = CommitProperties::default()
            .with_max_retries(0)
            .with_metadata(self.metadata)
            .with_application_transaction(Transaction::new(self.transaction_id, 1));
        let mut writer = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("voxql ", env!("CARGO_PKG_VERSION")).to_owned());
        if let Some(bytes) = self.row_group_bytes {
            writer = writer.set_max_row_group_bytes(usize::try_from(bytes).ok());
        }
        let mut write = WriteBuilder::new(
            self.table.log_store(),
            Some(self.table.snapshot()?.snapshot().clone()),
        )
        .with_input_plan(self.plan)
        .with_session_state(Arc::new(state))
        .with_schema_mode(SchemaMode::Merge)
        .with_writer_properties(writer.build())
        .with_commit_properties(properties);
        if let Some(replaced) = self.replaced {
            write = write
                .with_save_mode(SaveMode::Overwrite)
                .with_replace_where(replaced);
        }
        match write.await {
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
}

/// Whether an append with this transaction is part of `table`.
pub(crate) async fn was_appended(table: &DeltaTable, transaction_id: &str) -> Result<bool> {
    let snapshot = table.snapshot()?;
    let version = snapshot
        .transaction_version(&table.log_store(), transaction_id)
        .await?;
    Ok(version.is_some())
}
