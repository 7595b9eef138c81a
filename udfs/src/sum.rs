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

/// What a weight is called where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// A column beside the score.
    Weight,
    /// An entry of a histogram.
    Entry,
}

impl Quantity {
    #[cold]
    fn negative(self, value: impl Display) -> DataFusionError {
        match self {
            Self::Weight => exec_datafusion_err!(
                "weight {value} is negative; a weight says how many responses a row stands for, 0 or more"
            ),
            Self::Entry => exec_datafusion_err!(
                "histogram entry {value} is negative; an entry says how many gave a score, 0 or more"
            ),
        }
    }

    #[cold]
    fn not_finite(self, value: f64) -> DataFusionError {
        match self {
            Self::Weight => exec_datafusion_err!(
                "weight {value} is not a number of responses; a row of weight NULL is left out"
            ),
            Self::Entry => exec_datafusion_err!(
                "histogram entry {value} is not a number of responses; a histogram of NULL is left out"
            ),
        }
    }
}

/// A sum of weights of one kind.
pub(crate) trait Sum: Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The type of a weight, and of a count in the result.
    type Type: ArrowPrimitiveType;

    /// The weight of a row without one.
    const ONE: <Self::Type as ArrowPrimitiveType>::Native;

    /// Names and types of what a sum is stored as between the stages of a query.
    const STATE: &'static [(&'static str, DataType)];

    /// The weights of a column, those of `rows` checked to be finite and not negative.
    fn read_weights(
        quantity: Quantity,
        array: &ArrayRef,
        rows: Option<&NullBuffer>,
    ) -> Result<ScalarBuffer<<Self::Type as ArrowPrimitiveType>::Native>>;

    /// The sum of `count` weights of one.
    fn of_ones(count: i64) -> Self;

    /// Adds a checked weight.
    fn add(&mut self, weight: <Self::Type as ArrowPrimitiveType>::Native) -> Result<()>;

    /// Adds the weights that `other` is the sum of.
    fn merge(&mut self, other: Self) -> Result<()>;

    /// Takes away the weights that `other` is the sum of, which have been added before.
    fn retract(&mut self, other: Self);

    /// The sum itself.
    fn total(self) -> <Self::Type as ArrowPrimitiveType>::Native;

    /// The sum as a float.
    fn total_f64(self) -> f64;

    /// The columns of [`STATE`](Self::STATE).
    fn to_state(sums: impl Iterator<Item = Self> + Clone) -> Vec<ArrayRef>;

    /// What [`to_state`](Self::to_state) stored.
    fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>>;
}

/// The type to read a weight of type `data_type` as. As with scores, types that are no number are
/// left for [`check_weight_type`].
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

/// The type that weights of a coerced type add up to, or an error if it is no number.
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

/// Whole weights: counts, such as those of a rollup. Exact, and an error beyond 2⁶³ − 1.
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

    fn of_ones(count: i64) -> Self {
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
            return internal_err!("a count is one column of state, not {}", columns.len());
        };
        Ok(counts.as_primitive::<Int64Type>().values().to_vec())
    }
}

/// The largest sum of float weights, so that a hundred times three of them is still finite.
const COMPENSATED_SUM_MAX: f64 = 1e300;

/// Fractional weights: survey weights.
///
/// `high + low` carries about 106 bits (T. J. Dekker, "A floating-point technique for extending
/// the available precision", Numerische Mathematik 18 (1971), 224–242), so that the order of rows
/// does not show in a result, nor does a long sliding window drift. `rows` says when nothing is
/// left: a sum whose last row has been retracted is zero, not the rounding errors of its history.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct CompensatedSum {
    high: f64,
    low: f64,
    /// How many rows of a weight above zero are in the sum.
    rows: i64,
}

impl CompensatedSum {
    #[inline]
    fn add_exact(&mut self, value: f64) {
        // The two-sum of Knuth and Møller: `high + error` is exactly `self.high + value`.
        let high = self.high + value;
        let rounded = high - self.high;
        let error = (self.high - (high - rounded)) + (value - rounded);
        let low = self.low + error;
        // Dekker's fast two-sum, as `low` is the smaller.
        self.high = high + low;
        self.low = low - (self.high - high);
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

    fn of_ones(count: i64) -> Self {
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
        if self.high <= COMPENSATED_SUM_MAX {
            Ok(())
        } else {
            Err(too_heavy_float())
        }
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        self.add_exact(other.high);
        self.add_exact(other.low);
        self.rows += other.rows;
        if self.high <= COMPENSATED_SUM_MAX {
            Ok(())
        } else {
            Err(too_heavy_float())
        }
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
        // `high` is the sum rounded to a double. Below zero it can only be a rounding error.
        self.high.max(0.0)
    }

    fn total_f64(self) -> f64 {
        self.total()
    }

    fn to_state(sums: impl Iterator<Item = Self> + Clone) -> Vec<ArrayRef> {
        vec![
            Arc::new(Float64Array::from_iter_values(
                sums.clone().map(|sum| sum.high),
            )),
            Arc::new(Float64Array::from_iter_values(
                sums.clone().map(|sum| sum.low),
            )),
            Arc::new(Int64Array::from_iter_values(sums.map(|sum| sum.rows))),
        ]
    }

    fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let [highs, lows, rows] = columns else {
            return internal_err!("a sum is three columns of state, not {}", columns.len());
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

/// Whole weights that add up to too much.
#[cold]
pub(crate) fn too_heavy() -> DataFusionError {
    exec_datafusion_err!(
        "the weights add up to more than {}; use CAST(weight AS DOUBLE) if they are meant to be so large",
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
        // 0.1 + 0.2 exactly, rounded: what is left is what would be summed afresh.
        assert_eq!(window.total(), sum(&[0.1, 0.2]).total());
    }

    #[test]
    fn ten_tenths_are_one() {
        assert_ne!([0.1; 10].iter().sum::<f64>(), 1.0);
        assert_eq!(sum(&[0.1; 10]).total(), 1.0);
    }

    #[test]
    fn nothing_is_left_of_an_empty_window() {
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
