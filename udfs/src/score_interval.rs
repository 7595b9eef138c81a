//! The iterative score interval of a Net Promoter Score.

use crate::Confidence;

/// The largest error of an end, on the scale −1 to 1.
const TOLERANCE: f64 = 1e-14;

/// Returns the ends of the score interval on the scale −1 to 1: the range of scores that the observed
/// one differs from by at most z standard errors, each as large as it would be with that score.
///
/// The shares add up to 1. B. Rocks, "Interval Estimation for the 'Net Promoter Score'", The
/// American Statistician 70 (2016), 365–372, [arXiv 1601.07235](https://arxiv.org/abs/1601.07235).
pub(crate) fn score_interval(
    [promoters, passives, detractors]: [f64; 3],
    responses: f64,
    confidence: Confidence,
) -> (f64, f64) {
    let observed = promoters - detractors;
    let is_inside = |score: f64| {
        let variance = constrained_variance([promoters, passives, detractors], score);
        (observed - score).abs() <= confidence.z() * (variance / responses).sqrt()
    };
    (
        last_inside(observed, -1.0, is_inside),
        last_inside(observed, 1.0, is_inside),
    )
}

/// Finds the end of the interval between `inside` and `outside`, by bisection.
fn last_inside(mut inside: f64, mut outside: f64, is_inside: impl Fn(f64) -> bool) -> f64 {
    while (outside - inside).abs() > TOLERANCE {
        let middle = inside + (outside - inside) / 2.0;
        if is_inside(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    // Exactly ±1 if the bracket was closed from the start.
    outside
}

/// Returns the variance of one response under the likeliest shares whose score is `score`, from −1 to 1.
///
/// With the share of detractors d, that of promoters is d + score and that of passives
/// 1 − 2d − score. The derivative of the multinomial log-likelihood is zero where
/// 2d² − bd − c = 0; for a score above zero c is not negative, so the maximum is at the larger root.
/// If a category is empty, the maximum may be at the end of the range of d, where its share is zero.
fn constrained_variance([promoters, passives, detractors]: [f64; 3], score: f64) -> f64 {
    if score < 0.0 {
        return constrained_variance([detractors, passives, promoters], -score);
    }
    let b = promoters * (1.0 - score) - 2.0 * passives * score + detractors * (1.0 - 3.0 * score);
    let c = detractors * score * (1.0 - score);
    let root = (b * b + 8.0 * c).sqrt();
    // Two forms of the same root, each used where it has no cancellation.
    let likeliest = if b >= 0.0 {
        (b + root) / 4.0
    } else {
        2.0 * c / (root - b)
    };
    let share = likeliest.min((1.0 - score) / 2.0);
    score * (1.0 - score) + 2.0 * share
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the log-likelihood of shares whose score is `score`, with `share` detractors.
    fn log_likelihood(observed: [f64; 3], score: f64, share: f64) -> f64 {
        let shares = [share + score, 1.0 - 2.0 * share - score, share];
        let terms = observed.into_iter().zip(shares);
        // An empty category does not affect the likelihood.
        terms
            .filter(|(observed, _)| *observed > 0.0)
            .map(|(observed, share)| observed * share.ln())
            .sum()
    }

    #[test]
    fn no_other_shares_are_likelier() {
        let observed = [
            [0.5, 0.3, 0.2],
            [0.1, 0.0, 0.9],
            [0.0, 0.4, 0.6],
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.7, 0.3, 0.0],
        ];
        for observed in observed {
            for score in (-9..=9).map(|tenth| f64::from(tenth) / 10.0) {
                let variance = constrained_variance(observed, score);
                let share = (variance + score * score - score) / 2.0;
                let (least, most) = (f64::max(0.0, -score), (1.0 - score) / 2.0);
                assert!(
                    share > least - 1e-12 && share < most + 1e-12,
                    "{observed:?} {score}"
                );
                // Kept off the ends, where rounding can make a share of zero negative.
                let share = share.clamp(least + 1e-15, most - 1e-15);
                let likelihood = log_likelihood(observed, score, share);
                for step in 1..100 {
                    let other = least + (most - least) * f64::from(step) / 100.0;
                    let other = log_likelihood(observed, score, other);
                    assert!(likelihood >= other - 1e-9, "{observed:?} {score} {step}");
                }
            }
        }
    }
}
