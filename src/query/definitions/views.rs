//! Plans views from their SQL, and checks how they are nested.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::{SchemaError, TableReference, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::datasource::ViewTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::optimizer::Analyzer;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;
use datafusion::sql::parser::Statement;
use datafusion::sql::resolve::resolve_table_references;

use super::expand::expand;
use super::macros::{LAKE_SCHEMA, Macros};
use crate::error::{Error, wording};
use crate::lake::Lake;
use crate::lake::definitions::Definitions;
use crate::privacy::roles::Role;
use crate::query::answers::Scope;
use crate::query::syntax::{parse_one, replace_functions};

/// Views that read views, one below the other.
const DEPTH_MAX: usize = 32;

/// Plans a view from the statement that creates it, over the tables and views of the lake that the
/// session sees, never over the session's own.
pub(super) async fn plan(
    name: &str,
    text: &str,
    stored: &Definitions,
    scope: Option<&Scope<'_>>,
    session: &SessionState,
) -> Result<ViewTable> {
    plan_statement(name, parse_one(text)?, text, stored, scope, session).await
}

/// Plans a view from the statement that creates it, of which `text` is kept.
pub(super) async fn plan_statement(
    name: &str,
    statement: Statement,
    text: &str,
    stored: &Definitions,
    scope: Option<&Scope<'_>>,
    session: &SessionState,
) -> Result<ViewTable> {
    let statement = expanded(statement, stored, scope)?;
    let mut session = session.clone();
    let options = session.config_mut().options_mut();
    options.catalog.default_schema = LAKE_SCHEMA.to_owned();
    let planned = session.statement_to_plan(statement).await?;
    let LogicalPlan::Ddl(DdlStatement::CreateView(view)) = planned else {
        return internal_err!("the definition of view \"{name}\" is {text}");
    };
    if !view.input.get_parameter_names()?.is_empty() {
        let error = Error::query("a view can have no placeholder");
        return Err(error
            .with_hint("write the value into the query, or create a macro")
            .into());
    }
    // As DataFusion does for views of a session.
    let coerced = Analyzer::with_rules(vec![Arc::new(TypeCoercion::new())]).execute_and_check(
        Arc::unwrap_or_clone(view.input),
        &ConfigOptions::default(),
        |_, _| {},
    )?;
    check_unique_columns(&coerced)?;
    Ok(ViewTable::new(coerced, Some(text.to_owned())))
}

/// Plans a built-in view from its query.
pub(super) async fn plan_built_in(
    name: &str,
    query: &str,
    session: &SessionState,
) -> Result<ViewTable> {
    let text = format!("CREATE VIEW \"{}\" AS {query}", name.replace('"', "\"\""));
    plan(name, &text, &Definitions::default(), None, session).await
}

fn check_unique_columns(plan: &LogicalPlan) -> Result<()> {
    let mut names = BTreeSet::new();
    let fields = plan.schema().fields();
    match fields.iter().find(|field| !names.insert(field.name())) {
        None => Ok(()),
        Some(twice) => {
            let error = Error::query(format!("two columns have the name \"{}\"", twice.name()));
            Err(error
                .with_hint("name one of them differently with AS")
                .into())
        }
    }
}

/// The statement that creates a view, with the lake's macros expanded, and answers if there is a `scope`.
fn expanded(
    mut statement: Statement,
    stored: &Definitions,
    scope: Option<&Scope<'_>>,
) -> Result<Statement> {
    expand(&mut statement, &Macros::of_lake(stored), scope)?;
    replace_functions(&mut statement);
    Ok(statement)
}

/// The views of the lake that a statement reads.
fn views_read(statement: &Statement, stored: &Definitions) -> Result<BTreeSet<String>> {
    let (tables, _) = resolve_table_references(statement, true)?;
    let views = tables.into_iter().filter(|table| {
        let is_in_lake = table.schema().is_none_or(|schema| schema == LAKE_SCHEMA);
        is_in_lake && !Lake::TABLES.contains(&table.table())
    });
    let names = views.map(|table: TableReference| table.table().to_owned());
    Ok(names
        .filter(|name| stored.views.contains_key(name))
        .collect())
}

/// Checks that a view does not read itself, through others or directly, and that views are not nested
/// too deep.
pub(super) fn check_nesting(stored: &Definitions, name: &str) -> Result<()> {
    visit(stored, name, &mut Vec::new(), &mut BTreeSet::new())
}

fn visit(
    stored: &Definitions,
    name: &str,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Result<()> {
    if let Some(start) = path.iter().position(|above| above == name) {
        let names = path[start..].join(" → ");
        let error = Error::query(format!("view \"{name}\" reads itself: {names} → {name}"));
        let last = path.last().map_or(name, String::as_str);
        return Err(error
            .with_hint(format!(
                "remove {name} from the query of one of them: CREATE OR REPLACE VIEW \
                 {LAKE_SCHEMA}.{last} AS SELECT …"
            ))
            .into());
    }
    if path.len() == DEPTH_MAX {
        let error = Error::query(format!("views are nested more than {DEPTH_MAX} deep"));
        return Err(error
            .with_hint(format!("begin with: DROP VIEW {LAKE_SCHEMA}.{name}"))
            .into());
    }
    let Some(text) = stored.views.get(name) else {
        return Ok(());
    };
    if done.contains(name) {
        return Ok(());
    }
    // A view that cannot be parsed is reported where it is read.
    let read = parse_one(text)
        .map_err(DataFusionError::from)
        // What answers read is no view.
        .and_then(|statement| expanded(statement, stored, None))
        .and_then(|statement| views_read(&statement, stored));
    path.push(name.to_owned());
    for below in read.unwrap_or_default() {
        visit(stored, &below, path, done)?;
    }
    path.pop();
    done.insert(name.to_owned());
    Ok(())
}

/// The error for a view of the lake that cannot be planned.
pub(super) fn broken(name: &str, error: DataFusionError, role: Option<&Role>) -> DataFusionError {
    let missing = match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } => {
                Some(format!("column \"{}\" does not exist", field.name))
            }
            _ => None,
        },
        DataFusionError::Plan(message) => wording::unknown_table(message).map(|table| {
            let table = table.rsplit('.').next().unwrap_or(table);
            format!("table \"{table}\" does not exist in the lake")
        }),
        _ => None,
    };
    let place = format!("view \"{name}\"");
    let error = Error::from(error);
    // The view that is broken is another one, which this one reads.
    if error.to_string().starts_with("view \"") {
        return error.into();
    }
    // Storage that fails, or a file that is gone, is not the view's fault.
    if !error.is_query() {
        return error.at(place).into();
    }
    let error = match missing {
        Some(missing) => Error::query(missing),
        None => error,
    };
    let hint = match role {
        Some(role) => format!(
            "ask the owner of the lake: the view may read what role {} does not see",
            role.name()
        ),
        None => format!(
            "replace it: CREATE OR REPLACE VIEW {LAKE_SCHEMA}.{name} AS SELECT …, or drop it: DROP \
             VIEW {LAKE_SCHEMA}.{name}"
        ),
    };
    error.at(place).with_hint(hint).into()
}
