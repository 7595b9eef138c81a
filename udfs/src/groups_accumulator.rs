//! Many tallies at a time: GROUP BY.

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::common::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use crate::sum::Sum;
use crate::tally::{Batch, Tally};
use crate::tally_udaf::Statistic;

#[derive(Debug)]
pub(crate) struct TallyGroupsAccumulator<F, S> {
    statistic: F,
    tallies: Vec<Tally<S>>,
}

impl<F: Statistic, S: Sum> TallyGroupsAccumulator<F, S> {
    pub(crate) fn new(statistic: F) -> Self {
        Self {
            statistic,
            tallies: Vec::new(),
        }
    }
}

impl<F: Statistic, S: Sum> GroupsAccumulator for TallyGroupsAccumulator<F, S> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.tallies.resize(total_num_groups, Tally::default());
        Batch::<S>::try_new(values, opt_filter)?.try_for_each(|row, category, weight| {
            self.tallies[group_indices[row]].add(category, weight)
        })
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.tallies.resize(total_num_groups, Tally::default());
        for (tally, &group) in Tally::from_state(values)?.into_iter().zip(group_indices) {
            self.tallies[group].merge(tally)?;
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let tallies = emit_to.take_needed(&mut self.tallies);
        self.statistic.evaluate(&tallies)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let tallies = emit_to.take_needed(&mut self.tallies);
        Ok(Tally::to_state(&tallies))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let batch = Batch::<S>::try_new(values, opt_filter)?;
        let mut tallies = vec![Tally::<S>::default(); batch.row_count()];
        batch.try_for_each(|row, category, weight| tallies[row].add(category, weight))?;
        Ok(Tally::to_state(&tallies))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.tallies.capacity() * size_of::<Tally<S>>()
    }
}
