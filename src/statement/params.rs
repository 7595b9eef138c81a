//! Query parameters: `--param name=value`, or `\set name value` in the shell. Values are bound to
//! placeholders as typed literals, never inserted into the SQL text.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, TableFactor, TableFunctionArgs, Value, VisitMut, VisitorMut,
};

use crate::error::Error;
use crate::failure::Failure;
use crate::query::syntax::visit_mut;
use crate::query::with_seconds;
use crate::sql_type::sql_type;

/// Parameters of a run.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    given: &'a [(String, String)],
    is_shell: bool,
}

impl<'a> Params<'a> {
    /// Checks `--param` values against all placeholders, before anything runs.
    pub(crate) fn new<'p>(
        given: &'a [(String, String)],
        placeholders: impl Iterator<Item = &'p String>,
    ) -> Result<Self, Failure> {
        let placeholders: BTreeSet<&String> = placeholders.collect();
        Self::check_given(given, &placeholders)?;
        let is_shell = false;
        Self { given, is_shell }.check_complete(placeholders)
    }

    /// Checks that each value is given once, for a placeholder that there is.
    pub(crate) fn check_given(
        given: &[(String, String)],
        placeholders: &BTreeSet<&String>,
    ) -> Result<(), Failure> {
        for (index, (name, _)) in given.iter().enumerate() {
            if given[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Failure::usage(
                    format!("--param {name} is given twice"),
                    "give each parameter once",
                ));
            }
            if !placeholders.contains(name) {
                return Err(Failure::usage(
                    format!("no statement has a placeholder ${name}"),
                    "check the spelling of the parameter and of the placeholder",
                ));
            }
        }
        Ok(())
    }

    /// Values set in the shell. A statement need not use all of them.
    pub(crate) fn from_shell<'p>(
        given: &'a [(String, String)],
        placeholders: impl Iterator<Item = &'p String>,
    ) -> Result<Self, Failure> {
        let is_shell = true;
        Self { given, is_shell }.check_complete(placeholders)
    }

    fn check_complete<'p>(
        self,
        placeholders: impl IntoIterator<Item = &'p String>,
    ) -> Result<Self, Failure> {
        let is_missing = |placeholder: &&String| {
            let mut names = self.given.iter().map(|(name, _)| name);
            names.all(|name| name != *placeholder)
        };
        let Some(name) = placeholders.into_iter().find(is_missing) else {
            return Ok(self);
        };
        let hint = if self.is_shell {
            format!("set one with: \\set {name} VALUE")
        } else {
            format!("set one with: --param {name}=VALUE")
        };
        let message = format!("placeholder ${name} has no value");
        Err(Failure::usage(message, hint))
    }

    /// Replaces the placeholders in arguments of table functions by their values, which decide on the
    /// plan.
    pub(crate) fn bind_arguments(&self, statement: &mut Statement) {
        let _ = visit_mut(statement, &mut TableFunctions(self.given));
    }

    /// Replaces the placeholders of a plan by their values.
    pub(crate) fn bind(&self, plan: LogicalPlan) -> Result<LogicalPlan, Failure> {
        let types = plan.get_parameter_types().map_err(Error::from)?;
        if types.is_empty() {
            return Ok(plan);
        }
        let mut values = HashMap::new();
        for (name, text) in self.given {
            let Some(data_type) = types.get(&format!("${name}")) else {
                continue;
            };
            let value = typed(text, data_type.as_ref()).map_err(|data_type| {
                let given = if self.is_shell {
                    format!("\\set {name} {text}")
                } else {
                    format!("--param {name}={text}")
                };
                Failure::usage(
                    format!(
                        "{given}: the placeholder needs a value of type {}",
                        sql_type(&data_type)
                    ),
                    "set another value, or CAST the placeholder in the SQL",
                )
            })?;
            values.insert(name.clone(), ScalarAndMetadata::from(value));
        }
        let bound = plan.with_param_values(ParamValues::Map(values));
        Ok(bound.map_err(Error::from)?)
    }
}

