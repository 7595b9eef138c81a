//! A folder in single quotes, without a slash: `FROM 'exports'`. A table of that name comes before it.

use std::ops::ControlFlow;
use std::path::Path;

use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Ident, ObjectNamePart, TableFactor, VisitorMut};

use super::visit::visit_mut;
use crate::error::wording::unknown_table;

/// Writes `./` before names in single quotes that are no tables, and folders here. Returns true if there is
/// one.
pub(in crate::query) fn replace(statement: &mut Statement, error: &DataFusionError) -> bool {
    let DataFusionError::Plan(message) = error.find_root() else {
        return false;
    };
    let Some(unknown) = unknown_table(message) else {
        return false;
    };
    let mut folders = Folders {
        unknown,
        found: false,
    };
    let _ = visit_mut(statement, &mut folders);
    folders.found
}

struct Folders<'a> {
    unknown: &'a str,
    found: bool,
}

impl VisitorMut for Folders<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, .. } = table
            && let [
                ObjectNamePart::Identifier(Ident {
                    value,
                    quote_style: Some('\''),
                    ..
                }),
            ] = name.0.as_mut_slice()
            && self.unknown.ends_with(value.as_str())
            && Path::new(value).is_dir()
        {
            *value = format!("./{value}");
            self.found = true;
        }
        ControlFlow::Continue(())
    }
}
