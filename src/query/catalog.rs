//! The schema of a lake: its own tables, loaded when a query names them, those that the session
//! adds, and places in quotes.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::datasource::TableType;
use datafusion::error::Result as DataFusionResult;

use super::read_only::ReadOnly;
use super::url_table::UrlTables;
use crate::lake::Lake;
use crate::lake::schema::{IMPORTS, RESPONSES};

#[derive(Debug)]
pub(super) struct LakeSchema {
    lake: Lake,
    session_tables: MemorySchemaProvider,
    url_tables: Arc<UrlTables>,
}

impl LakeSchema {
    pub(super) fn new(lake: Lake, url_tables: Arc<UrlTables>) -> Self {
        Self {
            lake,
            session_tables: MemorySchemaProvider::new(),
            url_tables,
        }
    }
}

fn is_lake_table(name: &str) -> bool {
    matches!(name, RESPONSES | IMPORTS)
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = vec![RESPONSES.to_owned(), IMPORTS.to_owned()];
        names.extend(self.session_tables.table_names());
        names
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let table = match name {
            RESPONSES => {
                // The settings, which `anonymize` needs, are read beside: while a query runs its
                // runtime may be too busy to.
                let (responses, settings) =
                    tokio::join!(self.lake.responses(), self.lake.settings());
                settings?;
                responses?
            }
            IMPORTS => self.lake.imports().await?,
            _ => {
                return match self.session_tables.table(name).await? {
                    Some(table) => Ok(Some(table)),
                    None => self.url_tables.table(name).await,
                };
            }
        };
        match table {
            Some(table) => Ok(Some(Arc::new(ReadOnly(table.table_provider().await?)))),
            None => Err(self.lake.missing().into()),
        }
    }

    /// Answered without loading the table, so that listing tables needs no lake.
    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        if is_lake_table(name) {
            return Ok(Some(TableType::Base));
        }
        self.session_tables.table_type(name).await
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
