//! Refuses DISTINCT where it means nothing.
//!
//! DataFusion ignores it in functions that are not aggregates. The NPS aggregates refuse it themselves,
//! but only once rows are read in a window, and without the place.

use datafusion::common::Span;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArguments, Spanned,
};
use datafusion_functions_nps::all_aggregates;

use super::excerpt::{Excerpt, StatementError};
use super::split::StatementText;
use crate::query::syntax::find_expr;

/// Returns an error if a call in a statement has a DISTINCT that means nothing.
pub(crate) fn check_distinct(
    statement: &Statement,
    text: &StatementText<'_>,
    context: &SessionContext,
) -> Result<(), Box<StatementError>> {
    let refused = find_expr(statement, |expr| match expr {
        Expr::Function(call) if is_distinct(call) => {
            let (message, hint) = refusal(call, context)?;
            let span = Span::try_from_sqlparser_span(call.name.span());
            let excerpt = span.and_then(|span| Excerpt::from_span(text, span));
            Some(StatementError::new(message, excerpt, Some(hint.to_owned())))
        }
        _ => None,
    });
    match refused {
        Some(error) => Err(Box::new(error)),
        None => Ok(()),
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
