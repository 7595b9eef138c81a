//! The handle through which everything reads and writes a lake.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use deltalake::DeltaTable;
use exports::files::Stores;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;
use tokio::sync::OnceCell;
use url::Url;

use super::definitions::DefinitionsCache;
use super::location::Location;
use super::memory::query_pool;
use super::schema::RESPONSES;
use super::settings::{FILE_NAME, Settings};
use super::storage::OnDemandRegistry;
use super::table::{self, TableCache};
use super::tables::Table;
use super::zone::Zone;
use crate::error::{Error, Result};
use crate::privacy::keys::KeySource;

/// A lake of survey responses, at a folder or an object-store URL.
///
/// Opening touches nothing: the first import creates the lake, and a query reads only what it
/// needs. A `Lake` is a cheap handle that can be cloned and shared.
///
/// # Examples
/// ```
/// # use voxql::{IngestOptions, Lake, Result};
/// # #[tokio::main]
/// # async fn main() -> Result<()> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let (csv, uri) = (folder.path().join("answers.csv"), folder.path().join("lake"));
/// # std::fs::write(&csv, "id,date,score\na,2026-03-01,10\nb,2026-03-02,3\n").unwrap();
/// let lake = Lake::builder(uri.to_str().unwrap())
///     .key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?
///     .open()?;
/// let summary = lake.ingest(&csv, &IngestOptions::default()).await?;
/// assert_eq!(summary.new, 2);
/// lake.session().sql("SELECT nps(score) FROM responses").await?.show().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

impl Stores for Lake {
    fn store(&self, url: &Url) -> exports::Result<Arc<dyn ObjectStore>> {
        let registry = &self.runtime().object_store_registry;
        registry.get_store(url).map_err(exports::Error::external)
    }
}

struct Inner {
    location: Location,
    runtime: Arc<RuntimeEnv>,
    key: KeySource,
    memory_limit: Option<u64>,
    settings: OnceCell<Settings>,
    tables: [TableCache; Table::ALL.len()],
    definitions: DefinitionsCache,
}

impl Inner {
    fn new(
        location: Location,
        runtime: Arc<RuntimeEnv>,
        key: KeySource,
        memory_limit: Option<u64>,
    ) -> Self {
        Self {
            location,
            runtime,
            key,
            memory_limit,
            settings: OnceCell::new(),
            tables: Default::default(),
            definitions: DefinitionsCache::default(),
        }
    }
}

/// Settings for opening a [`Lake`].
#[derive(Debug)]
pub struct LakeBuilder {
    uri: String,
    runtime: Option<Arc<RuntimeEnv>>,
    stores: Vec<(Url, Arc<dyn ObjectStore>)>,
    key: KeySource,
    memory_limit: Option<u64>,
}

impl LakeBuilder {
    /// Runs queries and imports in this runtime environment: its memory pool, disk manager and
    /// object stores. Without it, memory is limited as [`memory_limit`](Self::memory_limit) says, S3 stores
    /// are created on first use from the AWS environment variables and profile, and files of a local lake
    /// are synced to disk and readable by their owner alone.
    pub fn runtime_env(mut self, runtime: Arc<RuntimeEnv>) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Limits the memory of queries, which they share, and that of each command that writes, in bytes.
    /// Sorts and aggregates then spill to disk, and what cannot spill ends with an error. Default: for
    /// queries half of the memory of the machine or its container, for writing a quarter of it, at most
    /// 2 GiB. A [runtime environment](Self::runtime_env) has its own limit for queries.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Uses `store` for every URL with the scheme and host of `url`.
    pub fn object_store(mut self, url: Url, store: Arc<dyn ObjectStore>) -> Self {
        self.stores.push((url, store));
        self
    }

    /// Derives pseudonyms from this key, 64 hexadecimal digits.
    ///
    /// # Errors
    /// Returns an error if `hex` is not 64 hexadecimal digits.
    pub fn key(mut self, hex: &str) -> Result<Self> {
        self.key = KeySource::from_hex(hex)?;
        Ok(self)
    }

