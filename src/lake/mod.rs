//! The lake: tables of survey responses at rest, on disk or on an object store.

pub(crate) mod append;
pub(crate) mod audit;
mod counting;
mod draft;
mod forget;
mod grain;
pub(crate) mod identities;
pub(crate) mod imports;
mod inventory;
mod location;
pub(crate) mod memory;
mod optimize;
mod retain;
mod rewrite;
mod roles;
pub(crate) mod rollup;
mod rotate;
pub(crate) mod scan;
pub(crate) mod schema;
mod search;
mod settings;
mod storage;
mod subject;
pub(crate) mod table;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion_functions_nps::{KeySource as FunctionKeySource, Pseudonymizer};
use object_store::ObjectStore;
use tokio::sync::OnceCell;
use url::Url;

use crate::error::{Error, Result};
use crate::privacy::keys::{KeySource, MasterKey};
use crate::privacy::seal::Sealer;

use location::Location;
use settings::Settings;
use storage::OnDemandRegistry;
use table::TableCache;

pub use audit::AuditSummary;
pub(crate) use draft::Draft;
pub use forget::{ForgetOptions, ForgetSummary};
pub use optimize::OptimizeSummary;
pub use retain::RetainSummary;
pub use rotate::{KeyFingerprints, RotateSummary};
pub(crate) use settings::FILE_NAME as SETTINGS_FILE;

/// A lake of survey responses, at a folder or an object-store URL.
///
/// Opening touches nothing: a lake comes into being with its first import, and a query reads
/// only what it needs. A `Lake` is a cheap handle that can be cloned and shared.
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

struct Inner {
    location: Location,
    runtime: Arc<RuntimeEnv>,
    key: KeySource,
    settings: OnceCell<Settings>,
    responses: TableCache,
    imports: TableCache,
    rollup: TableCache,
    identities: TableCache,
}

/// Settings for opening a [`Lake`].
#[derive(Debug)]
pub struct LakeBuilder {
    uri: String,
    runtime: Option<Arc<RuntimeEnv>>,
    stores: Vec<(Url, Arc<dyn ObjectStore>)>,
    key: KeySource,
}

impl LakeBuilder {
    /// Runs queries and imports in this runtime environment: its memory pool, disk manager and
    /// object stores. Without it, memory is not limited and S3 stores are made on first use from
    /// the AWS environment variables and profile.
    pub fn runtime_env(mut self, runtime: Arc<RuntimeEnv>) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Uses `store` for every URL with the scheme and host of `url`.
    pub fn object_store(mut self, url: Url, store: Arc<dyn ObjectStore>) -> Self {
        self.stores.push((url, store));
        self
    }

    /// Makes pseudonyms with this key, 64 hexadecimal digits.
    ///
    /// # Errors
    /// When `hex` is not 64 hexadecimal digits.
    pub fn key(mut self, hex: &str) -> Result<Self> {
        self.key = KeySource::from_hex(hex)?;
        Ok(self)
    }

    /// Makes pseudonyms with the key in this file, which the first import creates if it is not
    /// there.
    pub fn key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = KeySource::File(path.into());
        self
    }

    /// Opens the lake. Nothing is read or written yet, and the lake need not exist.
    ///
    /// # Errors
    /// When the location is neither a path nor a URL.
    pub fn open(self) -> Result<Lake> {
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => RuntimeEnvBuilder::new()
                .with_object_store_registry(Arc::new(OnDemandRegistry::default()))
                .build_arc()?,
        };
        for (url, store) in self.stores {
            runtime.register_object_store(&url, store);
        }
        Ok(Lake {
            inner: Arc::new(Inner {
                location: Location::parse(&self.uri)?,
                runtime,
                key: self.key,
                settings: OnceCell::new(),
                responses: TableCache::default(),
                imports: TableCache::default(),
                rollup: TableCache::default(),
                identities: TableCache::default(),
            }),
        })
    }
}

impl Lake {
    /// A lake at `uri`: a path, or a URL such as `s3://bucket/prefix`.
    ///
    /// The key for pseudonyms comes from `VOXQL_KEY`, else from the file that `VOXQL_KEY_FILE`
    /// names, else from the user's configuration folder.
    ///
    /// # Errors
    /// When the location is neither a path nor a URL.
    pub fn open(uri: &str) -> Result<Self> {
        Self::builder(uri).open()
    }

