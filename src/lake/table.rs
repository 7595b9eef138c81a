//! Opening and creating Delta tables, and reading columns of their rows.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::sync::Mutex;
use url::Url;

use super::checksums::LogFiles;
use super::location::{Location, display};
use crate::error::{Error, Result};

/// The table property with the columns whose minimum and maximum go into the log.
pub(super) const STATISTICS_PROPERTY: &str = "delta.dataSkippingStatsColumns";

/// The table property with the number of commits from one checkpoint to the next, and its value. To open a
/// table is to read the newest checkpoint and each commit after it, so this bounds the time.
pub(super) const CHECKPOINT_PROPERTY: (&str, &str) = ("delta.checkpointInterval", "10");

/// The last version of a table that was read, so that the next read fetches only what was
/// committed since.
#[derive(Debug, Default)]
pub(super) struct TableCache(Mutex<Option<DeltaTable>>);

impl TableCache {
    /// The newest version of the table at `url`, or `None` if it does not exist.
    pub(super) async fn newest(
        &self,
        runtime: &Arc<RuntimeEnv>,
        url: &Url,
    ) -> Result<Option<DeltaTable>> {
        let mut cached = self.0.lock().await;
        let newest = match cached.take() {
            Some(mut table) => {
                table.update_state().await?;
                Some(table)
            }
            None => open(log_store(runtime, url)?).await?,
        };
        cached.clone_from(&newest);
        Ok(newest)
    }
}

/// Opens the table of a log store at its newest version. Returns `None` if there is none.
pub(crate) async fn open(log_store: LogStoreRef) -> Result<Option<DeltaTable>> {
    let mut table = DeltaTable::new(log_store);
    match table.load().await {
        Ok(()) => Ok(Some(table)),
        Err(error) => {
            let error = Error::from(error);
            // An error with a hint is a storage failure, which would only repeat.
            if error.hint().is_some() {
                let log = display(table.log_store().root_url(), "_delta_log");
                let has_place = !error.is_damaged() || error.to_string().contains("_delta_log");
                return Err(if has_place { error } else { error.at(log) });
            }
            // Checked only after a failure, so that the common case costs no extra request.
            match table.verify_deltatable_existence().await {
                Ok(false) => Ok(None),
                // Broken, or just created by another writer: then loading succeeds now.
                Ok(true) => {
                    if let Err(error) = table.load().await {
                        read_log(&table.log_store()).await?;
                        return Err(error.into());
                    }
                    Ok(Some(table))
                }
                Err(refused) => Err(refused.into()),
            }
        }
    }
}

/// Reads all files of a log, for the error of the first that is damaged: it has the name of the file.
async fn read_log(log_store: &LogStoreRef) -> Result<()> {
    let store = log_store.object_store(None);
    let files = store.list(Some(log_store.log_path()));
    let files: Vec<_> = files.try_collect().await?;
    for file in files {
        store.get(&file.location).await?.bytes().await?;
    }
    Ok(())
}

/// A log store for the table at a path or URL that a person wrote.
pub(crate) fn log_store_at(runtime: &Arc<RuntimeEnv>, location: &str) -> Result<LogStoreRef> {
    log_store(runtime, Location::parse(location)?.url())
}

/// A log store for the table at `url` over the runtime's own object stores, for any scheme:
/// commits rely on nothing but a conditional put.
pub(super) fn log_store(runtime: &Arc<RuntimeEnv>, url: &Url) -> Result<LogStoreRef> {
    let store = runtime.object_store_registry.get_store(url)?;
    let root: Arc<dyn ObjectStore> = Arc::new(LogFiles::layered(store, url));
    let prefix = Path::from_url_path(url.path())
        .map_err(|error| Error::invalid(format!("{url}: {error}")))?;
    let prefixed: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(Arc::clone(&root), prefix));
    let config = StorageConfig::default();
    Ok(default_logstore(prefixed, root, url, &config))
}

/// Creates a table, unless it exists or another process creates it first.
pub(super) async fn create_if_missing(
    log_store: LogStoreRef,
    name: &str,
    schema: &Schema,
    partition_columns: &[&str],
    properties: &[(&str, &str)],
) -> Result<DeltaTable> {
    if let Some(table) = open(Arc::clone(&log_store)).await? {
        return Ok(table);
    }
    let columns: StructType = schema.try_into_kernel().map_err(DeltaTableError::from)?;
    let properties = properties.iter().copied().chain([CHECKPOINT_PROPERTY]);
    let builder = CreateBuilder::new()
        .with_log_store(Arc::clone(&log_store))
        .with_table_name(name)
        .with_save_mode(SaveMode::ErrorIfExists)
        .with_columns(columns.fields().cloned())
        .with_partition_columns(partition_columns.iter().copied())
        // Properties of the lake's own are not in deltalake's list.
        .with_raise_if_key_not_exists(false)
        .with_configuration(properties.map(|(name, value)| (name, Some(value))));
    match builder.await {
        Ok(table) => Ok(table),
        Err(error) => open(log_store).await?.ok_or_else(|| error.into()),
    }
}

/// The values of string columns, without nulls.
pub(super) fn texts<'a>(columns: impl IntoIterator<Item = &'a ArrayRef>) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for column in columns {
        let column = cast(column, &DataType::Utf8).map_err(DataFusionError::from)?;
        let values = column.as_string::<i32>().iter().flatten();
        texts.extend(values.map(ToOwned::to_owned));
    }
    Ok(texts)
}
