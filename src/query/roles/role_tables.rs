//! The tables of a lake as a role sees them: with the rows and columns that are not kept from it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, TableReference};
use datafusion::datasource::{TableType, ViewTable, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, ident};
use datafusion::physical_plan::ExecutionPlan;

use super::barrier::Barrier;
use super::guard::Guarded;
use crate::error::Error;
use crate::lake::{Lake, SETTINGS_FILE};
use crate::privacy::roles::{Policy, Role};
use crate::query::tables::read_only::ReadOnly;

/// The responses that a role sees, of `name`.
pub(in crate::query) fn with_rows_of(
    role: &Arc<Role>,
    name: &str,
    responses: Arc<dyn TableProvider>,
    lake: &Lake,
) -> Result<Arc<dyn TableProvider>> {
    let Some(rows) = role.rows() else {
        return Ok(responses);
    };
    let session = lake.session().state();
    let source = provider_as_source(Arc::new(ReadOnly(responses)));
    let plan = LogicalPlanBuilder::scan(name, source, None)?;
    let condition = condition(role, rows, plan.schema(), &session)?;
    Ok(Arc::new(RowsOf {
        role: Arc::clone(role),
        rows: plan.filter(condition)?.build()?,
        session,
    }))
}

/// The responses of a role's condition, and of no other to whatever is asked of them: a condition of
/// the role's own beside it could tell the others, by an error, and is not merged with it.
struct RowsOf {
    role: Arc<Role>,
    rows: LogicalPlan,
    /// The owner's, in which the condition is planned.
    session: SessionState,
}

impl fmt::Debug for RowsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowsOf").field("role", &self.role).finish()
    }
}

#[async_trait]
impl TableProvider for RowsOf {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.rows.schema().inner())
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut rows = LogicalPlanBuilder::from(self.rows.clone());
        if let Some(columns) = projection {
            rows = rows.select(columns.iter().copied())?;
        }
        let plan = self.session.create_physical_plan(&rows.build()?).await?;
        Ok(Arc::new(Barrier::new(Arc::clone(&self.role), plan)))
    }
}

/// The condition of a role's rows.
fn condition(role: &Role, rows: &str, schema: &DFSchema, session: &SessionState) -> Result<Expr> {
    let wrong = |why: String| -> DataFusionError {
        Error::invalid(format!(
            "{}: [roles.{}] rows: {why}",
            SETTINGS_FILE,
            role.name()
        ))
        .with_hint("give a condition on columns of responses, such as rows = \"country = 'IN'\"")
        .into()
    };
    let condition = session
        .create_logical_expr(rows, schema)
        .map_err(|error| wrong(Error::from(error).to_string()))?;
    let reads_others = condition.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
        ))
    })?;
    if reads_others {
        return Err(wrong("it asks other tables".to_owned()));
    }
    match condition.get_type(schema)? {
        DataType::Boolean => Ok(condition),
        other => Err(wrong(format!("it is {other}, not a condition"))),
    }
}

/// A table of responses without the columns that a role does not see, and for roles that see groups
/// with their guard.
pub(in crate::query) fn as_seen_by(
    role: &Arc<Role>,
    name: &str,
    table: Arc<dyn TableProvider>,
) -> Result<Arc<dyn TableProvider>> {
    let all = table.schema();
    let hidden = role.hidden_columns();
    if let Some(unknown) = hidden.iter().find(|name| all.index_of(name).is_err()) {
        return Err(Error::invalid(format!(
            "{}: [roles.{}] hidden_columns: responses have no column {unknown:?}",
            SETTINGS_FILE,
            role.name()
        ))
        .with_hint("voxql -c 'DESCRIBE responses' lists the columns")
        .into());
    }
    let shown = |name: &String| !hidden.contains(name);
    let fields = all.fields().iter().filter(|field| shown(field.name()));
    let schema =
        Schema::new_with_metadata(fields.cloned().collect::<Vec<_>>(), all.metadata().clone());
    let table = Arc::new(ReadOnly(table));
    if role.policy() != Policy::Aggregate && hidden.is_empty() {
        return Ok(table);
    }
    let source = provider_as_source(table);
    let rows = LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?;
    if role.policy() == Policy::Aggregate {
        let guarded = Guarded::new(Arc::clone(role), Arc::new(schema), rows.build()?);
        return Ok(Arc::new(guarded));
    }
    let columns = schema.fields().iter().map(|field| ident(field.name()));
    let shown = rows.project(columns.collect::<Vec<_>>())?.build()?;
    Ok(Arc::new(ReadOnly(Arc::new(ViewTable::new(shown, None)))))
}
