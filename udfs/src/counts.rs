//! Statistics of a Net Promoter Score, from three counts.

use crate::Confidence;
use crate::score_interval::score_interval;

/// The NPS points of a difference of 1 between shares.
const POINTS: f64 = 100.0;

/// The number of promoters, passives and detractors.
///
/// With n responses, p = promoters/n and d = detractors/n, the score is p − d. All statistics are in
/// NPS points, from −100 to 100, except [`variance`](Self::variance). Without a response, every
/// method returns `None`.
///
/// The counts are floats because survey weights may be fractional; whole counts are exact up to
/// 2⁵³. With fractional weights n is the sum of the weights, so standard error and intervals are
/// right for weights that repeat a response, and too narrow for survey weights that vary a lot
/// (no design effect is estimated). Counts must be finite, not negative and at most 10³⁰⁰.
///
/// ```
/// use datafusion_functions_nps::{Confidence, NpsCounts};
///
/// let counts = NpsCounts { promoters: 70.0, passives: 20.0, detractors: 10.0 };
/// assert_eq!(counts.nps(), Some(60.0));
/// let interval = counts.adjusted_wald(Confidence::NINETY_FIVE).unwrap();
/// assert_eq!(format!("{:.1} to {:.1}", interval.low, interval.high), "45.3 to 71.2");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NpsCounts {
    /// Scores of 9 and 10.
    pub promoters: f64,
    /// Scores of 7 and 8.
    pub passives: f64,
    /// Scores of 0 to 6.
    pub detractors: f64,
}

/// A confidence interval in NPS points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    fn clamped(self) -> Self {
        Self {
            low: self.low.max(-POINTS),
            high: self.high.min(POINTS),
        }
    }
}

/// A method for confidence intervals.
///
/// According to Rocks (see [`NpsCounts::variance`]) the adjusted Wald and the score interval have the
/// best coverage. They differ noticeably only with a handful of responses or near unanimity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum IntervalMethod {
    /// [`NpsCounts::adjusted_wald`].
    #[default]
    AdjustedWald,
    /// [`NpsCounts::wald`].
    Wald,
    /// [`NpsCounts::score_interval`].
    Score,
}

impl IntervalMethod {
    /// All methods.
    pub const ALL: [Self; 3] = [Self::AdjustedWald, Self::Wald, Self::Score];

    /// Returns the name in SQL: `adjusted_wald`, `wald` or `score`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdjustedWald => "adjusted_wald",
            Self::Wald => "wald",
            Self::Score => "score",
        }
    }

    /// Returns the method with this name, ignoring case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|method| method.name().eq_ignore_ascii_case(name))
    }
}

impl NpsCounts {
    /// Creates counts of promoters, passives and detractors.
    pub(crate) const fn from_categories([promoters, passives, detractors]: [f64; 3]) -> Self {
        Self {
            promoters,
            passives,
            detractors,
        }
    }

    /// Returns n, the number of responses.
    pub fn responses(&self) -> f64 {
        self.promoters + self.passives + self.detractors
    }

    /// Returns the Net Promoter Score, 100 (p − d), from −100 to 100.
    pub fn nps(&self) -> Option<f64> {
        // Divided last: the difference of whole counts is exact, so the result is rounded once.
        self.per_response(POINTS * (self.promoters - self.detractors))
    }

    /// Returns the variance of one response that scores 1 for a promoter, 0 for a passive and −1 for a
    /// detractor: p + d − (p − d)², from 0 to 1.
    ///
    /// B. Rocks, "Interval Estimation for the 'Net Promoter Score'", The American Statistician
    /// 70 (2016), 365–372, [arXiv 1601.07235](https://arxiv.org/abs/1601.07235).
    pub fn variance(&self) -> Option<f64> {
        let promoters = self.per_response(self.promoters)?;
        let passives = self.per_response(self.passives)?;
        let detractors = self.per_response(self.detractors)?;
        // The same polynomial, because p + d + s = 1, without cancellation: never below zero, and
        // exactly zero when all responses are in one category.
        Some((promoters + detractors) * passives + 4.0 * promoters * detractors)
    }

    /// Returns the standard error of [`nps`](Self::nps) in NPS points: 100 √(variance / n).
    pub fn std_error(&self) -> Option<f64> {
        Some(POINTS * self.per_response(self.variance()?)?.sqrt())
    }

    /// Returns the margin of error in NPS points: z standard errors.
    pub fn margin_of_error(&self, confidence: Confidence) -> Option<f64> {
        Some(confidence.z() * self.std_error()?)
    }

    /// Returns the Wald interval: the score plus or minus its margin of error.
    ///
    /// It is not clamped to ±100, and has zero width if all responses agree, however few they are;
    /// [`adjusted_wald`](Self::adjusted_wald) is the one to report.
    pub fn wald(&self, confidence: Confidence) -> Option<Interval> {
        let nps = self.nps()?;
        let margin_of_error = self.margin_of_error(confidence)?;
        Some(Interval {
            low: nps - margin_of_error,
            high: nps + margin_of_error,
        })
    }

