//! Accumulates one tally per group: GROUP BY.

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::common::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use crate::arguments::Arguments;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::Statistic;

#[derive(Debug)]
pub(crate) struct TallyGroupsAccumulator<F: Statistic<BINS>, S, const BINS: usize> {
    arguments: F::Arguments,
    tallies: Vec<Tally<S, BINS>>,
}

impl<F: Statistic<BINS>, S: Sum, const BINS: usize> TallyGroupsAccumulator<F, S, BINS> {
    pub(crate) fn new(arguments: F::Arguments) -> Self {
        Self {
            arguments,
            tallies: Vec::new(),
        }
    }
}

impl<F: Statistic<BINS>, S: Sum, const BINS: usize> GroupsAccumulator
    for TallyGroupsAccumulator<F, S, BINS>
{
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.tallies.resize(total_num_groups, Tally::default());
        self.arguments
            .try_for_each::<S>(values, opt_filter, |row, bin, weight| {
                self.tallies[group_indices[row]].add(bin, weight)
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
        F::evaluate(&self.arguments, &tallies)
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
        let mut tallies = vec![Tally::<S, BINS>::default(); values[0].len()];
        self.arguments
            .try_for_each::<S>(values, opt_filter, |row, bin, weight| {
                tallies[row].add(bin, weight)
            })?;
        Ok(Tally::to_state(&tallies))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.tallies.capacity() * size_of::<Tally<S, BINS>>()
    }
}