    /// Derives pseudonyms from the key in this file, which the first import creates if it does not
    /// exist.
    pub fn key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = KeySource::File(path.into());
        self
    }

    /// Opens the lake. Nothing is read or written yet, and the lake need not exist.
    ///
    /// # Errors
    /// Returns an error if the location is neither a path nor a URL.
    pub fn open(self) -> Result<Lake> {
        let location = Location::parse(&self.uri)?;
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => {
                let registry = OnDemandRegistry::new(location.folder()?);
                RuntimeEnvBuilder::new()
                    .with_object_store_registry(Arc::new(registry))
                    .with_memory_pool(query_pool(self.memory_limit))
                    .build_arc()?
            }
        };
        for (url, store) in self.stores {
            runtime.register_object_store(&url, store);
        }
        Ok(Lake {
            inner: Arc::new(Inner::new(location, runtime, self.key, self.memory_limit)),
        })
    }
}

impl Lake {
    /// Opens the lake at `uri`: a path, or a URL such as `s3://bucket/prefix`.
    ///
    /// The key for pseudonyms comes from `VOXQL_KEY`, else from the file that `VOXQL_KEY_FILE`
    /// names, else from the user's configuration folder.
    ///
    /// # Errors
    /// Returns an error if the location is neither a path nor a URL.
    pub fn open(uri: &str) -> Result<Self> {
        Self::builder(uri).open()
    }

    /// Returns a builder for the lake at `uri`, to set object stores, a runtime or a key.
    pub fn builder(uri: &str) -> LakeBuilder {
        LakeBuilder {
            uri: uri.to_owned(),
            runtime: None,
            stores: Vec::new(),
            key: KeySource::default(),
            memory_limit: None,
        }
    }

    /// True if a lake exists at the location.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be reached or refuses access.
    pub async fn exists(&self) -> Result<bool> {
        Ok(self.settings().await?.is_some())
    }

    /// The location as it was given.
    pub fn uri(&self) -> String {
        self.inner.location.to_string()
    }

    pub(crate) fn location(&self) -> &Location {
        &self.inner.location
    }

    pub(crate) fn runtime(&self) -> &Arc<RuntimeEnv> {
        &self.inner.runtime
    }

    pub(crate) fn store(&self) -> Result<Arc<dyn ObjectStore>> {
        let registry = &self.inner.runtime.object_store_registry;
        Ok(registry.get_store(self.inner.location.url())?)
    }

    pub(super) fn definitions_cache(&self) -> &DefinitionsCache {
        &self.inner.definitions
    }

    pub(super) fn memory_limit(&self) -> Option<u64> {
        self.inner.memory_limit
    }

    pub(super) fn key_source(&self) -> &KeySource {
        &self.inner.key
    }

    /// A session in the lake's own runtime, for reading a few rows.
    pub(super) fn reading_context(&self) -> SessionContext {
        SessionContext::new_with_config_rt(SessionConfig::new(), Arc::clone(self.runtime()))
    }

    /// The settings, or `None` if the lake does not exist (yet).
    pub(crate) async fn settings(&self) -> Result<Option<&Settings>> {
        if let Some(settings) = self.inner.settings.get() {
            return Ok(Some(settings));
        }
        let read = Settings::read(&*self.store()?, &self.location().store_path()?)
            .await
            .map_err(|error| error.at(self.location()))?;
        match read {
            Some(settings) => Ok(Some(self.remember_settings(settings).await)),
            None => self.check_no_tables().await.map(|()| None),
        }
    }

