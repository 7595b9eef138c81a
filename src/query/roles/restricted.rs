//! Restrictions of roles except the owner's: no statements that write, no tables outside the lake, no
//! functions that identify people.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, SchemaProvider, Session, TableFunctionArgs,
    TableFunctionImpl, TableProvider, TableProviderFactory,
};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{FunctionRegistry, SessionState, SessionStateBuilder};
use datafusion::logical_expr::{
    ColumnarValue, CreateExternalTable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::optimizer::Analyzer;
use datafusion::physical_plan::ExecutionPlan;

use super::barrier::Barrier;
use super::guard::GroupsOnly;
use super::planned::{check_setting, log};
use super::question::Question;
use super::refusal::{RefusedPlan, refused};
use crate::lake::Lake;
use crate::privacy::roles::{Policy, Role};
use crate::query::definitions::ListsViews;
use crate::query::external::READ_FUNCTIONS;
use crate::query::rules::compared_times::ComparedTimes;
use crate::query::rules::rollup::ExplainsRollup;
use crate::query::schemas::INFORMATION_SCHEMA;

/// Functions that a restricted role cannot call.
const REFUSED_FUNCTIONS: [&str; 3] = ["reveal", "anonymize", "pseudonymize"];

/// Builds the session of a restricted role.
pub(in crate::query) fn build(
    mut builder: SessionStateBuilder,
    lake: &Lake,
    role: &Arc<Role>,
) -> SessionState {
    let settings = builder.config().get_or_insert_default().options().entries();
    builder = builder.with_query_planner(Arc::new(ListsViews(RolePlanner {
        lake: lake.clone(),
        role: Arc::clone(role),
        settings: settings
            .into_iter()
            .map(|entry| (entry.key, entry.value))
            .collect(),
    })));
    for factory in builder
        .table_factories()
        .iter_mut()
        .flat_map(HashMap::values_mut)
    {
        *factory = Arc::new(NoExternalTables(Arc::clone(role)));
    }
    if role.policy() == Policy::Aggregate {
        let mut rules = Analyzer::new().rules;
        rules.push(Arc::new(GroupsOnly(Arc::clone(role))));
        rules.push(Arc::new(ComparedTimes));
        builder = builder.with_analyzer_rules(rules);
    }
    builder.build()
}

/// The catalog of a role, fixed to the schemas of the lake.
#[derive(Debug)]
pub(in crate::query) struct LakeCatalog {
    pub(in crate::query) role: Arc<Role>,
    pub(in crate::query) schemas: Vec<(&'static str, Arc<dyn SchemaProvider>)>,
}

impl CatalogProvider for LakeCatalog {
    fn schema_names(&self) -> Vec<String> {
        let names = self.schemas.iter().map(|(name, _)| (*name).to_owned());
        names.collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let found = self.schemas.iter().find(|(other, _)| *other == name);
        found.map(|(_, schema)| Arc::clone(schema))
    }

    fn register_schema(
        &self,
        _: &str,
        _: Arc<dyn SchemaProvider>,
    ) -> Result<Option<Arc<dyn SchemaProvider>>> {
        Err(no_other_tables(&self.role))
    }

    fn deregister_schema(&self, _: &str, _: bool) -> Result<Option<Arc<dyn SchemaProvider>>> {
        Err(no_other_tables(&self.role))
    }
}

/// The catalogs of a role, fixed to that of the lake.
#[derive(Debug)]
pub(in crate::query) struct LakeCatalogs {
    pub(in crate::query) name: &'static str,
    pub(in crate::query) catalog: Arc<dyn CatalogProvider>,
}

impl CatalogProviderList for LakeCatalogs {
    /// Ignores the new catalog: the trait cannot return an error.
    fn register_catalog(
        &self,
        _: String,
        _: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![self.name.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == self.name).then(|| Arc::clone(&self.catalog))
    }
}

/// Replaces the functions that a role cannot call by ones that return an error.
pub(in crate::query) fn refuse_functions(state: &mut SessionState, role: &Arc<Role>) -> Result<()> {
    for name in REFUSED_FUNCTIONS {
        let refused = Refused {
            name,
            role: Arc::clone(role),
            signature: Signature::variadic_any(Volatility::Volatile),
        };
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(refused)))?;
    }
    Ok(())
}

