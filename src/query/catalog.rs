//! The schema of a lake: its own tables, loaded when a query names them, those that the session
//! adds, and places in quotes.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::datasource::TableType;
use datafusion::error::Result as DataFusionResult;
use deltalake::DeltaTable;

use tokio::sync::Mutex;

use super::AtVersion;
use super::delta;
use super::latest_responses::{LATEST_RESPONSES, latest_responses};
use super::read_only::ReadOnly;
use super::responses::Responses;
use super::url_table::UrlTables;
use super::version;
use crate::lake::Lake;
use crate::lake::rollup::Rollup;
use crate::lake::scan::DeltaScan;
use crate::lake::schema::{IMPORTS, RESPONSES};

#[derive(Debug)]
pub(super) struct LakeSchema {
    lake: Lake,
    /// The version of `responses` that the session is about, the newest where it is not said.
    at: Option<AtVersion>,
    session_tables: MemorySchemaProvider,
    url_tables: Arc<UrlTables>,
    read: Mutex<Read>,
}

impl LakeSchema {
    pub(super) fn new(lake: Lake, url_tables: Arc<UrlTables>, at: Option<AtVersion>) -> Self {
        Self {
            lake,
            at,
            session_tables: MemorySchemaProvider::new(),
            url_tables,
            read: Mutex::default(),
        }
    }
}

impl LakeSchema {
    async fn responses(&self) -> DataFusionResult<Arc<dyn TableProvider>> {
        // The settings, which `anonymize` needs, are read beside: while a query runs its runtime
        // may be too busy to.
        let (responses, rollup, settings) = tokio::join!(
            self.lake.responses(),
            self.lake.rollup(),
            self.lake.settings()
        );
        settings?;
        let mut table = responses?.ok_or_else(|| self.lake.missing())?;
        let mut read = self.read.lock().await;
        if let Some(at) = self.at {
            match &read.table {
                Some(known) => table = known.clone(),
                None => version::load(&mut table, at).await?,
            }
            read.table = Some(table.clone());
        }
        let scan = match &read.scan {
            Some(scan) if Some(scan.version()) == table.version() => scan.clone(),
            _ => match DeltaScan::try_new(&table)? {
                Some(scan) => scan,
                None => return table.table_provider().await,
            },
        };
        read.scan = Some(scan.clone());
        // Without it queries are slower, not wrong.
        let rollup = rollup.unwrap_or_else(|error| {
            tracing::warn!("the rollup cannot be read: {error}");
            None
        });
        if let Some(rollup) = rollup
            && read.rollup.as_ref().map(|read| read.version()) != rollup.version()
        {
            read.rollup = match Rollup::read(&rollup, &self.lake.context()).await {
                Ok(rollup) => rollup.map(Arc::new),
                Err(error) => {
                    tracing::warn!("the rollup cannot be read: {error}");
                    None
                }
            };
        }
        Ok(Arc::new(Responses::new(scan, read.rollup.clone())))
    }
}

/// What was read of the tables, at the versions that it was read of.
#[derive(Debug, Default)]
struct Read {
    /// The earlier version of the responses that the session is about.
    table: Option<DeltaTable>,
    scan: Option<DeltaScan>,
    rollup: Option<Arc<Rollup>>,
}

fn is_lake_table(name: &str) -> bool {
    matches!(name, RESPONSES | LATEST_RESPONSES | IMPORTS)
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = [RESPONSES, LATEST_RESPONSES, IMPORTS]
            .map(str::to_owned)
            .to_vec();
        names.extend(self.session_tables.table_names());
        names
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let provider: Arc<dyn TableProvider> = match name {
            RESPONSES => self.responses().await?,
            LATEST_RESPONSES => {
                let responses = ReadOnly(self.responses().await?);
                Arc::new(latest_responses(Arc::new(responses))?)
            }
            IMPORTS => {
                let imports = self.lake.imports().await?;
                let imports = imports.ok_or_else(|| self.lake.missing())?;
                delta::provider(&imports).await?
            }
            _ => {
                return match self.session_tables.table(name).await? {
                    Some(table) => Ok(Some(table)),
                    None => self.url_tables.table(name).await,
                };
            }
        };
        Ok(Some(Arc::new(ReadOnly(provider))))
    }

    /// Answered without loading the table, so that listing tables needs no lake.
    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        match name {
            RESPONSES | IMPORTS => Ok(Some(TableType::Base)),
            LATEST_RESPONSES => Ok(Some(TableType::View)),
            _ => self.session_tables.table_type(name).await,
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if is_lake_table(&name) {
            return exec_err!("the lake has a table {name} of its own; hint: choose another name");
        }
        self.session_tables.register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if is_lake_table(name) {
            return exec_err!("{name} is a table of the lake and cannot be dropped");
        }
        self.session_tables.deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        is_lake_table(name) || self.session_tables.table_exist(name)
    }
}