    /// Returns the adjusted Wald interval: the Wald interval after adding ¾ promoter, 1½ passives and
    /// ¾ detractor, clamped to ±100.
    ///
    /// According to Rocks (see [`variance`](Self::variance)) this and the iterative score interval have
    /// the best coverage. It need not be centred on [`nps`](Self::nps).
    pub fn adjusted_wald(&self, confidence: Confidence) -> Option<Interval> {
        self.nps()?;
        Some(self.adjusted().wald(confidence)?.clamped())
    }

    /// Returns the iterative score interval: the scores that are not rejected by a test with the
    /// standard error each implies, given the likeliest shares of promoters and detractors with that
    /// score. Never beyond ±100.
    ///
    /// Rocks, as for [`adjusted_wald`](Self::adjusted_wald). The ends are accurate to 10⁻¹¹ points.
    pub fn score_interval(&self, confidence: Confidence) -> Option<Interval> {
        let responses = self.responses();
        let shares = [
            self.per_response(self.promoters)?,
            self.per_response(self.passives)?,
            self.per_response(self.detractors)?,
        ];
        let (low, high) = score_interval(shares, responses, confidence);
        Some(Interval {
            low: POINTS * low,
            high: POINTS * high,
        })
    }

    /// Returns the interval by a method, clamped to ±100.
    pub fn interval(&self, method: IntervalMethod, confidence: Confidence) -> Option<Interval> {
        let interval = match method {
            IntervalMethod::AdjustedWald => self.adjusted_wald(confidence)?,
            IntervalMethod::Wald => self.wald(confidence)?,
            IntervalMethod::Score => self.score_interval(confidence)?,
        };
        Some(interval.clamped())
    }

    /// Returns the counts whose Wald interval is the [adjusted](Self::adjusted_wald) one.
    pub(crate) fn adjusted(&self) -> Self {
        Self {
            promoters: self.promoters + 0.75,
            passives: self.passives + 1.5,
            detractors: self.detractors + 0.75,
        }
    }

