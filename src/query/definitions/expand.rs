//! Replaces the calls of macros, and of functions that answer questions, in a statement by their
//! definitions.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::not_impl_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgumentList, FunctionArguments, Ident, MacroDefinition,
    ObjectName, Query, TableAlias, TableFactor, TableFunctionArgs, Value, VisitMut, VisitorMut,
    visit_expressions,
};

use super::bind::bind;
use super::macros::{LAKE_SCHEMA, Macro, Macros};
use crate::error::Error;
use crate::query::answers::{Answer, Scope};
use crate::query::syntax::{Substitute, in_brackets, normalized, visit_mut};

/// Calls that one statement may contain, those in definitions included: a macro that calls another
/// twice doubles the statement.
const CALLS_MAX: usize = 10_000;

/// Replaces the calls of macros in a statement, and those of [`Answer`]s if there is a `scope`.
pub(super) fn expand(
    statement: &mut Statement,
    macros: &Macros,
    scope: Option<&Scope<'_>>,
) -> Result<()> {
    if macros.is_empty() && scope.is_none() {
        return Ok(());
    }
    let mut calls = 0;
    result(visit_mut(
        statement,
        &mut Expander {
            macros,
            scope,
            outer: &[],
            calls: &mut calls,
        },
    ))
}

/// Checks that the definition of a macro can be expanded: it does not call itself, and calls others
/// with their parameters.
pub(super) fn check(definition: &Macro, macros: &Macros) -> Result<()> {
    let mut calls = 0;
    let macros = macros.inside(definition);
    let mut expander = Expander {
        macros: &macros,
        scope: None,
        outer: &[key(definition)],
        calls: &mut calls,
    };
    let mut body = definition.definition.clone();
    let visited = match &mut body {
        MacroDefinition::Expr(expr) => expr.visit(&mut expander),
        MacroDefinition::Table(query) => query.visit(&mut expander),
    };
    result(visited)
}

/// The query of a macro, or one of its expression, with NULL for its parameters.
pub(super) fn with_nulls(definition: &Macro) -> Result<String> {
    let null = || Expr::value(Value::Null);
    let values = definition.parameters.iter().map(|parameter| {
        let value = parameter.default_expr.clone().unwrap_or_else(null);
        (normalized(&parameter.name), value)
    });
    let mut body = definition.definition.clone();
    result(body.visit(&mut Substitute::new(values.collect())))?;
    Ok(match body {
        MacroDefinition::Expr(expr) => format!("SELECT {expr}"),
        MacroDefinition::Table(query) => query.to_string(),
    })
}

/// Checks that the parameters of a macro differ, and that it has no placeholder.
pub(super) fn check_parameters(definition: &Macro) -> Result<()> {
    let mut names = BTreeSet::new();
    for parameter in &definition.parameters {
        let name = normalized(&parameter.name);
        if !names.insert(name.clone()) {
            let error = Error::query(format!(
                "macro \"{}\": two parameters have the name \"{name}\"",
                definition.name
            ));
            return Err(error.with_hint("name one of them differently").into());
        }
    }
    let has_placeholder = |expr: &Expr| match expr {
        Expr::Value(value) if matches!(value.value, Value::Placeholder(_)) => {
            ControlFlow::Break(value.to_string())
        }
        _ => ControlFlow::Continue(()),
    };
    let found = match &definition.definition {
        MacroDefinition::Expr(expr) => visit_expressions(expr, has_placeholder),
        MacroDefinition::Table(query) => visit_expressions(query, has_placeholder),
    };
    match found {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(placeholder) => {
            let name = &definition.name;
            let error = Error::query(format!(
                "macro \"{name}\" can have no placeholder {placeholder}"
            ));
            Err(error.with_hint("make it a parameter of the macro").into())
        }
    }
}

/// The names of the functions that a statement calls.
pub(super) fn called(statement: &mut Statement) -> Result<BTreeSet<ObjectName>> {
    let mut names = Called(BTreeSet::new());
    result(visit_mut(statement, &mut names))?;
    Ok(names.0)
}

