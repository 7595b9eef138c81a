//! Names of views and macros, for lists of tables.
//!
//! DataFusion asks for the names of tables without waiting, so those of the lake are read before: when
//! a query of `information_schema` is planned, and when a program asks for them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::MacroDefinition;

use super::macros::Macros;
use super::session::SessionDefinitions;
use crate::query::schemas::INFORMATION_SCHEMA;

impl SessionDefinitions {
    /// The definitions of a session of a lake.
    pub(crate) fn of(context: &SessionContext) -> Option<Arc<Self>> {
        context.state().config().get_extension()
    }

    /// Name, signature and definition of each macro.
    pub(crate) async fn macros(&self) -> Result<Vec<[String; 3]>> {
        let stored = self.lake.definitions().await?;
        let macros = Macros::new(self.session_macros(), &stored).all()?;
        let texts = macros.into_iter().map(|(name, found)| {
            let definition = match &found.definition {
                MacroDefinition::Expr(expr) => expr.to_string(),
                MacroDefinition::Table(query) => format!("TABLE {query}"),
            };
            [name, found.signature(), definition]
        });
        Ok(texts.collect())
    }
}

/// A planner that reads the names of the views before a query that lists tables.
#[derive(Debug)]
pub(in crate::query) struct ListsViews<P>(pub(in crate::query) P);

#[async_trait]
impl<P: QueryPlanner + Send + Sync> QueryPlanner for ListsViews<P> {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(definitions) = session.config().get_extension::<SessionDefinitions>()
            && lists_tables(plan)?
        {
            definitions.refresh().await?;
        }
        self.0.create_physical_plan(plan, session).await
    }
}

fn lists_tables(plan: &LogicalPlan) -> Result<bool> {
    let mut lists = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            lists |= scan.table_name.schema() == Some(INFORMATION_SCHEMA);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(lists)
}
