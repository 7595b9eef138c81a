//! Puts expressions in the place of names and placeholders.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, Value, VisitorMut};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::name::normalized;

/// Puts values in the place of parameters. The rest of a definition loses its places in the text: an
/// error would show them in the statement that calls the macro, or executes the prepared statement.
#[derive(Default)]
pub(in crate::query) struct Substitute {
    values: BTreeMap<String, Expr>,
    /// Values of placeholders, by names without their `$`.
    placeholders: BTreeMap<String, Expr>,
    /// Parameters of the lambdas around, which hide those of the macro.
    hidden: Vec<Vec<String>>,
}

impl Substitute {
    pub(in crate::query) fn new(values: BTreeMap<String, Expr>) -> Self {
        Self {
            values: each_in_brackets(values),
            ..Self::default()
        }
    }

    /// Puts values in the place of placeholders, by lowercase names without their `$`.
    pub(in crate::query) fn of_placeholders(values: BTreeMap<String, Expr>) -> Self {
        Self {
            placeholders: each_in_brackets(values),
            ..Self::default()
        }
    }

    fn value(&self, ident: &Ident) -> Option<&Expr> {
        let name = normalized(ident);
        let is_hidden = self.hidden.iter().flatten().any(|hidden| *hidden == name);
        self.values.get(&name).filter(|_| !is_hidden)
    }
}

impl VisitorMut for Substitute {
    type Break = DataFusionError;

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<Self::Break> {
        without_place(name);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Identifier(ident) => ident.span = Span::empty(),
            Expr::CompoundIdentifier(idents) => {
                for ident in idents {
                    ident.span = Span::empty();
                }
            }
            Expr::Function(function) => without_place(&mut function.name),
            Expr::Lambda(lambda) => {
                let names = lambda.params.iter().map(|param| normalized(&param.name));
                self.hidden.push(names.collect());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Lambda(_) => {
                self.hidden.pop();
            }
            Expr::Identifier(ident) => {
                if let Some(value) = self.value(ident) {
                    *expr = value.clone();
                }
            }
            Expr::Value(value) => {
                if let Value::Placeholder(name) = &value.value
                    && let Some(value) = self.placeholders.get(&placeholder_name(name))
                {
                    *expr = value.clone();
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The name of a placeholder such as `$name`, in lower case.
pub(in crate::query) fn placeholder_name(placeholder: &str) -> String {
    placeholder.trim_start_matches('$').to_lowercase()
}

fn each_in_brackets(values: BTreeMap<String, Expr>) -> BTreeMap<String, Expr> {
    let values = values.into_iter();
    values
        .map(|(name, value)| (name, in_brackets(value)))
        .collect()
}

fn without_place(name: &mut ObjectName) {
    for part in &mut name.0 {
        if let ObjectNamePart::Identifier(ident) = part {
            ident.span = Span::empty();
        }
    }
}

/// The expression as one operand, whatever is around it.
pub(in crate::query) fn in_brackets(expr: Expr) -> Expr {
    match expr {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Value(_)
        | Expr::Interval(_)
        | Expr::TypedString(_)
        | Expr::Function(_)
        | Expr::Nested(_)
        | Expr::Lambda(_) => expr,
        other => Expr::Nested(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::ast::VisitMut;
    use datafusion::sql::sqlparser::dialect::DuckDbDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    #[test]
    fn parameters_become_values_except_in_lambdas_and_qualified_names() {
        let parse = |sql: &str| {
            let parser = Parser::new(&DuckDbDialect {}).try_with_sql(sql);
            parser.and_then(|mut parser| parser.parse_expr()).unwrap()
        };
        let values = BTreeMap::from([("x".to_owned(), parse("1 + a"))]);
        for (definition, expected) in [
            ("X * 2", "(1 + a) * 2"),
            ("x + t.x + \"X\"", "(1 + a) + t.x + \"X\""),
            ("f(l, x -> x + 1) + x", "f(l, x -> x + 1) + (1 + a)"),
            (
                "(SELECT max(x) FROM t WHERE y = x)",
                "(SELECT max((1 + a)) FROM t WHERE y = (1 + a))",
            ),
        ] {
            let mut expr = parse(definition);
            let visited = expr.visit(&mut Substitute::new(values.clone()));
            assert!(visited.is_continue());
            assert_eq!(expr.to_string(), expected);
        }
    }
}
