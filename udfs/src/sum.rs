//! Sums of weights: exact for whole numbers, compensated for fractions.

use std::fmt::{Debug, Display};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float64Type, Int64Type, UInt64Type,
};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, internal_err, plan_err};

use crate::score::try_for_each_row;

/// The kind of a weight, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// A column next to the score.
    Weight,
    /// An entry of a histogram.
    Entry,
}

impl Quantity {
    #[cold]
    fn negative(self, value: impl Display) -> DataFusionError {
        match self {
            Self::Weight => exec_datafusion_err!(
                "weight {value} is negative; a weight is the number of responses a row stands for, 0 or more"
            ),
            Self::Entry => exec_datafusion_err!(
                "histogram entry {value} is negative; an entry is the number of responses with that score, 0 or more"
            ),
        }
    }

    #[cold]
    fn not_finite(self, value: f64) -> DataFusionError {
        match self {
            Self::Weight => exec_datafusion_err!(
                "weight {value} is not a number of responses; make it NULL to ignore the row"
            ),
            Self::Entry => exec_datafusion_err!(
                "histogram entry {value} is not a number of responses; make the histogram NULL to ignore it"
            ),
        }
    }
}

/// A sum of weights of one kind.
pub(crate) trait Sum: Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The type of weights, and of counts in the result.
    type Type: ArrowPrimitiveType;

    /// The weight of an unweighted row.
    const ONE: <Self::Type as ArrowPrimitiveType>::Native;

    /// Names and types of the columns of a partial sum.
    const STATE: &'static [(&'static str, DataType)];

    /// Reads the weights of a column, and checks those in `rows` to be finite and not negative.
    fn read_weights(
        quantity: Quantity,
        array: &ArrayRef,
        rows: Option<&NullBuffer>,
    ) -> Result<ScalarBuffer<<Self::Type as ArrowPrimitiveType>::Native>>;

    /// Returns the sum of `count` weights of one.
    fn from_count(count: i64) -> Self;

    /// Adds a checked weight.
    fn add(&mut self, weight: <Self::Type as ArrowPrimitiveType>::Native) -> Result<()>;

    /// Adds the weights in `other`.
    fn merge(&mut self, other: Self) -> Result<()>;

    /// Subtracts the weights in `other`, which were added before.
    fn retract(&mut self, other: Self);

    /// Returns the sum.
    fn total(self) -> <Self::Type as ArrowPrimitiveType>::Native;

    /// Returns the sum as a float.
    fn total_f64(self) -> f64;

    /// Converts sums to the columns of [`STATE`](Self::STATE).
    fn to_state(sums: impl Iterator<Item = Self> + Clone) -> Vec<ArrayRef>;

    /// Reads the columns that [`to_state`](Self::to_state) made.
    fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>>;
}

/// Returns the type to read a weight of type `data_type` as. As with scores, other types are returned
/// unchanged, for [`check_weight_type`] to refuse.
pub(crate) fn coerce_weight_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::UInt64 => DataType::UInt64,
        integer if integer.is_integer() || integer.is_null() => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        decimal if decimal.is_decimal() => DataType::Float64,
        DataType::Dictionary(_, values) => coerce_weight_type(values),
        other => other.clone(),
    }
}

