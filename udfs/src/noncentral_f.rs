//! The noncentral F distribution, and the confidence interval of its noncentrality.

/// Weights of the mixture below this add nothing to a double.
const WEIGHT_MIN: f64 = 1e-18;

/// Halvings of an interval to the precision of a double.
const HALVINGS: usize = 200;

/// A noncentral F distribution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoncentralF {
    pub(crate) numerator_freedom: f64,
    pub(crate) denominator_freedom: f64,
}

impl NoncentralF {
    /// Returns the probability of a value of at most `f`, which is above 0, with this noncentrality.
    ///
    /// It is a mixture of incomplete beta functions with the weights of a Poisson distribution (Johnson, Kotz
    /// and Balakrishnan, Continuous Univariate Distributions 2, 1995, chapter 30), added from its largest
    /// weight outwards. The error is below 10⁻¹⁰ with up to 10⁸ degrees of freedom.
    pub(crate) fn cdf(&self, f: f64, noncentrality: f64) -> f64 {
        let (a, b) = (self.numerator_freedom / 2.0, self.denominator_freedom / 2.0);
        let scaled = self.numerator_freedom * f;
        let x = scaled / (scaled + self.denominator_freedom);
        let mean = noncentrality / 2.0;
        if mean == 0.0 {
            return incomplete_beta(a, b, x);
        }
        let mode = mean.floor();
        let weight_of_mode = (mode * mean.ln() - mean - libm::lgamma(mode + 1.0)).exp();
        let beta_of_mode = incomplete_beta(a + mode, b, x);

        let mut total = weight_of_mode * beta_of_mode;
        let (mut weight, mut beta, mut j) = (weight_of_mode, beta_of_mode, mode);
        while j > 0.0 && weight > WEIGHT_MIN {
            weight *= j / mean;
            j -= 1.0;
            beta += step(a + j, b, x);
            total += weight * beta.min(1.0);
        }
        let (mut weight, mut beta, mut j) = (weight_of_mode, beta_of_mode, mode);
        while weight > WEIGHT_MIN && beta > 0.0 {
            beta -= step(a + j, b, x);
            j += 1.0;
            weight *= mean / j;
            total += weight * beta.max(0.0);
        }
        total.clamp(0.0, 1.0)
    }

    /// Returns the noncentrality at which a value of at most `f` has this probability, or 0 if it is smaller
    /// without any.
    pub(crate) fn noncentrality(&self, f: f64, probability: f64) -> f64 {
        if self.cdf(f, 0.0) <= probability {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        while self.cdf(f, high) > probability {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..HALVINGS {
            let middle = (low + high) / 2.0;
            if middle <= low || middle >= high {
                break;
            }
            if self.cdf(f, middle) > probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low + high) / 2.0
    }
}

/// Returns xᵃ (1 − x)ᵇ / (a B(a, b)), by which the incomplete beta function is smaller for a + 1.
fn step(a: f64, b: f64, x: f64) -> f64 {
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    (a * x.ln() + b * (-x).ln_1p() - a.ln() - log_beta).exp()
}

/// Returns the regularized incomplete beta function, for x between 0 and 1.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        step(a, b, x) * continued_fraction(a, b, x)
    } else {
        1.0 - step(b, a, 1.0 - x) * continued_fraction(b, a, 1.0 - x)
    }
}

/// Returns the continued fraction of the incomplete beta function (NIST Digital Library of Mathematical
/// Functions, 8.17.22), by Lentz's method.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const SMALLEST: f64 = 1e-300;
    let away_from_zero = |value: f64| {
        if value.abs() < SMALLEST {
            SMALLEST
        } else {
            value
        }
    };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // It takes about the square root of the larger parameter.
    let steps_max = 200.0 + 20.0 * a.max(b).sqrt();
    let mut m = 1.0;
    while m < steps_max {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
        m += 1.0;
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(numerator_freedom: f64, denominator_freedom: f64) -> NoncentralF {
        NoncentralF {
            numerator_freedom,
            denominator_freedom,
        }
    }

    /// By mpmath 1.3 at 40 digits, as the Poisson mixture.
    const PROBABILITIES: [(f64, f64, f64, f64, f64); 6] = [
        (1.5, 3.0, 96.0, 0.0, 0.780_501_847_030_410_7),
        (4.2, 3.0, 96.0, 5.0, 0.819_027_743_597_228_3),
        (0.5, 7.0, 40.0, 2.0, 0.092_060_390_623_848_02),
        (12.0, 3.0, 2800.0, 30.0, 0.635_262_369_009_660_5),
        (2.0, 24.0, 500.0, 60.0, 0.010_004_093_711_567_857),
        (60.0, 3.0, 2800.0, 200.0, 0.215_647_280_377_979_23),
    ];

    #[test]
    fn probabilities_agree_with_mpmath() {
        for (f, numerator, denominator, noncentrality, probability) in PROBABILITIES {
            let got = distribution(numerator, denominator).cdf(f, noncentrality);
            assert!((got - probability).abs() < 1e-11, "{got} != {probability}");
        }
    }

    #[test]
    fn noncentralities_agree_with_mpmath() {
        for (f, numerator, denominator, probability, noncentrality) in [
            (4.2, 3.0, 96.0, 0.975, 0.974_733_794_685_166_4),
            (4.2, 3.0, 96.0, 0.025, 28.482_308_345_248_786),
            (60.0, 3.0, 2800.0, 0.975, 128.658_629_367_267_7),
            (60.0, 3.0, 2800.0, 0.025, 235.220_146_999_941_82),
            (1.2, 7.0, 500.0, 0.975, 0.0),
            (1.2, 7.0, 500.0, 0.025, 15.785_427_573_528_215),
        ] {
            let got = distribution(numerator, denominator).noncentrality(f, probability);
            let error = (got - noncentrality).abs() / noncentrality.max(1.0);
            assert!(error < 1e-10, "{got} != {noncentrality}");
        }
    }

    #[test]
    fn large_samples_are_nearly_chi_squared() {
        // 20 million responses: the root of 1 + noncentrality grows by 1.96 standard errors, nearly.
        let large = distribution(1.0, 2e7);
        let root = 1000.0;
        let low = large.noncentrality(root * root, 0.975).sqrt();
        let high = large.noncentrality(root * root, 0.025).sqrt();
        assert!((low - (root - 1.96)).abs() < 0.2, "{low}");
        assert!((high - (root + 1.96)).abs() < 0.2, "{high}");
    }
}
