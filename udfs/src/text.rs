//! Text arguments of all Arrow string types.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};

/// Returns the type to read a text argument of type `data_type` as. Other types are returned
/// unchanged, for [`check_text_type`] to refuse.
pub(crate) fn coerce_text_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::Utf8,
        DataType::Dictionary(_, values) => coerce_text_type(values),
        other => other.clone(),
    }
}

/// Returns an error if `function` cannot read a coerced type as its text `argument`.
pub(crate) fn check_text_type(function: &str, argument: &str, data_type: &DataType) -> Result<()> {
    if data_type.is_string() {
        return Ok(());
    }
    plan_err!(
        "{function} needs text as {argument}, not {data_type}; cast it: CAST({argument} AS VARCHAR)"
    )
}

/// Returns an error unless the coerced types are those of a function of one text.
pub(crate) fn check_text_argument(function: &str, arg_types: &[DataType]) -> Result<()> {
    match arg_types {
        [text] => check_text_type(&format!("{function}(text)"), "text", text),
        other => plan_err!(
            "{function} takes one argument, not {}: {function}(text)",
            other.len()
        ),
    }
}

/// Iterates over the texts of a column of a type that [`check_text_type`] accepts.
pub(crate) fn strings(array: &ArrayRef) -> Result<Box<dyn Iterator<Item = Option<&str>> + '_>> {
    Ok(match array.data_type() {
        DataType::Utf8 => Box::new(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => Box::new(array.as_string::<i64>().iter()),
        DataType::Utf8View => Box::new(array.as_string_view().iter()),
        other => return internal_err!("text of type {other} was not coerced"),
    })
}
