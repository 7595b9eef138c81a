//! `nps_required_responses`: the number of responses for a margin of error.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::arguments::{checked_confidence, coerce_number_type};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::{Confidence, Doc};

const NAME: &str = "nps_required_responses";

/// The largest variance possible: half promoters, half detractors.
const VARIANCE_MAX: f64 = 1.0;

/// The responses that the adjusted Wald interval adds.
const ADDED_RESPONSES: f64 = 3.0;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the number of responses at which the adjusted Wald interval of a Net Promoter Score reaches no further than the margin of error on either side: z² variance / margin² - 3, with the margin as a share of 100 points, rounded up, and at least 1. The default variance is the largest possible, with half promoters and half detractors; the variance of an earlier survey gives a smaller number. NULL if any argument is NULL.",
    syntax_example = "nps_required_responses(margin[, confidence[, variance]])",
    sql_example = r#"```sql
> SELECT nps_required_responses(5) AS n, nps_required_responses(5, 0.9, 0.6) AS with_variance;
+------+---------------+
| n    | with_variance |
+------+---------------+
| 1534 | 647           |
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
    let z = checked_confidence(confidence)?.z();
    let margin = margin / 100.0;
    // Not z² / margin²: either square may overflow or underflow by itself.
    let responses = ((z / margin).powi(2) * variance - ADDED_RESPONSES).ceil();
    // 2⁶³ is the first double that is too large.
    if responses >= i64::MAX as f64 {
        return exec_err!(
            "a margin of {} NPS points needs more than {} responses; use a margin in points, such as 5",
            margin * 100.0,
            i64::MAX
        );
    }
    Ok(responses.max(1.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NpsCounts;

    #[test]
    fn computed_by_hand() {
        // 1.959964² / 0.05² - 3 = 1533.58 and 1.644854² × 0.6 / 0.05² - 3 = 646.33.
        assert_eq!(required_responses(5.0, 0.95, 1.0).unwrap(), 1534);
        assert_eq!(required_responses(5.0, 0.9, 0.6).unwrap(), 647);
        assert_eq!(required_responses(5.0, 0.95, 0.0).unwrap(), 1);
        assert_eq!(required_responses(200.0, 0.95, 1.0).unwrap(), 1);
        assert_eq!(
            required_responses(1e-4, 0.95, 1.0).unwrap(),
            3_841_458_820_692
        );
    }

    #[test]
    fn the_interval_is_no_wider_than_the_margin() {
        let half_width = |responses: f64| {
            let counts = NpsCounts {
                promoters: responses / 2.0,
                passives: 0.0,
                detractors: responses / 2.0,
            };
            let interval = counts.adjusted_wald(Confidence::NINETY_FIVE).unwrap();
            (interval.high - interval.low) / 2.0
        };
        for margin in [2.0, 5.0, 10.0, 20.0] {
            let responses = required_responses(margin, 0.95, 1.0).unwrap() as f64;
            assert!(half_width(responses) <= margin);
            // The passives that the method adds make the interval slightly narrower still.
            assert!(half_width(responses - 4.0) > margin * 0.98);
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
