//! Checks of expressions.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{AccessExpr, Expr, Function, FunctionArguments};

use super::refusal::{Checked, REMOVE, refuse_if, unsupported};

pub(super) fn check_expr(expr: &Expr) -> Checked {
    match expr {
        Expr::Function(function) => check_function(function),
        Expr::IsNormalized { .. } => unsupported("NORMALIZED", REMOVE),
        Expr::InUnnest { .. } => unsupported("UNNEST", "use array_has(list, value)"),
        Expr::RLike { regexp, .. } => {
            let word = if *regexp { "REGEXP" } else { "RLIKE" };
            unsupported(word, "use regexp_like(text, pattern) or ~")
        }
        Expr::Like { any: true, .. } => unsupported("ANY", "combine several LIKE with OR"),
        Expr::ILike { any: true, .. } => unsupported("ANY", "combine several ILIKE with OR"),
        Expr::Convert { .. } => unsupported("CONVERT", "use CAST(value AS type)"),
        Expr::Cast {
            format: Some(_), ..
        } => unsupported("FORMAT", "use to_timestamp(text, pattern)"),
        Expr::Cast { array: true, .. } => unsupported("ARRAY", REMOVE),
        Expr::Collate { .. } => unsupported("COLLATE", "use lower()"),
        Expr::Prefixed { prefix, .. } => unsupported(prefix.value.clone(), REMOVE),
        Expr::MatchAgainst { .. } => unsupported("MATCH", "use LIKE or regexp_like()"),
        Expr::OuterJoin(_) => unsupported("(+)", "use LEFT JOIN"),
        Expr::Prior(_) => unsupported("PRIOR", "use WITH RECURSIVE"),
        Expr::MemberOf(_) => unsupported("MEMBER OF", "use array_has(list, value)"),
        Expr::JsonAccess { .. } => unsupported(":", "use the functions for structs and lists"),
        Expr::CompoundFieldAccess {
            root: _,
            access_chain,
        } => access_chain.iter().try_for_each(|access| match access {
            AccessExpr::Dot(Expr::Identifier(_) | Expr::Value(_)) | AccessExpr::Subscript(_) => {
                ControlFlow::Continue(())
            }
            AccessExpr::Dot(other) => unsupported(
                other.to_string(),
                "name a field of the struct behind the dot",
            ),
        }),
        // What follows is planned, or refused by the planner, with all its fields.
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::BinaryOp { .. }
        | Expr::Like { any: false, .. }
        | Expr::ILike { any: false, .. }
        | Expr::SimilarTo { .. }
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. }
        | Expr::UnaryOp { .. }
        | Expr::Cast { .. }
        | Expr::AtTimeZone { .. }
        | Expr::Extract { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Position { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Overlay { .. }
        | Expr::Nested(_)
        | Expr::Value(_)
        | Expr::TypedString(_)
        | Expr::Case { .. }
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_)
        | Expr::Tuple(_)
        | Expr::Struct { .. }
        | Expr::Named { .. }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::Array(_)
        | Expr::Interval(_)
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(..)
        | Expr::Lambda(_) => ControlFlow::Continue(()),
    }
}

fn check_function(function: &Function) -> Checked {
    let Function {
        name,
        uses_odbc_syntax: _,
        parameters,
        args,
        filter: _,
        null_treatment: _,
        over: _,
        within_group: _,
    } = function;
    refuse_if(
        !matches!(parameters, FunctionArguments::None),
        &format!("{name}(…)(…)"),
        "put all arguments into one pair of parentheses",
    )?;
    refuse_if(
        matches!(args, FunctionArguments::Subquery(_)),
        &format!("{name}(SELECT …)"),
        "put the subquery into parentheses of its own: function((SELECT …))",
    )
}
