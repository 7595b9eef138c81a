//! Accumulates a single tally: aggregates without groups, and windows.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use crate::arguments::Arguments;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::Statistic;

#[derive(Debug)]
pub(crate) struct TallyAccumulator<F: Statistic<BINS>, S, const BINS: usize> {
    arguments: F::Arguments,
    tally: Tally<S, BINS>,
}

impl<F: Statistic<BINS>, S: Sum, const BINS: usize> TallyAccumulator<F, S, BINS> {
    pub(crate) fn new(arguments: F::Arguments) -> Self {
        Self {
            arguments,
            tally: Tally::default(),
        }
    }
}

impl<F: Statistic<BINS>, S: Sum, const BINS: usize> Accumulator for TallyAccumulator<F, S, BINS> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.tally.merge(self.arguments.tally(values)?)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.tally.retract(self.arguments.tally(values)?);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        F::evaluate_one(&self.arguments, self.tally)
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