/// Returns the type of sums of weights of a coerced type, or an error if it is not a number.
pub(crate) fn check_weight_type(function: &str, data_type: &DataType) -> Result<DataType> {
    match data_type {
        DataType::Int64 | DataType::UInt64 => Ok(DataType::Int64),
        DataType::Float64 => Ok(DataType::Float64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => plan_err!(
            "{function}(score, weight) needs a number as weight; cast it: {function}(score, CAST(weight AS DOUBLE))"
        ),
        other => plan_err!("{function}(score, weight) needs a number as weight, not {other}"),
    }
}

/// Whole weights: counts, such as those of a rollup. Exact, with an error on overflow.
impl Sum for i64 {
    type Type = Int64Type;

    const ONE: i64 = 1;
    const STATE: &'static [(&'static str, DataType)] = &[("count", DataType::Int64)];

    fn read_weights(
        quantity: Quantity,
        array: &ArrayRef,
        rows: Option<&NullBuffer>,
    ) -> Result<ScalarBuffer<i64>> {
        match array.data_type() {
            DataType::Int64 => {
                let weights = array.as_primitive::<Int64Type>().values();
                try_for_each_row(rows, weights.len(), |row| match weights[row] {
                    0.. => Ok(()),
                    negative => Err(quantity.negative(negative)),
                })?;
                Ok(weights.clone())
            }
            DataType::UInt64 => {
                let weights = array.as_primitive::<UInt64Type>().values();
                let mut whole = vec![0; weights.len()];
                try_for_each_row(rows, weights.len(), |row| {
                    whole[row] = i64::try_from(weights[row]).map_err(|_| too_heavy())?;
                    Ok(())
                })?;
                Ok(whole.into())
            }
            other => internal_err!("a weight of type {other} was not coerced"),
        }
    }

    fn from_count(count: i64) -> Self {
        count
    }

    #[inline]
    fn add(&mut self, weight: i64) -> Result<()> {
        *self = self.checked_add(weight).ok_or_else(too_heavy)?;
        Ok(())
    }

    #[inline]
    fn merge(&mut self, other: Self) -> Result<()> {
        self.add(other)
    }

    fn retract(&mut self, other: Self) {
        debug_assert!(other <= *self, "only what was added is retracted");
        *self -= other;
    }

    fn total(self) -> i64 {
        self
    }

    fn total_f64(self) -> f64 {
        self as f64
    }

    fn to_state(sums: impl Iterator<Item = Self> + Clone) -> Vec<ArrayRef> {
        vec![Arc::new(Int64Array::from_iter_values(sums))]
    }

    fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let [counts] = columns else {
            return internal_err!("a count has one column of state, not {}", columns.len());
        };
        Ok(counts.as_primitive::<Int64Type>().values().to_vec())
    }
}

/// The largest sum of float weights, so that 100 times the sum of three is still finite.
const COMPENSATED_SUM_MAX: f64 = 1e300;

/// Fractional weights: survey weights.
///
/// `high + low` carries about 106 bits (T. J. Dekker, "A floating-point technique for extending
/// the available precision", Numerische Mathematik 18 (1971), 224–242), so results do not depend on
/// the order of rows and long sliding windows do not drift. `rows` tracks when a sum is empty: after
/// the last row is retracted it is zero, not the accumulated rounding error.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct CompensatedSum {
    high: f64,
    low: f64,
    /// The number of rows in the sum with a weight above zero.
    rows: i64,
}

impl CompensatedSum {
    #[inline]
    fn add_exact(&mut self, value: f64) {
        // Knuth and Møller's two-sum: `high + error` is exactly `self.high + value`.
        let high = self.high + value;
        let rounded = high - self.high;
        let error = (self.high - (high - rounded)) + (value - rounded);
        let low = self.low + error;
        // Dekker's fast two-sum, because `low` is the smaller.
        self.high = high + low;
        self.low = low - (self.high - high);
    }

    #[inline]
    fn check_max(self) -> Result<()> {
        let is_in_range = self.high <= COMPENSATED_SUM_MAX;
        is_in_range.then_some(()).ok_or_else(too_heavy_float)
    }
}

impl Sum for CompensatedSum {
    type Type = Float64Type;

