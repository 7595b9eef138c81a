//! Creates and drops views and macros of the lake, and macros of the session.

use std::sync::PoisonError;

use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{
    CreateTableOptions, CreateView, DropFunction, Ident, ObjectName, ObjectType,
    Statement as SqlStatement,
};

use super::macros::{LAKE_SCHEMA, Macro, Macros, schema_and_name};
use super::plan::{check_functions, check_names, is_function};
use super::prepared::Prepared;
use super::session::SessionDefinitions;
use super::{built_in, expand, views};
use crate::error::{Error, wording};
use crate::lake::Lake;
use crate::lake::rollup::dimensions_of;
use crate::query::external::url_table::is_path_or_url;
use crate::query::roles::refusal::refused;

/// Runs a statement that creates or drops a view of the lake, a macro or a prepared statement. Returns false,
/// and does nothing, for every other statement.
pub(crate) async fn define(context: &SessionContext, statement: &Statement) -> Result<bool> {
    let Some(definitions) = SessionDefinitions::of(context) else {
        return Ok(false);
    };
    let Statement::Statement(statement) = statement else {
        return Ok(false);
    };
    match statement.as_ref() {
        SqlStatement::CreateView(view) => {
            let name = object_name_to_table_reference(view.name.clone(), true)?;
            if name.schema() != Some(LAKE_SCHEMA) {
                return Ok(view.if_not_exists && definitions.is_session_table(name.table()));
            }
            definitions.create_view(context, name.table(), view).await?;
        }
        SqlStatement::Drop {
            object_type: kind @ (ObjectType::View | ObjectType::Table),
            if_exists,
            names,
            ..
        } => return definitions.drop_views(*kind, names, *if_exists).await,
        SqlStatement::CreateMacro {
            or_replace,
            temporary,
            name,
            args,
            definition,
        } => {
            let Some((schema, of_macro)) = schema_and_name(name) else {
                return Err(
                    Error::query(format!("\"{name}\" is not the name of a macro"))
                        .with_hint("write CREATE MACRO name(a, b) AS a + b")
                        .into(),
                );
            };
            let created = Macro {
                name: of_macro,
                parameters: args.clone().unwrap_or_default(),
                definition: definition.clone(),
                is_of_lake: schema.as_deref() == Some(LAKE_SCHEMA),
            };
            if created.is_of_lake && *temporary {
                return Err(Error::query("a macro of the lake cannot be temporary")
                    .with_hint("remove TEMPORARY, or the schema for a macro of the session")
                    .into());
            }
            definitions
                .create_macro(context, created, *or_replace)
                .await?;
        }
        SqlStatement::Prepare {
            name,
            data_types,
            statement,
        } => {
            let prepared = Prepared::new(name, data_types, statement)?;
            let statement = Statement::Statement(statement.clone());
            check_names(context, &definitions, statement).await?;
            definitions.prepare(prepared);
        }
        SqlStatement::Deallocate { name, prepare: _ } => definitions.deallocate(name)?,
        SqlStatement::DropFunction(drop) => return definitions.drop_macros(context, drop).await,
        _ => return Ok(false),
    }
    Ok(true)
}

impl SessionDefinitions {
    fn check_role(&self) -> Result<()> {
        match &self.role {
            None => Ok(()),
            Some(role) => Err(refused(
                role,
                "SQL is read-only",
                "ask the owner of the lake to create or drop views and macros",
            )),
        }
    }

    async fn create_view(
        &self,
        context: &SessionContext,
        name: &str,
        view: &CreateView,
    ) -> Result<()> {
        self.check_role()?;
        self.check_view_name(name).await?;
        let plain = SqlStatement::CreateView(plain_view(view));
        let text = plain.to_string();
        let stored = self.lake.definitions().await?;
        let mut changed = stored.as_ref().clone();
        changed.views.insert(name.to_owned(), text.clone());
        views::check_nesting(&changed, name)?;
        // Planned without the session's tables and macros: as it is written, since errors show their
        // place in it, and as it will be read.
        let written = Statement::Statement(Box::new(plain));
        let session = context.state();
        let dimensions = dimensions_of(&self.lake).await?;
        let scope = self.scope(&dimensions);
        let planned =
            views::plan_statement(name, written, &text, &stored, Some(&scope), &session).await;
        planned.map_err(|error| self.explain_session_table(error))?;
        views::plan(name, &text, &stored, Some(&scope), &session).await?;
        let (or_replace, if_not_exists) = (view.or_replace, view.if_not_exists);
        let changed = self.lake.change_definitions(|definitions| {
            if definitions.views.contains_key(name) && !or_replace {
                if if_not_exists {
                    return Ok(());
                }
                return Err(Error::query(format!("view \"{name}\" already exists in the lake"))
                    .with_hint(format!(
                        "replace it with CREATE OR REPLACE VIEW {LAKE_SCHEMA}.{name} AS SELECT …"
                    )));
            }
            definitions.views.insert(name.to_owned(), text.clone());
            Ok(views::check_nesting(definitions, name)?)
        });
        Ok(changed.await?)
    }

