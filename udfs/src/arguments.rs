//! Arguments of the aggregates: columns and literals.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_datafusion_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::logical_expr::function::AccumulatorArgs;

use crate::Confidence;
use crate::sum::Sum;
use crate::tally::{Tally, Weight};

/// The arguments of a family of functions, and the bin that each row counts in.
///
/// A value of this type contains the literal arguments. Its default has the defaults of all of them.
pub(crate) trait Arguments<const BINS: usize>:
    Copy + Debug + Default + Send + Sync + 'static
{
    /// The names of the arguments.
    const NAMES: &'static [&'static str];

    /// Returns the type to read the argument at `position` as. Unsupported types are returned
    /// unchanged, for [`count_type`](Self::count_type) to refuse: an error raised during coercion
    /// reaches the user wrapped twice.
    fn coerce_type(position: usize, data_type: &DataType) -> DataType;

    /// Returns the type of counts for arguments of these types: Int64 or Float64.
    ///
    /// # Errors
    ///
    /// Returns an error if the number or types of the arguments are wrong.
    fn count_type(function: &str, arg_types: &[DataType]) -> Result<DataType>;

    /// Reads the literal arguments.
    fn try_new(_function: &'static str, _args: &AccumulatorArgs) -> Result<Self> {
        Ok(Self::default())
    }

    /// Calls `visit` with the row, bin and weight of each row that counts.
    fn try_for_each<S: Sum>(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
        visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()>;

    /// Tallies a whole batch.
    fn tally<S: Sum>(&self, values: &[ArrayRef]) -> Result<Tally<S, BINS>> {
        let mut tally = Tally::default();
        self.try_for_each::<S>(values, None, |_row, bin, weight| tally.add(bin, weight))?;
        Ok(tally)
    }
}

/// Returns the argument at `position`, which must be a literal; `None` if it was omitted.
pub(crate) fn literal(
    function: &str,
    name: &str,
    example: &str,
    args: &AccumulatorArgs,
    position: usize,
) -> Result<Option<ScalarValue>> {
    let Some(expr) = args.exprs.get(position) else {
        return Ok(None);
    };
    // Evaluated rather than matched: a literal may be inside a cast that was not folded.
    let no_columns = RecordBatch::new_empty(Arc::new(Schema::empty()));
    match expr.evaluate(&no_columns) {
        Ok(ColumnarValue::Scalar(value)) => Ok(Some(value)),
        _ => Err(plan_datafusion_err!(
            "{function} needs a literal as {name}, such as {example}, not a value that varies by row"
        )),
    }
}

/// Returns a confidence level, or an error that explains the right one.
pub(crate) fn checked_confidence(level: f64) -> Result<Confidence> {
    if let Some(confidence) = Confidence::new(level) {
        return Ok(confidence);
    }
    if level > 1.0 && level < 100.0 {
        // Rounded, because division has an error of its own: 99.9 / 100 is 0.9990000000000001.
        let share = (level * 1e6).round() / 1e8;
        return exec_err!("confidence {level} is not between 0 and 1; for {level} % use {share}");
    }
    exec_err!("confidence {level} is not between 0 and 1; use a share such as 0.95")
}

/// Returns the type to read a numeric argument of type `data_type` as.
pub(crate) fn coerce_number_type(data_type: &DataType) -> DataType {
    match data_type {
        number if number.is_numeric() || number.is_null() => DataType::Float64,
        DataType::Dictionary(_, values) => coerce_number_type(values),
        other => other.clone(),
    }
}

/// Reads a literal of a type that [`coerce_number_type`] returned; `None` if it is NULL.
pub(crate) fn literal_number(value: &ScalarValue) -> Result<Option<f64>> {
    match value {
        ScalarValue::Float64(number) => Ok(*number),
        other => internal_err!("a number of type {} was not coerced", other.data_type()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_not_confidence_levels() {
        assert_eq!(checked_confidence(0.95).unwrap(), Confidence::NINETY_FIVE);
        for (level, message) in [
            (95.0, "for 95 % use 0.95"),
            (99.9, "for 99.9 % use 0.999"),
            (
                1.0,
                "confidence 1 is not between 0 and 1; use a share such as 0.95",
            ),
            (0.0, "such as 0.95"),
            (-0.95, "such as 0.95"),
            (f64::NAN, "confidence NaN is not between 0 and 1"),
        ] {
            let error = checked_confidence(level).expect_err("no level").to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn numbers_of_any_type() {
        let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int8), Box::new(values));
        for number in [
            DataType::Null,
            DataType::UInt8,
            DataType::Float16,
            DataType::Decimal256(3, 2),
            dictionary(DataType::Int64),
        ] {
            assert_eq!(coerce_number_type(&number), DataType::Float64, "{number}");
        }
        assert_eq!(
            coerce_number_type(&dictionary(DataType::Utf8)),
            DataType::Utf8
        );
    }
}