    const ONE: f64 = 1.0;
    const STATE: &'static [(&'static str, DataType)] = &[
        ("high", DataType::Float64),
        ("low", DataType::Float64),
        ("rows", DataType::Int64),
    ];

    fn read_weights(
        quantity: Quantity,
        array: &ArrayRef,
        rows: Option<&NullBuffer>,
    ) -> Result<ScalarBuffer<f64>> {
        if *array.data_type() != DataType::Float64 {
            return internal_err!("a weight of type {} was not coerced", array.data_type());
        }
        let weights = array.as_primitive::<Float64Type>().values();
        try_for_each_row(rows, weights.len(), |row| {
            let weight = weights[row];
            if !weight.is_finite() {
                Err(quantity.not_finite(weight))
            } else if weight < 0.0 {
                Err(quantity.negative(weight))
            } else {
                Ok(())
            }
        })?;
        Ok(weights.clone())
    }

    fn from_count(count: i64) -> Self {
        Self {
            high: count as f64,
            low: 0.0,
            rows: count,
        }
    }

    #[inline]
    fn add(&mut self, weight: f64) -> Result<()> {
        self.add_exact(weight);
        self.rows += i64::from(weight > 0.0);
        self.check_max()
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        self.add_exact(other.high);
        self.add_exact(other.low);
        self.rows += other.rows;
        self.check_max()
    }

    fn retract(&mut self, other: Self) {
        debug_assert!(other.rows <= self.rows, "only what was added is retracted");
        self.rows -= other.rows;
        if self.rows == 0 {
            *self = Self::default();
        } else {
            self.add_exact(-other.high);
            self.add_exact(-other.low);
        }
    }

    fn total(self) -> f64 {
        // `high` is the sum rounded to a double. Below zero it is a rounding error.
        self.high.max(0.0)
    }

    fn total_f64(self) -> f64 {
        self.total()
    }

    fn to_state(sums: impl Iterator<Item = Self> + Clone) -> Vec<ArrayRef> {
        let highs = sums.clone().map(|sum| sum.high);
        let lows = sums.clone().map(|sum| sum.low);
        vec![
            Arc::new(Float64Array::from_iter_values(highs)),
            Arc::new(Float64Array::from_iter_values(lows)),
            Arc::new(Int64Array::from_iter_values(sums.map(|sum| sum.rows))),
        ]
    }

    fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let [highs, lows, rows] = columns else {
            return internal_err!("a sum has three columns of state, not {}", columns.len());
        };
        let highs = highs.as_primitive::<Float64Type>().values();
        let lows = lows.as_primitive::<Float64Type>().values();
        let rows = rows.as_primitive::<Int64Type>().values();
        Ok(highs
            .iter()
            .zip(lows)
            .zip(rows)
            .map(|((&high, &low), &rows)| Self { high, low, rows })
            .collect())
    }
}

#[cold]
fn too_heavy() -> DataFusionError {
    exec_datafusion_err!(
        "the weights add up to more than {}; use CAST(weight AS DOUBLE) if they are really this large",
        i64::MAX
    )
}

#[cold]
fn too_heavy_float() -> DataFusionError {
    exec_datafusion_err!(
        "the weights add up to more than {COMPENSATED_SUM_MAX:e}; divide them all by the same number"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(weights: &[f64]) -> CompensatedSum {
        let mut sum = CompensatedSum::default();
        for &weight in weights {
            sum.add(weight).expect("a small weight");
        }
        sum
    }

    #[test]
    fn small_weights_survive_large_ones() {
        let mut window = sum(&[1e200, 0.1, 0.2]);
        window.retract(sum(&[1e200]));
        // The same as a new sum of the remaining weights.
        assert_eq!(window.total(), sum(&[0.1, 0.2]).total());
    }

    #[test]
    fn ten_tenths_are_one() {
        assert_ne!([0.1; 10].iter().sum::<f64>(), 1.0);
        assert_eq!(sum(&[0.1; 10]).total(), 1.0);
    }

    #[test]
    fn an_empty_window_sums_to_zero() {
        let mut window = sum(&[0.0]);
        for i in 1..=1000 {
            let weight = 1.0 / f64::from(i);
            window.add(weight).unwrap();
            window.retract(sum(&[weight]));
            assert_eq!(window, CompensatedSum::default());
        }
    }

    #[test]
    fn sums_have_a_limit() {
        let mut whole = i64::MAX;
        assert!(whole.add(1).is_err());
        assert!(sum(&[1e300]).add(1e300).is_err());
        assert!(sum(&[1e300]).merge(sum(&[1e300])).is_err());
        assert!(CompensatedSum::default().add(f64::MAX).is_err());
    }

    #[test]
    fn state_is_read_back() {
        let sums = [sum(&[0.1, 0.2, 1e20]), CompensatedSum::default()];
        let state = CompensatedSum::to_state(sums.into_iter());
        assert_eq!(CompensatedSum::from_state(&state).unwrap(), sums);
        let counts = [3, 0, i64::MAX];
        let state = <i64 as Sum>::to_state(counts.into_iter());
        assert_eq!(<i64 as Sum>::from_state(&state).unwrap(), counts);
    }
}
