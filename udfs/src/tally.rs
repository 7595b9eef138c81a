//! The state shared by all aggregates of scores: one sum per bin.

use std::array;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::utils::format_state_name;

use crate::NpsCounts;
use crate::score::Category;
use crate::sum::Sum;

/// The type of the weights in a sum `S`.
pub(crate) type Weight<S> = <<S as Sum>::Type as ArrowPrimitiveType>::Native;

/// The weighted number of responses in each bin: those of [`ByCategory`] or [`ByScore`], or others
/// that a function sorts its rows into.
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
    /// Creates the tally of unweighted responses.
    pub(crate) fn from_counts(counts: [i64; BINS]) -> Self {
        Self {
            sums: counts.map(S::from_count),
        }
    }

    /// Adds a weight to a bin.
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

    /// Subtracts the responses of `other`, which were added before.
    pub(crate) fn retract(&mut self, other: Self) {
        for (sum, other) in self.sums.iter_mut().zip(other.sums) {
            sum.retract(other);
        }
    }

    /// Returns the sum of each bin.
    pub(crate) fn sums(&self) -> &[S; BINS] {
        &self.sums
    }

    /// Returns the sum of all bins, which may overflow even if no single bin does.
    pub(crate) fn responses(&self) -> Result<S> {
        let mut responses = S::default();
        for &sum in &self.sums {
            responses.merge(sum)?;
        }
        Ok(responses)
    }

    /// Returns the fields of [`to_state`](Self::to_state).
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

    /// Converts tallies to columns, one row each.
    pub(crate) fn to_state(tallies: &[Self]) -> Vec<ArrayRef> {
        (0..BINS)
            .flat_map(|bin| S::to_state(tallies.iter().map(move |tally| tally.sums[bin])))
            .collect()
    }

    /// Reads the columns that [`to_state`](Self::to_state) made.
    pub(crate) fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        if columns.len() != BINS * S::STATE.len() {
            return internal_err!(
                "a tally expects {} columns of state, not {}",
                BINS * S::STATE.len(),
                columns.len()
            );
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
    /// Returns the sum of one category.
    pub(crate) fn category(&self, category: Category) -> S {
        self.sums[category as usize]
    }

    /// Returns the counts that statistics are computed from.
    pub(crate) fn counts(&self) -> Result<NpsCounts> {
        self.responses()?;
        Ok(NpsCounts::from_categories(self.sums.map(S::total_f64)))
    }
}
