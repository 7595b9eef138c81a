//! The functions by name, for lists, completion and errors about names.

use std::sync::Arc;

use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::error::Result;
use datafusion::execution::SessionState;

use super::names::Answer;
use crate::error::Error;

/// A function that is only known by its name: [`Answer::query`] replaces its calls.
#[derive(Debug)]
struct Named(Answer);

impl TableFunctionImpl for Named {
    fn call_with_args(&self, _: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let name = self.0.name();
        let error = Error::query(format!("{name}() is not DataFusion's"));
        Err(error.with_hint("plan the statement with Lake::sql").into())
    }
}

/// Registers the names of the functions.
pub(in crate::query) fn register(state: &mut SessionState) {
    for answer in Answer::ALL {
        state.register_udtf(answer.name(), Arc::new(Named(answer)));
    }
}
