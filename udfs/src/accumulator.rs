//! One tally at a time: aggregates without groups, and windows.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use crate::sum::Sum;
use crate::tally::{Batch, Tally};
use crate::tally_udaf::Statistic;

#[derive(Debug)]
pub(crate) struct TallyAccumulator<F, S> {
    statistic: F,
    tally: Tally<S>,
}

impl<F: Statistic, S: Sum> TallyAccumulator<F, S> {
    pub(crate) fn new(statistic: F) -> Self {
        Self {
            statistic,
            tally: Tally::default(),
        }
    }
}

impl<F: Statistic, S: Sum> Accumulator for TallyAccumulator<F, S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.tally
            .merge(Tally::of_batch(&Batch::try_new(values, None)?)?)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.tally
            .retract(Tally::of_batch(&Batch::try_new(values, None)?)?);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.statistic.evaluate_one(self.tally)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Tally::to_state(&[self.tally])
            .iter()
            .map(|column| ScalarValue::try_from_array(column, 0))
            .collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for tally in Tally::from_state(states)? {
            self.tally.merge(tally)?;
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
