//! `--param name=value`, and `\set name value` in the shell: values bound to placeholders as typed
//! literals, never as text in the SQL.

use std::collections::{BTreeSet, HashMap};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::LogicalPlan;

use crate::error::Error;
use crate::failure::Failure;

/// The parameters of a run.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    given: &'a [(String, String)],
    is_shell: bool,
}

impl<'a> Params<'a> {
    /// Checks the parameters against all the placeholders they are for, before anything runs.
    pub(crate) fn new<'p>(
        given: &'a [(String, String)],
        placeholders: impl Iterator<Item = &'p String>,
    ) -> Result<Self, Failure> {
        let placeholders: BTreeSet<&String> = placeholders.collect();
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
        match missing(given, placeholders) {
            None => Ok(Self {
                given,
                is_shell: false,
            }),
            Some(name) => Err(Failure::usage(
                format!("there is no value for the placeholder ${name}"),
                format!("give one with: --param {name}=VALUE"),
            )),
        }
    }

    /// What was set in the shell, of which a statement need not use everything.
    pub(crate) fn of_shell<'p>(
        set: &'a [(String, String)],
        placeholders: impl Iterator<Item = &'p String>,
    ) -> Result<Self, Failure> {
        match missing(set, placeholders) {
            None => Ok(Self {
                given: set,
                is_shell: true,
            }),
            Some(name) => Err(Failure::usage(
                format!("there is no value for the placeholder ${name}"),
                format!("give it one with: \\set {name} VALUE"),
            )),
        }
    }

    /// Puts the values in the place of the plan's placeholders.
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
                let given = match self.is_shell {
                    true => format!("{name}, set to {text},"),
                    false => format!("--param {name}={text}"),
                };
                Failure::usage(
                    format!("{given} is not of the type {data_type} that its place asks for"),
                    "give another value, or CAST the placeholder in the SQL",
                )
            })?;
            values.insert(name.clone(), ScalarAndMetadata::from(value));
        }
        let bound = plan.with_param_values(ParamValues::Map(values));
        Ok(bound.map_err(Error::from)?)
    }
}

/// A placeholder that is given no value.
fn missing<'p>(
    given: &[(String, String)],
    placeholders: impl IntoIterator<Item = &'p String>,
) -> Option<&'p String> {
    placeholders
        .into_iter()
        .find(|placeholder| given.iter().all(|(name, _)| name != *placeholder))
}

/// The value as the type that its place asks for, else as what it looks like: a whole number, a
/// number, true or false, text.
fn typed(text: &str, wanted: Option<&DataType>) -> Result<ScalarValue, DataType> {
    if let Some(data_type) = wanted.filter(|data_type| **data_type != DataType::Null) {
        return ScalarValue::try_from_string(text.to_owned(), data_type)
            .map_err(|_| data_type.clone());
    }
    let is_code = text.len() > 1 && text.starts_with('0') && !text.contains('.');
    if !is_code {
        if let Ok(number) = text.parse::<i64>() {
            return Ok(ScalarValue::from(number));
        }
        if text.contains('.')
            && let Ok(number) = text.parse::<f64>()
        {
            return Ok(ScalarValue::from(number));
        }
    }
    Ok(match text {
        "true" => ScalarValue::from(true),
        "false" => ScalarValue::from(false),
        _ => ScalarValue::from(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_type_of_their_place() {
        assert_eq!(
            typed("9", Some(&DataType::Int8)),
            Ok(ScalarValue::Int8(Some(9)))
        );
        assert_eq!(typed("300", Some(&DataType::Int8)), Err(DataType::Int8));
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
