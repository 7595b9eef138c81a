//! The names in a session: tables, their columns, functions. Columns are read when first needed, and
//! kept until the next statement has run.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use datafusion::arrow::datatypes::Fields;
use datafusion::common::TableReference;
use datafusion::prelude::SessionContext;
use tokio::runtime::Handle;

use super::functions::{Function, functions};
use crate::query;
use crate::statement::explain::table_names;

/// The longest that Tab waits for a table to be read.
const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// Names for the line editor. Blocks, so it must not be used on a thread that drives the runtime.
pub(super) struct Names {
    handle: Handle,
    pub(super) functions: BTreeMap<String, Function>,
    session: Mutex<Session>,
}

/// The names that can change with each statement.
struct Session {
    context: SessionContext,
    /// Column names by table or query.
    columns: HashMap<String, Vec<String>>,
    variables: Vec<String>,
    roles: Vec<String>,
}

impl Session {
    fn new(context: &SessionContext, variables: Vec<String>, roles: Vec<String>) -> Self {
        Self {
            context: context.clone(),
            columns: HashMap::new(),
            variables,
            roles,
        }
    }
}

impl Names {
    /// The names of a session. Must be called in its runtime.
    pub(super) fn new(context: &SessionContext) -> Self {
        Self {
            handle: Handle::current(),
            functions: functions(context),
            session: Mutex::new(Session::new(context, Vec::new(), Vec::new())),
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the names after a statement, which may have created tables or changed the role.
    pub(super) fn refresh(
        &self,
        context: &SessionContext,
        variables: Vec<String>,
        roles: Vec<String>,
    ) {
        *self.session() = Session::new(context, variables, roles);
    }

    /// The placeholders that have a value.
    pub(super) fn variables(&self) -> Vec<String> {
        self.session().variables.clone()
    }

    pub(super) fn roles(&self) -> Vec<String> {
        self.session().roles.clone()
    }

    /// True if the role reads nothing but the lake.
    pub(super) fn is_restricted(&self) -> bool {
        query::is_restricted(&self.session().context)
    }

    pub(super) fn tables(&self) -> Vec<String> {
        let mut names = table_names(&self.session().context);
        names.sort();
        names.dedup();
        names
    }

    /// The tables of a schema, such as `information_schema`.
    pub(super) fn tables_in(&self, schema: &str) -> Vec<String> {
        let context = self.session().context.clone();
        let state = context.state();
        let catalog = context.catalog(&state.config_options().catalog.default_catalog);
        let schema = catalog.and_then(|catalog| catalog.schema(schema));
        schema.map_or_else(Vec::new, |schema| schema.table_names())
    }

    /// The columns of a table or file; none if it cannot be read, or not in time.
    pub(super) fn columns(&self, table: &str) -> Vec<String> {
        let context = self.session().context.clone();
        let provider = context.table_provider(TableReference::bare(table));
        self.cached_or_read(table, async {
            let schema = provider.await.ok()?.schema();
            Some(names_of(schema.fields()))
        })
    }

    /// The columns of a query's result; none if it cannot be planned, or not in time.
    pub(super) fn columns_of_query(&self, sql: &str) -> Vec<String> {
        let state = self.session().context.state();
        self.cached_or_read(sql, async {
            let plan = state.create_logical_plan(sql).await.ok()?;
            Some(names_of(plan.schema().fields()))
        })
    }

    fn cached_or_read(
        &self,
        key: &str,
        read: impl Future<Output = Option<Vec<String>>>,
    ) -> Vec<String> {
        if let Some(cached) = self.session().columns.get(key) {
            return cached.clone();
        }
        let read = self
            .handle
            .block_on(async { tokio::time::timeout(READ_TIMEOUT, read).await });
        let Ok(Some(names)) = read else {
            return Vec::new();
        };
        let known = names.clone();
        self.session().columns.insert(key.to_owned(), known);
        names
    }
}

fn names_of(fields: &Fields) -> Vec<String> {
    fields.iter().map(|field| field.name().clone()).collect()
}
