//! Arguments of table functions by name: `read_csv('a.csv', delim => ';')`.
//!
//! DataFusion passes arguments of table functions by position only: it refuses names in
//! `FROM f(…)`, and ignores them in `LATERAL f(…)`. Here each function declares its names, and a
//! call with names becomes one by position before it is planned.

use datafusion::common::{Diagnostic, Span};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::planner::{
    RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, ObjectNamePart, Spanned,
    TableFactor, Value,
};

use crate::error::{Error, wording};

/// A table function and the names of its arguments.
#[derive(Debug)]
pub(in crate::query) struct TableFunctionNames {
    pub(in crate::query) function: &'static str,
    /// Other names of the function.
    pub(in crate::query) aliases: &'static [&'static str],
    /// All arguments in the order in which the function takes them.
    pub(in crate::query) arguments: &'static [Argument],
    /// Arguments that DuckDB has, and what to do instead.
    pub(in crate::query) refused: &'static [(&'static str, &'static str)],
    /// The number of arguments that may be given without a name.
    pub(in crate::query) positional_max: usize,
}

/// An argument of a table function.
#[derive(Debug)]
pub(in crate::query) struct Argument {
    pub(in crate::query) name: &'static str,
    /// Other names of the argument.
    pub(in crate::query) aliases: &'static [&'static str],
    /// The value of an argument that is not given although later ones are.
    pub(in crate::query) missing: Missing,
}

/// The value of an argument that is not given.
#[derive(Clone, Copy, Debug)]
pub(in crate::query) enum Missing {
    Null,
    Number(&'static str),
    /// There is none: the argument must be given.
    Required,
}

const fn argument(name: &'static str, missing: Missing) -> Argument {
    Argument {
        name,
        aliases: &[],
        missing,
    }
}

/// An argument that must be given.
pub(in crate::query) const fn required(name: &'static str) -> Argument {
    argument(name, Missing::Required)
}

/// An argument that is NULL if it is not given.
pub(in crate::query) const fn optional(name: &'static str) -> Argument {
    argument(name, Missing::Null)
}

impl Argument {
    /// The argument with other names.
    pub(in crate::query) const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The argument in a call, such as `by => …`.
    pub(in crate::query) fn syntax(&self) -> String {
        match self.missing {
            Missing::Required => format!("{} => …", self.name),
            Missing::Null | Missing::Number(_) => format!("[{} => …]", self.name),
        }
    }
}

const SERIES: &[Argument] = &[
    argument("start", Missing::Number("0")),
    argument("stop", Missing::Required),
    argument("step", Missing::Number("1")),
];

/// DataFusion's own table functions.
static SERIES_FUNCTIONS: [TableFunctionNames; 2] = [
    TableFunctionNames {
        function: "range",
        aliases: &[],
        arguments: SERIES,
        refused: &[],
        positional_max: 3,
    },
    TableFunctionNames {
        function: "generate_series",
        aliases: &[],
        arguments: SERIES,
        refused: &[],
        positional_max: 3,
    },
];

/// Resolves the names of arguments. Functions that are not declared take none.
#[derive(Debug)]
pub(in crate::query) struct NamedArguments(pub(in crate::query) &'static [TableFunctionNames]);

impl RelationPlanner for NamedArguments {
    fn plan_relation(
        &self,
        mut relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let called = match &mut relation {
            TableFactor::Table {
                name,
                args: Some(args),
                ..
            } => Some((name, &mut args.args)),
            TableFactor::Function { name, args, .. } => Some((name, args)),
            _ => None,
        };
        if let Some((name, args)) = called {
            self.resolve(name, args, context)?;
        }
        Ok(RelationPlanning::Original(Box::new(relation)))
    }
}

impl NamedArguments {
    /// Replaces arguments by name with arguments by position.
    fn resolve(
        &self,
        name: &mut ObjectName,
        args: &mut Vec<FunctionArg>,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<()> {
        let [part] = name.0.as_mut_slice() else {
            return Ok(());
        };
        let Some(ident) = part.as_ident() else {
            return Ok(());
        };
        let function = context.normalize_ident(ident.clone());
        let mut declared = self.0.iter().chain(&SERIES_FUNCTIONS);
        let is_called = |names: &&TableFunctionNames| {
            names.function == function || names.aliases.contains(&function.as_str())
        };
        let Some(declared) = declared.find(is_called) else {
            return check_without_names(&function, args, context);
        };
        // DataFusion looks functions up as they are written.
        let span = ident.span;
        *part = ObjectNamePart::Identifier(Ident::with_span(span, declared.function));
        *args = declared.in_order(std::mem::take(args))?;
        Ok(())
    }
}

/// An argument with its name.
type Named = (Ident, FunctionArgExpr);

/// The name of an argument. `name = value` is one as in DuckDB: a table function sees no columns
/// that could be compared.
fn named(argument: FunctionArg) -> Result<Named, Box<FunctionArg>> {
    match argument {
        FunctionArg::Named { name, arg, .. }
        | FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            arg,
            ..
        } => Ok((name, arg)),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        })) => match *left {
            Expr::Identifier(name) => Ok((name, FunctionArgExpr::Expr(*right))),
            left => {
                let comparison = Expr::BinaryOp {
                    left: Box::new(left),
                    op: BinaryOperator::Eq,
                    right,
                };
                Err(Box::new(FunctionArg::Unnamed(FunctionArgExpr::Expr(
                    comparison,
                ))))
            }
        },
        other => Err(Box::new(other)),
    }
}

