//! `(score [, weight])`: the arguments of `nps` and most related functions.

use std::marker::PhantomData;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};

use crate::arguments::Arguments;
use crate::score::{
    Category, SCORES, Scale, Scores, check_score_type, coerce_score_type, filtered_rows,
    try_for_each_row,
};
use crate::sum::{Quantity, Sum, check_weight_type, coerce_weight_type};
use crate::tally::{Tally, Weight};

/// A way to sort scores into bins.
pub(crate) trait Binning<const BINS: usize>:
    Copy + std::fmt::Debug + Default + Send + Sync + 'static
{
    /// Returns the bin of a score.
    fn bin(score: i8) -> usize;

    /// Counts the rows in each bin.
    fn count(scores: &Scores) -> [i64; BINS];
}

/// Promoters, passives and detractors, in the order of [`Category::ALL`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ByCategory;

impl Binning<3> for ByCategory {
    fn bin(score: i8) -> usize {
        Category::from_score(score) as usize
    }

    fn count(scores: &Scores) -> [i64; 3] {
        scores.category_counts()
    }
}

/// One bin per score, from 0 to 10.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ByScore;

impl Binning<SCORES> for ByScore {
    fn bin(score: i8) -> usize {
        score as usize
    }

    fn count(scores: &Scores) -> [i64; SCORES] {
        scores.histogram()
    }
}

/// The arguments: a score and an optional weight.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WeightedScores<B> {
    binning: PhantomData<B>,
}

impl<B: Binning<BINS>, const BINS: usize> Arguments<BINS> for WeightedScores<B> {
    const NAMES: &'static [&'static str] = &["score", "weight"];

    fn coerce_type(position: usize, data_type: &DataType) -> DataType {
        match position {
            0 => coerce_score_type(data_type),
            _ => coerce_weight_type(data_type),
        }
    }

    fn count_type(function: &str, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [score] => {
                check_score_type(function, score)?;
                Ok(DataType::Int64)
            }
            [score, weight] => {
                check_score_type(function, score)?;
                check_weight_type(function, weight)
            }
            other => plan_err!(
                "{function} takes a score and an optional weight, not {} arguments: {function}(score) or {function}(score, weight)",
                other.len()
            ),
        }
    }

    fn try_for_each<S: Sum>(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
        visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        Batch::<S>::try_new(values, filter)?.try_for_each::<B, BINS>(visit)
    }

    fn tally<S: Sum>(&self, values: &[ArrayRef]) -> Result<Tally<S, BINS>> {
        let batch = Batch::<S>::try_new(values, None)?;
        if batch.weights.is_none() {
            return Ok(Tally::from_counts(B::count(&batch.scores)));
        }
        let mut tally = Tally::default();
        batch.try_for_each::<B, BINS>(|_row, bin, weight| tally.add(bin, weight))?;
        Ok(tally)
    }
}

/// A batch of arguments, read and checked.
#[derive(Debug)]
struct Batch<S: Sum> {
    scores: Scores,
    weights: Option<ScalarBuffer<Weight<S>>>,
}

impl<S: Sum> Batch<S> {
    /// Reads a score and an optional weight. A row counts if neither is NULL and it passes the filter;
    /// other rows are not checked.
    fn try_new(values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Self> {
        let rows = filtered_rows(filter);
        match values {
            [scores] => Ok(Self {
                scores: Scores::try_new(Scale::NPS, scores, rows.as_ref())?,
                weights: None,
            }),
            [scores, weights] => {
                let nulls = weights.logical_nulls();
                let rows = NullBuffer::union(rows.as_ref(), nulls.as_ref());
                let scores = Scores::try_new(Scale::NPS, scores, rows.as_ref())?;
                let weights = S::read_weights(Quantity::Weight, weights, scores.rows())?;
                Ok(Self {
                    scores,
                    weights: Some(weights),
                })
            }
            other => internal_err!(
                "expected a score and an optional weight, not {} columns",
                other.len()
            ),
        }
    }

    #[inline]
    fn try_for_each<B: Binning<BINS>, const BINS: usize>(
        &self,
        mut visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        let scores = self.scores.values();
        match &self.weights {
            None => self
                .scores
                .try_for_each(|row, score| visit(row, B::bin(score), S::ONE)),
            Some(weights) => try_for_each_row(self.scores.rows(), scores.len(), |row| {
                visit(row, B::bin(scores[row]), weights[row])
            }),
        }
    }
}
