//! The difference of two Net Promoter Scores, and its significance.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::NpsCounts;

/// A comparison of the Net Promoter Scores of two independent samples.
///
/// The test assumes independent samples and a normal distribution: z is the change divided by its
/// standard error, √(SE₁² + SE₂²), and the p-value is the probability of a z at least this far from
/// zero, in either direction, if nothing has changed. The normal approximation needs a few dozen
/// responses on each side. If the same people answered twice, the samples are not independent, and
/// with positive correlation, the usual case, the p-value is too large.
///
/// The score of a side without responses is `None`, and so is everything computed from it. If both
/// sides are unanimous, their standard errors are zero and there is no test: z and p-value are `None`
/// whether or not there is a change, instead of a certainty that two responses could produce. The
/// [adjusted Wald intervals](NpsCounts::adjusted_wald) are still informative then, and
/// [`adjusted`](Self::adjusted) tests few responses.
///
/// ```
/// use datafusion_functions_nps::{NpsComparison, NpsCounts};
///
/// let spring = NpsCounts { promoters: 50.0, passives: 30.0, detractors: 20.0 };
/// let autumn = NpsCounts { promoters: 60.0, passives: 30.0, detractors: 10.0 };
/// let comparison = NpsComparison::new(&spring, &autumn);
/// assert_eq!(comparison.change, Some(20.0));
/// assert_eq!(format!("{:.4}", comparison.p_value.unwrap()), "0.0521");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NpsComparison {
    /// The first score, from −100 to 100.
    pub first: Option<f64>,
    /// The second score, from −100 to 100.
    pub second: Option<f64>,
    /// The second minus the first, in NPS points.
    pub change: Option<f64>,
    /// The change divided by its standard error: above zero if the second score is higher.
    pub z: Option<f64>,
    /// The two-sided p-value, from 0 to 1: small if the change is unlikely to be chance.
    pub p_value: Option<f64>,
}

impl NpsComparison {
    /// Compares the second sample with the first.
    pub fn new(first: &NpsCounts, second: &NpsCounts) -> Self {
        let change = second
            .nps()
            .zip(first.nps())
            .map(|(second, first)| second - first);
        let z = z(first, second, change);
        Self {
            first: first.nps(),
            second: second.nps(),
            change,
            z,
            p_value: z.map(two_sided_p_value),
        }
    }

    /// Compares the second sample with the first, with z and p-value computed after ¾ promoter, 1½ passives
    /// and ¾ detractor are added to each sample, as for [`NpsCounts::adjusted_wald`]. Scores and change are
    /// those of the samples.
    ///
    /// The standard error of one response, or of a few that agree, is not zero then: with one response
    /// against twenty, [`new`](Self::new) may find a change at 5 % nearly always where there is none, and
    /// this in fewer than one of ten.
    pub fn adjusted(first: &NpsCounts, second: &NpsCounts) -> Self {
        let comparison = Self::new(first, second);
        let adjusted = Self::new(&first.adjusted(), &second.adjusted());
        let (z, p_value) = match comparison.change {
            Some(_) => (adjusted.z, adjusted.p_value),
            None => (None, None),
        };
        Self {
            z,
            p_value,
            ..comparison
        }
    }
}

fn z(first: &NpsCounts, second: &NpsCounts, change: Option<f64>) -> Option<f64> {
    let std_error = first.std_error()?.hypot(second.std_error()?);
    (std_error > 0.0).then_some(change? / std_error)
}

