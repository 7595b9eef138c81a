//! The names of the session: tables, their columns, functions. Nothing is read before it is asked
//! for, and what was read is kept until the next statement has run.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use datafusion::arrow::datatypes::Fields;
use datafusion::common::TableReference;
use datafusion::prelude::SessionContext;
use tokio::runtime::Handle;

use super::functions::{Function, functions};
use crate::statement::explain::table_names;

/// How long somebody who presses Tab waits for a table to be read.
const WAIT_MAX: Duration = Duration::from_secs(3);

/// What the line editor asks for names. It blocks, so never from a thread that drives the runtime.
pub(super) struct Names {
    handle: Handle,
    functions: BTreeMap<String, Function>,
    session: Mutex<Session>,
}

/// What changes from one statement to the next.
struct Session {
    context: SessionContext,
    /// By table or query.
    columns: HashMap<String, Vec<String>>,
    set: Vec<String>,
    roles: Vec<String>,
}

impl Names {
    /// The names of a session; to be called in its runtime.
    pub(super) fn new(context: &SessionContext) -> Self {
        Self {
            handle: Handle::current(),
            functions: functions(context),
            session: Mutex::new(Session {
                context: context.clone(),
                columns: HashMap::new(),
                set: Vec::new(),
                roles: Vec::new(),
            }),
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was read of tables: a statement may have made others, and a role sees others.
    /// `set` are the names that `\set` gave values.
    pub(super) fn renew(&self, context: &SessionContext, set: Vec<String>, roles: Vec<String>) {
        *self.session() = Session {
            context: context.clone(),
            columns: HashMap::new(),
            set,
            roles,
        };
    }

    pub(super) fn functions(&self) -> &BTreeMap<String, Function> {
        &self.functions
    }

    /// The names that have values.
    pub(super) fn set(&self) -> Vec<String> {
        self.session().set.clone()
    }

    /// The roles of the lake.
    pub(super) fn roles(&self) -> Vec<String> {
        self.session().roles.clone()
    }

    /// The tables of the session.
    pub(super) fn tables(&self) -> Vec<String> {
        let mut names = table_names(&self.session().context);
        names.sort();
        names.dedup();
        names
    }

    /// The tables of a schema, such as `information_schema`.
    pub(super) fn tables_of(&self, schema: &str) -> Vec<String> {
        let context = self.session().context.clone();
        let state = context.state();
        let catalog = context.catalog(&state.config_options().catalog.default_catalog);
        let schema = catalog.and_then(|catalog| catalog.schema(schema));
        schema
            .map(|schema| schema.table_names())
            .unwrap_or_default()
    }

    /// The columns of a table or a file, none where it cannot be read, or not soon.
    pub(super) fn columns(&self, table: &str) -> Vec<String> {
        let context = self.session().context.clone();
        let provider = context.table_provider(TableReference::bare(table));
        self.known_or_read(table, async {
            let schema = provider.await.ok()?.schema();
            Some(names_of(schema.fields()))
        })
    }

    /// The columns that a query gives, none where it cannot be planned, or not soon.
    pub(super) fn columns_of_query(&self, sql: &str) -> Vec<String> {
        let state = self.session().context.state();
        self.known_or_read(sql, async {
            let plan = state.create_logical_plan(sql).await.ok()?;
            Some(names_of(plan.schema().fields()))
        })
    }

    fn known_or_read(
        &self,
        key: &str,
        read: impl Future<Output = Option<Vec<String>>>,
    ) -> Vec<String> {
        if let Some(known) = self.session().columns.get(key) {
            return known.clone();
        }
        let read = self
            .handle
            .block_on(async { tokio::time::timeout(WAIT_MAX, read).await });
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
