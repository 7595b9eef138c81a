//! Clauses of calls, which only aggregates and window functions have: `sum(x) FILTER (WHERE …)`.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArgumentClause, FunctionArguments, Visitor,
};

use super::functions::is_replaced;
use super::name::function_name;
use super::visit::visit;
use crate::error::{Error, Result};

/// Checks that only aggregates and window functions have clauses: the planner ignores those of other functions.
pub(super) fn check(state: &SessionState, statement: &Statement) -> Result<()> {
    match visit(statement, &mut Calls { state }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Calls<'a> {
    state: &'a SessionState,
}

impl Visitor for Calls<'_> {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        if let Expr::Function(call) = expr
            && let Some(name) = function_name(call)
            && let Some(clause) = self.ignored(&name, call)
        {
            let message = format!("{name}() takes no {clause}: it is no aggregate");
            let hint = "write the clause behind the aggregate: round(avg(x) FILTER (WHERE y), 1)";
            let word = clause.split(' ').next().unwrap_or(clause);
            return ControlFlow::Break(Error::query(message).about(word).with_hint(hint));
        }
        ControlFlow::Continue(())
    }
}

impl Calls<'_> {
    /// The first clause of a call that its function cannot have.
    fn ignored(&self, name: &str, call: &Function) -> Option<&'static str> {
        if self.state.aggregate_functions().contains_key(name) {
            return None;
        }
        if self.state.window_functions().contains_key(name) {
            return call.filter.is_some().then_some("FILTER");
        }
        let is_known = self.state.scalar_functions().contains_key(name)
            || self.state.higher_order_functions().contains_key(name)
            || is_replaced(name)
            || ["unnest", "struct"].contains(&name);
        is_known.then(|| first_clause(call)).flatten()
    }
}

fn first_clause(call: &Function) -> Option<&'static str> {
    let Function {
        name: _,
        uses_odbc_syntax: _,
        parameters: _,
        args,
        filter,
        null_treatment,
        over,
        within_group,
    } = call;
    if let FunctionArguments::List(list) = args {
        match list.duplicate_treatment {
            Some(DuplicateTreatment::Distinct) => return Some("DISTINCT"),
            Some(DuplicateTreatment::All) => return Some("ALL"),
            None => {}
        }
        if let Some(clause) = list.clauses.first() {
            return Some(match clause {
                FunctionArgumentClause::IgnoreOrRespectNulls(_) => "NULLS",
                FunctionArgumentClause::OrderBy(_) => "ORDER BY",
                FunctionArgumentClause::Limit(_) => "LIMIT",
                FunctionArgumentClause::OnOverflow(_) => "ON OVERFLOW",
                FunctionArgumentClause::Having(_) => "HAVING",
                FunctionArgumentClause::Separator(_) => "SEPARATOR",
                FunctionArgumentClause::JsonNullClause(_) => "NULL ON NULL",
                FunctionArgumentClause::JsonReturningClause(_) => "RETURNING",
            });
        }
    }
    if filter.is_some() {
        Some("FILTER")
    } else if over.is_some() {
        Some("OVER")
    } else if null_treatment.is_some() {
        Some("NULLS")
    } else if !within_group.is_empty() {
        Some("WITHIN GROUP")
    } else {
        None
    }
}