    fn per_response(&self, value: f64) -> Option<f64> {
        let responses = self.responses();
        (responses > 0.0).then(|| value / responses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(detractors: u32, passives: u32, promoters: u32) -> NpsCounts {
        NpsCounts::from_categories([promoters as f64, passives as f64, detractors as f64])
    }

    /// Golden values from Rocks 2016 (arXiv 1601.07235), on the scale −1 to 1, at 95 %, to the digits
    /// published.
    struct Golden {
        counts: NpsCounts,
        nps: f64,
        std_error: Option<f64>,
        wald: Option<(f64, f64)>,
        /// Before clamping.
        adjusted_wald: (f64, f64),
        score: (f64, f64),
    }

    #[expect(clippy::approx_constant, reason = "a published six-digit figure")]
    const GOLDEN: [Golden; 5] = [
        Golden {
            counts: counts(1, 2, 3),
            nps: 0.333333,
            std_error: Some(0.30429),
            wald: Some((-0.26306, 0.92973)),
            adjusted_wald: (-0.26743, 0.71188),
            score: (-0.31107, 0.75396),
        },
        Golden {
            counts: counts(1, 0, 1),
            nps: 0.0,
            std_error: Some(0.707107),
            wald: None,
            adjusted_wald: (-0.73335, 0.73335),
            score: (-0.81094, 0.81094),
        },
        Golden {
            counts: counts(0, 1, 1),
            nps: 0.5,
            std_error: Some(0.353553),
            wald: Some((-0.19295, 1.19295)),
            adjusted_wald: (-0.39449, 0.79449),
            score: (-0.48643, 0.90547),
        },
        Golden {
            counts: counts(10, 20, 70),
            nps: 0.6,
            std_error: None,
            wald: Some((0.46999, 0.73001)),
            adjusted_wald: (0.45270, 0.71235),
            score: (0.45217, 0.71277),
        },
        Golden {
            counts: counts(0, 0, 5),
            nps: 1.0,
            std_error: Some(0.0),
            wald: Some((1.0, 1.0)),
            adjusted_wald: (0.17491, 1.07509),
            score: (0.13104, 1.0),
        },
    ];

    #[track_caller]
    fn assert_golden(points: f64, golden: f64, half_digit: f64) {
        assert!(
            (points / 100.0 - golden).abs() <= half_digit,
            "{points} points, not {golden}"
        );
    }

    #[test]
    fn golden_values_of_rocks_2016() {
        let confidence = Confidence::NINETY_FIVE;
        for golden in GOLDEN {
            let counts = golden.counts;
            assert_golden(counts.nps().unwrap(), golden.nps, 5e-7);
            if let Some(std_error) = golden.std_error {
                assert_golden(counts.std_error().unwrap(), std_error, 5e-6);
            }
            if let Some((low, high)) = golden.wald {
                let wald = counts.wald(confidence).unwrap();
                assert_golden(wald.low, low, 5e-6);
                assert_golden(wald.high, high, 5e-6);
            }
            let (low, high) = golden.adjusted_wald;
            let unclamped = counts.adjusted().wald(confidence).unwrap();
            assert_golden(unclamped.low, low, 5e-6);
            assert_golden(unclamped.high, high, 5e-6);
            let clamped = counts.adjusted_wald(confidence).unwrap();
            assert_golden(clamped.low, low, 5e-6);
            assert_golden(clamped.high, high.min(1.0), 5e-6);
            let score = counts.score_interval(confidence).unwrap();
            assert_golden(score.low, golden.score.0, 5e-6);
            assert_golden(score.high, golden.score.1, 5e-6);
        }
    }

    /// By mpmath 1.3 at 40 digits, the constrained likelihood maximised by a golden-section search.
    #[test]
    fn score_intervals_agree_with_mpmath() {
        let weighted = NpsCounts::from_categories([2.75, 0.25, 1.5]);
        for (counts, low, high) in [
            (counts(1, 2, 3), -0.31107378462422, 0.75395666356387),
            (counts(0, 5, 0), -0.43448246478317, 0.43448246478317),
            (counts(5, 0, 0), -1.0, -0.13103507043365),
            (counts(3, 0, 7), -0.20644370507771, 0.78441746518740),
            (counts(0, 3, 7), 0.22819424023309, 0.89220873259370),
            (counts(4, 6, 0), -0.68732623026634, -0.011454080191955),
            (counts(549, 698, 1608), 0.34170145709018, 0.39935487469758),
            (weighted, -0.50194741347140, 0.80578499391285),
        ] {
            let interval = counts.score_interval(Confidence::NINETY_FIVE).unwrap();
            assert_golden(interval.low, low, 2e-12);
            assert_golden(interval.high, high, 2e-12);
        }
        let interval = counts(10, 20, 70)
            .score_interval(Confidence::NINETY_NINE)
            .unwrap();
        assert_golden(interval.low, 0.39869129787027, 2e-12);
        assert_golden(interval.high, 0.74150059148325, 2e-12);
    }

    #[test]
    fn score_intervals_of_extreme_weights() {
        for weight in [1e-300, 1e-9, 1e15, 1e300] {
            for counts in [counts(1, 2, 3), counts(1, 0, 0), counts(0, 1, 0)] {
                let categories = [counts.promoters, counts.passives, counts.detractors];
                let counts = NpsCounts::from_categories(categories.map(|count| weight * count));
                let nps = counts.nps().unwrap();
                let interval = counts.score_interval(Confidence::NINETY_FIVE).unwrap();
                assert!(
                    (-100.0..=nps + 1e-9).contains(&interval.low)
                        && (nps - 1e-9..=100.0).contains(&interval.high),
                    "{counts:?} {interval:?}"
                );
            }
        }
    }

    #[test]
    fn methods_have_names_and_clamp() {
        let confidence = Confidence::NINETY_FIVE;
        for method in IntervalMethod::ALL {
            assert_eq!(IntervalMethod::from_name(method.name()), Some(method));
            // Wald reaches 119.3 here.
            let interval = counts(0, 1, 1).interval(method, confidence).unwrap();
            assert!(interval.low >= -100.0 && interval.high <= 100.0);
            assert_eq!(NpsCounts::default().interval(method, confidence), None);
        }
        assert_eq!(
            IntervalMethod::from_name("WALD"),
            Some(IntervalMethod::Wald)
        );
        assert_eq!(IntervalMethod::from_name("wilson"), None);
    }

    #[test]
    fn scores_are_rounded_once() {
        assert_eq!(counts(0, 2, 1).nps(), Some(100.0 / 3.0));
        assert_eq!(counts(5, 2, 0).nps(), Some(-500.0 / 7.0));
        assert_eq!(counts(0, 0, 7).nps(), Some(100.0));
    }

    #[test]
    fn both_forms_of_the_variance_agree() {
        for golden in GOLDEN {
            let n = golden.counts.responses();
            let (p, d) = (golden.counts.promoters / n, golden.counts.detractors / n);
            let variance = golden.counts.variance().unwrap();
            assert!((variance - (p + d - (p - d).powi(2))).abs() < 1e-15);
        }
    }

    #[test]
    fn unanimous_counts_have_an_interval() {
        for counts in [counts(3, 0, 0), counts(0, 7, 0), counts(0, 0, 49)] {
            assert_eq!(counts.std_error(), Some(0.0));
            for method in [IntervalMethod::AdjustedWald, IntervalMethod::Score] {
                let interval = counts.interval(method, Confidence::NINETY_FIVE).unwrap();
                assert!(interval.low < interval.high);
                assert!(interval.low >= -100.0 && interval.high <= 100.0);
            }
        }
    }

    #[test]
    fn empty_counts_have_no_statistics() {
        let none = NpsCounts::default();
        assert_eq!(none.nps(), None);
        assert_eq!(none.variance(), None);
        assert_eq!(none.std_error(), None);
        assert_eq!(none.margin_of_error(Confidence::NINETY_FIVE), None);
        assert_eq!(none.wald(Confidence::NINETY_FIVE), None);
        assert_eq!(none.adjusted_wald(Confidence::NINETY_FIVE), None);
        assert_eq!(none.score_interval(Confidence::NINETY_FIVE), None);
    }
}
