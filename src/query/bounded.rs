//! Functions that make large values of small ones, such as `repeat`: refused where the values of a batch would
//! not fit into the memory of queries, which it does not see before they are made.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::length::length;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};

use crate::error::Error;

/// Bytes of the texts, or elements of the lists times eight, that a batch may have, unless the limit of memory is
/// less.
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
    /// All arguments in a row, with the first between the others.
    Joined,
    /// The first argument, with the third for the second.
    Replaced,
    /// The first argument, with the third for what matches the second, once unless the flags have a `g`.
    Matched,
    /// Elements from the first argument to the second, by steps of the third; or to the first.
    Series,
}

const FUNCTIONS: [(&str, Size); 11] = [
    ("concat", Size::Joined),
    ("concat_ws", Size::Joined),
    ("replace", Size::Replaced),
    ("regexp_replace", Size::Matched),
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
    let limit = match state.runtime_env().memory_pool.memory_limit() {
        MemoryLimit::Finite(bytes) => BATCH_BYTES_MAX.min(bytes as u128),
        MemoryLimit::Infinite | MemoryLimit::Unknown => BATCH_BYTES_MAX,
    };
    for (name, size) in FUNCTIONS {
        let inner = state.udf(name)?;
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(Bounded {
            inner,
            size,
            limit,
        })))?;
    }
    Ok(())
}

/// A function of DataFusion with a limit.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    size: Size,
    /// The bytes of a batch.
    limit: u128,
}

impl Bounded {
    /// The bytes that the values of these arguments take, or more.
    fn bytes(&self, args: &ScalarFunctionArgs) -> Result<u128> {
        let is_array = |value: &ColumnarValue| matches!(value, ColumnarValue::Array(_));
        let rows = if args.args.iter().any(is_array) {
            0..args.number_rows
        } else {
            0..1
        };
        let number = |index: usize| Numbers::of(args.args.get(index), numbers);
        let length = |index: usize| Numbers::of(args.args.get(index), lengths);
        Ok(match self.size {
            Size::Chars => {
                let chars = number(1)?;
                rows.map(|row| chars.count(row)).sum()
            }
            Size::Elements => {
                let elements = number(1)?;
                rows.map(|row| 8 * elements.count(row)).sum()
            }
            Size::Repeated => {
                let (text, times) = (length(0)?, number(1)?);
                rows.map(|row| text.count(row) * times.count(row)).sum()
            }
            Size::Joined => {
                let texts = (0..args.args.len()).map(length);
                let texts = texts.collect::<Result<Vec<_>>>()?;
                let separators = match (self.name(), texts.first()) {
                    ("concat_ws", Some(separator)) => Some((separator, texts.len() as u128)),
                    _ => None,
                };
                rows.map(|row| {
                    let between = separators.map_or(0, |(text, times)| text.count(row) * times);
                    between + texts.iter().map(|text| text.count(row)).sum::<u128>()
                })
                .sum()
            }
            Size::Replaced => {
                let (text, from, to) = (length(0)?, length(1)?, length(2)?);
                rows.map(|row| {
                    let length = text.count(row);
                    // Without a text to look for, between all characters.
                    let places = length / from.count(row).max(1) + 1;
                    length + places * to.count(row)
                })
                .sum()
            }
            Size::Matched => {
                let (text, to) = (length(0)?, length(2)?);
                let all = Numbers::of(args.args.get(3), has_g)?;
                rows.map(|row| {
                    let length = text.count(row);
                    length + (1 + length * all.count(row)) * to.count(row)
                })
                .sum()
            }
            Size::Series => {
                let (from, to) = match args.args.get(1) {
                    Some(_) => (number(0)?, number(1)?),
                    None => (Numbers::One(Some(0)), number(0)?),
                };
                let steps = match args.args.get(2) {
                    Some(_) => number(2)?,
                    None => Numbers::One(Some(1)),
                };
                let elements = |row: usize| {
                    let (from, to, step) = (from.get(row)?, to.get(row)?, steps.get(row)?);
                    let span = i128::from(to) - i128::from(from);
                    u128::try_from(span / i128::from(if step == 0 { 1 } else { step })).ok()
                };
                rows.map(|row| 8 * elements(row).unwrap_or(0)).sum()
            }
        })
    }
}

/// A number for each row. A constant is not made a column: it may be large.
enum Numbers {
    One(Option<i64>),
    Each(Int64Array),
}

impl Numbers {
    /// Reads an argument; 0 without one.
    fn of(
        argument: Option<&ColumnarValue>,
        read: fn(&ArrayRef) -> Result<Int64Array>,
    ) -> Result<Self> {
        Ok(match argument {
            None => Self::One(Some(0)),
            Some(ColumnarValue::Array(array)) => Self::Each(read(array)?),
            Some(ColumnarValue::Scalar(value)) => {
                let one = read(&value.to_array()?)?;
                Self::One(one.iter().next().flatten())
            }
        })
    }

    fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::One(number) => *number,
            Self::Each(numbers) => numbers.is_valid(row).then(|| numbers.value(row)),
        }
    }

    /// The number, 0 for one that is negative or NULL.
    fn count(&self, row: usize) -> u128 {
        let number = self.get(row).unwrap_or(0);
        u128::try_from(number).unwrap_or(0)
    }
}

/// Whole numbers, 0 for other values.
fn numbers(array: &ArrayRef) -> Result<Int64Array> {
    if !array.data_type().is_integer() {
        return Ok(Int64Array::from_value(0, array.len()));
    }
    let array = cast(array, &DataType::Int64)?;
    Ok(array.as_primitive::<Int64Type>().clone())
}

/// 1 for flags of a regular expression with `g`.
fn has_g(flags: &ArrayRef) -> Result<Int64Array> {
    let flags = cast(flags, &DataType::Utf8)?;
    let flags = flags.as_string::<i32>().iter();
    Ok(flags
        .map(|flags| Some(i64::from(flags?.contains('g'))))
        .collect())
}

/// The bytes of each text, 0 of other values.
fn lengths(array: &ArrayRef) -> Result<Int64Array> {
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let lengths = cast(&length(array)?, &DataType::Int64)?;
            Ok(lengths.as_primitive::<Int64Type>().clone())
        }
        _ => Ok(Int64Array::from_value(0, array.len())),
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
        if self.bytes(&args)? > self.limit {
            let message = format!(
                "{}() would make more than {} MiB of values",
                self.inner.name(),
                self.limit >> 20
            );
            return Err(Error::query(message)
                .with_hint("check the lengths and counts that it is given; --memory is the limit")
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