impl TableFunctionNames {
    /// The arguments by position.
    pub(in crate::query) fn in_order(&self, args: Vec<FunctionArg>) -> Result<Vec<FunctionArg>> {
        let mut given: Vec<Option<FunctionArg>> = Vec::new();
        given.resize_with(self.arguments.len(), || None);
        let mut has_names = false;
        for (position, arg) in args.into_iter().enumerate() {
            match named(arg) {
                Ok((name, value)) => {
                    has_names = true;
                    let argument = self.position(&name)?;
                    if given[argument].is_some() {
                        let message = format!("{} is given twice", self.call(&name.value));
                        return Err(at(&name, Error::query(message).with_hint("remove one")));
                    }
                    given[argument] = Some(FunctionArg::Unnamed(value));
                }
                Err(arg) if has_names => {
                    let message = format!(
                        "{}(): an argument without a name follows one with a name",
                        self.function
                    );
                    let error = Error::query(message).with_hint(self.known());
                    return Err(at_span(arg.span(), error));
                }
                Err(arg) if position >= self.positional_max => {
                    let max = self.positional_max;
                    let noun = if max == 1 { "argument" } else { "arguments" };
                    let message = format!(
                        "{}() takes at most {max} {noun} without a name",
                        self.function
                    );
                    let error = Error::query(message).with_hint(self.known());
                    return Err(at_span(arg.span(), error));
                }
                Err(arg) => given[position] = Some(*arg),
            }
        }
        let count = given
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        if !has_names {
            return Ok(given.into_iter().flatten().collect());
        }
        let filled = given.into_iter().zip(self.arguments).enumerate();
        let filled = filled.map(
            |(position, (given, argument))| match (given, argument.missing) {
                (Some(given), _) => Ok(Some(given)),
                (None, Missing::Required) => Err(Error::query(format!(
                    "{}() needs the argument {}",
                    self.function, argument.name
                ))
                .with_hint(self.known())),
                (None, _) if position >= count => Ok(None),
                (None, Missing::Null) => Ok(Some(literal(Value::Null))),
                (None, Missing::Number(number)) => {
                    Ok(Some(literal(Value::Number(number.to_owned(), false))))
                }
            },
        );
        let filled: Vec<Option<FunctionArg>> = filled.collect::<Result<_, Error>>()?;
        Ok(filled.into_iter().flatten().collect())
    }

    fn position(&self, name: &Ident) -> Result<usize> {
        let written = name.value.to_lowercase();
        let mut arguments = self.arguments.iter();
        let position = arguments
            .position(|known| known.name == written || known.aliases.contains(&written.as_str()));
        position.ok_or_else(|| {
            let refused = self.refused.iter().find(|(known, _)| *known == written);
            let message = format!("{}() has no argument \"{}\"", self.function, name.value);
            let error = Error::query(message);
            at(
                name,
                match refused {
                    Some((_, hint)) => error.with_hint(*hint),
                    None => error.with_hint(self.known()),
                },
            )
        })
    }

    fn call(&self, argument: &str) -> String {
        format!("{}(): the argument {argument}", self.function)
    }

    /// A hint that lists the arguments.
    pub(in crate::query) fn known(&self) -> String {
        let names: Vec<&str> = self
            .arguments
            .iter()
            .map(|argument| argument.name)
            .collect();
        format!("the arguments are {}", names.join(", "))
    }
}

/// Refuses names in a call of a function that has not declared any.
fn check_without_names(
    function: &str,
    args: &[FunctionArg],
    context: &dyn RelationPlannerContext,
) -> Result<()> {
    let named = args.iter().find_map(|arg| match arg {
        FunctionArg::Named { name, .. }
        | FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            ..
        } => Some(name),
        _ => None,
    });
    let Some(name) = named else {
        return Ok(());
    };
    // That the function does not exist is the first thing to say.
    let found = context
        .context_provider()
        .get_table_function_source(function, Vec::new());
    if let Err(error) = found
        && wording::unknown_table_function(
            &error
                .strip_backtrace()
                .replace("Error during planning: ", ""),
        )
        .is_some()
    {
        return Err(error);
    }
    let message = format!("{function}() takes its arguments without names");
    Err(at(
        name,
        Error::query(message).with_hint("pass them in order, without NAME =>"),
    ))
}

fn literal(value: Value) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value.with_empty_span())))
}

/// An error with the place of a name.
fn at(name: &Ident, error: Error) -> DataFusionError {
    at_span(name.span, error)
}

fn at_span(span: datafusion::sql::sqlparser::tokenizer::Span, error: Error) -> DataFusionError {
    let diagnostic = Diagnostic::new_error(error.to_string(), Span::try_from_sqlparser_span(span));
    DataFusionError::from(error).with_diagnostic(diagnostic)
}
