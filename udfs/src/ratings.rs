//! `(score [, scale_max])`: answers on a rating scale.

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::function::AccumulatorArgs;

use crate::arguments::{Arguments, coerce_number_type, literal, literal_number};
use crate::score::{SCORES, Scale, Scores, check_score_type, coerce_score_type, filtered_rows};
use crate::sum::Sum;
use crate::tally::{Tally, Weight};

/// A question of customer satisfaction or effort, and its default scale.
pub(crate) trait Question: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The scale if `scale_max` is omitted.
    const SCALE: Scale;
}

/// The arguments: a score, counted in one bin per value, and the highest score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratings<Q> {
    pub(crate) scale: Scale,
    question: std::marker::PhantomData<Q>,
}

impl<Q: Question> Default for Ratings<Q> {
    fn default() -> Self {
        Self {
            scale: Q::SCALE,
            question: std::marker::PhantomData,
        }
    }
}

/// From the shortest scale on which "the top two" means something to the longest that has a bin for
/// each score.
const SCALE_MAX_RANGE: std::ops::RangeInclusive<f64> = 3.0..=10.0;

impl<Q: Question> Arguments<SCORES> for Ratings<Q> {
    const NAMES: &'static [&'static str] = &["score", "scale_max"];

    fn coerce_type(position: usize, data_type: &DataType) -> DataType {
        match position {
            0 => coerce_score_type(data_type),
            _ => coerce_number_type(data_type),
        }
    }

    fn count_type(function: &str, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [score] | [score, DataType::Float64] => check_score_type(function, score)?,
            [_, scale_max] => {
                return plan_err!(
                    "{function}(score, scale_max) needs a number as scale_max, such as {}, not {scale_max}",
                    Q::SCALE.highest
                );
            }
            other => {
                return plan_err!(
                    "{function} takes a score and an optional scale_max, not {} arguments: {function}(score) or {function}(score, {})",
                    other.len(),
                    Q::SCALE.highest
                );
            }
        }
        Ok(DataType::Int64)
    }

    fn try_new(function: &'static str, args: &AccumulatorArgs) -> Result<Self> {
        let mut ratings = Self::default();
        let example = Q::SCALE.highest.to_string();
        let Some(scale_max) = literal(function, "scale_max", &example, args, 1)? else {
            return Ok(ratings);
        };
        match literal_number(&scale_max)? {
            Some(highest) if SCALE_MAX_RANGE.contains(&highest) && highest.fract() == 0.0 => {
                ratings.scale.highest = highest as i8;
                Ok(ratings)
            }
            Some(other) => {
                exec_err!("{function} needs a whole number from 3 to 10 as scale_max, not {other}")
            }
            None => exec_err!("{function} needs a scale_max, such as {example}, not NULL"),
        }
    }

    fn try_for_each<S: Sum>(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
        mut visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        let rows = filtered_rows(filter);
        Scores::try_new(self.scale, &values[0], rows.as_ref())?
            .try_for_each(|row, score| visit(row, score as usize, S::ONE))
    }

    fn tally<S: Sum>(&self, values: &[ArrayRef]) -> Result<Tally<S, SCORES>> {
        let scores = Scores::try_new(self.scale, &values[0], None)?;
        Ok(Tally::from_counts(scores.histogram()))
    }
}
