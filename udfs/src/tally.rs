//! The state every Net Promoter aggregate shares: a sum for each category.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::utils::format_state_name;

use crate::NpsCounts;
use crate::score::{Category, Scores, filtered_rows, try_for_each_row};
use crate::sum::Sum;

/// How many promoters, passives and detractors, by weight.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tally<S> {
    by_category: [S; 3],
}

impl<S: Sum> Tally<S> {
    /// The tally of a whole batch.
    pub(crate) fn of_batch(batch: &Batch<S>) -> Result<Self> {
        if batch.weights.is_none() {
            return Ok(Self::from_counts(batch.scores.count()));
        }
        let mut tally = Self::default();
        batch.try_for_each(|_row, category, weight| tally.add(category, weight))?;
        Ok(tally)
    }

    /// The tally of unweighted responses, in the order of [`Category::ALL`].
    pub(crate) fn from_counts(counts: [i64; 3]) -> Self {
        Self {
            by_category: counts.map(S::of_ones),
        }
    }

    /// Adds one response, or as many as its weight.
    #[inline]
    pub(crate) fn add(
        &mut self,
        category: Category,
        weight: <S::Type as ArrowPrimitiveType>::Native,
    ) -> Result<()> {
        self.by_category[category as usize].add(weight)
    }

    /// Adds the responses of `other`.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        for (sum, other) in self.by_category.iter_mut().zip(other.by_category) {
            sum.merge(other)?;
        }
        Ok(())
    }

    /// Takes away the responses of `other`, which have been added before.
    pub(crate) fn retract(&mut self, other: Self) {
        for (sum, other) in self.by_category.iter_mut().zip(other.by_category) {
            sum.retract(other);
        }
    }

    /// The sum of one category.
    pub(crate) fn of(&self, category: Category) -> S {
        self.by_category[category as usize]
    }

    /// The sum of all categories, which may be too much although no single one is.
    pub(crate) fn responses(&self) -> Result<S> {
        let [mut responses, passives, detractors] = self.by_category;
        responses.merge(passives)?;
        responses.merge(detractors)?;
        Ok(responses)
    }

    /// The counts to do statistics with.
    pub(crate) fn counts(&self) -> Result<NpsCounts> {
        self.responses()?;
        let [promoters, passives, detractors] = self.by_category.map(S::total_f64);
        Ok(NpsCounts {
            promoters,
            passives,
            detractors,
        })
    }

    /// The fields of [`to_state`](Self::to_state).
    pub(crate) fn state_fields(name: &str) -> Vec<FieldRef> {
        let mut fields = Vec::with_capacity(3 * S::STATE.len());
        for category in Category::ALL {
            for (part, data_type) in S::STATE {
                let part = format!("{}_{part}", category.name());
                let name = format_state_name(name, &part);
                fields.push(Arc::new(Field::new(name, data_type.clone(), false)));
            }
        }
        fields
    }

    /// Tallies as columns, one row each.
    pub(crate) fn to_state(tallies: &[Self]) -> Vec<ArrayRef> {
        Category::ALL
            .into_iter()
            .flat_map(|category| S::to_state(tallies.iter().map(move |tally| tally.of(category))))
            .collect()
    }

    /// The tallies that [`to_state`](Self::to_state) made columns of.
    pub(crate) fn from_state(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        if columns.len() != 3 * S::STATE.len() {
            return internal_err!("a tally has no {} columns of state", columns.len());
        }
        let mut tallies = vec![Self::default(); columns[0].len()];
        for (category, columns) in Category::ALL
            .into_iter()
            .zip(columns.chunks(S::STATE.len()))
        {
            for (tally, sum) in tallies.iter_mut().zip(S::from_state(columns)?) {
                tally.by_category[category as usize] = sum;
            }
        }
        Ok(tallies)
    }
}

/// The arguments of one call, read and checked.
#[derive(Debug)]
pub(crate) struct Batch<S: Sum> {
    scores: Scores,
    weights: Option<ScalarBuffer<<S::Type as ArrowPrimitiveType>::Native>>,
}

impl<S: Sum> Batch<S> {
    /// Reads a score and perhaps a weight. A row counts if neither is NULL and the filter lets
    /// it through; other rows are not even checked.
    pub(crate) fn try_new(values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Self> {
        let rows = filtered_rows(filter);
        match values {
            [scores] => Ok(Self {
                scores: Scores::try_new(scores, rows.as_ref())?,
                weights: None,
            }),
            [scores, weights] => {
                let nulls = weights.logical_nulls();
                let rows = NullBuffer::union(rows.as_ref(), nulls.as_ref());
                let scores = Scores::try_new(scores, rows.as_ref())?;
                let weights = S::read_weights(weights, scores.rows())?;
                Ok(Self {
                    scores,
                    weights: Some(weights),
                })
            }
            other => internal_err!("a score and a weight are not {} columns", other.len()),
        }
    }

    /// How many rows there are, whether they count or not.
    pub(crate) fn row_count(&self) -> usize {
        self.scores.values().len()
    }

    /// Calls `visit` with row, category and weight of each row that counts.
    #[inline]
    pub(crate) fn try_for_each(
        &self,
        mut visit: impl FnMut(usize, Category, <S::Type as ArrowPrimitiveType>::Native) -> Result<()>,
    ) -> Result<()> {
        let scores = self.scores.values();
        match &self.weights {
            None => try_for_each_row(self.scores.rows(), scores.len(), |row| {
                visit(row, Category::of(scores[row]), S::ONE)
            }),
            Some(weights) => try_for_each_row(self.scores.rows(), scores.len(), |row| {
                visit(row, Category::of(scores[row]), weights[row])
            }),
        }
    }
}
