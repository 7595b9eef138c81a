//! Plans a statement of a session, with its macros.

use datafusion::arrow::datatypes::FieldRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    DescribeTable, LogicalPlan, LogicalPlanBuilder, Statement as PlanStatement, Volatility, lit,
};
use datafusion::prelude::{SessionContext, ident};
use datafusion::sql::parser::Statement;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Statement as SqlStatement, TableObject};

use super::expand::{called, expand, with_nulls};
use super::functions::show_functions;
use super::macros::{LAKE_SCHEMA, Macro, Macros, schema_and_name};
use super::pivot;
use super::session::SessionDefinitions;
use crate::error::{Error, wording};
use crate::lake::Lake;
use crate::lake::rollup::dimensions_of;
use crate::query::answers::{Answer, Scope};
use crate::query::frames::check_frames;
use crate::query::roles::planned::check_planned;
use crate::query::schemas::DIALECT;
use crate::query::syntax;
use crate::query::tables::read_only::not_insertable;
use crate::sql_type::sql_type;

/// Plans a statement that [`define`](super::change::define) has not run.
pub(crate) async fn plan(context: &SessionContext, statement: Statement) -> Result<LogicalPlan> {
    let definitions = SessionDefinitions::of(context);
    let statement = match &definitions {
        Some(definitions) => {
            definitions.check_values(context, &statement).await?;
            definitions.executed(statement)?
        }
        None => statement,
    };
    let planned = plan_as_written(context, statement.clone(), definitions.as_deref()).await;
    match definitions.as_deref() {
        Some(definitions) => definitions.checked(&statement, planned).await,
        None => planned,
    }
}

impl SessionDefinitions {
    /// Refuses a value of EXECUTE that differs each time, such as `random()`: it is put into every place of its
    /// placeholder.
    async fn check_values(&self, context: &SessionContext, statement: &Statement) -> Result<()> {
        let Statement::Statement(inner) = statement else {
            return Ok(());
        };
        if !matches!(inner.as_ref(), SqlStatement::Execute { .. }) {
            return Ok(());
        }
        let state = context.state();
        let mut expanded = statement.clone();
        self.expand(&state, &mut expanded).await?;
        syntax::replace_functions(&mut expanded);
        let volatile = syntax::find_expr(&expanded, |expr| {
            let Expr::Function(call) = expr else {
                return None;
            };
            let (_, name) = schema_and_name(&call.name)?;
            let function = state.scalar_functions().get(&name)?;
            (function.signature().volatility == Volatility::Volatile).then_some(name)
        });
        match volatile {
            Some(name) => Err(Error::query(format!(
                "EXECUTE takes values, and {name}() has another one each time"
            ))
            .with_hint("write it into the prepared statement")
            .about(name)
            .into()),
            None => Ok(()),
        }
    }
}

/// Checks the names in a statement with placeholders, which may have no plan without their values.
pub(super) async fn check_names(
    context: &SessionContext,
    definitions: &SessionDefinitions,
    statement: Statement,
) -> Result<()> {
    match plan_as_written(context, statement.clone(), Some(definitions)).await {
        Err(error) if is_about_name(&error) => {
            let checked = definitions.checked(&statement, Err(error)).await;
            checked.map(drop)
        }
        _ => Ok(()),
    }
}

/// Checks that the functions of a macro exist. Its columns are those of the statements that call it.
pub(super) async fn check_functions(
    context: &SessionContext,
    definitions: &SessionDefinitions,
    created: &Macro,
) -> Result<()> {
    let statement = syntax::parse_one(&with_nulls(created)?)?;
    let planned = plan_as_written(context, statement, Some(definitions)).await;
    match planned.as_ref().map_err(DataFusionError::find_root) {
        Err(DataFusionError::Plan(message)) if wording::unknown_function(message).is_some() => {
            planned.map(drop)
        }
        _ => Ok(()),
    }
}

/// True for the error of a table, column or function that does not exist.
fn is_about_name(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::SchemaError(..) => true,
        DataFusionError::Plan(message) => {
            wording::unknown_table(message).is_some()
                || wording::unknown_function(message).is_some()
                || wording::unknown_table_function(message).is_some()
        }
        _ => false,
    }
}

async fn plan_as_written(
    context: &SessionContext,
    mut statement: Statement,
    definitions: Option<&SessionDefinitions>,
) -> Result<LogicalPlan> {
    let state = context.state();
    if let Some(definitions) = definitions {
        definitions.expand(&state, &mut statement).await?;
        definitions.hide_view(&mut statement).await?;
        if let Some(shown) = definitions.shown(&statement).await? {
            statement = shown;
        }
    }
    let is_owner = definitions.is_none_or(|definitions| definitions.role.is_none());
    if is_owner {
        check_insert(&statement)?;
    }
    syntax::replace_functions(&mut statement);
    pivot::resolve(context, &mut statement).await?;
    let plan = match syntax::plan(&state, statement.clone()).await {
        Err(error) if is_owner && syntax::replace_folders(&mut statement, &error) => {
            syntax::plan(&state, statement).await?
        }
        planned => planned?,
    };
    check_dialect(&plan)?;
    check_frames(&plan)?;
    match &plan {
        LogicalPlan::DescribeTable(table) => described(table),
        _ => Ok(plan),
    }
}

