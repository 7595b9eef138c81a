//! SQL over a lake: the session, its tables, functions and optimizer rules.

pub(crate) mod answers;
mod arguments;
mod at_time_zone;
mod bounded;
pub(crate) mod cancel;
mod catalog;
mod definitions;
mod external;
mod frames;
mod information_schema;
mod length;
mod operators;
mod register;
mod relations;
mod reveal;
mod roles;
mod rules;
mod schemas;
mod session_options;
pub(crate) mod stack;
pub(crate) mod syntax;
mod tables;
mod type_of;
mod version;

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    SchemaProvider,
};
use datafusion::execution::{FunctionRegistry, SessionStateBuilder};
use datafusion::optimizer::{Analyzer, AnalyzerRule, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use crate::error::Result;
use crate::lake::Lake;
use crate::privacy::roles::{Policy, Role};

use arguments::NamedArguments;
use catalog::{LakeSchema, StoredSchema};
use definitions::{LAKE_SCHEMA, ListsViews, SESSION_SCHEMA, SessionDefinitions};
use external::delta::DeltaTables;
use external::read_functions;
use external::url_table::UrlTables;
use external::{ChecksCopy, READ_FUNCTIONS, formats};
use information_schema::InformationSchema;
use operators::Operands;
use register::register_functions;
use relations::Relations;
use roles::restricted::{self, LakeCatalog, LakeCatalogs};
use rules::compared_times::ComparedTimes;
use rules::hoist_reveal::HoistReveal;
use rules::newest::NewestByAggregate;
use rules::no_dependencies;
use rules::one_reveal::OneReveal;
use rules::rollup::{AnswerFromCounts, RollupOptions};
use schemas::{CATALOG, INFORMATION_SCHEMA};
use stack::on_large_stack;

pub(crate) use definitions::{SessionDefinitions as Definitions, define, plan};
pub(crate) use operators::with_seconds;
pub use session_options::{AtVersion, SessionOptions};

/// The default schema, as `information_schema` shows it.
const SCHEMA: &str = SESSION_SCHEMA;

impl Lake {
    /// Opens a DataFusion session as the owner, over the newest version of the lake: the tables
    /// `responses` and `imports`, the NPS functions, and everything DataFusion has, including
    /// external tables and quoted paths.
    ///
    /// Each session has its own external tables and settings. Nothing is read until a query needs
    /// it, and every statement sees the newest version of the lake.
    pub fn session(&self) -> SessionContext {
        session(self, SessionConfig::new(), None, None)
    }

    /// Opens a session with a role, at an earlier version, or with DataFusion settings.
    ///
    /// # Errors
    /// Returns an error if lake.toml has no such role or cannot be read.
    pub async fn session_with(&self, options: SessionOptions) -> Result<SessionContext> {
        let SessionOptions { role, at, config } = options;
        let role = match role {
            Some(role) => Some(self.role(&role).await?),
            None => None,
        };
        let restricted = role.filter(|role| role.policy() != Policy::Owner);
        if let Some(role) = &restricted
            && role.policy() == Policy::Aggregate
            && at.is_some()
        {
            return Err(restricted::no_versions(role).into());
        }
        Ok(session(self, config, at, restricted.map(Arc::new)))
    }

    /// Plans a statement in a session of the lake as the program does, with what DataFusion's
    /// `SessionContext::sql` does not know: queries that begin with FROM, PIVOT, SUMMARIZE, versions
    /// of tables, names of functions of DuckDB. Columns are named as they are written, and a clause
    /// that DataFusion would ignore is an error. Calls of macros are expanded, and views and macros of
    /// the lake are created and dropped, before this returns.
    ///
    /// # Errors
    /// Returns an error if `sql` is not one valid statement, or is too deep for the stack of this thread, or
    /// the lake cannot be read or written.
    pub async fn sql(&self, session: &SessionContext, sql: &str) -> Result<DataFrame> {
        // The caller runs the plan on the thread's own stack.
        syntax::check_depth(sql)?;
        on_large_stack(async {
            let statement = syntax::parse_one(sql)?;
            if define(session, &statement).await? {
                return Ok(session.read_empty()?);
            }
            let plan = plan(session, statement).await?;
            Ok(session.execute_logical_plan(plan).await?)
        })
        .await
    }
}

/// True for a session of a role that does not see everything.
pub(crate) fn is_restricted(session: &SessionContext) -> bool {
    SessionDefinitions::of(session).is_some_and(|definitions| definitions.role.is_some())
}

/// A session of the owner, or of a restricted `role`.
fn session(
    lake: &Lake,
    config: SessionConfig,
    at: Option<AtVersion>,
    role: Option<Arc<Role>>,
) -> SessionContext {
    let config = config
        // Comments contain line breaks; a reader that splits files at line ends would break them
        // into rows.
        .set_bool("datafusion.catalog.newlines_in_values", true)
        // With several min() and max(), the filter of one skips rows that another needs: with NULL
        // dates one answer in fifty was wrong (apache/datafusion#25147).
        .set_bool(
            "datafusion.optimizer.enable_aggregate_dynamic_filter_pushdown",
            false,
        )
        // A TIMESTAMPTZ would lose its zone, and AT TIME ZONE then reads it as a time of the other zone.
        .set_str("datafusion.execution.time_zone", "UTC")
        // Errors show their place in the statement.
        .set_bool("datafusion.sql_parser.collect_spans", true)
        // The schema is our own.
        .with_information_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_option_extension(RollupOptions::default());
    let definitions = Arc::new(SessionDefinitions::new(lake, role.clone()));
    let config = config.with_extension(Arc::clone(&definitions));
    let url_tables = Arc::new(UrlTables::new(lake.clone()));
    let schema = LakeSchema::new(
        lake.clone(),
        Arc::clone(&url_tables),
        at,
        role.clone(),
        definitions,
    );
    let catalogs = catalogs(Arc::new(schema), &url_tables, role.as_ref());
    let builder = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_runtime_env(Arc::clone(lake.runtime()))
        .with_catalog_list(catalogs)
        .with_analyzer_rules(analyzer_rules())
        .with_optimizer_rules(optimizer_rules())
        .with_physical_optimizer_rules(physical_optimizer_rules())
        .with_query_planner(Arc::new(ListsViews(ChecksCopy)))
        .with_relation_planners(vec![
            Arc::new(Relations),
            Arc::new(NamedArguments(&READ_FUNCTIONS)),
        ])
        .with_table_factory("DELTATABLE".to_owned(), Arc::new(DeltaTables(lake.clone())));
    let mut state = match &role {
        None => builder.build(),
        Some(role) => restricted::build(builder, lake, role),
    };
    register_functions(&mut state, lake)
        .and_then(|()| state.register_expr_planner(Arc::new(Operands)))
        .and_then(|()| match &role {
            None => Ok(()),
            Some(role) => restricted::refuse_functions(&mut state, role),
        })
        .expect("a session accepts functions under any name");
    match &role {
        None => read_functions::register(&mut state, lake),
        Some(role) => restricted::refuse_files(&mut state, role),
    }
    answers::register(&mut state);
    formats::register(&mut state).expect("a session accepts formats under any name");
    let context = SessionContext::new_with_state(state);
    url_tables.set_session(&context);
    context
}

/// The catalog with the schemas `public`, `lake` and `information_schema`. A restricted role cannot add
/// schemas or catalogs.
fn catalogs(
    schema: Arc<LakeSchema>,
    url_tables: &Arc<UrlTables>,
    role: Option<&Arc<Role>>,
) -> Arc<dyn CatalogProviderList> {
    let stored = Arc::new(StoredSchema(Arc::clone(&schema)));
    let information_schema = Arc::new(InformationSchema {
        url_tables: Arc::clone(url_tables),
        stored: Arc::clone(&stored),
    });
    let schemas: Vec<(&str, Arc<dyn SchemaProvider>)> = vec![
        (SCHEMA, schema),
        (LAKE_SCHEMA, stored),
        (INFORMATION_SCHEMA, information_schema),
    ];
    if let Some(role) = role {
        let catalog = LakeCatalog {
            role: Arc::clone(role),
            schemas,
        };
        return Arc::new(LakeCatalogs {
            name: CATALOG,
            catalog: Arc::new(catalog),
        });
    }
    let catalog = MemoryCatalogProvider::new();
    for (name, schema) in schemas {
        catalog
            .register_schema(name, schema)
            .expect("a memory catalog accepts schemas");
    }
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    Arc::new(catalogs)
}

/// DataFusion's rules and our own, which need the types of both sides of a comparison to be equal.
fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules = Analyzer::new().rules;
    rules.push(Arc::new(ComparedTimes));
    rules
}

/// DataFusion's rules and our own: counts once literals are folded, while aggregates are still
/// directly above the table that they read; the newest row after unused columns are pruned; and
/// `reveal` last.
fn optimizer_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    const REPLACE_DISTINCT: &str = "replace_distinct_aggregate";
    let mut rules = Optimizer::new().rules;
    let index = rules
        .iter()
        .position(|rule| rule.name() == REPLACE_DISTINCT)
        .map_or(0, |index| index + 1);
    rules.insert(index, Arc::new(AnswerFromCounts));
    rules.push(Arc::new(NewestByAggregate));
    rules.push(Arc::new(HoistReveal));
    no_dependencies::before_readers(rules)
}

fn physical_optimizer_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    rules.insert(0, Arc::new(OneReveal));
    rules
}
