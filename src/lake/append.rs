//! Appending an import to a table: one commit, carrying its application transaction.

use std::ops::RangeInclusive;
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
    /// What the file of each partition may hold in memory; the writer's own defaults, without.
    pub(crate) partition_bytes: Option<u64>,
}

/// The smallest and largest row group that is built in memory.
const ROW_GROUP_BYTES: RangeInclusive<u64> = (1 << 20)..=(64 << 20);

/// The smallest and largest page of a column. The largest is the writer's own default.
const PAGE_BYTES: RangeInclusive<u64> = (64 << 10)..=(1 << 20);

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
        if let Some(bytes) = self.partition_bytes {
            // Half for what is encoded, half for the page and the dictionary of each column.
            let columns = self.plan.schema().fields().len().max(1) as u64;
            let page_bytes = within(bytes / 4 / columns, &PAGE_BYTES);
            writer = writer
                .set_max_row_group_bytes(Some(within(bytes / 2, &ROW_GROUP_BYTES)))
                .set_data_page_size_limit(page_bytes)
                .set_dictionary_page_size_limit(page_bytes);
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

fn within(bytes: u64, range: &RangeInclusive<u64>) -> usize {
    bytes.clamp(*range.start(), *range.end()) as usize
}

/// Whether an append with this transaction is part of `table`.
pub(crate) async fn was_appended(table: &DeltaTable, transaction_id: &str) -> Result<bool> {
    let snapshot = table.snapshot()?;
    let version = snapshot
        .transaction_version(&table.log_store(), transaction_id)
        .await?;
    Ok(version.is_some())
}
