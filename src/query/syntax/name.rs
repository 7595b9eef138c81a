//! Names in SQL.

use datafusion::sql::sqlparser::ast::{Function, Ident};

/// The name of a function that is called, as the planner compares it.
pub(super) fn function_name(call: &Function) -> Option<String> {
    let name = call.name.0.last()?.as_ident()?;
    Some(normalized(name))
}

/// A name as the planner compares it: in lower case unless it is quoted.
pub(in crate::query) fn normalized(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}