/// Replaces the functions that read files by ones that return an error.
pub(in crate::query) fn refuse_files(state: &mut SessionState, role: &Arc<Role>) {
    for names in &READ_FUNCTIONS {
        state.register_udtf(names.function, Arc::new(NoFiles(Arc::clone(role))));
    }
}

/// Refuses to read files.
#[derive(Debug)]
struct NoFiles(Arc<Role>);

impl TableFunctionImpl for NoFiles {
    fn call_with_args(&self, _: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        Err(no_other_tables(&self.0))
    }
}

/// Plans the queries of a role and logs each in the audit log before it runs.
#[derive(Debug)]
struct RolePlanner {
    lake: Lake,
    role: Arc<Role>,
    /// Settings of a new session.
    settings: HashMap<String, Option<String>>,
}

impl RolePlanner {
    /// Refuses a session with settings that the role may not change, however they were changed.
    fn check_settings(&self, session: &dyn Session) -> Result<()> {
        if !Arc::ptr_eq(session.runtime_env(), self.lake.runtime()) {
            check_setting(&self.role, "datafusion.runtime.*")?;
        }
        for entry in session.config_options().entries() {
            if self.settings.get(&entry.key) != Some(&entry.value) {
                check_setting(&self.role, &entry.key)?;
            }
        }
        Ok(())
    }

    async fn log(&self, question: Question, is_refused: bool) -> Result<()> {
        log(&self.lake, &self.role, question, is_refused).await
    }

    fn check(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<()> {
        self.check_settings(session)?;
        let mut writes = false;
        plan.apply_with_subqueries(|node| {
            writes |= matches!(
                node,
                LogicalPlan::Copy(_) | LogicalPlan::Dml(_) | LogicalPlan::Ddl(_)
            );
            Ok(TreeNodeRecursion::Continue)
        })?;
        if writes {
            return Err(refused(
                &self.role,
                "SQL is read-only",
                "use SELECT, and redirect standard output: voxql --role NAME -c 'SELECT …' > FILE",
            ));
        }
        let is_explained = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
        if is_explained && !self.role.sees_all_responses() {
            return Err(refused(
                &self.role,
                "plans are hidden because they describe rows that are hidden",
                "run the statement without EXPLAIN",
            ));
        }
        Ok(())
    }
}

#[async_trait]
impl QueryPlanner for RolePlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(refused) = RefusedPlan::of(plan) {
            self.log(refused.question, true).await?;
            return Err(refused.error());
        }
        if let Err(refusal) = self.check(plan, session) {
            self.log(Question::of_plan(plan)?, true).await?;
            return Err(refusal);
        }
        if reads_tables(plan)? {
            self.log(Question::of_plan(plan)?, false).await?;
        }
        let inner = ExplainsRollup.create_physical_plan(plan, session).await?;
        if self.role.policy() != Policy::Aggregate {
            return Ok(inner);
        }
        let role = Arc::clone(&self.role);
        Ok(Arc::new(Barrier { role, inner }))
    }
}

/// True if a plan reads more than the names of tables and settings.
fn reads_tables(plan: &LogicalPlan) -> Result<bool> {
    let mut reads = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            reads |= scan.table_name.schema() != Some(INFORMATION_SCHEMA);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(reads)
}

/// Refuses external tables.
#[derive(Debug)]
struct NoExternalTables(Arc<Role>);

#[async_trait]
impl TableProviderFactory for NoExternalTables {
    async fn create(
        &self,
        _: &dyn Session,
        _: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        Err(no_other_tables(&self.0))
    }
}

/// The error for a table outside the lake.
pub(in crate::query) fn no_other_tables(role: &Role) -> DataFusionError {
    refused(
        role,
        "only tables of the lake can be read, and none can be created",
        "list the tables with SHOW TABLES",
    )
}

/// The error for an earlier version of a table.
pub(in crate::query) fn no_versions(role: &Role) -> DataFusionError {
    refused(
        role,
        "earlier versions are hidden",
        "query the newest version: FROM responses",
    )
}

/// A function that a role cannot call.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    name: &'static str,
    role: Arc<Role>,
    signature: Signature,
}

impl Hash for Refused {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.role.name().hash(state);
    }
}

impl Refused {
    fn error(&self) -> DataFusionError {
        refused(
            &self.role,
            format!("{}() identifies people", self.name),
            "ask the owner of the lake",
        )
    }
}

impl ScalarUDFImpl for Refused {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Err(self.error())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Err(self.error())
    }
}