/// Puts values in place of the placeholders in arguments of table functions.
struct TableFunctions<'a>(&'a [(String, String)]);

impl VisitorMut for TableFunctions<'_> {
    type Break = Infallible;

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Infallible> {
        let args = match table {
            TableFactor::Table {
                args: Some(TableFunctionArgs { args, .. }),
                ..
            }
            | TableFactor::Function { args, .. } => args,
            _ => return ControlFlow::Continue(()),
        };
        args.visit(&mut Values(self.0))
    }
}

struct Values<'a>(&'a [(String, String)]);

impl VisitorMut for Values<'_> {
    type Break = Infallible;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(placeholder) = &value.value
            && let Some(name) = placeholder.strip_prefix('$')
            && let Some((_, text)) = self.0.iter().find(|(given, _)| given == name)
        {
            value.value = match what_it_looks_like(text) {
                ScalarValue::Boolean(Some(value)) => Value::Boolean(value),
                ScalarValue::Int64(_) | ScalarValue::Float64(_) => {
                    Value::Number(text.clone(), false)
                }
                _ => Value::SingleQuotedString(text.clone()),
            };
        }
        ControlFlow::Continue(())
    }
}

/// Parses a value as the type of its placeholder, or if that is unknown as what it looks like: an
/// integer, a number, true or false, or text.
fn typed(text: &str, wanted: Option<&DataType>) -> Result<ScalarValue, DataType> {
    if let Some(data_type) = wanted.filter(|data_type| **data_type != DataType::Null) {
        let complete = with_seconds(text).filter(|_| data_type.is_temporal());
        let value = complete.unwrap_or_else(|| text.to_owned());
        return match ScalarValue::try_from_string(value, data_type) {
            Ok(value) => Ok(value),
            // A whole number may be compared with another one.
            Err(_) if data_type.is_integer() && text.contains('.') => match text.parse::<f64>() {
                Ok(number) => Ok(ScalarValue::from(number)),
                Err(_) => Err(data_type.clone()),
            },
            Err(_) => Err(data_type.clone()),
        };
    }
    Ok(what_it_looks_like(text))
}

fn what_it_looks_like(text: &str) -> ScalarValue {
    // A number with leading zeros, such as a postal code, is text.
    let is_code = text.len() > 1 && text.starts_with('0') && !text.contains('.');
    if !is_code {
        if let Ok(number) = text.parse::<i64>() {
            return ScalarValue::from(number);
        }
        if text.contains('.')
            && let Ok(number) = text.parse::<f64>()
        {
            return ScalarValue::from(number);
        }
    }
    match text {
        "true" => ScalarValue::from(true),
        "false" => ScalarValue::from(false),
        _ => ScalarValue::from(text),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn values_take_the_type_of_their_place() {
        assert_eq!(
            typed("9", Some(&DataType::Int8)),
            Ok(ScalarValue::Int8(Some(9)))
        );
        assert_eq!(typed("300", Some(&DataType::Int8)), Err(DataType::Int8));
        assert_eq!(
            typed("8.5", Some(&DataType::Int8)),
            Ok(ScalarValue::from(8.5))
        );
        let time = DataType::Timestamp(TimeUnit::Second, None);
        assert_eq!(
            typed("1970-01-01 00:01", Some(&time)),
            Ok(ScalarValue::TimestampSecond(Some(60), None))
        );
        assert_eq!(
            typed("9", Some(&DataType::Utf8)),
            Ok(ScalarValue::from("9"))
        );
        assert_eq!(typed("web'; --", None), Ok(ScalarValue::from("web'; --")));
        assert_eq!(typed("007", None), Ok(ScalarValue::from("007")));
        assert_eq!(typed("0", None), Ok(ScalarValue::from(0_i64)));
        assert_eq!(typed("1.5", None), Ok(ScalarValue::from(1.5)));
        assert_eq!(typed("true", None), Ok(ScalarValue::from(true)));
    }
}
