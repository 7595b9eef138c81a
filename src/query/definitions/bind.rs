//! Binds the arguments of a call to the parameters of a macro.

use std::collections::BTreeMap;

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr};

use super::macros::Macro;
use crate::error::Error;
use crate::query::syntax::normalized;

/// Returns the value of each parameter in a call.
pub(super) fn bind(called: &Macro, args: &[FunctionArg]) -> Result<BTreeMap<String, Expr>> {
    let refused = |what: String| -> DataFusionError {
        let error = Error::query(format!("macro \"{}\": {what}", called.name));
        error
            .with_hint(format!("call it as {}", called.signature()))
            .into()
    };
    let names: Vec<String> = called
        .parameters
        .iter()
        .map(|parameter| normalized(&parameter.name))
        .collect();
    let mut values = BTreeMap::new();
    let mut has_named = false;
    for (index, arg) in args.iter().enumerate() {
        let (name, value) = match arg {
            FunctionArg::Unnamed(_) if has_named => {
                return Err(refused(
                    "an argument without a name follows one with a name".to_owned(),
                ));
            }
            FunctionArg::Unnamed(value) => match names.get(index) {
                Some(name) => (name.clone(), value),
                None => {
                    let count = args.len();
                    let most = names.len();
                    return Err(refused(format!(
                        "{count} arguments are given, and it takes {most}"
                    )));
                }
            },
            FunctionArg::Named { name, arg, .. }
            | FunctionArg::ExprNamed {
                name: Expr::Identifier(name),
                arg,
                ..
            } => {
                has_named = true;
                (normalized(name), arg)
            }
            FunctionArg::ExprNamed { name, .. } => {
                return Err(refused(format!("{name} is not the name of a parameter")));
            }
        };
        let FunctionArgExpr::Expr(value) = value else {
            return Err(refused(format!("{value} is not a value")));
        };
        if !names.contains(&name) {
            return Err(refused(format!("it has no parameter \"{name}\"")));
        }
        if values.insert(name.clone(), value.clone()).is_some() {
            return Err(refused(format!("parameter \"{name}\" is given twice")));
        }
    }
    for (name, parameter) in names.into_iter().zip(&called.parameters) {
        if values.contains_key(&name) {
            continue;
        }
        match &parameter.default_expr {
            Some(default) => values.insert(name, default.clone()),
            None => return Err(refused(format!("parameter \"{name}\" has no value"))),
        };
    }
    Ok(values)
}
