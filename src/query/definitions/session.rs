//! The views, macros and prepared statements that a session knows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;

use super::macros::Macro;
use super::prepared::Prepared;
use super::{built_in, views};
use crate::lake::Lake;
use crate::lake::rollup::dimensions_of;
use crate::privacy::roles::Role;
use crate::query::tables::read_only::ReadOnly;

/// Names of views, as last read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listed {
    pub(crate) stored: Vec<String>,
    pub(crate) built_in: Vec<String>,
}

/// The views, macros and prepared statements of a session. An extension of the session's configuration.
pub(crate) struct SessionDefinitions {
    pub(super) lake: Lake,
    /// Role of the session; `None` for the owner.
    pub(in crate::query) role: Option<Arc<Role>>,
    /// Tables and views of the session.
    tables: Arc<MemorySchemaProvider>,
    pub(super) macros: Mutex<BTreeMap<String, Macro>>,
    pub(super) prepared: Mutex<BTreeMap<String, Prepared>>,
    listed: Mutex<Listed>,
}

impl SessionDefinitions {
    pub(in crate::query) fn new(lake: &Lake, role: Option<Arc<Role>>) -> Self {
        Self {
            lake: lake.clone(),
            role,
            tables: Arc::new(MemorySchemaProvider::new()),
            macros: Mutex::default(),
            prepared: Mutex::default(),
            listed: Mutex::default(),
        }
    }

    pub(in crate::query) fn session_tables(&self) -> &Arc<MemorySchemaProvider> {
        &self.tables
    }

    /// The view of the lake of this name, planned in a session.
    pub(in crate::query) async fn view(
        &self,
        name: &str,
        session: &SessionState,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let stored = self.lake.definitions().await?;
        let view = if let Some(text) = stored.views.get(name) {
            views::check_nesting(&stored, name)?;
            let dimensions = dimensions_of(&self.lake).await?;
            let scope = self.scope(&dimensions);
            views::plan(name, text, &stored, Some(&scope), session)
                .await
                .map_err(|error| views::broken(name, error, self.role.as_deref()))?
        } else if let Some(query) = self.built_in_query(name).await? {
            views::plan_built_in(name, &query, session).await?
        } else {
            // The error for an unknown table suggests the nearest name.
            self.refresh().await?;
            return Ok(None);
        };
        Ok(Some(Arc::new(ReadOnly(Arc::new(view)))))
    }

    /// The query of the built-in view of this name.
    pub(super) async fn built_in_query(&self, name: &str) -> DataFusionResult<Option<String>> {
        if !built_in::is_possible_name(name) {
            return Ok(None);
        }
        let dimensions = dimensions_of(&self.lake).await?;
        Ok(built_in::query(name, &dimensions, self.role.as_deref()))
    }

    /// True if the lake keeps or has a view of this name.
    pub(super) async fn has_view(&self, name: &str) -> DataFusionResult<bool> {
        let is_stored = self.lake.definitions().await?.views.contains_key(name);
        Ok(is_stored || self.built_in_query(name).await?.is_some())
    }

    /// True for a view of the session, the lake or every lake.
    pub(in crate::query) async fn is_view(&self, name: &str) -> DataFusionResult<bool> {
        let of_session = self.tables.table_type(name).await?;
        Ok(of_session == Some(TableType::View) || self.has_view(name).await?)
    }

    /// Reads the names of the views again.
    pub(crate) async fn refresh(&self) -> DataFusionResult<()> {
        let stored = self.lake.definitions().await?;
        let dimensions = dimensions_of(&self.lake).await?;
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        *listed = Listed {
            stored: stored.views.keys().cloned().collect(),
            built_in: built_in::names(&dimensions, self.role.as_deref()),
        };
        Ok(())
    }

    pub(crate) fn listed(&self) -> Listed {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.clone()
    }

    pub(super) fn is_session_table(&self, name: &str) -> bool {
        self.tables.table_exist(name)
    }

    pub(super) fn session_macros(&self) -> BTreeMap<String, Macro> {
        let macros = self.macros.lock().unwrap_or_else(PoisonError::into_inner);
        macros.clone()
    }
}

impl fmt::Debug for SessionDefinitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionDefinitions")
            .field("lake", &self.lake)
            .finish_non_exhaustive()
    }
}
