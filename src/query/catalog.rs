//! The schema of a lake: its own tables, loaded when a query names them, those that the session
//! adds, and places in quotes.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::datasource::TableType;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::Result as DataFusionResult;
use deltalake::DeltaTable;
use tokio::sync::Mutex;

use super::AtVersion;
use super::audit::{AUDIT, audit};
use super::delta;
use super::identities::identities;
use super::latest_responses::{LATEST_RESPONSES, latest_responses};
use super::read_only::ReadOnly;
use super::responses::Responses;
use super::restricted::{no_other_tables, refused};
use super::role_tables;
use super::url_table::{UrlTables, is_place};
use super::valid_responses::{VALID_RESPONSES, valid_responses};
use super::version;
use crate::error::Result;
use crate::lake::Lake;
use crate::lake::rollup::Rollup;
use crate::lake::scan::DeltaScan;
use crate::lake::schema::{IDENTITIES, IDENTITIES_SCHEMA, IMPORTS, RESPONSES};
use crate::privacy::roles::Role;

#[derive(Debug)]
pub(super) struct LakeSchema {
    lake: Lake,
    /// The version of `responses` that the session is about, the newest where it is not said.
    at: Option<AtVersion>,
    /// Who asks, where something is kept from them.
    role: Option<Arc<Role>>,
    session_tables: MemorySchemaProvider,
    url_tables: Arc<UrlTables>,
    read: Mutex<Read>,
}

impl LakeSchema {
    pub(super) fn new(
        lake: Lake,
        url_tables: Arc<UrlTables>,
        at: Option<AtVersion>,
        role: Option<Arc<Role>>,
    ) -> Self {
        Self {
            lake,
            at,
            role,
            session_tables: MemorySchemaProvider::new(),
            url_tables,
            read: Mutex::default(),
        }
    }

    /// The responses that the session is about, all their columns.
    async fn responses(&self) -> DataFusionResult<Arc<dyn TableProvider>> {
        let responses = self.all_responses().await?;
        match &self.role {
            None => Ok(responses),
            Some(role) => role_tables::with_rows_of(role, RESPONSES, responses, &self.lake),
        }
    }

    async fn all_responses(&self) -> DataFusionResult<Arc<dyn TableProvider>> {
        let mut read = self.read.lock().await;
        // The settings, which `anonymize` needs, are read beside: while a query runs its runtime
        // may be too busy to.
        let (table, rollup, settings) = tokio::join!(
            self.responses_table(read.table.as_ref()),
            self.lake.rollup(),
            self.lake.settings()
        );
        settings?;
        let table = table?;
        if self.at.is_some() {
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
            let rollup = match self.url_tables.session_state() {
                Ok(session) => Rollup::read(&rollup, &session).await,
                Err(error) => Err(error.into()),
            };
            read.rollup = match rollup {
                Ok(rollup) => rollup.map(Arc::new),
                Err(error) => {
                    tracing::warn!("the rollup cannot be read: {error}");
                    None
                }
            };
        }
        Ok(Arc::new(Responses::new(scan, read.rollup.clone())))
    }

    /// The version of the responses that the session is about. An earlier one stays what it is,
    /// and is looked for only where it is not `known`.
    async fn responses_table(&self, known: Option<&DeltaTable>) -> Result<DeltaTable> {
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let newest = self.lake.responses().await?;
        let mut table = newest.ok_or_else(|| self.lake.missing())?;
        if let Some(at) = self.at {
            version::load(&mut table, at).await?;
        }
        Ok(table)
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

impl Lake {
    /// The tables and views of a lake that a session has. They are only read, and are not dropped.
    pub const TABLES: [&str; 6] = [
        RESPONSES,
        LATEST_RESPONSES,
        VALID_RESPONSES,
        IDENTITIES,
        IMPORTS,
        AUDIT,
    ];
}

fn is_lake_table(name: &str) -> bool {
    Lake::TABLES.contains(&name)
}

/// The tables of responses, which are all that a role sees that does not see all of them.
const OF_RESPONSES: [&str; 3] = [RESPONSES, LATEST_RESPONSES, VALID_RESPONSES];

fn is_seen(role: Option<&Role>, name: &str) -> bool {
    role.is_none_or(|role| role.sees_all_responses()) || OF_RESPONSES.contains(&name)
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let role = self.role.as_deref();
        let seen = Lake::TABLES.iter().filter(|name| is_seen(role, name));
        let mut names: Vec<String> = seen.map(|name| (*name).to_owned()).collect();
        names.extend(self.session_tables.table_names());
        names
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if let Some(role) = &self.role
            && is_lake_table(name)
            && !is_seen(Some(role), name)
        {
            return Err(refused(
                role,
                format!("{name} is not shown"),
                format!("there are {}", OF_RESPONSES.join(", ")),
            ));
        }
        let provider: Arc<dyn TableProvider> = match name {
            RESPONSES => self.responses().await?,
            LATEST_RESPONSES => {
                let responses = ReadOnly(self.responses().await?);
                Arc::new(latest_responses(Arc::new(responses))?)
            }
            VALID_RESPONSES => {
                let responses = Arc::new(ReadOnly(self.responses().await?));
                let settings = self.lake.settings().await?;
                let validity = settings.and_then(|settings| settings.validity);
                let since = validity.map(|validity| validity.days.start());
                Arc::new(valid_responses(responses, since)?)
            }
            IDENTITIES => {
                let sealed: Arc<dyn TableProvider> = match self.lake.identities().await? {
                    Some(table) => delta::provider(&table).await?,
                    None if self.lake.exists().await? => {
                        Arc::new(EmptyTable::new(Arc::clone(&IDENTITIES_SCHEMA)))
                    }
                    None => return Err(self.lake.missing().into()),
                };
                Arc::new(identities(Arc::new(ReadOnly(sealed)))?)
            }
            IMPORTS => {
                let imports = self.lake.imports().await?;
                let imports = imports.ok_or_else(|| self.lake.missing())?;
                delta::provider(&imports).await?
            }
            AUDIT => Arc::new(audit(&self.lake).await?),
            _ => {
                return match self.session_tables.table(name).await? {
                    Some(table) => Ok(Some(table)),
                    None => match &self.role {
                        None => self.url_tables.table(name).await,
                        Some(role) if is_place(name) => Err(no_other_tables(role)),
                        Some(_) => Ok(None),
                    },
                };
            }
        };
        match &self.role {
            Some(role) if OF_RESPONSES.contains(&name) => {
                role_tables::as_seen_by(role, name, provider).map(Some)
            }
            _ => Ok(Some(Arc::new(ReadOnly(provider)))),
        }
    }

    /// Answered without loading the table, so that listing tables needs no lake.
    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        match name {
            RESPONSES | IMPORTS | AUDIT => Ok(Some(TableType::Base)),
            LATEST_RESPONSES | VALID_RESPONSES | IDENTITIES => Ok(Some(TableType::View)),
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
        if let Some(role) = &self.role {
            return Err(no_other_tables(role));
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
