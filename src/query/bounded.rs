//! Functions that make large values of small ones, such as `repeat`: refused where the values of a batch would
//! not fit into memory, which no memory limit sees before they are made.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::length::length;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::error::Result;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};

use crate::error::Error;

/// Bytes of the texts, or elements of the lists times eight, that a batch may have.
const BATCH_BYTES_MAX: u128 = 1 << 30;

/// What determines the size of a function's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Size {
    /// The second argument is the number of characters.
    Chars,
    /// The first argument, as often as the second says.
    Repeated,
    /// The second argument is the number of elements.
    Elements,
    /// Elements from the first argument to the second, by steps of the third; or to the first.
    Series,
}

const FUNCTIONS: [(&str, Size); 7] = [
    ("lpad", Size::Chars),
    ("rpad", Size::Chars),
    ("repeat", Size::Repeated),
    ("array_repeat", Size::Elements),
    ("array_resize", Size::Elements),
    ("range", Size::Series),
    ("generate_series", Size::Series),
];

/// Replaces the functions by those with a limit.
pub(super) fn bound_functions(state: &mut SessionState) -> Result<()> {
    for (name, size) in FUNCTIONS {
        let inner = state.udf(name)?;
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(Bounded { inner, size })))?;
    }
    Ok(())
}

/// A function of DataFusion with a limit.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    size: Size,
}

impl Bounded {
    /// The bytes that the values of these arguments take, or more.
    fn bytes(&self, args: &ScalarFunctionArgs) -> Result<u128> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(first) = arrays.first() else {
            return Ok(0);
        };
        let rows = first.len();
        let numbers = |array: Option<&ArrayRef>, default: i64| -> Result<Int64Array> {
            match array.filter(|array| array.data_type().is_integer()) {
                Some(array) => {
                    let array = cast(array, &DataType::Int64)?;
                    Ok(array.as_primitive::<Int64Type>().clone())
                }
                None => Ok(Int64Array::from_value(default, rows)),
            }
        };
        let second = numbers(arrays.get(1), 0)?;
        let count = |values: &Int64Array, row: usize| {
            let value = if values.is_null(row) {
                0
            } else {
                values.value(row)
            };
            u128::try_from(value).unwrap_or(0)
        };
        let rows = 0..rows;
        Ok(match self.size {
            Size::Chars => rows.map(|row| count(&second, row)).sum(),
            Size::Elements => rows.map(|row| 8 * count(&second, row)).sum(),
            Size::Repeated => {
                let lengths = numbers(Some(&length(first)?), 0)?;
                rows.map(|row| count(&lengths, row) * count(&second, row))
                    .sum()
            }
            Size::Series => {
                let (from, to) = match arrays.get(1) {
                    Some(_) => (numbers(Some(first), 0)?, second),
                    None => (numbers(None, 0)?, numbers(Some(first), 0)?),
                };
                let steps = numbers(arrays.get(2), 1)?;
                let elements = |row: usize| {
                    if [&from, &to, &steps].iter().any(|array| array.is_null(row)) {
                        return 0;
                    }
                    let span = i128::from(to.value(row)) - i128::from(from.value(row));
                    let step = i128::from(steps.value(row));
                    u128::try_from(span / if step == 0 { 1 } else { step }).unwrap_or(0)
                };
                rows.map(|row| 8 * elements(row)).sum()
            }
        })
    }
}

/// The arguments with 0 for a negative length, with which DataFusion's `rpad` panics.
fn with_positive_length(mut args: ScalarFunctionArgs) -> Result<ScalarFunctionArgs> {
    if let Some(length @ ColumnarValue::Array(_)) = args.args.get_mut(1) {
        let data_type = length.data_type();
        let lengths = length
            .cast_to(&DataType::Int64, None)?
            .into_array(args.number_rows)?;
        let lengths = lengths.as_primitive::<Int64Type>();
        let positive: Int64Array = lengths.unary(|length| length.max(0));
        *length = ColumnarValue::Array(cast(&positive, &data_type)?);
    }
    Ok(args)
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if self.bytes(&args)? > BATCH_BYTES_MAX {
            let message = format!(
                "{}() would make more than 1 GiB of values",
                self.inner.name()
            );
            return Err(Error::query(message)
                .with_hint("check the length or count that it is given")
                .into());
        }
        if self.size == Size::Chars {
            return self.inner.invoke_with_args(with_positive_length(args)?);
        }
        self.inner.invoke_with_args(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}
