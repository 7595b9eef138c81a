//! The prepared statements of a session.

use std::sync::PoisonError;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Statement as SqlStatement};

use super::macros::schema_and_name;
use super::prepared::{Prepared, unknown};
use super::session::SessionDefinitions;
use crate::error::Result;
use crate::query::syntax::{self, normalized};

impl SessionDefinitions {
    /// Keeps a prepared statement, in place of another of the same name.
    pub(super) fn prepare(&self, prepared: Prepared) {
        let mut all = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(prepared.name.clone(), prepared);
    }

    /// Forgets a prepared statement, or `ALL`.
    pub(super) fn deallocate(&self, name: &Ident) -> Result<()> {
        let mut all = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all") {
            all.clear();
            return Ok(());
        }
        match all.remove(&normalized(name)) {
            Some(_) => Ok(()),
            None => Err(unknown(&normalized(name))),
        }
    }

    /// The statement that `EXECUTE` runs; every other statement as it is.
    pub(super) fn executed(&self, statement: Statement) -> Result<Statement> {
        match statement {
            Statement::Explain(mut explain) => {
                explain.statement = Box::new(self.executed(*explain.statement)?);
                Ok(Statement::Explain(explain))
            }
            Statement::Statement(inner) => match *inner {
                SqlStatement::Execute {
                    name: Some(name),
                    parameters,
                    ..
                } => {
                    let prepared = self.find_prepared(&name)?;
                    let statement = prepared.with_values(&parameters)?;
                    // A deep value in a deep statement.
                    syntax::check_depth(&statement.to_string())?;
                    Ok(Statement::Statement(Box::new(statement)))
                }
                other => Ok(Statement::Statement(Box::new(other))),
            },
            other => Ok(other),
        }
    }

    fn find_prepared(&self, name: &ObjectName) -> Result<Prepared> {
        let all = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match schema_and_name(name) {
            Some((None, name)) => all.get(&name).cloned(),
            _ => None,
        };
        found.ok_or_else(|| unknown(&name.to_string()))
    }
}