    async fn check_view_name(&self, name: &str) -> Result<()> {
        let what = if Lake::TABLES.contains(&name) {
            "is a table of the lake"
        } else if built_in::is_possible_name(name) && self.built_in_query(name).await?.is_some() {
            "is a view that every lake has"
        } else if name.is_empty() || is_path_or_url(name) {
            "would be read as a file"
        } else {
            return Ok(());
        };
        let error = Error::query(format!("\"{name}\" {what}"));
        Err(error.with_hint("choose another name").into())
    }

    /// The error for a view of the lake that reads a table of the session.
    fn explain_session_table(&self, error: DataFusionError) -> DataFusionError {
        let DataFusionError::Plan(message) = error.find_root() else {
            return error;
        };
        let unknown = wording::unknown_table(message);
        let Some(table) = unknown.and_then(|name| name.rsplit('.').next()) else {
            return error;
        };
        if !self.is_session_table(table) {
            return error;
        }
        Error::query(format!(
            "table \"{table}\" belongs to the session, and a view of the lake can read only the lake's"
        ))
        .with_hint("create the view without the schema lake, for the session")
        .into()
    }

    /// Drops views of the lake. Returns false if the names are of the session.
    async fn drop_views(
        &self,
        kind: ObjectType,
        names: &[ObjectName],
        if_exists: bool,
    ) -> Result<bool> {
        let mut dropped = Vec::new();
        for name in names {
            let table = object_name_to_table_reference(name.clone(), true)?;
            let is_of_lake = table.schema() == Some(LAKE_SCHEMA);
            let name = table.table();
            if Lake::TABLES.contains(&name) {
                return Ok(false);
            }
            if is_of_lake {
                dropped.push(name.to_owned());
            } else if self.is_session_table(name) || if_exists || !self.has_view(name).await? {
                // The session's, or nobody's.
                continue;
            } else {
                self.check_stored(name).await?;
                return Err(Error::query(format!("view \"{name}\" belongs to the lake"))
                    .with_hint(format!(
                        "drop it for everyone: DROP VIEW {LAKE_SCHEMA}.{name}"
                    ))
                    .into());
            }
        }
        if dropped.is_empty() {
            return Ok(false);
        }
        self.check_role()?;
        if dropped.len() < names.len() {
            return Err(Error::query(
                "some of the views belong to the lake, others to the session",
            )
            .with_hint("drop them in two statements")
            .into());
        }
        if kind == ObjectType::Table {
            let name = &dropped[0];
            return Err(
                Error::query(format!("\"{name}\" is not a table of the lake"))
                    .with_hint(format!("drop a view with DROP VIEW {LAKE_SCHEMA}.{name}"))
                    .into(),
            );
        }
        for name in &dropped {
            self.check_stored(name).await?;
        }
        let changed = self.lake.change_definitions(|definitions| {
            for name in &dropped {
                if definitions.views.remove(name).is_none() && !if_exists {
                    return Err(missing("view", name));
                }
            }
            Ok(())
        });
        changed.await?;
        Ok(true)
    }

    /// Refuses to drop a view that every lake has.
    async fn check_stored(&self, name: &str) -> Result<()> {
        let is_stored = self.lake.definitions().await?.views.contains_key(name);
        if is_stored || self.built_in_query(name).await?.is_none() {
            return Ok(());
        }
        Err(Error::query(format!(
            "every lake has view \"{name}\", and it cannot be dropped"
        ))
        .with_hint("CREATE VIEW of the same name hides it in a session")
        .into())
    }

