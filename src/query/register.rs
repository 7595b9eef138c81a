//! A lake registered in a program's own DataFusion session.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::prelude::SessionContext;
use datafusion_functions_nps::anonymize_udf;

use super::at_time_zone::at_time_zone_udf;
use super::bounded::bound_functions;
use super::catalog::LakeSchema;
use super::definitions::SessionDefinitions;
use super::external::url_table::UrlTables;
use super::length::length_udf;
use super::reveal::reveal_udf;
use super::rules::hoist_reveal::HoistReveal;
use super::type_of::type_of_udf;
use super::version::version_udf;
use crate::error::{Error, Result};
use crate::lake::Lake;

/// Registers the NPS functions, and those that need the lake's key.
pub(super) fn register_functions(state: &mut SessionState, lake: &Lake) -> DataFusionResult<()> {
    datafusion_functions_nps::register_all(state)?;
    state.register_udf(anonymize_udf(Arc::new(lake.clone())))?;
    state.register_udf(reveal_udf(lake))?;
    state.register_udf(length_udf())?;
    state.register_udf(type_of_udf())?;
    state.register_udf(version_udf())?;
    state.register_udf(at_time_zone_udf())?;
    bound_functions(state)
}

/// A schema with only the tables and views of a lake.
#[derive(Debug)]
struct Tables(LakeSchema);

impl Tables {
    fn new(lake: &Lake, context: &SessionContext) -> Self {
        let url_tables = Arc::new(UrlTables::new(lake.clone()));
        url_tables.set_session(context);
        let definitions = Arc::new(SessionDefinitions::new(lake, None));
        Self(LakeSchema::new(
            lake.clone(),
            url_tables,
            None,
            None,
            definitions,
        ))
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        Lake::TABLES.map(str::to_owned).to_vec()
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if self.table_exist(name) {
            self.0.table(name).await
        } else {
            Ok(None)
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        Lake::TABLES.contains(&name)
    }
}

impl Lake {
    /// Registers the lake as the owner in a program's own DataFusion session: its tables and views
    /// as the schema `schema` of the session's default catalog, such as `feedback.responses`, and
    /// the NPS functions, `anonymize` and `reveal`.
    ///
    /// Every statement sees the newest version of the lake and can join its tables with all others
    /// of the session. Aggregates read rows: only [`session`](Self::session) answers from the
    /// lake's counts. The session's options do not change. A session of the lake also turns off
    /// `datafusion.optimizer.enable_aggregate_dynamic_filter_pushdown`, with which DataFusion 55
    /// returns wrong answers for several `min` and `max` over columns with NULL
    /// (apache/datafusion#25147).
    ///
    /// # Errors
    /// Returns an error if the session has no default catalog, or the catalog does not accept schemas.
    pub fn register(&self, context: &SessionContext, schema: &str) -> Result<()> {
        let options = context.copied_config();
        let catalog = &options.options().catalog.default_catalog;
        let provider = context.catalog(catalog).ok_or_else(|| {
            Error::invalid(format!("catalog \"{catalog}\" does not exist"))
                .with_hint("create the session's default catalog before registering a lake")
        })?;
        if self.location().url().scheme() != "file" {
            context.register_object_store(self.location().url(), self.store()?);
        }
        provider.register_schema(schema, Arc::new(Tables::new(self, context)))?;
        register_functions(&mut context.state_ref().write(), self)?;
        context.add_optimizer_rule(Arc::new(HoistReveal));
        Ok(())
    }

    /// Returns one of [`TABLES`](Self::TABLES), a table or view of the lake at its newest version,
    /// for `SessionContext::register_table` or a custom plan.
    ///
    /// # Errors
    /// Returns an error if the lake does not exist or has no table of this name.
    pub async fn table(&self, name: &str) -> Result<Arc<dyn TableProvider>> {
        let tables = Tables::new(self, &self.session());
        tables.table(name).await?.ok_or_else(|| {
            Error::not_found(format!("table \"{name}\" does not exist"))
                .with_hint(format!("use one of {}", Self::TABLES.join(", ")))
        })
    }
}