/// Returns the probability that a standard normal variable is at least as far from zero as `z`, to
/// full precision even if it is tiny.
fn two_sided_p_value(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// Returns the probability that a standard normal variable is at least `z`.
pub(crate) fn upper_p_value(z: f64) -> f64 {
    libm::erfc(z * FRAC_1_SQRT_2) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(detractors: u32, passives: u32, promoters: u32) -> NpsCounts {
        NpsCounts::from_categories([promoters as f64, passives as f64, detractors as f64])
    }

    /// `erfc(z / sqrt(2))` by mpmath 1.3 at 40 digits.
    const P_VALUES: [(f64, f64); 6] = [
        (0.0, 1.0),
        (0.5, 0.617_075_077_451_973_8),
        (1.96, 0.049_995_790_296_440_87),
        (5.0, 5.733_031_437_583_878e-7),
        (10.0, 1.523_970_604_832_105e-23),
        (30.0, 9.813_427_854_296_374e-198),
    ];

    #[test]
    fn p_values_agree_with_mpmath() {
        for (z, p_value) in P_VALUES {
            for z in [z, -z] {
                let got = two_sided_p_value(z);
                // Rounding z / √2 alone costs 2 z² half units in the last place.
                let tolerance = 4e-16 * (1.0 + z * z / 2.0);
                assert!((got / p_value - 1.0).abs() < tolerance, "{z}: {got}");
            }
        }
    }

    #[test]
    fn computed_by_hand() {
        // Variances 0.7 − 0.3² and 0.7 − 0.5² of 100 answers each: 61 and 45 squared points.
        let comparison = NpsComparison::new(&counts(20, 30, 50), &counts(10, 30, 60));
        assert_eq!(comparison.first, Some(30.0));
        assert_eq!(comparison.second, Some(50.0));
        assert_eq!(comparison.change, Some(20.0));
        let z = comparison.z.expect("answers on both sides");
        assert!((z - 20.0 / f64::sqrt(61.0 + 45.0)).abs() < 1e-14);
        let back = NpsComparison::new(&counts(10, 30, 60), &counts(20, 30, 50));
        assert_eq!(back.z, Some(-z));
        assert_eq!(back.p_value, comparison.p_value);
    }

    #[test]
    fn no_change_is_no_evidence() {
        let comparison = NpsComparison::new(&counts(1, 2, 3), &counts(10, 20, 30));
        assert_eq!(comparison.change, Some(0.0));
        assert_eq!(comparison.z, Some(0.0));
        assert_eq!(comparison.p_value, Some(1.0));
    }

    #[test]
    fn unanimous_samples_are_not_tested() {
        for second in [counts(0, 0, 3), counts(3, 0, 0)] {
            let comparison = NpsComparison::new(&counts(0, 0, 5), &second);
            assert_eq!(comparison.change, Some(second.nps().unwrap() - 100.0));
            assert_eq!(comparison.z, None);
            assert_eq!(comparison.p_value, None);
        }
        let one_sided = NpsComparison::new(&counts(0, 0, 5), &counts(1, 0, 1));
        assert!(one_sided.p_value.is_some());
    }

    #[test]
    fn added_counts_keep_a_standard_error() {
        // 1.75, 1.5, 0.75 of 4 and 0.75, 1.5, 1.75: scores 25 and -25, variances 0.5625 / 4.
        let comparison = NpsComparison::adjusted(&counts(0, 0, 1), &counts(1, 0, 0));
        assert_eq!(comparison.change, Some(-200.0));
        let z = comparison.z.expect("answers on both sides");
        assert!((z + 0.5 / f64::sqrt(0.5625 / 2.0)).abs() < 1e-14);
        assert!(comparison.p_value > Some(0.3));
        let empty = NpsComparison::adjusted(&NpsCounts::default(), &counts(0, 0, 5));
        assert_eq!(
            empty,
            NpsComparison::new(&NpsCounts::default(), &counts(0, 0, 5))
        );
    }

    /// The probability of a p-value of at most 5 % where both samples have the same shares, by all
    /// samples of these sizes.
    fn false_alarms(
        compare: fn(&NpsCounts, &NpsCounts) -> NpsComparison,
        sizes: [u32; 2],
        [promoters, passives, detractors]: [f64; 3],
    ) -> f64 {
        let samples = |size: u32| {
            (0..=size).flat_map(move |few| {
                (0..=size - few).map(move |more| (few, more, size - few - more))
            })
        };
        let probability = |(a, b, c): (u32, u32, u32)| {
            let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
            factorial(a + b + c) / (factorial(a) * factorial(b) * factorial(c))
                * detractors.powi(a as i32)
                * passives.powi(b as i32)
                * promoters.powi(c as i32)
        };
        let mut alarms = 0.0;
        for first in samples(sizes[0]) {
            for second in samples(sizes[1]) {
                let [a, b] = [first, second].map(|(a, b, c)| counts(a, b, c));
                if compare(&a, &b)
                    .p_value
                    .is_some_and(|p_value| p_value <= 0.05)
                {
                    alarms += probability(first) * probability(second);
                }
            }
        }
        alarms
    }

    #[test]
    fn few_responses_raise_few_false_alarms() {
        for shares in [[0.5, 0.3, 0.2], [0.9, 0.08, 0.02], [0.5, 0.0, 0.5]] {
            for sizes in [[1, 1], [1, 20], [2, 2], [2, 10], [5, 5], [5, 15]] {
                let alarms = false_alarms(NpsComparison::adjusted, sizes, shares);
                assert!(alarms < 0.1, "{sizes:?} {shares:?}: {alarms}");
            }
        }
        assert!(false_alarms(NpsComparison::new, [1, 20], [0.5, 0.0, 0.5]) > 0.9);
    }

    #[test]
    fn an_empty_side_has_no_score() {
        let comparison = NpsComparison::new(&NpsCounts::default(), &counts(0, 0, 5));
        let only_second = NpsComparison {
            first: None,
            second: Some(100.0),
            change: None,
            z: None,
            p_value: None,
        };
        assert_eq!(comparison, only_second);
    }
}
