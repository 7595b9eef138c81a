//! Calling a function of columns with literals.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

/// Calls `function` with the arguments as columns of one length: one row if all are literals, as is
/// the result then.
pub(crate) fn invoke_on_columns(
    args: &ScalarFunctionArgs,
    function: impl Fn(&[ArrayRef]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let is_scalar = args
        .args
        .iter()
        .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let row_count = if is_scalar { 1 } else { args.number_rows };
    let columns = args.args.iter().map(|arg| arg.to_array(row_count));
    let result = function(&columns.collect::<Result<Vec<_>>>()?)?;
    if is_scalar {
        let value = ScalarValue::try_from_array(&result, 0)?;
        Ok(ColumnarValue::Scalar(value))
    } else {
        Ok(ColumnarValue::Array(result))
    }
}