/// Refuses to insert into a table of the lake, before the planner compares columns and values.
fn check_insert(statement: &Statement) -> Result<()> {
    let Statement::Statement(statement) = statement else {
        return Ok(());
    };
    let SqlStatement::Insert(insert) = statement.as_ref() else {
        return Ok(());
    };
    let TableObject::TableName(name) = &insert.table else {
        return Ok(());
    };
    let name = object_name_to_table_reference(name.clone(), true)?;
    if Lake::TABLES.contains(&name.table()) {
        return Err(not_insertable().into());
    }
    Ok(())
}

/// The columns of a table, with the names that SQL has for their types.
fn described(table: &DescribeTable) -> Result<LogicalPlan> {
    let row = |field: &FieldRef| {
        let is_nullable = if field.is_nullable() { "YES" } else { "NO" };
        vec![
            lit(field.name().as_str()),
            lit(sql_type(field.data_type())),
            lit(is_nullable),
        ]
    };
    let rows = table.schema.fields().iter().map(row).collect();
    let names = ["column_name", "data_type", "is_nullable"];
    LogicalPlanBuilder::values(rows)?
        .project(
            (1..)
                .zip(names)
                .map(|(at, name)| ident(format!("column{at}")).alias(name)),
        )?
        .build()
}

/// Refuses to set the dialect, which only DataFusion's own parser reads.
fn check_dialect(plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Statement(PlanStatement::SetVariable(set)) if set.variable == DIALECT => Err(
            Error::query("the dialect of SQL cannot be set: it is Voxql's own")
                .with_hint("remove the SET; docs/sql.md has what differs from other databases")
                .into(),
        ),
        _ => Ok(()),
    }
}

impl SessionDefinitions {
    /// A planned statement, if the role may plan it.
    async fn checked(
        &self,
        statement: &Statement,
        planned: Result<LogicalPlan>,
    ) -> Result<LogicalPlan> {
        match &self.role {
            Some(role) => check_planned(&self.lake, role, statement, planned).await,
            None => planned,
        }
    }

    /// Replaces the calls of macros and answers. The lake's macros are read only for a name that is no other
    /// function.
    async fn expand(&self, state: &SessionState, statement: &mut Statement) -> Result<()> {
        let called = called(statement)?;
        let may_be_macro =
            |name: &ObjectName| !is_function(state, name) || Answer::called(name).is_some();
        if !called.iter().any(may_be_macro) {
            return Ok(());
        }
        let stored = self.lake.definitions().await?;
        let macros = Macros::new(self.session_macros(), &stored);
        let dimensions = dimensions_of(&self.lake).await?;
        expand(statement, &macros, Some(&self.scope(&dimensions)))
    }

    /// The role and the counted columns of this session, for answers.
    pub(super) fn scope<'a>(&'a self, dimensions: &'a [String]) -> Scope<'a> {
        Scope {
            role: self.role.as_deref(),
            dimensions,
        }
    }

    /// Lets a new table or view of the session hide a view of the lake of the same name, which
    /// DataFusion would report as existing.
    async fn hide_view(&self, statement: &mut Statement) -> Result<()> {
        let (name, or_replace, if_not_exists) = match statement {
            Statement::Statement(statement) => match statement.as_mut() {
                SqlStatement::CreateView(view) => {
                    // There is none: `define` has looked.
                    view.if_not_exists = false;
                    (&view.name, &mut view.or_replace, &mut view.if_not_exists)
                }
                SqlStatement::CreateTable(table) => {
                    (&table.name, &mut table.or_replace, &mut table.if_not_exists)
                }
                _ => return Ok(()),
            },
            Statement::CreateExternalTable(table) => {
                (&table.name, &mut table.or_replace, &mut table.if_not_exists)
            }
            _ => return Ok(()),
        };
        let name = object_name_to_table_reference(name.clone(), true)?;
        let is_of_session = name.schema().is_none_or(|schema| schema != LAKE_SCHEMA);
        let name = name.table();
        if is_of_session
            && !Lake::TABLES.contains(&name)
            && !self.is_session_table(name)
            && self.has_view(name).await?
        {
            *or_replace = true;
            *if_not_exists = false;
        }
        Ok(())
    }

    /// The query that a `SHOW` statement stands for.
    async fn shown(&self, statement: &Statement) -> Result<Option<Statement>> {
        let Statement::Statement(statement) = statement else {
            return Ok(None);
        };
        let SqlStatement::ShowFunctions { filter } = statement.as_ref() else {
            return Ok(None);
        };
        let macros = self.macros().await?;
        show_functions(filter.as_ref(), &macros).map(Some)
    }
}

/// True if a name is a function of the session.
pub(super) fn is_function(state: &SessionState, name: &ObjectName) -> bool {
    let Some((None, name)) = schema_and_name(name) else {
        return false;
    };
    syntax::is_replaced(&name)
        || state.scalar_functions().contains_key(&name)
        || state.aggregate_functions().contains_key(&name)
        || state.window_functions().contains_key(&name)
        || state.higher_order_functions().contains_key(&name)
        || state.table_functions().contains_key(&name)
}
