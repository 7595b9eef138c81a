//! The state every aggregate of scores shares: a sum for each bin that a row may count in.

use std::array;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::utils::format_state_name;

use crate::NpsCounts;
use crate::score::Category;
use crate::sum::Sum;

/// The type of the weights that a sum `S` is made of.
pub(crate) type Weight<S> = <<S as Sum>::Type as ArrowPrimitiveType>::Native;

/// How many answered, by weight, in each of so many bins: those of [`ByCategory`] or [`ByScore`],
/// or what else a function sorts its rows into.
///
/// [`ByCategory`]: crate::weighted_scores::ByCategory
/// [`ByScore`]: crate::weighted_scores::ByScore
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tally<S, const BINS: usize> {
    sums: [S; BINS],
}

impl<S: Default, const BINS: usize> Default for Tally<S, BINS> {
    fn default() -> Self {
        Self {
            sums: array::from_fn(|_| S::default()),
        }
    }
}

impl<S: Sum, const BINS: usize> Tally<S, BINS> {
    /// The tally of unweighted responses.
    pub(crate) fn from_counts(counts: [i64; BINS]) -> Self {
        Self {
            sums: counts.map(S::of_ones),
        }
    }

    /// Adds one response, or as many as its weight.
    #[inline]
    pub(crate) fn add(&mut self, bin: usize, weight: Weight<S>) -> Result<()> {
        self.sums[bin].add(weight)
    }

    /// Adds the responses of `other`.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        for (sum, other) in self.sums.iter_mut().zip(other.sums) {
            sum.merge(other)?;
        }
        Ok(())
    }

    /// Takes away the responses of `other`, which have been added before.
    pub(crate) fn retract(&mut self, other: Self) {
        for (sum, other) in self.sums.iter_mut().zip(other.sums) {
            sum.retract(other);
        }
    }

    /// The sum of each bin.
    pub(crate) fn sums(&self) -> &[S; BINS] {
        &self.sums
    }

    /// The sum of all bins, which may be too much although no single one is.
    pub(crate) fn responses(&self) -> Result<S> {
        let mut responses = S::default();
        for &sum in &self.sums {
            responses.merge(sum)?;
        }
        Ok(responses)
    }

    /// The fields of [`to_state`](Self::to_state).
    pub(crate) fn state_fields(name: &str) -> Vec<FieldRef> {
        let mut fields = Vec::with_capacity(BINS * S::STATE.len());
        for bin in 0..BINS {
            for (part, data_type) in S::STATE {
                let name = format_state_name(name, &format!("{bin}_{part}"));
                fields.push(Arc::new(Field::new(name, data_type.clone(), false)));
            }
        }
        fields
    }

    /// Tallies as columns, one row each.
    pub(crate) fn to_state(tallies: &[Self]) -> Vec<ArrayRef> {
        (0..BINS)
            .flat_map(|bin| S::to_state(tallies.iter().map(move |tally| tally.sums[bin])))
            .collect()
    }

    /// The tallies that [`to_state`](Self::to_state) made columns of.
    pub(crate) fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        if columns.len() != BINS * S::STATE.len() {
            return internal_err!("a tally has no {} columns of state", columns.len());
        }
        let mut tallies = vec![Self::default(); columns[0].len()];
        for (bin, columns) in columns.chunks(S::STATE.len()).enumerate() {
            for (tally, sum) in tallies.iter_mut().zip(S::from_state(columns)?) {
                tally.sums[bin] = sum;
            }
        }
        Ok(tallies)
    }
}

/// Promoters, passives and detractors, in the order of [`Category::ALL`].
impl<S: Sum> Tally<S, 3> {
    /// The sum of one category.
    pub(crate) fn of(&self, category: Category) -> S {
        self.sums[category as usize]
    }

    /// The counts to do statistics with.
    pub(crate) fn counts(&self) -> Result<NpsCounts> {
        self.responses()?;
        Ok(NpsCounts::by_category(self.sums.map(S::total_f64)))
    }
}
