//! Columns with a dot in their name, written without quotes: `person.email` of nested JSON, whose objects
//! are read as columns of such names.

use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::common::Column;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Ident, VisitorMut};

use super::missing::missing_column;
use super::name::normalized;
use super::visit::visit_mut;

/// Replaces what the planner takes for a column of an unknown table by the column that has the whole of it
/// for its name. Returns how many places had it.
pub(super) fn replace(statement: &mut Statement, error: &DataFusionError) -> usize {
    let Some((field, valid_fields)) = missing_column(error) else {
        return 0;
    };
    let written = field.flat_name();
    let is_written = |column: &&Column| column.name == written || column.flat_name() == written;
    let column = valid_fields.iter().find(is_written);
    let (Some(_), Some(column)) = (&field.relation, column) else {
        return 0;
    };
    let name = Ident::with_quote('"', column.name.clone());
    let column = match &column.relation {
        Some(table) if column.name != written => {
            Expr::CompoundIdentifier(vec![Ident::with_quote('"', table.table()), name])
        }
        _ => Expr::Identifier(name),
    };
    let mut dotted = Dotted {
        written,
        column,
        replaced: 0,
    };
    let _ = visit_mut(statement, &mut dotted);
    dotted.replaced
}

/// Replaces a name with dots. The planner reports one place of several, and then that they differ.
struct Dotted {
    written: String,
    column: Expr,
    replaced: usize,
}

impl VisitorMut for Dotted {
    type Break = Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if *expr == self.column {
            return ControlFlow::Continue(());
        }
        if let Expr::CompoundIdentifier(parts) = expr {
            let names: Vec<String> = parts.iter().map(normalized).collect();
            if names.join(".") == self.written {
                *expr = self.column.clone();
                self.replaced += 1;
            }
        }
        ControlFlow::Continue(())
    }
}