    async fn create_macro(
        &self,
        context: &SessionContext,
        created: Macro,
        or_replace: bool,
    ) -> Result<()> {
        self.check_role()?;
        let name = created.name.clone();
        if is_function(
            &context.state(),
            &ObjectName::from(vec![Ident::with_quote('"', &name)]),
        ) {
            return Err(Error::query(format!("\"{name}\" is a function already"))
                .with_hint("choose another name")
                .into());
        }
        expand::check_parameters(&created)?;
        let exists = |kind: &str| {
            Error::query(format!("macro \"{name}\" already exists in the {kind}"))
                .with_hint("replace it with CREATE OR REPLACE MACRO")
        };
        if !created.is_of_lake {
            let stored = self.lake.definitions().await?;
            let mut all = self.session_macros();
            if all.insert(name.clone(), created.clone()).is_some() && !or_replace {
                return Err(exists("session").into());
            }
            expand::check(&created, &Macros::new(all, &stored))?;
            check_functions(context, self, &created).await?;
            let mut macros = self.macros.lock().unwrap_or_else(PoisonError::into_inner);
            macros.insert(name, created);
            return Ok(());
        }
        let text = SqlStatement::CreateMacro {
            or_replace: false,
            temporary: false,
            name: ObjectName::from(vec![Ident::new(LAKE_SCHEMA), Ident::with_quote('"', &name)]),
            args: Some(created.parameters.clone()),
            definition: created.definition.clone(),
        };
        let text = text.to_string();
        let mut all = self.lake.definitions().await?.as_ref().clone();
        all.macros.insert(name.clone(), text.clone());
        expand::check(&created, &Macros::of_lake(&all))?;
        check_functions(context, self, &created).await?;
        let changed = self.lake.change_definitions(|definitions| {
            let replaced = definitions.macros.insert(name.clone(), text.clone());
            if replaced.is_some() && !or_replace {
                return Err(exists("lake"));
            }
            Ok(expand::check(&created, &Macros::of_lake(definitions))?)
        });
        Ok(changed.await?)
    }

    /// Drops macros. Returns false if no name is of a macro.
    async fn drop_macros(&self, context: &SessionContext, drop: &DropFunction) -> Result<bool> {
        let state = context.state();
        let names = drop.func_desc.iter().map(|function| &function.name);
        let (mut of_session, mut of_lake) = (Vec::new(), Vec::new());
        for name in names {
            // Functions are DataFusion's to drop.
            let Some((schema, found)) =
                schema_and_name(name).filter(|_| !is_function(&state, name))
            else {
                return Ok(false);
            };
            if schema.as_deref() == Some(LAKE_SCHEMA) {
                of_lake.push(found);
            } else {
                of_session.push(found);
            }
        }
        self.check_role()?;
        if !of_lake.is_empty() && !of_session.is_empty() {
            return Err(Error::query(
                "some of the macros belong to the lake, others to the session",
            )
            .with_hint("drop them in two statements")
            .into());
        }
        if of_lake.is_empty() {
            let known = self.session_macros();
            let unknown = of_session.iter().find(|name| !known.contains_key(*name));
            if let Some(name) = unknown.filter(|_| !drop.if_exists) {
                let stored = self.lake.definitions().await?;
                if stored.macros.contains_key(name) {
                    return Err(
                        Error::query(format!("macro \"{name}\" belongs to the lake"))
                            .with_hint(format!(
                                "drop it for everyone: DROP MACRO {LAKE_SCHEMA}.{name}"
                            ))
                            .into(),
                    );
                }
                return Err(missing("macro", name).into());
            }
            let mut macros = self.macros.lock().unwrap_or_else(PoisonError::into_inner);
            macros.retain(|name, _| !of_session.contains(name));
            return Ok(true);
        }
        let changed = self.lake.change_definitions(|definitions| {
            for name in &of_lake {
                if definitions.macros.remove(name).is_none() && !drop.if_exists {
                    return Err(missing("macro", name));
                }
            }
            Ok(())
        });
        changed.await?;
        Ok(true)
    }
}

fn missing(kind: &str, name: &str) -> Error {
    let list = if kind == "view" {
        "SHOW TABLES"
    } else {
        "SHOW FUNCTIONS"
    };
    Error::query(format!("{kind} \"{name}\" does not exist"))
        .with_hint(format!("list what there is with {list}"))
}

/// A view with the name, columns and query of another, and no other clause.
fn plain_view(view: &CreateView) -> CreateView {
    CreateView {
        or_alter: false,
        or_replace: false,
        materialized: false,
        secure: false,
        name: view.name.clone(),
        name_before_not_exists: false,
        columns: view.columns.clone(),
        query: view.query.clone(),
        options: CreateTableOptions::None,
        cluster_by: Vec::new(),
        comment: None,
        with_no_schema_binding: false,
        if_not_exists: false,
        temporary: false,
        copy_grants: false,
        to: None,
        params: None,
    }
}
