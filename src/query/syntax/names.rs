//! Replaces names of columns in the parts of a select. Subqueries have names of their own.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, VisitorMut};

/// Replaces each name by what `replacement` gives for it, `None` for one that stays, and counts them.
pub(super) struct Names<F> {
    replacement: F,
    depth: usize,
    pub(super) replaced: usize,
}

impl<F: FnMut(&Ident) -> Option<Expr>> Names<F> {
    pub(super) fn new(replacement: F) -> Self {
        Self {
            replacement,
            depth: 0,
            replaced: 0,
        }
    }
}

impl<F: FnMut(&Ident) -> Option<Expr>> VisitorMut for Names<F> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    // After what is in it: the expression put in is not searched again.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr
            && self.depth == 0
            && let Some(replacement) = (self.replacement)(name)
        {
            *expr = replacement;
            self.replaced += 1;
        }
        ControlFlow::Continue(())
    }
}