    /// Returns an error if there are responses: without the settings, consent, validity and roles would
    /// not apply to them.
    async fn check_no_tables(&self) -> Result<()> {
        let root = self.location().store_path()?;
        let listed = match self.store()?.list_with_delimiter(Some(&root)).await {
            Ok(listed) => listed,
            Err(object_store::Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if !listed.common_prefixes.contains(&root.join(RESPONSES)) {
            return Ok(());
        }
        // Another process may have created the lake between the two.
        if Settings::text(&*self.store()?, &self.location().store_path()?)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let message = format!(
            "{} is gone, with the rules for consent, validity and roles",
            FILE_NAME
        );
        Err(Error::damaged(message)
            .at(self.location())
            .with_hint("voxql doctor --repair restores it from the copy in the log of responses"))
    }

    /// The same lake, without what was read so far.
    pub(super) fn reopened(&self) -> Self {
        Self {
            inner: Arc::new(Inner::new(
                self.inner.location.clone(),
                Arc::clone(&self.inner.runtime),
                self.inner.key.clone(),
                self.inner.memory_limit,
            )),
        }
    }

    /// The settings.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist.
    pub(super) async fn existing_settings(&self) -> Result<&Settings> {
        self.settings().await?.ok_or_else(|| self.missing())
    }

    /// The zone of the days in the lake, or `None` if the lake does not exist (yet).
    pub(crate) async fn zone(&self) -> Result<Option<Zone>> {
        match self.responses().await? {
            Some(responses) => Ok(Some(Zone::of_table(&responses)?.unwrap_or(Zone::UTC))),
            None => Ok(self.settings().await?.map(Settings::zone)),
        }
    }

    /// Caches the settings unless some are cached already, and returns the cached ones.
    pub(super) async fn remember_settings(&self, settings: Settings) -> &Settings {
        self.inner.settings.get_or_init(|| async { settings }).await
    }

    /// The newest version of `responses`, or `None` before the first import.
    pub(crate) async fn responses(&self) -> Result<Option<DeltaTable>> {
        self.newest(Table::Responses).await
    }

    /// The newest version of `imports`, or `None` before the first import.
    pub(crate) async fn imports(&self) -> Result<Option<DeltaTable>> {
        self.newest(Table::Imports).await
    }

    /// The newest version of `rollup`, or `None` before responses were counted.
    pub(crate) async fn rollup(&self) -> Result<Option<DeltaTable>> {
        self.newest(Table::Rollup).await
    }

    /// The newest version of `identities`, or `None` before any person was sealed.
    pub(crate) async fn identities(&self) -> Result<Option<DeltaTable>> {
        self.newest(Table::Identities).await
    }

    /// The newest version of `suppressions`, or `None` before anybody was forgotten.
    pub(crate) async fn suppressions(&self) -> Result<Option<DeltaTable>> {
        self.newest(Table::Suppressions).await
    }

    /// The newest version of a table, or `None` if it does not exist (yet).
    pub(super) async fn newest(&self, table: Table) -> Result<Option<DeltaTable>> {
        let url = self.location().join(table.name());
        let cache = &self.inner.tables[table as usize];
        cache.newest(self.runtime(), &url).await
    }

    /// Removes the files of a table, for one that is made again from others.
    pub(super) async fn remove_table(&self, table: Table) -> Result<()> {
        let store = self.store()?;
        let folder = self.location().store_path()?.join(table.name());
        let files = store
            .list(Some(&folder))
            .map_ok(|file| file.location)
            .boxed();
        store.delete_stream(files).try_collect::<Vec<_>>().await?;
        Ok(())
    }

    /// Creates the lake's table `name`, unless it exists or another process creates it first.
    pub(crate) async fn create_table_if_missing(
        &self,
        name: &str,
        schema: &Schema,
        partition_columns: &[&str],
        properties: &[(&str, &str)],
    ) -> Result<DeltaTable> {
        let log_store = table::log_store(self.runtime(), &self.location().join(name))?;
        table::create_if_missing(log_store, name, schema, partition_columns, properties).await
    }

    /// The error for a lake without responses.
    pub(crate) async fn without_responses(&self) -> Error {
        match self.settings().await {
            Ok(Some(_)) => {
                Error::not_found(format!("the lake {} has no responses yet", self.location()))
                    .with_hint("import some with: voxql ingest FILE")
            }
            Ok(None) => self.missing(),
            Err(error) => error,
        }
    }

    /// The error for a lake that does not exist.
    pub(crate) fn missing(&self) -> Error {
        Error::not_found(format!("there is no lake at {}", self.location())).with_hint(
            "create one with: voxql ingest FILE, or choose another with --lake or VOXQL_LAKE",
        )
    }
}

impl fmt::Debug for Lake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lake").field("uri", &self.uri()).finish()
    }
}
