//! Confidence levels and their normal quantiles.

/// A two-sided confidence level and its quantile of the standard normal distribution.
///
/// ```
/// use datafusion_functions_nps::Confidence;
///
/// assert_eq!(Confidence::NINETY_FIVE.z(), 1.9599639845400543);
/// assert!(Confidence::new(95.0).is_none(), "a share, not a percentage");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    level: f64,
    z: f64,
}

impl Confidence {
    /// 90 %.
    pub const NINETY: Self = Self {
        level: 0.90,
        z: 1.6448536269514726,
    };

    /// 95 %, the level of `nps_stats`.
    pub const NINETY_FIVE: Self = Self {
        level: 0.95,
        z: 1.9599639845400543,
    };

    /// 99 %.
    pub const NINETY_NINE: Self = Self {
        level: 0.99,
        z: 2.575829303548901,
    };

    /// Creates a confidence level from a share strictly between 0 and 1; `None` for anything else.
    ///
    /// 0.90, 0.95 and 0.99 return the constants of this type, whose `z` is the double nearest to the
    /// true quantile. For other levels `z` is accurate to about 15 significant digits.
    pub fn new(level: f64) -> Option<Self> {
        [Self::NINETY, Self::NINETY_FIVE, Self::NINETY_NINE]
            .into_iter()
            .find(|usual| usual.level == level)
            .or_else(|| {
                (level > 0.0 && level < 1.0).then(|| Self {
                    level,
                    z: two_sided_quantile(level),
                })
            })
    }

    /// Returns the level, as a share between 0 and 1.
    pub fn level(self) -> f64 {
        self.level
    }

    /// Returns the number of standard errors on either side of the estimate: the (1 + level)/2 quantile
    /// of the standard normal distribution.
    pub fn z(self) -> f64 {
        self.z
    }
}

/// Returns the (1 + level)/2 quantile of the standard normal distribution, for a level in (0, 1).
///
/// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
/// Statistics 37 (1988), 477–484, routine PPND16. It starts from `level / 2` near the centre and from
/// `(1 - level) / 2` in the tail, which keep digits that
/// (1 + level)/2 would round away.
fn two_sided_quantile(level: f64) -> f64 {
    #[rustfmt::skip]
    const CENTRE_NUMERATOR: [f64; 8] = [
        2.509_080_928_730_122_7e3, 3.343_057_558_358_813e4, 6.726_577_092_700_87e4, 4.592_195_393_154_987e4,
        1.373_169_376_550_946e4, 1.971_590_950_306_551_3e3, 1.331_416_678_917_843_8e2, 3.387_132_872_796_366_5,
    ];
    #[rustfmt::skip]
    const CENTRE_DENOMINATOR: [f64; 8] = [
        5.226_495_278_852_854e3, 2.872_908_573_572_194_3e4, 3.930_789_580_009_271e4, 2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3, 6.871_870_074_920_579e2, 4.231_333_070_160_091e1, 1.0,
    ];
    #[rustfmt::skip]
    const MIDDLE_NUMERATOR: [f64; 8] = [
        7.745_450_142_783_414e-4, 2.272_384_498_926_918_4e-2, 2.417_807_251_774_506e-1, 1.270_458_252_452_368_4,
        3.647_848_324_763_204_5, 5.769_497_221_460_691, 4.630_337_846_156_546, 1.423_437_110_749_683_5,
    ];
    #[rustfmt::skip]
    const MIDDLE_DENOMINATOR: [f64; 8] = [
        1.050_750_071_644_416_9e-9, 5.475_938_084_995_345e-4, 1.519_866_656_361_645_7e-2, 1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1, 1.676_384_830_183_803_8, 2.053_191_626_637_759, 1.0,
    ];
    #[rustfmt::skip]
    const FAR_NUMERATOR: [f64; 8] = [
        2.010_334_399_292_288_1e-7, 2.711_555_568_743_487_6e-5, 1.242_660_947_388_078_4e-3, 2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1, 1.784_826_539_917_291_3, 5.463_784_911_164_114, 6.657_904_643_501_103,
    ];
    #[rustfmt::skip]
    const FAR_DENOMINATOR: [f64; 8] = [
        2.044_263_103_389_939_8e-15, 1.421_511_758_316_446e-7, 1.846_318_317_510_054_8e-5, 7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2, 1.369_298_809_227_358e-1, 5.998_322_065_558_88e-1, 1.0,
    ];

    let polynomial = |coefficients: [f64; 8], x: f64| {
        coefficients
            .into_iter()
            .fold(0.0, |value, coefficient| value * x + coefficient)
    };

    let from_centre = level / 2.0;
    if from_centre <= 0.425 {
        let r = 0.180_625 - from_centre * from_centre;
        return from_centre * polynomial(CENTRE_NUMERATOR, r) / polynomial(CENTRE_DENOMINATOR, r);
    }
    let tail = (1.0 - level) / 2.0;
    let r = (-tail.ln()).sqrt();
    if r <= 5.0 {
        polynomial(MIDDLE_NUMERATOR, r - 1.6) / polynomial(MIDDLE_DENOMINATOR, r - 1.6)
    } else {
        polynomial(FAR_NUMERATOR, r - 5.0) / polynomial(FAR_DENOMINATOR, r - 5.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The doubles nearest to `sqrt(2) * erfinv(level)`, by mpmath 1.3 at 40 digits.
    const QUANTILES: [(f64, f64); 7] = [
        (0.01, 0.012_533_469_508_069_264),
        (0.5, 0.674_489_750_196_081_7),
        (0.8, 1.281_551_565_544_600_4),
        (0.90, 1.644_853_626_951_472_7),
        (0.95, 1.959_963_984_540_054_2),
        (0.99, 2.575_829_303_548_901),
        (0.999_999_999_998, 7.034_486_910_047_836),
    ];

    #[test]
    fn quantiles_agree_with_mpmath() {
        for (level, z) in QUANTILES {
            let got = Confidence::new(level).expect("a level between 0 and 1").z();
            assert!((got / z - 1.0).abs() < 4e-15, "{level}: {got} != {z}");
            let computed = two_sided_quantile(level);
            assert!((computed / z - 1.0).abs() < 4e-15, "{level}: {computed}");
        }
    }

    #[test]
    fn levels_are_between_0_and_1() {
        for level in [0.0, 1.0, -0.5, 95.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Confidence::new(level), None, "{level}");
        }
    }
}
