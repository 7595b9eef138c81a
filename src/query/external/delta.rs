//! `CREATE EXTERNAL TABLE … STORED AS DELTATABLE`: Delta tables outside the lake.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::common::plan_err;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::logical_expr::CreateExternalTable;

use crate::error::Error;
use crate::lake::scan;
use crate::lake::{Lake, table};
use crate::query::tables::read_only::ReadOnly;

#[derive(Debug)]
pub(in crate::query) struct DeltaTables(pub(in crate::query) Lake);

#[async_trait]
impl TableProviderFactory for DeltaTables {
    async fn create(
        &self,
        _: &dyn Session,
        command: &CreateExternalTable,
    ) -> DataFusionResult<Arc<dyn TableProvider>> {
        let [location] = command.locations.as_slice() else {
            return plan_err!(
                "a Delta table needs exactly one LOCATION, not {}",
                command.locations.len()
            );
        };
        if let Some(option) = command.options.keys().next() {
            let error = Error::query(format!("OPTIONS ({option}) do not apply to Delta tables"))
                .with_hint("set the AWS environment variables, which all tables share");
            return Err(error.into());
        }
        match open(&self.0, location).await? {
            Some(table) => Ok(table),
            None => Err(Error::not_found(format!("no Delta table found at {location}")).into()),
        }
    }
}

/// The Delta table at a path or URL, if there is one. It is read-only: the folder may be a lake's.
pub(in crate::query) async fn open(
    lake: &Lake,
    location: &str,
) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
    let log_store = table::log_store_at(lake.runtime(), location)?;
    match table::open(log_store)
        .await
        .map_err(DataFusionError::from)?
    {
        Some(table) => Ok(Some(Arc::new(ReadOnly(scan::provider(&table).await?)))),
        None => Ok(None),
    }
}
