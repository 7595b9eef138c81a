//! The tables of a lake with the rows and columns that a role can see.

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
use crate::lake::schema::DAY;
use crate::lake::zone::Zone;
use crate::lake::{Lake, SETTINGS_FILE};
use crate::privacy::roles::{Policy, Role};
use crate::query::tables::read_only::ReadOnly;

/// The table `name` of responses with the rows that a role can see.
pub(in crate::query) fn with_visible_rows(
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
    Ok(Arc::new(VisibleRows {
        role: Arc::clone(role),
        rows: plan.filter(condition)?.build()?,
        session,
    }))
}

/// The responses that match a role's condition. The conditions of a query are not merged with it:
/// evaluated on the other rows, they could reveal them through an error.
struct VisibleRows {
    role: Arc<Role>,
    rows: LogicalPlan,
    /// Session of the owner, in which the condition is planned.
    session: SessionState,
}

impl fmt::Debug for VisibleRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisibleRows")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for VisibleRows {
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
        let inner = self.session.create_physical_plan(&rows.build()?).await?;
        let role = Arc::clone(&self.role);
        Ok(Arc::new(Barrier { role, inner }))
    }
}

/// Parses the condition of a role's rows.
fn condition(role: &Role, rows: &str, schema: &DFSchema, session: &SessionState) -> Result<Expr> {
    let invalid_rows = |why: String| -> DataFusionError {
        invalid(role, format!("rows: {why}"))
            .with_hint("use a condition on columns of responses, such as rows = \"country = 'IN'\"")
            .into()
    };
    let condition = session
        .create_logical_expr(rows, schema)
        .map_err(|error| invalid_rows(Error::from(error).to_string()))?;
    let has_subquery = condition.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
        ))
    })?;
    if has_subquery {
        return Err(invalid_rows("it reads other tables".to_owned()));
    }
    match condition.get_type(schema)? {
        DataType::Boolean => Ok(condition),
        other => Err(invalid_rows(format!(
            "its type is {other}, so it is not a condition"
        ))),
    }
}

fn invalid(role: &Role, message: String) -> Error {
    Error::invalid(format!(
        "{SETTINGS_FILE}: [roles.{}] {message}",
        role.name()
    ))
}

/// The column whose day is hidden with it.
const RESPONDED_AT: &str = "responded_at";

/// A table of responses without the columns hidden from a role; guarded if the role sees only groups.
/// `zone` is that of the days.
pub(in crate::query) fn with_visible_columns(
    role: &Arc<Role>,
    name: &str,
    table: Arc<dyn TableProvider>,
    zone: Zone,
) -> Result<Arc<dyn TableProvider>> {
    let all = table.schema();
    let hidden = role.hidden_columns();
    if let Some(unknown) = hidden.iter().find(|name| all.index_of(name).is_err()) {
        let message = format!("hidden_columns: column {unknown:?} does not exist in responses");
        return Err(invalid(role, message)
            .with_hint("list the columns with: voxql -c 'DESCRIBE responses'")
            .into());
    }
    let fields = all.fields().iter();
    // The day would reveal most of the time.
    let hides_time = hidden.iter().any(|name| name == RESPONDED_AT);
    let fields = fields.filter(|field| {
        let is_hidden_day = field.name() == DAY && hides_time;
        !hidden.contains(field.name()) && !is_hidden_day
    });
    let schema =
        Schema::new_with_metadata(fields.cloned().collect::<Vec<_>>(), all.metadata().clone());
    let table = Arc::new(ReadOnly(table));
    if role.policy() != Policy::Aggregate && hidden.is_empty() {
        return Ok(table);
    }
    let source = provider_as_source(table);
    let rows = LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?;
    if role.policy() == Policy::Aggregate {
        let (role, schema) = (Arc::clone(role), Arc::new(schema));
        let rows = rows.build()?;
        return Ok(Arc::new(Guarded {
            role,
            schema,
            rows,
            zone,
        }));
    }
    let columns = schema.fields().iter().map(|field| ident(field.name()));
    let rows = rows.project(columns.collect::<Vec<_>>())?.build()?;
    Ok(Arc::new(ReadOnly(Arc::new(ViewTable::new(rows, None)))))
}
