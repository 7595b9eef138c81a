//! Names in SQL.

use datafusion::sql::sqlparser::ast::Ident;

/// A name as the planner compares it: in lower case unless it is quoted.
pub(in crate::query) fn normalized(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}
