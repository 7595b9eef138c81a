//! `csat`: customer satisfaction.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{AggregateUDF, Documentation};
use datafusion_macros::user_doc;

use crate::ratings::{Question, Ratings};
use crate::score::{SCORES, Scale};
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};

#[user_doc(
    doc_section(label = "Customer Satisfaction Functions"),
    description = "Returns the customer satisfaction score: the percentage of answers that are one of the top two of the scale, from 0 to 100; 4 and 5 on a scale of 5. NULL scores do not count; without an answered score the result is NULL. A score that is not on the scale is an error. Scales from 0 and from 1 are read alike, so that a 0 that stands for no answer must be made NULL.",
    syntax_example = "csat(score[, scale_max])",
    sql_example = r#"```sql
> SELECT csat(score) FROM (VALUES (5), (4), (3), (NULL)) AS t(score);
+-------------------+
| csat(t.score)     |
+-------------------+
| 66.66666666666667 |
+-------------------+
```"#,
    argument(
        name = "score",
        description = "The answer, a whole number from 0 or 1 to scale_max of any numeric type."
    ),
    argument(
        name = "scale_max",
        description = "The highest answer there can be, a literal from 3 to 10. Default 5."
    ),
    related_udf(name = "ces"),
    related_udf(name = "nps")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Csat;

/// `csat(score [, scale_max])`: the percentage of the top two answers as Float64.
pub fn csat_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<Csat, SCORES>::udaf()
}

impl Question for Csat {
    const SCALE: Scale = Scale {
        subject: "a CSAT",
        function: Some("csat"),
        lowest: 0,
        highest: 5,
    };
}

impl Statistic<SCORES> for Csat {
    type Arguments = Ratings<Self>;

    const NAME: &'static str = "csat";
    const IS_NULLABLE: bool = true;

    fn return_type(_count: DataType) -> DataType {
        DataType::Float64
    }

    fn evaluate<S: Sum>(
        arguments: &Self::Arguments,
        tallies: &[Tally<S, SCORES>],
    ) -> Result<ArrayRef> {
        let shares = tallies
            .iter()
            .map(|tally| satisfied(arguments.scale, tally));
        Ok(Arc::new(shares.collect::<Result<Float64Array>>()?))
    }

    fn evaluate_one<S: Sum>(
        arguments: &Self::Arguments,
        tally: Tally<S, SCORES>,
    ) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(satisfied(arguments.scale, &tally)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The percentage of the top two answers of a scale.
fn satisfied<S: Sum>(scale: Scale, tally: &Tally<S, SCORES>) -> Result<Option<f64>> {
    let responses = tally.responses()?.total_f64();
    let highest = scale.highest as usize;
    let satisfied: f64 = tally.sums()[highest - 1..=highest]
        .iter()
        .map(|sum| sum.total_f64())
        .sum();
    Ok((responses > 0.0).then(|| 100.0 * satisfied / responses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_two_of_any_scale() {
        let tally = Tally::<i64, SCORES>::from_counts([0, 1, 1, 1, 2, 3, 0, 0, 0, 0, 0]);
        let of = |highest| {
            let scale = Scale {
                highest,
                ..Csat::SCALE
            };
            satisfied(scale, &tally).expect("few answers")
        };
        assert_eq!(of(5), Some(62.5));
        assert_eq!(of(6), Some(37.5));
        assert_eq!(of(10), Some(0.0));
        let nobody = Tally::<i64, SCORES>::default();
        assert_eq!(satisfied(Csat::SCALE, &nobody).unwrap(), None);
        // Not two roundings: a third is a third.
        let third = Tally::<i64, SCORES>::from_counts([0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!(satisfied(Csat::SCALE, &third).unwrap(), Some(100.0 / 3.0));
    }
}
