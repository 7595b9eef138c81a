//! `nps_required_responses`: the number of responses for a margin of error.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::arguments::{checked_confidence, coerce_number_type};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::{Confidence, Doc, NpsCounts};

const NAME: &str = "nps_required_responses";

/// The largest variance possible: half promoters, half detractors.
const VARIANCE_MAX: f64 = 1.0;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the smallest number of responses at which half the width of the adjusted Wald interval is at most the margin of error, whatever the Net Promoter Score. The width is that before the interval is limited to -100 and 100. The default variance is the largest possible, with half promoters and half detractors; the variance of an earlier survey gives a smaller number. The interval has a width even if all responses agree, so a variance of 0 needs responses too. NULL if any argument is NULL.",
    syntax_example = "nps_required_responses(margin[, confidence[, variance]])",
    sql_example = r#"```sql
> SELECT nps_required_responses(5) AS n, nps_required_responses(5, 0.9, 0.6) AS with_variance;
+------+---------------+
| n    | with_variance |
+------+---------------+
| 1533 | 648           |
+------+---------------+
```"#,
    argument(
        name = "margin",
        description = "The margin of error in NPS points, above 0: 5 for plus or minus 5 points."
    ),
    argument(
        name = "confidence",
        description = "A level between 0 and 1. Default 0.95."
    ),
    argument(
        name = "variance",
        description = "The variance of one response that scores 1 for a promoter, 0 for a passive and -1 for a detractor, from 0 to 1. Default 1. For an earlier survey, compute it from nps_stats: responses * power(std_error / 100, 2)."
    ),
    related_udf(name = "nps_stats"),
    related_udf(name = "nps_ci")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct NpsRequiredResponses;

/// `nps_required_responses(margin [, confidence [, variance]])`: the number of responses as Int64.
pub fn nps_required_responses_udf() -> Arc<ScalarUDF> {
    scalar_udf::<NpsRequiredResponses>()
}

impl ScalarFunction for NpsRequiredResponses {
    const NAME: &'static str = NAME;
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["margin", "confidence", "variance"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_number_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        if !(1..=3).contains(&arg_types.len()) {
            return plan_err!(
                "{NAME} takes a margin, an optional confidence level and an optional variance, not {} arguments: {NAME}(margin), {NAME}(margin, 0.95) or {NAME}(margin, 0.95, 1)",
                arg_types.len()
            );
        }
        for (name, data_type) in Self::ARGUMENTS.iter().zip(arg_types) {
            match data_type {
                DataType::Float64 => {}
                text if text.is_string() => {
                    return plan_err!(
                        "{NAME} needs a number as {name}; cast it: CAST({name} AS DOUBLE)"
                    );
                }
                other => return plan_err!("{NAME} needs a number as {name}, not {other}"),
            }
        }
        Ok(DataType::Int64)
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let margin = column(columns, 0, f64::NAN);
        let confidence = column(columns, 1, Confidence::NINETY_FIVE.level());
        let variance = column(columns, 2, VARIANCE_MAX);
        let responses = (0..columns[0].len()).map(|row| {
            let (Some(margin), Some(confidence), Some(variance)) =
                (margin(row), confidence(row), variance(row))
            else {
                return Ok(None);
            };
            required_responses(margin, confidence, variance).map(Some)
        });
        Ok(Arc::new(responses.collect::<Result<Int64Array>>()?))
    }
}

/// Returns a reader of the column at `position`, or of the default if there is none.
fn column(
    columns: &[ArrayRef],
    position: usize,
    default: f64,
) -> impl Fn(usize) -> Option<f64> + use<'_> {
    let numbers = columns
        .get(position)
        .map(|column| column.as_primitive::<Float64Type>());
    move |row| match numbers {
        None => Some(default),
        Some(numbers) => numbers.is_valid(row).then(|| numbers.value(row)),
    }
}

fn required_responses(margin: f64, confidence: f64, variance: f64) -> Result<i64> {
    if !(margin > 0.0 && margin.is_finite()) {
        return exec_err!(
            "margin {margin} is not a margin of error; use NPS points above 0, such as 5"
        );
    }
    if !(0.0..=VARIANCE_MAX).contains(&variance) {
        return exec_err!(
            "variance {variance} is outside 0 to 1; compute it from nps_stats as responses * power(std_error / 100, 2)"
        );
    }
    let confidence = checked_confidence(confidence)?;
    let is_enough = |responses: i64| half_width(responses as f64, variance, confidence) <= margin;
    // Half the width decreases with each response.
    let (mut too_few, mut enough) = (0, i64::MAX);
    if !is_enough(enough) {
        return exec_err!(
            "a margin of {margin} NPS points needs more than {enough} responses; use a margin in points, such as 5"
        );
    }
    while too_few + 1 < enough {
        let middle = too_few + (enough - too_few) / 2;
        if is_enough(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Ok(enough)
}

/// Half the width of the adjusted Wald interval, in NPS points, for the shares with this variance
/// for which it is widest.
///
/// Those are the shares without passives. With a = p + d and m = p − d the variance is a − m². The
/// interval adds 3 responses, 1½ of them passives, so that its own variance is
/// (n a + 1½) / (n + 3) − n² m² / (n + 3)², which is (n variance + 1½) / (n + 3) + 3 n m² / (n + 3)².
/// It increases with m², and m² = a − variance is at most 1 − variance.
fn half_width(responses: f64, variance: f64, confidence: Confidence) -> f64 {
    let score = (VARIANCE_MAX - variance).sqrt();
    let counts = NpsCounts {
        promoters: responses * (1.0 + score) / 2.0,
        passives: 0.0,
        detractors: responses * (1.0 - score) / 2.0,
    };
    let margin = counts.adjusted().margin_of_error(confidence);
    margin.expect("the adjusted counts are not empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_by_hand() {
        // z²/0.05² = 1536.58 and (1533 + 1.5) / (1533 + 3)² = 1/1537.50, (1532 + 1.5) / 1535² = 1/1536.50.
        assert_eq!(required_responses(5.0, 0.95, 1.0).unwrap(), 1533);
        // All promoters: z²/0.2² = 96.04 and 4.5 (17 + 1) / (17 + 3)³ = 1/98.8, 4.5 × 17 / 19³ = 1/89.7.
        assert_eq!(required_responses(20.0, 0.95, 0.0).unwrap(), 17);
        assert_eq!(required_responses(200.0, 0.95, 1.0).unwrap(), 1);
        assert_eq!(required_responses(1e300, 0.95, 1.0).unwrap(), 1);
    }

    /// Half the width before it is limited to ±100, from the shares of promoters and detractors.
    fn half_width_of([p, d]: [f64; 2], n: f64, confidence: Confidence) -> f64 {
        let (promoters, passives, detractors) =
            (n * p + 0.75, n * (1.0 - p - d) + 1.5, n * d + 0.75);
        let all = n + 3.0;
        let mean = (promoters - detractors) / all;
        let squares = promoters * (1.0 - mean).powi(2)
            + passives * mean.powi(2)
            + detractors * (1.0 + mean).powi(2);
        100.0 * confidence.z() * (squares / all / all).sqrt()
    }

    #[test]
    fn the_number_is_the_smallest_whose_interval_is_narrow_enough() {
        const VARIANCES: [f64; 12] = [
            0.0, 1e-300, 1e-12, 1e-6, 1e-3, 0.02, 0.1, 0.25, 0.5, 0.75, 0.99, 1.0,
        ];
        const ROUNDING: f64 = 1e-9;
        for margin in [
            0.01, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 40.0, 60.0, 90.0,
        ] {
            for level in [0.5, 0.8, 0.9, 0.95, 0.99, 0.999] {
                let confidence = Confidence::new(level).unwrap();
                let mut fewer = 0;
                for variance in VARIANCES {
                    let case = format!("{margin} {level} {variance}");
                    let n = required_responses(margin, level, variance).unwrap();
                    // Every pair of shares with this variance.
                    let mut widest: f64 = 0.0;
                    let mut widest_of_one_fewer: f64 = 0.0;
                    for step in 0..=1000 {
                        let m = (1.0 - variance).sqrt() * f64::from(step) / 1000.0;
                        let a = variance + m * m;
                        let (p, d) = ((a + m) / 2.0, (a - m) / 2.0);
                        if d < -ROUNDING || a > 1.0 + ROUNDING {
                            continue;
                        }
                        let width = |n: i64| half_width_of([p, d], n as f64, confidence);
                        widest = widest.max(width(n));
                        widest_of_one_fewer = widest_of_one_fewer.max(width(n - 1));
                    }
                    assert!(widest <= margin + ROUNDING, "{case}: {widest}");
                    let is_smallest = n == 1 || widest_of_one_fewer > margin - ROUNDING;
                    assert!(is_smallest, "{case}: {widest_of_one_fewer}");
                    assert!(n >= fewer, "{case}");
                    fewer = n;
                }
            }
        }
    }

    #[test]
    fn invalid_margins_and_variances_are_refused() {
        for (margin, variance, message) in [
            (0.0, 1.0, "margin 0 is not a margin of error"),
            (-5.0, 1.0, "margin -5 is not"),
            (f64::NAN, 1.0, "margin NaN is not"),
            (f64::INFINITY, 1.0, "margin inf is not"),
            (5.0, -0.1, "variance -0.1 is outside 0 to 1"),
            (5.0, 1.1, "variance 1.1 is outside"),
            (5.0, f64::NAN, "variance NaN is outside"),
            (1e-9, 1.0, "needs more than 9223372036854775807 responses"),
            (1e-300, 1.0, "needs more than 9223372036854775807 responses"),
        ] {
            let error = required_responses(margin, 0.95, variance).expect_err(message);
            assert!(error.to_string().contains(message), "{error}");
        }
        assert!(required_responses(5.0, 95.0, 1.0).is_err());
    }
}