fn result(visited: ControlFlow<DataFusionError>) -> Result<()> {
    match visited {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Called(BTreeSet<ObjectName>);

impl VisitorMut for Called {
    type Break = DataFusionError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::Function(function) = expr {
            self.0.insert(function.name.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Self::Break> {
        if let TableFactor::Table {
            name,
            args: Some(_),
            ..
        }
        | TableFactor::Function { name, .. } = table
        {
            self.0.insert(name.clone());
        }
        ControlFlow::Continue(())
    }
}

struct Expander<'a> {
    macros: &'a Macros,
    /// `None` if answers stay as they are.
    scope: Option<&'a Scope<'a>>,
    /// The macros in whose definitions the visited expression is.
    outer: &'a [String],
    calls: &'a mut usize,
}

impl Expander<'_> {
    /// The expression that a call stands for; `None` if it does not call a macro.
    fn expression(&mut self, call: &Function) -> Result<Option<Expr>> {
        let Some(called) = self.macros.find(&call.name)? else {
            return Ok(None);
        };
        let MacroDefinition::Expr(definition) = &called.definition else {
            let error = Error::query(format!("macro \"{}\" returns a table", called.name));
            let hint = format!("use it in FROM: SELECT * FROM {}", called.signature());
            return Err(error.with_hint(hint).into());
        };
        let mut expr = definition.clone();
        self.fill(&called, arguments(&called, call)?, &mut expr)?;
        Ok(Some(in_brackets(expr)))
    }

    /// The query that a call in FROM stands for; `None` if it does not call a macro.
    fn query(&mut self, name: &ObjectName, args: &[FunctionArg]) -> Result<Option<(Macro, Query)>> {
        let Some(called) = self.macros.find(name)? else {
            return Ok(None);
        };
        let MacroDefinition::Table(definition) = &called.definition else {
            let error = Error::query(format!(
                "macro \"{}\" returns a value, not a table",
                called.name
            ));
            let hint = format!("use it as an expression: SELECT {}", called.signature());
            return Err(error.with_hint(hint).into());
        };
        let mut query = definition.as_ref().clone();
        self.fill(&called, args, &mut query)?;
        Ok(Some((called, query)))
    }

    /// Puts the arguments, which are expanded already, into a definition, and expands the calls in it.
    fn fill(
        &mut self,
        called: &Macro,
        args: &[FunctionArg],
        definition: &mut impl VisitMut,
    ) -> Result<()> {
        let key = key(called);
        if self.outer.contains(&key) {
            let path = self.outer.join(" → ");
            let error = Error::query(format!(
                "macro \"{}\" calls itself: {path} → {key}",
                called.name
            ));
            return Err(error
                .with_hint("remove the call from its definition")
                .into());
        }
        *self.calls += 1;
        if *self.calls > CALLS_MAX {
            let error = Error::query(format!(
                "the statement calls macros more than {CALLS_MAX} times"
            ));
            return Err(error
                .with_hint("call macros within macros fewer times")
                .into());
        }
        result(definition.visit(&mut Substitute::new(bind(called, args)?)))?;
        let mut outer = self.outer.to_vec();
        outer.push(key);
        let macros = self.macros.inside(called);
        result(definition.visit(&mut Expander {
            macros: &macros,
            scope: self.scope,
            outer: &outer,
            calls: self.calls,
        }))
    }

    /// The query of a macro or of an answer that a call in FROM stands for, and the name of either.
    fn called(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
    ) -> Result<Option<(String, Query)>> {
        if let Some((called, query)) = self.query(name, args)? {
            return Ok(Some((called.name, query)));
        }
        let (Some(answer), Some(scope)) = (Answer::called(name), self.scope) else {
            return Ok(None);
        };
        let query = answer.query(args, scope)?;
        Ok(Some((answer.name().to_owned(), query)))
    }

    /// Replaces a call in FROM by its query.
    fn expand_table(&mut self, table: &mut TableFactor) -> Result<()> {
        let (name, args, alias, is_lateral) = match &*table {
            TableFactor::Table {
                name,
                args: Some(args),
                alias,
                ..
            } => (name, args.args.as_slice(), alias, false),
            TableFactor::Function {
                name,
                args,
                alias,
                lateral,
                ..
            } => (name, args.as_slice(), alias, *lateral),
            _ => return Ok(()),
        };
        let Some((called, query)) = self.called(name, args)? else {
            return Ok(());
        };
        if !is_plain(table) {
            return not_impl_err!("{table} has clauses that {called}() does not take");
        }
        let alias = alias.clone().unwrap_or_else(|| TableAlias {
            explicit: true,
            name: Ident::with_quote('"', called),
            columns: Vec::new(),
            at: None,
        });
        *table = TableFactor::Derived {
            lateral: is_lateral,
            subquery: Box::new(query),
            alias: Some(alias),
            sample: None,
        };
        Ok(())
    }
}

impl VisitorMut for Expander<'_> {
    type Break = DataFusionError;

    /// The arguments of the call are expanded before.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(call) = expr else {
            return ControlFlow::Continue(());
        };
        match self.expression(call) {
            Ok(expanded) => {
                if let Some(expanded) = expanded {
                    *expr = expanded;
                }
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn post_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Self::Break> {
        match self.expand_table(table) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// Tells a macro of the session from one of the lake with the same name.
fn key(of: &Macro) -> String {
    if of.is_of_lake {
        format!("{}.{}", LAKE_SCHEMA, of.name)
    } else {
        of.name.clone()
    }
}

/// The arguments of a call that has nothing else, such as DISTINCT or OVER.
fn arguments<'a>(called: &Macro, call: &'a Function) -> Result<&'a [FunctionArg]> {
    if let FunctionArguments::List(list) = &call.args {
        let plain = Function {
            name: call.name.clone(),
            uses_odbc_syntax: false,
            parameters: FunctionArguments::None,
            args: FunctionArguments::List(FunctionArgumentList {
                duplicate_treatment: None,
                args: list.args.clone(),
                clauses: Vec::new(),
            }),
            filter: None,
            null_treatment: None,
            over: None,
            within_group: Vec::new(),
        };
        if plain == *call {
            return Ok(&list.args);
        }
    }
    let error = Error::query(format!(
        "macro \"{}\" takes only arguments, without DISTINCT, ORDER BY, FILTER or OVER",
        called.name
    ));
    Err(error.with_hint("write these into its definition").into())
}

/// True if a call in FROM has arguments and an alias, and nothing else.
fn is_plain(table: &TableFactor) -> bool {
    match table {
        TableFactor::Table {
            name,
            alias,
            args: Some(args),
            ..
        } => {
            let plain = TableFactor::Table {
                name: name.clone(),
                alias: alias.clone(),
                args: Some(TableFunctionArgs {
                    args: args.args.clone(),
                    settings: None,
                }),
                with_hints: Vec::new(),
                version: None,
                with_ordinality: false,
                partitions: Vec::new(),
                json_path: None,
                sample: None,
                index_hints: Vec::new(),
            };
            plain == *table
        }
        TableFactor::Function {
            with_ordinality, ..
        } => !with_ordinality,
        _ => false,
    }
}
