//! The grains of the rollup: which of the columns the counts keep.

use std::borrow::Cow;
use std::collections::BTreeSet;

use datafusion::common::utils::quote_identifier;

/// What the name of rows begins with that keep one dimension and the day.
pub(super) const BY: &str = "by ";

/// With so many dimensions there are rows for every two of them.
const DIMENSIONS_IN_PAIRS_MAX: usize = 4;

/// Rows that count the same responses in the same way: the fewer columns they keep, the fewer they
/// are, so each question is answered from the fewest that keep what it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grain {
    /// The day is the first of its month: what grows with the days of a lake does not with these.
    pub(super) of_months: bool,
    pub(super) dimensions: Vec<String>,
}

impl Grain {
    /// All that a rollup of these dimensions has, in whatever order they are given.
    pub(super) fn all(dimensions: &[String]) -> Vec<Self> {
        let mut dimensions = dimensions.to_vec();
        dimensions.sort_unstable();
        let alone = dimensions.iter().map(|one| vec![one.clone()]);
        let pairs = dimensions.iter().enumerate().flat_map(|(index, one)| {
            let others = &dimensions[index + 1..];
            others.iter().map(|other| vec![one.clone(), other.clone()])
        });
        let several = dimensions.len();
        let has_pairs = (3..=DIMENSIONS_IN_PAIRS_MAX).contains(&several);
        let mut of_days = vec![Vec::new()];
        of_days.extend(alone);
        let mut of_months = of_days.clone();
        of_months.extend(pairs.filter(|_| has_pairs));
        if several > 1 {
            of_days.push(dimensions.clone());
            of_months.push(dimensions);
        }
        let grain = |of_months| {
            move |dimensions| Self {
                of_months,
                dimensions,
            }
        };
        let of_days = of_days.into_iter().map(grain(false));
        of_days
            .chain(of_months.into_iter().map(grain(true)))
            .collect()
    }

    /// How a rollup of these dimensions calls it.
    pub(super) fn name(&self, dimensions: &[String]) -> String {
        let is_all = self.dimensions.len() > 1 && self.dimensions.len() == dimensions.len();
        match (self.of_months, self.dimensions.as_slice()) {
            (false, []) => "none".to_owned(),
            (true, []) => "months".to_owned(),
            (false, _) if is_all => "all".to_owned(),
            (true, _) if is_all => "months all".to_owned(),
            (false, names) => format!("{BY}{}", names.join(", ")),
            (true, names) => {
                // Quoted, so that two names are never those of one.
                let names: Vec<Cow<'_, str>> =
                    names.iter().map(|name| quote_identifier(name)).collect();
                format!("months {BY}{}", names.join(", "))
            }
        }
    }

    /// Whether its rows tell these dimensions apart, and days where that is wanted too.
    pub(super) fn keeps(&self, dimensions: &BTreeSet<String>, days: bool) -> bool {
        let mut wanted = dimensions.iter();
        !(days && self.of_months) && wanted.all(|name| self.dimensions.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grains_have_names_of_their_own() {
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
