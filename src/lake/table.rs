//! Opening and creating the Delta tables of a lake.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::execution::runtime_env::RuntimeEnv;
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError, TableProperty};
use object_store::ObjectStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use tokio::sync::Mutex;
use url::Url;

use super::Lake;
use super::location::Location;
use crate::error::{Error, Result};

/// The last version of a table that was seen, so that the next look reads only what was
/// committed since.
#[derive(Debug, Default)]
pub(super) struct TableCache(Mutex<Option<DeltaTable>>);

impl TableCache {
    /// The newest version of the lake's table `name`, `None` where it does not exist.
    pub(super) async fn newest(&self, lake: &Lake, name: &str) -> Result<Option<DeltaTable>> {
        let mut cached = self.0.lock().await;
        let newest = match cached.take() {
            Some(mut table) => {
                table.update_state().await?;
                Some(table)
            }
            None => open(log_store(lake.runtime(), &lake.location().join(name))?).await?,
        };
        cached.clone_from(&newest);
        Ok(newest)
    }
}

/// The table of a log store at its newest version, `None` where there is none.
pub(crate) async fn open(log_store: LogStoreRef) -> Result<Option<DeltaTable>> {
    let mut table = DeltaTable::new(log_store);
    match table.load().await {
        Ok(()) => Ok(Some(table)),
        Err(error) => {
            let error = Error::from(error);
            // With a hint it is the storage that failed, and would once more.
            if error.hint().is_some() {
                return Err(error);
            }
            // Asked only after a failure: the common case pays no extra request.
            match table.verify_deltatable_existence().await {
                Ok(false) => Ok(None),
                // Broken, or made by another writer just now: then this succeeds.
                Ok(true) => {
                    table.load().await?;
                    Ok(Some(table))
                }
                Err(refused) => Err(refused.into()),
            }
        }
    }
}

/// A log store for the table at a path or URL that a person wrote.
pub(crate) fn log_store_at(runtime: &Arc<RuntimeEnv>, location: &str) -> Result<LogStoreRef> {
    log_store(runtime, Location::parse(location)?.url())
}

/// A log store for the table at `url` over the runtime's own object stores, whatever their
/// scheme: commits rely on nothing but a conditional put.
pub(crate) fn log_store(runtime: &Arc<RuntimeEnv>, url: &Url) -> Result<LogStoreRef> {
    let root = runtime.object_store_registry.get_store(url)?;
    let prefix = Path::from_url_path(url.path())
        .map_err(|error| Error::invalid(format!("{url}: {error}")))?;
    let prefixed: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(Arc::clone(&root), prefix));
    Ok(default_logstore(
        prefixed,
        root,
        url,
        &StorageConfig::default(),
    ))
}

/// Creates the lake's table `name`, unless it exists or another process is faster.
pub(crate) async fn create_if_missing(
    lake: &Lake,
    name: &str,
    schema: &Schema,
    partition_columns: &[&str],
    statistics_columns: Option<&str>,
) -> Result<DeltaTable> {
    let log_store = log_store(lake.runtime(), &lake.location().join(name))?;
    if let Some(table) = open(Arc::clone(&log_store)).await? {
        return Ok(table);
    }
    let columns: StructType = schema.try_into_kernel().map_err(DeltaTableError::from)?;
    let mut builder = CreateBuilder::new()
        .with_log_store(Arc::clone(&log_store))
        .with_table_name(name)
        .with_save_mode(SaveMode::ErrorIfExists)
        .with_columns(columns.fields().cloned())
        .with_partition_columns(partition_columns.iter().copied());
    if let Some(columns) = statistics_columns {
        builder = builder
            .with_configuration_property(TableProperty::DataSkippingStatsColumns, Some(columns));
    }
    match builder.await {
        Ok(table) => Ok(table),
        Err(error) => match open(log_store).await? {
            Some(table) => Ok(table),
            None => Err(error.into()),
        },
    }
}
