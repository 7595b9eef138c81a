//! `explained_variance`: the share of a spread that is between groups.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::arguments::coerce_number_type;
use crate::float_struct::{float_fields, float_structs};
use crate::noncentral_f::NoncentralF;
use crate::scalar::{ScalarFunction, scalar_udf};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the share of the spread of a value that is between groups, from the sums of squares of a one-way analysis of variance, as a struct: eta_squared, the share in these responses; omega_squared, the share with what chance adds taken off (Hays 1963), 0 if less; ci_low and ci_high, the 95 % interval of the share by inverting the noncentral F distribution (Steiger 2004). All are shares from 0 to 1. NULL without two groups, more responses than groups, and a spread. A share says nothing about causes.",
    syntax_example = "explained_variance(groups, responses, between, total)",
    sql_example = r#"```sql
> SELECT round(e['eta_squared'], 3) AS eta, round(e['omega_squared'], 3) AS omega, round(e['ci_low'], 3) AS low, round(e['ci_high'], 3) AS high
  FROM (SELECT explained_variance(3, 100, 12, 100) AS e);
+------+-------+-------+-------+
| eta  | omega | low   | high  |
+------+-------+-------+-------+
| 0.12 | 0.101 | 0.019 | 0.235 |
+------+-------+-------+-------+
```"#,
    argument(name = "groups", description = "The number of groups."),
    argument(
        name = "responses",
        description = "The number of responses in all groups."
    ),
    argument(
        name = "between",
        description = "The sum over all responses of the squared difference of their group's mean from the mean of all."
    ),
    argument(
        name = "total",
        description = "The sum over all responses of their squared difference from the mean of all."
    ),
    related_udf(name = "score_histogram")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct ExplainedVariance;

/// `explained_variance(groups, responses, between, total)`: a struct of shares and an interval.
pub fn explained_variance_udf() -> Arc<ScalarUDF> {
    scalar_udf::<ExplainedVariance>()
}

const FIELDS: [&str; 4] = ["eta_squared", "omega_squared", "ci_low", "ci_high"];

impl ScalarFunction for ExplainedVariance {
    const NAME: &'static str = "explained_variance";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["groups", "responses", "between", "total"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_number_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        if arg_types.len() != Self::ARGUMENTS.len() {
            return plan_err!(
                "{0} takes four numbers, not {1} arguments: {0}(groups, responses, between, total)",
                Self::NAME,
                arg_types.len()
            );
        }
        for (name, data_type) in Self::ARGUMENTS.iter().zip(arg_types) {
            if *data_type != DataType::Float64 {
                return plan_err!("{} needs a number as {name}, not {data_type}", Self::NAME);
            }
        }
        Ok(DataType::Struct(float_fields(FIELDS)))
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let numbers: Vec<&Float64Array> = columns
            .iter()
            .map(|column| column.as_primitive::<Float64Type>())
            .collect();
        let shares = (0..columns[0].len()).map(|row| {
            let number = |at: usize| numbers[at].is_valid(row).then(|| numbers[at].value(row));
            shares([number(0)?, number(1)?, number(2)?, number(3)?])
        });
        let shares: Vec<_> = shares
            .map(|shares| shares.map_or([None; 4], |shares| shares.map(Some)))
            .collect();
        float_structs(FIELDS, &shares)
    }
}

/// Returns η², ω² and the ends of the interval of the share.
///
/// W. L. Hays, Statistics for Psychologists (1963); J. H. Steiger, "Beyond the F Test", Psychological Methods 9
/// (2004), 164–182.
fn shares([groups, responses, between, total]: [f64; 4]) -> Option<[f64; 4]> {
    let (numerator_freedom, denominator_freedom) = (groups - 1.0, responses - groups);
    let is_defined = numerator_freedom > 0.0 && denominator_freedom > 0.0 && total > 0.0;
    if !is_defined {
        return None;
    }
    // Rounding may leave a little on the wrong side.
    let between = between.clamp(0.0, total);
    let within_mean = (total - between) / denominator_freedom;
    let eta_squared = between / total;
    if within_mean == 0.0 {
        return Some([1.0; 4]);
    }
    let omega_squared = (between - numerator_freedom * within_mean) / (total + within_mean);
    let f = between / numerator_freedom / within_mean;
    // A mixture of this many weights takes long, and the interval is narrower than 0.0001 then.
    const NONCENTRALITY_MAX: f64 = 1e9;
    if numerator_freedom * f > NONCENTRALITY_MAX {
        return Some([eta_squared, omega_squared, eta_squared, eta_squared]);
    }
    let distribution = NoncentralF {
        numerator_freedom,
        denominator_freedom,
    };
    let end = |probability: f64| {
        let noncentrality = distribution.noncentrality(f, probability);
        noncentrality / (noncentrality + responses)
    };
    Some([eta_squared, omega_squared.max(0.0), end(0.975), end(0.025)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_agree_with_scipy() {
        // scipy 1.17: brentq over ncf.cdf. Three groups, 100 responses.
        let [eta, omega, low, high] = shares([3.0, 100.0, 12.0, 100.0]).expect("two groups");
        assert_eq!(eta, 0.12);
        assert!((omega - (12.0 - 2.0 * 88.0 / 97.0) / (100.0 + 88.0 / 97.0)).abs() < 1e-15);
        assert!((low - 0.018545680793634424).abs() < 1e-9, "{low}");
        assert!((high - 0.23508064048514496).abs() < 1e-9, "{high}");
    }

    #[test]
    fn nearly_all_of_the_spread() {
        let [eta, _, low, high] = shares([4.0, 2000.0, 9.999_999_9, 10.0]).expect("four groups");
        assert_eq!([low, high], [eta, eta]);
        let [_, _, low, high] = shares([4.0, 2000.0, 9.99, 10.0]).expect("four groups");
        assert!(
            low < 0.999 && 0.999 < high && high - low < 2e-4,
            "{low} {high}"
        );
    }

    #[test]
    fn ends_of_the_scale() {
        let none = shares([4.0, 400.0, 0.0, 50.0]).expect("four groups");
        assert_eq!(none, [0.0; 4]);
        assert_eq!(shares([2.0, 10.0, 5.0, 5.0]), Some([1.0; 4]));
        // Rounding.
        assert_eq!(shares([2.0, 10.0, 5.000_000_1, 5.0]), Some([1.0; 4]));
        for undefined in [
            [1.0, 10.0, 0.0, 5.0],
            [10.0, 10.0, 5.0, 5.0],
            [2.0, 10.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0],
        ] {
            assert_eq!(shares(undefined), None, "{undefined:?}");
        }
    }
}
