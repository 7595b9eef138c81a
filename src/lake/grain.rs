//! The columns and grains of the rollup: each grain keeps some columns of the responses.

use std::borrow::Cow;
use std::collections::BTreeSet;

use datafusion::common::utils::quote_identifier;

/// The column with the grain of a row.
pub(crate) const GRAIN: &str = "grain";
/// The column with the data file whose responses a row counts.
pub(super) const FILE: &str = "file";
/// The column with the number of responses.
pub(crate) const COUNT: &str = "n";
/// The column with the day of the responses, as `responses` has it.
pub(crate) use super::schema::DAY;
/// The columns of `responses` that every row keeps, in addition to the day.
pub(crate) const KEPT: [&str; 4] = ["survey", "month", "metric", "score"];

/// The grain of rows that only list the counted files.
pub(super) const FILES: &str = "files";

/// Prefix of the name of a grain that keeps one dimension and the day.
pub(super) const BY: &str = "by ";

/// Up to so many dimensions there is a grain for every pair of them.
const DIMENSIONS_IN_PAIRS_MAX: usize = 4;

/// The columns that rows of the rollup keep. Fewer columns make fewer rows, so each query is answered
/// from the coarsest grain that keeps what it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grain {
    /// The day is the first of its month, so the rows do not grow with the days of a lake.
    pub(super) is_monthly: bool,
    pub(super) dimensions: Vec<String>,
}

impl Grain {
    /// All grains of a rollup by these dimensions, in any order.
    pub(super) fn all(dimensions: &[String]) -> Vec<Self> {
        let mut dimensions = dimensions.to_vec();
        dimensions.sort_unstable();
        let mut daily = vec![Vec::new()];
        daily.extend(dimensions.iter().map(|one| vec![one.clone()]));
        let mut monthly = daily.clone();
        if (3..=DIMENSIONS_IN_PAIRS_MAX).contains(&dimensions.len()) {
            for (index, one) in dimensions.iter().enumerate() {
                let others = dimensions[index + 1..].iter();
                monthly.extend(others.map(|other| vec![one.clone(), other.clone()]));
            }
        }
        if dimensions.len() > 1 {
            daily.push(dimensions.clone());
            monthly.push(dimensions);
        }
        let daily = daily.into_iter().map(|dimensions| (false, dimensions));
        let monthly = monthly.into_iter().map(|dimensions| (true, dimensions));
        daily
            .chain(monthly)
            .map(|(is_monthly, dimensions)| Self {
                is_monthly,
                dimensions,
            })
            .collect()
    }

    /// Name of the grain in a rollup by these dimensions.
    pub(super) fn name(&self, dimensions: &[String]) -> String {
        let is_all = self.dimensions.len() > 1 && self.dimensions.len() == dimensions.len();
        match (self.is_monthly, self.dimensions.as_slice()) {
            (false, []) => "none".to_owned(),
            (true, []) => "months".to_owned(),
            (false, _) if is_all => "all".to_owned(),
            (true, _) if is_all => "months all".to_owned(),
            (false, names) => format!("{BY}{}", names.join(", ")),
            (true, names) => {
                // Quoted, so that two names never read as one.
                let names: Vec<Cow<'_, str>> =
                    names.iter().map(|name| quote_identifier(name)).collect();
                format!("months {BY}{}", names.join(", "))
            }
        }
    }

    /// True if its rows keep these dimensions, and days if `days` is set.
    pub(super) fn keeps(&self, dimensions: &BTreeSet<String>, days: bool) -> bool {
        !(days && self.is_monthly) && dimensions.iter().all(|name| self.dimensions.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_grains_are_unique() {
        let lists: [&[&str]; 6] = [
            &[],
            &["a"],
            &["a", "b"],
            &["a", "b", "a, b"],
            &["a", "b", "c", "d"],
            &["a", "b", "c", "d", "e"],
        ];
        for (dimensions, count) in lists.into_iter().zip([2, 4, 8, 13, 18, 14]) {
            let dimensions: Vec<String> = dimensions.iter().map(|&name| name.to_owned()).collect();
            let grains = Grain::all(&dimensions);
            let names: BTreeSet<_> = grains.iter().map(|grain| grain.name(&dimensions)).collect();
            assert_eq!((grains.len(), names.len()), (count, count), "{names:?}");
            let reversed: Vec<String> = dimensions.into_iter().rev().collect();
            assert_eq!(Grain::all(&reversed), grains);
        }
    }
}
