//! `length` of texts and lists.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::functions::unicode::character_length;
use datafusion::functions_nested::length::array_length_udf;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::Error;
use crate::sql_type::sql_type;

/// `length(value)`, `len(value)`: the number of characters of a text, or of elements of a list, as Int64.
/// NULL for NULL. DataFusion's own takes the length of the text that a list is shown as.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Length {
    signature: Signature,
    aliases: Vec<String>,
}

pub(super) fn length_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Length {
        signature: Signature::user_defined(Volatility::Immutable),
        aliases: vec!["len".to_owned()],
    }))
}

impl ScalarUDFImpl for Length {
    fn name(&self) -> &str {
        "length"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        match arg_types {
            [DataType::Null] => Ok(vec![DataType::Utf8]),
            [text] if text.is_string() => Ok(vec![text.clone()]),
            [list] if is_list(list) => Ok(vec![list.clone()]),
            [DataType::Dictionary(_, text)] if text.is_string() => Ok(vec![text.as_ref().clone()]),
            [other] => Err(Error::query(format!(
                "length() takes a text or a list, not {}",
                sql_type(other)
            ))
            .with_hint("cast the value to text: length(x::TEXT)")
            .into()),
            other => Err(
                Error::query(format!("length() takes one argument, not {}", other.len()))
                    .with_hint("write length(text) or length(list)")
                    .into(),
            ),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(field) = args.arg_fields.first() else {
            return internal_err!("length() needs an argument");
        };
        let of_type = if is_list(field.data_type()) {
            array_length_udf()
        } else {
            character_length()
        };
        let types = [field.data_type().clone()];
        let returned = of_type.return_type(&types)?;
        let mut inner = args;
        inner.return_field = Arc::new(inner.return_field.as_ref().clone().with_data_type(returned));
        of_type
            .invoke_with_args(inner)?
            .cast_to(&DataType::Int64, None)
    }
}

fn is_list(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)
    )
}
