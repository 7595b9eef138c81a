//! Notes in the log of the responses of how many versions other tables have, so that lost commits of theirs
//! show: people who are sealed, and people who are forgotten.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;

use super::append::{appended, commit_only};
use super::audit;
use super::handle::Lake;
use super::rollup;
use super::scan;
use super::schema::{IDENTITIES_SCHEMA, SUPPRESSIONS_SCHEMA};
use super::tables::Table;
use crate::error::{Error, Result};

/// Checks that nothing is missing from the logs, as far as one of them notes it of another. What is written
/// after that hides the loss, so it comes before.
///
/// # Errors
/// Returns an error if commits are missing, or all responses.
pub(super) async fn check_logs(lake: &Lake) -> Result<()> {
    audit::check_not_older(lake).await?;
    match lake.responses().await? {
        Some(responses) => {
            rollup::check_not_behind(lake, responses.version().unwrap_or_default()).await?;
        }
        None => check_not_gone(lake).await?,
    }
    for noted in Noted::ALL {
        noted.check(lake).await?;
    }
    Ok(())
}

/// Checks that there are no imports, in a lake without responses.
pub(super) async fn check_not_gone(lake: &Lake) -> Result<()> {
    match lake.imports().await? {
        None => Ok(()),
        Some(_) => {
            Err(Error::damaged("the responses are gone, and imports is there").at(lake.location()))
        }
    }
}

/// A table whose versions are noted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Noted {
    Identities,
    Suppressions,
}

impl Noted {
    pub(super) const ALL: [Self; 2] = [Self::Identities, Self::Suppressions];

    pub(super) fn table(self) -> Table {
        match self {
            Self::Identities => Table::Identities,
            Self::Suppressions => Table::Suppressions,
        }
    }

    /// The application transaction in the log of the responses with the number of versions.
    fn transaction(self) -> &'static str {
        match self {
            Self::Identities => "voxql-identities",
            Self::Suppressions => "voxql-suppressions",
        }
    }

    /// The transaction that notes the number of versions that the table has.
    pub(super) async fn versions(self, lake: &Lake) -> Result<(&'static str, u64)> {
        let table = lake.newest(self.table()).await?;
        let version = table.and_then(|table| table.version());
        Ok((self.transaction(), version.map_or(0, |version| version + 1)))
    }

    /// Notes the number of versions that the table has.
    pub(super) async fn note(self, lake: &Lake) -> Result<()> {
        let context = lake.reading_context();
        let versions = self.versions(lake).await?;
        commit_only(
            lake,
            &context,
            Table::Responses,
            &[versions],
            &[],
            "the number of versions is not noted",
        )
        .await
    }

    /// The rows of the table.
    ///
    /// # Errors
    /// Returns an error if commits are missing, or there is no lake.
    pub(crate) async fn provider(self, lake: &Lake) -> Result<Arc<dyn TableProvider>> {
        self.check(lake).await?;
        match lake.newest(self.table()).await? {
            Some(table) => Ok(scan::provider(&table).await?),
            None if lake.exists().await? => {
                Ok(Arc::new(EmptyTable::new(Arc::clone(self.schema()))))
            }
            None => Err(lake.missing()),
        }
    }

    fn schema(self) -> &'static SchemaRef {
        match self {
            Self::Identities => &IDENTITIES_SCHEMA,
            Self::Suppressions => &SUPPRESSIONS_SCHEMA,
        }
    }

    /// Checks that the table has the versions that were noted.
    ///
    /// # Errors
    /// Returns an error if commits are missing.
    pub(crate) async fn check(self, lake: &Lake) -> Result<()> {
        let Some(responses) = lake.responses().await? else {
            return Ok(());
        };
        let noted = appended(&responses, self.transaction()).await?;
        let noted = noted.unwrap_or_default();
        let (_, versions) = self.versions(lake).await?;
        if noted <= versions {
            return Ok(());
        }
        let table = self.table().name();
        Err(Error::damaged(format!(
            "the log of {table} has {versions} of {noted} versions: commits are missing"
        )))
    }
}
