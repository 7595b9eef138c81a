//! Refuses DISTINCT where it means nothing.
//!
//! DataFusion ignores it in functions that are not aggregates. The NPS aggregates refuse it themselves,
//! but only once rows are read in a window, and without the place.

use std::ops::ControlFlow;

use datafusion::common::Span;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArguments, Spanned, Visit, visit_expressions,
};
use datafusion_functions_nps::all_aggregates;

use super::excerpt::{Excerpt, StatementError};
use super::split::StatementText;

/// Returns an error if a call in a statement has a DISTINCT that means nothing.
pub(crate) fn check_distinct(
    statement: &Statement,
    text: &StatementText<'_>,
    context: &SessionContext,
) -> Result<(), Box<StatementError>> {
    match statement {
        Statement::Statement(statement) => check(statement.as_ref(), text, context),
        Statement::Explain(explain) => check_distinct(&explain.statement, text, context),
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => check(query.as_ref(), text, context),
            CopyToSource::Relation(_) => Ok(()),
        },
        Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

fn check(
    tree: &impl Visit,
    text: &StatementText<'_>,
    context: &SessionContext,
) -> Result<(), Box<StatementError>> {
    let checked = visit_expressions(tree, |expr| match expr {
        Expr::Function(call) if is_distinct(call) => match refusal(call, context) {
            Some((message, hint)) => {
                let span = Span::try_from_sqlparser_span(call.name.span());
                let excerpt = span.and_then(|span| Excerpt::from_span(text, span));
                let hint = Some(hint.to_owned());
                ControlFlow::Break(Box::new(StatementError::new(message, excerpt, hint)))
            }
            None => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    });
    match checked {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn is_distinct(call: &Function) -> bool {
    matches!(&call.args, FunctionArguments::List(args)
        if args.duplicate_treatment == Some(DuplicateTreatment::Distinct))
}

/// The message and hint for a call with DISTINCT. `None` for aggregates of DataFusion, and for
/// functions that do not exist.
fn refusal(call: &Function, context: &SessionContext) -> Option<(String, &'static str)> {
    let name = call.name.to_string().to_lowercase();
    let state = context.state();
    if let Ok(aggregate) = state.udaf(&name) {
        let is_ours = all_aggregates().contains(&aggregate);
        return is_ours.then(|| {
            (
                format!(
                    "DISTINCT in {name}() would count equal answers of different respondents once"
                ),
                "remove DISTINCT, or aggregate a subquery that returns one row per respondent",
            )
        });
    }
    let is_known = state.udf(&name).is_ok() || state.udwf(&name).is_ok();
    is_known.then(|| {
        (
            format!("DISTINCT has no meaning in {name}(), which is not an aggregate function"),
            "remove DISTINCT, or write SELECT DISTINCT",
        )
    })
}
