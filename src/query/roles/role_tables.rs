//! The tables of a lake with the rows and columns that a role can see.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, TableReference};
use datafusion::datasource::{TableType, ViewTable, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, ident, try_cast,
};
use datafusion::physical_plan::ExecutionPlan;

use super::barrier::Barrier;
use super::guard::{Guarded, PERSONAL, SCORE};
use crate::error::Error;
use crate::lake::schema::{ACCOUNT, DAY};
use crate::lake::zone::Zone;
use crate::lake::{Lake, SETTINGS_FILE};
use crate::privacy::roles::Role;
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
    let rows = plan.filter(condition)?.build()?;
    Ok(VisibleRows::table(role, rows, session))
}

/// The responses that a role may use. The conditions of a query are not pushed into their plan:
/// evaluated on other rows, they could reveal them through an error, and if they skipped files, the
/// time of the query would depend on rows that are too few to be shown.
struct VisibleRows {
    role: Arc<Role>,
    rows: LogicalPlan,
    /// Session of the owner, in which the rows are planned.
    session: SessionState,
}

impl VisibleRows {
    fn table(role: &Arc<Role>, rows: LogicalPlan, session: SessionState) -> Arc<dyn TableProvider> {
        Arc::new(Self {
            role: Arc::clone(role),
            rows,
            session,
        })
    }
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
    if condition.is_volatile() {
        return Err(invalid_rows("it is different each time".to_owned()));
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

/// Columns of the lake, besides answers, times and dimensions of its rollup, by which every role may
/// select and group.
const SHARED: [&str; 7] = [
    "consent",
    DAY,
    "metric",
    "month",
    "rating_max",
    "source",
    "survey",
];

/// A table of responses without the columns hidden from a role.
pub(in crate::query) fn with_visible_columns(
    role: &Arc<Role>,
    name: &str,
    table: Arc<dyn TableProvider>,
) -> Result<Arc<dyn TableProvider>> {
    let schema = visible_schema(role, &table.schema())?;
    let table = Arc::new(ReadOnly(table));
    if role.hidden_columns().is_empty() {
        return Ok(table);
    }
    let source = provider_as_source(table);
    let columns = schema.fields().iter().map(|field| ident(field.name()));
    let rows = LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?
        .project(columns.collect::<Vec<_>>())?
        .build()?;
    Ok(Arc::new(ReadOnly(Arc::new(ViewTable::new(rows, None)))))
}

/// The table of responses of a role that sees only groups. `few_valued` are columns of few values, and
/// `zone` is that of the days.
pub(in crate::query) fn with_groups_only(
    role: &Arc<Role>,
    name: &str,
    table: Arc<dyn TableProvider>,
    few_valued: Vec<String>,
    zone: Zone,
    lake: &Lake,
) -> Result<Arc<dyn TableProvider>> {
    let all = table.schema();
    check_declared(role, &all)?;
    let visible = visible_schema(role, &all)?;
    let few_valued = few_valued.into_iter().filter(|name| name != ACCOUNT);
    let dimensions = SHARED
        .iter()
        .map(|name| (*name).to_owned())
        .chain(few_valued)
        .chain(role.dimensions().iter().cloned())
        .filter(|name| visible.index_of(name).is_ok() && !role.measures().contains_key(name))
        .collect();

    let read_only = provider_as_source(Arc::new(ReadOnly(table)));
    let rows = LogicalPlanBuilder::scan(name, read_only, None)?.build()?;
    let opaque = VisibleRows::table(role, rows, lake.session().state());
    let source = provider_as_source(opaque);
    let rows = LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?;
    let columns = all.fields().iter().map(|field| {
        let column = ident(field.name());
        if role.measures().contains_key(field.name()) {
            try_cast(column, DataType::Float64).alias(field.name())
        } else {
            column
        }
    });
    let rows = rows.project(columns.collect::<Vec<_>>())?.build()?;
    let fields = visible.fields().iter().map(|field| {
        if role.measures().contains_key(field.name()) {
            Arc::new(Field::new(field.name(), DataType::Float64, true))
        } else {
            Arc::clone(field)
        }
    });
    let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), visible.metadata().clone());
    Ok(Arc::new(Guarded {
        role: Arc::clone(role),
        schema: Arc::new(schema),
        rows,
        dimensions,
        zone,
    }))
}

/// The columns of a table that a role sees.
fn visible_schema(role: &Role, all: &Schema) -> Result<Schema> {
    let hidden = role.hidden_columns();
    if let Some(unknown) = hidden.iter().find(|name| all.index_of(name).is_err()) {
        return Err(unknown_column(role, "hidden_columns", unknown));
    }
    // The day would reveal most of the time.
    let hides_time = hidden.iter().any(|name| name == RESPONDED_AT);
    let fields = all.fields().iter().filter(|field| {
        let is_hidden_day = field.name() == DAY && hides_time;
        !hidden.contains(field.name()) && !is_hidden_day
    });
    Ok(Schema::new_with_metadata(
        fields.cloned().collect::<Vec<_>>(),
        all.metadata().clone(),
    ))
}

/// Checks the dimensions and measures of a role.
fn check_declared(role: &Role, all: &Schema) -> Result<()> {
    let dimensions = role.dimensions().iter().map(|name| ("dimensions", name));
    let measures = role.measures().keys().map(|name| ("measures", name));
    for (setting, name) in dimensions.chain(measures) {
        let Ok(field) = all.field_with_name(name) else {
            return Err(unknown_column(role, setting, name));
        };
        if name == SCORE {
            let message = format!("{setting}: every role may use score");
            return Err(invalid(role, message).with_hint("remove it").into());
        }
        if PERSONAL.contains(&name.as_str()) {
            let message = format!("{setting}: column {name:?} identifies one person");
            return Err(invalid(role, message)
                .with_hint("remove it; count(DISTINCT respondent) counts people without it")
                .into());
        }
        if !(field.data_type().is_string() || field.data_type().is_numeric()) {
            let message = format!("{setting}: column {name:?} is a {}", field.data_type());
            return Err(invalid(role, message)
                .with_hint(
                    "declare columns of text or numbers; days and months need no declaration",
                )
                .into());
        }
    }
    let mut dimensions = role.dimensions().iter();
    match dimensions.find(|name| role.measures().contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(invalid(
            role,
            format!("column {name:?} is in dimensions and in measures"),
        )
        .with_hint("keep one of both: conditions on what is added up could single out a person")
        .into()),
    }
}

fn unknown_column(role: &Role, setting: &str, name: &str) -> DataFusionError {
    invalid(
        role,
        format!("{setting}: column {name:?} does not exist in responses"),
    )
    .with_hint("list the columns with: voxql -c 'DESCRIBE responses'")
    .into()
}