    /// A lake at `uri` with object stores, a runtime or a key of one's own.
    pub fn builder(uri: &str) -> LakeBuilder {
        LakeBuilder {
            uri: uri.to_owned(),
            runtime: None,
            stores: Vec::new(),
            key: KeySource::default(),
        }
    }

    /// Whether there is a lake at the location.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses access.
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

    /// The settings, `None` where there is no lake (yet).
    pub(crate) async fn settings(&self) -> Result<Option<&Settings>> {
        if let Some(settings) = self.inner.settings.get() {
            return Ok(Some(settings));
        }
        let read = Settings::read(&*self.store()?, &self.location().store_path()?)
            .await
            .map_err(|error| error.at(self.location()))?;
        match read {
            Some(settings) => Ok(Some(
                self.inner.settings.get_or_init(|| async { settings }).await,
            )),
            None => Ok(None),
        }
    }

    /// The key, checked against the lake's fingerprint, and the pseudonyms it makes.
    pub(crate) async fn pseudonymizer(&self) -> Result<Pseudonymizer> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        let key = self.pseudonym_key(settings, &self.key_of(settings)?)?;
        Ok(key.pseudonymizer(&settings.id))
    }

    /// What pseudonyms are made with: the first key that the lake had.
    fn pseudonym_key(&self, settings: &Settings, key: &MasterKey) -> Result<MasterKey> {
        match &settings.keys {
            None => Ok(key.clone()),
            Some(keys) => Sealer::new(key, &settings.id).open_key(&keys.pseudonyms),
        }
    }

    /// What seals the lake's people, and opens them.
    pub(crate) async fn sealer(&self) -> Result<Sealer> {
        let settings = self.settings().await?.ok_or_else(|| self.missing())?;
        Ok(Sealer::new(&self.key_of(settings)?, &settings.id))
    }

    /// The key that the lake with these settings was made with.
    fn key_of(&self, settings: &Settings) -> Result<MasterKey> {
        let key = self.inner.key.find()?.ok_or_else(|| {
            Error::not_found(format!(
                "the key of the lake {} is not on this machine",
                self.location()
            ))
            .with_hint("set VOXQL_KEY or VOXQL_KEY_FILE to the key that the lake was made with")
        })?;
        if key.fingerprint(&settings.id) == settings.key_fingerprint {
            return Ok(key);
        }
        Err(Error::invalid(format!(
            "the lake {} was made with another key",
            self.location()
        ))
        .with_hint(
            "set VOXQL_KEY or VOXQL_KEY_FILE to the key that the lake was made with: another key \
             would give every respondent a second pseudonym",
        ))
    }

    /// The newest version of `responses`, `None` before the first import.
    pub(crate) async fn responses(&self) -> Result<Option<deltalake::DeltaTable>> {
        self.inner.responses.newest(self, schema::RESPONSES).await
    }

    /// The newest version of `imports`, `None` before the first import.
    pub(crate) async fn imports(&self) -> Result<Option<deltalake::DeltaTable>> {
        self.inner.imports.newest(self, schema::IMPORTS).await
    }

    /// The newest version of `rollup`, `None` before responses were counted.
    pub(crate) async fn rollup(&self) -> Result<Option<deltalake::DeltaTable>> {
        self.inner.rollup.newest(self, schema::ROLLUP).await
    }

    /// The newest version of `identities`, `None` before anybody was sealed.
    pub(crate) async fn identities(&self) -> Result<Option<deltalake::DeltaTable>> {
        self.inner.identities.newest(self, schema::IDENTITIES).await
    }

    /// What to say where a table is asked for and there is no lake.
    pub(crate) fn missing(&self) -> Error {
        Error::not_found(format!("there is no lake at {}", self.location())).with_hint(
            "make one with: voxql ingest FILE, or name another with --lake or VOXQL_LAKE",
        )
    }
}

impl fmt::Debug for Lake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lake").field("uri", &self.uri()).finish()
    }
}

impl FunctionKeySource for Lake {
    /// Called while a query runs, from synchronous code inside the query's runtime, which must
    /// not be blocked; so the settings are read on a thread with a small runtime of its own.
    fn pseudonymizer(&self) -> Result<Arc<Pseudonymizer>, DataFusionError> {
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()?
                        .block_on(Lake::pseudonymizer(self))
                        .map(Arc::new)
                        .map_err(DataFusionError::from)
                })
                .join()
        })
        .unwrap_or_else(|_| {
            Err(DataFusionError::Execution(
                "the lake's key could not be read".to_owned(),
            ))
        })
    }
}
