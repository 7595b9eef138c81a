//! Visits the SQL inside DataFusion's statements.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, CopyToStatement, ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{Expr, Visit, VisitMut, Visitor, VisitorMut};

/// Visits the SQL of a statement: all of it, or the query of `COPY`.
pub(crate) fn visit<V: Visitor>(statement: &Statement, visitor: &mut V) -> ControlFlow<V::Break> {
    match statement {
        Statement::Statement(statement) => statement.visit(visitor),
        Statement::CopyTo(CopyToStatement {
            source: CopyToSource::Query(query),
            ..
        }) => query.visit(visitor),
        Statement::Explain(ExplainStatement { statement, .. }) => visit(statement, visitor),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => {
            ControlFlow::Continue(())
        }
    }
}

/// Visits the SQL of a statement, as [`visit`] does, and changes it.
pub(crate) fn visit_mut<V: VisitorMut>(
    statement: &mut Statement,
    visitor: &mut V,
) -> ControlFlow<V::Break> {
    match statement {
        Statement::Statement(statement) => statement.visit(visitor),
        Statement::CopyTo(CopyToStatement {
            source: CopyToSource::Query(query),
            ..
        }) => query.visit(visitor),
        Statement::Explain(ExplainStatement { statement, .. }) => visit_mut(statement, visitor),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => {
            ControlFlow::Continue(())
        }
    }
}

/// Returns the first result of `find` for the expressions of a statement.
pub(crate) fn find_expr<T>(
    statement: &Statement,
    find: impl FnMut(&Expr) -> Option<T>,
) -> Option<T> {
    struct Finder<F>(F);

    impl<T, F: FnMut(&Expr) -> Option<T>> Visitor for Finder<F> {
        type Break = T;

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<T> {
            match self.0(expr) {
                Some(found) => ControlFlow::Break(found),
                None => ControlFlow::Continue(()),
            }
        }
    }

    visit(statement, &mut Finder(find)).break_value()
}
