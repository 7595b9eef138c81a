//! The arguments of a call, which are constants.

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::sqlparser::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, TypedString, Value, ValueWithSpan,
};
use exports::quote::clip;

use super::period::{FORMS, Period, Unit};
use crate::error::Error;
use crate::query::arguments::TableFunctionNames;

/// The arguments of a call by name.
pub(super) struct Arguments {
    names: &'static TableFunctionNames,
    /// In the order of the names; `None` for one that is not given, or NULL.
    values: Vec<Option<Expr>>,
}

impl Arguments {
    pub(super) fn new(names: &'static TableFunctionNames, args: &[FunctionArg]) -> Result<Self> {
        let mut values = Vec::new();
        for arg in names.in_order(args.to_vec())? {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = arg else {
                let error = Error::query(format!("{}(): {arg} is not a value", names.function));
                return Err(error.with_hint(names.known()).into());
            };
            values.push((!is_null(&value)).then_some(value));
        }
        Ok(Self { names, values })
    }

    pub(super) fn function(&self) -> &'static str {
        self.names.function
    }

    /// An error about an argument as it is given.
    pub(super) fn invalid(
        &self,
        name: &str,
        why: &str,
        hint: impl Into<String>,
    ) -> DataFusionError {
        let given = self.value(name).map(ToString::to_string);
        let given = clip(given.as_deref().unwrap_or("NULL"));
        let message = format!("{}(): {name} => {given} {why}", self.function());
        Error::query(message).with_hint(hint.into()).into()
    }

    pub(super) fn missing(&self, name: &str, hint: impl Into<String>) -> DataFusionError {
        let message = format!("{}() needs the argument {name}", self.function());
        Error::query(message).with_hint(hint.into()).into()
    }

    fn value(&self, name: &str) -> Option<&Expr> {
        let mut names = self.names.arguments.iter();
        let position = names.position(|argument| argument.name == name)?;
        self.values.get(position)?.as_ref()
    }

    /// The text of an argument.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match text(value) {
            Some(text) => Ok(Some(text)),
            None => Err(self.invalid(name, "is not a text", "write a constant in single quotes")),
        }
    }

    /// A text, or a list of texts without doubles, such as these two.
    pub(super) fn texts(&self, name: &str, such_as: [&str; 2]) -> Result<Option<Vec<String>>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let texts = match value {
            Expr::Array(array) => array.elem.iter().map(text).collect::<Option<Vec<_>>>(),
            value => text(value).map(|text| vec![text]),
        };
        let [one, other] = such_as;
        let Some(texts) = texts else {
            return Err(self.invalid(
                name,
                "is neither a text nor a list of texts",
                format!("write {name} => '{one}' or {name} => ['{one}', '{other}']"),
            ));
        };
        let is_twice = |(at, text): (usize, &&str)| texts[..at].contains(text);
        if texts.iter().enumerate().any(is_twice) {
            return Err(self.invalid(name, "has a value twice", "remove one"));
        }
        Ok(Some(texts.into_iter().map(str::to_owned).collect()))
    }

    /// Columns that make groups of responses. Groups by the score would differ in nothing else.
    pub(super) fn columns(&self, name: &str) -> Result<Option<Vec<String>>> {
        let columns = self.texts(name, ["segment", "channel"])?;
        let is_score = |column: &String| matches!(column.as_str(), "score" | "rating");
        if columns.iter().flatten().any(is_score) {
            return Err(self.invalid(
                name,
                "makes groups of the scores that they are compared by",
                format!("name other columns, such as {name} => ['segment', 'channel']"),
            ));
        }
        Ok(columns)
    }

    /// A whole number in a range.
    pub(super) fn count(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let count = match value {
            Expr::Value(ValueWithSpan {
                value: Value::Number(number, _),
                ..
            }) => number.to_string().parse().ok(),
            _ => None,
        };
        match count.filter(|count| range.contains(count)) {
            Some(count) => Ok(Some(count)),
            None => Err(self.invalid(
                name,
                "is not a whole number in its range",
                format!("write a number from {} to {}", range.start(), range.end()),
            )),
        }
    }

    pub(super) fn period(&self, name: &str) -> Result<Option<Period>> {
        let text = match self.value(name) {
            // A year.
            Some(Expr::Value(ValueWithSpan {
                value: Value::Number(year, _),
                ..
            })) => year,
            Some(_) => self.text(name)?.unwrap_or_default(),
            None => return Ok(None),
        };
        match Period::parse(text) {
            Some(period) => Ok(Some(period)),
            None => Err(self.invalid(name, "is not a period", FORMS)),
        }
    }

    pub(super) fn unit(&self, name: &str) -> Result<Option<Unit>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match Unit::from_name(text) {
            Some(unit) => Ok(Some(unit)),
            None => {
                let all = Unit::ALL.map(|unit| format!("'{unit}'")).join(", ");
                Err(self.invalid(
                    name,
                    "is not a unit of the calendar",
                    format!("use one of {all}"),
                ))
            }
        }
    }
}

fn is_null(value: &Expr) -> bool {
    matches!(value, Expr::Value(value) if value.value == Value::Null)
}

fn text(value: &Expr) -> Option<&str> {
    match value {
        // DATE '2026-01-31' is a day as a text.
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text),
            ..
        })
        | Expr::TypedString(TypedString {
            data_type: DataType::Date,
            value:
                ValueWithSpan {
                    value: Value::SingleQuotedString(text),
                    ..
                },
            ..
        }) => Some(text),
        Expr::Nested(value) => text(value),
        _ => None,
    }
}
