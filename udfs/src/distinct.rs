//! `nps(DISTINCT score)` and the like: each score counted at most once.
//!
//! That is the meaning in standard SQL, and the optimizer rewrites it to a GROUP BY where it can, so
//! whether it could be refused would depend on the rest of the query. It is rarely what a user wants,
//! as the documentation of the functions explains.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, UInt16Type};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;

use crate::arguments::Arguments;
use crate::score::{SCORES, Scores};
use crate::tally::Tally;
use crate::tally_udaf::Statistic;

/// One bit per score.
pub(crate) const DISTINCT_STATE_TYPE: DataType = DataType::UInt16;

/// Arguments that are a score and optional literals.
pub(crate) trait DistinctScores<const BINS: usize>: Arguments<BINS> {
    /// Reads the scores.
    fn scores(&self, scores: &ArrayRef) -> Result<Scores>;

    /// Returns the bin of a score.
    fn bin(score: i8) -> usize;
}

#[derive(Debug)]
pub(crate) struct DistinctAccumulator<F: Statistic<BINS>, const BINS: usize> {
    arguments: F::Arguments,
    /// The number of rows with each score, so that a window can drop a score with its last row.
    rows_by_score: [i64; SCORES],
}

impl<F: Statistic<BINS>, const BINS: usize> DistinctAccumulator<F, BINS>
where
    F::Arguments: DistinctScores<BINS>,
{
    pub(crate) fn new(arguments: F::Arguments) -> Self {
        Self {
            arguments,
            rows_by_score: [0; SCORES],
        }
    }

    fn count(&mut self, values: &[ArrayRef], step: i64) -> Result<()> {
        let [scores, ..] = values else {
            return internal_err!("DISTINCT needs a column");
        };
        let counts = self.arguments.scores(scores)?.histogram();
        for (rows, count) in self.rows_by_score.iter_mut().zip(counts) {
            *rows += step * count;
        }
        Ok(())
    }

    fn seen(&self) -> impl Iterator<Item = i8> {
        (0..)
            .zip(self.rows_by_score)
            .filter_map(|(score, rows)| (rows > 0).then_some(score))
    }
}

impl<F: Statistic<BINS>, const BINS: usize> Accumulator for DistinctAccumulator<F, BINS>
where
    F::Arguments: DistinctScores<BINS>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(values, 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(values, -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut counts = [0; BINS];
        for score in self.seen() {
            counts[F::Arguments::bin(score)] += 1;
        }
        F::evaluate_one(&self.arguments, Tally::<i64, BINS>::from_counts(counts))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let seen = self.seen().fold(0, |seen, score| seen | 1 << score);
        Ok(vec![ScalarValue::UInt16(Some(seen))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [seen] = states else {
            return internal_err!("DISTINCT has one column of state, not {}", states.len());
        };
        for seen in seen.as_primitive::<UInt16Type>().values() {
            for (score, rows) in self.rows_by_score.iter_mut().enumerate() {
                *rows += i64::from(seen >> score & 1);
            }
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
