//! Finds identities that are lost, and what brings them back: the logs note which imports sealed people.

use std::collections::HashSet;

use deltalake::DeltaTable;
use futures::TryStreamExt;
use serde_json::Value;

use super::append::{Append, Appended, Order, appended, no_rows};
use super::handle::Lake;
use super::scan::DeltaScan;
use crate::error::{Error, Result};

/// The numbers of an import's transaction: its people are sealed, or were in a file that is lost.
pub(super) const SEALED_PEOPLE: u64 = 1;
const LOST_PEOPLE: u64 = 0;

/// The key in `commitInfo` of the transaction whose people a commit adds; null if it removes lost files.
pub(super) const TRANSACTION: &str = "voxql.sealed";

/// The transactions of imports whose people were sealed since files were last lost, as far as the log goes
/// back.
pub(super) async fn sealed_since_loss(identities: &DeltaTable) -> Result<HashSet<String>> {
    let commits: Vec<_> = identities.history(None).try_collect().await?;
    let newest_first = commits
        .iter()
        .filter_map(|commit| commit.info.get(TRANSACTION));
    let since_loss = newest_first.map_while(|id| id.as_str().map(str::to_owned));
    Ok(since_loss.collect())
}

/// True if `identities` still has what an import with this transaction sealed.
pub(crate) async fn has_people_of(
    identities: Option<&DeltaTable>,
    transaction: &str,
) -> Result<bool> {
    let Some(identities) = identities else {
        return Ok(false);
    };
    Ok(appended(identities, transaction).await? == Some(SEALED_PEOPLE))
}

/// Removes these files, which are damaged, from the table. Importing the exports again then seals the people
/// again who were in them: of the imports with these `transactions` it is not known who was.
pub(super) async fn drop_files(
    lake: &Lake,
    table: &DeltaTable,
    files: &DeltaScan,
    transactions: &[String],
) -> Result<()> {
    let context = lake.reading_context();
    let append = Append {
        removed: files.removes(table, true)?,
        transactions: transactions
            .iter()
            .map(|id| (id.as_str(), LOST_PEOPLE))
            .collect(),
        metadata: vec![(TRANSACTION.to_owned(), Value::Null)],
        ..Append::new(table, no_rows(&context, table).await?, Order::AsGiven)
    };
    match append.run().await? {
        Appended::Done { .. } => Ok(()),
        Appended::Conflict => Err(
            Error::conflict("another command changed identities meanwhile")
                .with_hint("repeat voxql doctor --repair when no other command runs"),
        ),
    }
}
