//! Scalar functions: what all functions of columns share.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::Doc;

/// A scalar function of columns; [`scalar_udf`] makes it a DataFusion function.
pub(crate) trait ScalarFunction:
    Debug + Default + Eq + Hash + Send + Sync + 'static
{
    /// The function's name in SQL.
    const NAME: &'static str;

    /// The function's documentation.
    const DOC: Doc<Self>;

    /// The names of the arguments.
    const ARGUMENTS: &'static [&'static str];

    /// Returns the type to read an argument of type `data_type` as. Unsupported types are returned
    /// unchanged, for [`return_type`](Self::return_type) to refuse: an error raised during coercion
    /// reaches the user wrapped twice.
    fn coerce_type(data_type: &DataType) -> DataType;

    /// Returns the type of the result for coerced argument types.
    fn return_type(arg_types: &[DataType]) -> Result<DataType>;

    /// Computes one result for each row of the columns.
    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef>;
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Udf<F> {
    signature: Signature,
    function: F,
}

/// Returns `F` as a DataFusion function.
pub(crate) fn scalar_udf<F: ScalarFunction>() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Udf {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(F::ARGUMENTS.to_vec())
            .expect("different names"),
        function: F::default(),
    }))
}

impl<F: ScalarFunction> ScalarUDFImpl for Udf<F> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(F::coerce_type).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        F::return_type(arg_types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (row_count, is_scalar) = row_count(&args);
        let columns = args.args.iter().map(|arg| arg.to_array(row_count));
        let result = F::invoke(&columns.collect::<Result<Vec<_>>>()?)?;
        columnar(result, is_scalar)
    }

    fn documentation(&self) -> Option<&Documentation> {
        F::DOC(&self.function)
    }
}

/// Returns the number of rows to evaluate, and `true` if all arguments are literals: one row is
/// enough then.
pub(crate) fn row_count(args: &ScalarFunctionArgs) -> (usize, bool) {
    let is_literal = |arg: &ColumnarValue| matches!(arg, ColumnarValue::Scalar(_));
    let is_scalar = args.args.iter().all(is_literal);
    (if is_scalar { 1 } else { args.number_rows }, is_scalar)
}

/// Returns a result as a column, or its only row as a scalar.
pub(crate) fn columnar(result: ArrayRef, is_scalar: bool) -> Result<ColumnarValue> {
    if is_scalar {
        let value = ScalarValue::try_from_array(&result, 0)?;
        Ok(ColumnarValue::Scalar(value))
    } else {
        Ok(ColumnarValue::Array(result))
    }
}
