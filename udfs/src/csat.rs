//! `csat`: the customer satisfaction score.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::ratings::{Question, Ratings};
use crate::score::{SCORES, Scale};
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{FloatStatistic, TallyUdaf};

#[user_doc(
    doc_section(label = "Customer Satisfaction Functions"),
    description = "Returns the customer satisfaction score: the percentage of answers in the top two points of the scale (4 and 5 on a scale of 5), from 0 to 100. NULL scores are ignored; if there are no scores, the result is NULL. A score outside the scale is an error. A scale may start at 0 or 1, so a 0 that means no answer must be made NULL first.",
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
        description = "A whole number from 0 or 1 to scale_max."
    ),
    argument(
        name = "scale_max",
        description = "The highest score, a literal from 3 to 10. Default 5."
    ),
    related_udf(name = "ces"),
    related_udf(name = "nps")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Csat;

/// `csat(score [, scale_max])`: the percentage of answers in the top two points, as Float64.
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

impl FloatStatistic<SCORES> for Csat {
    type Arguments = Ratings<Self>;

    const NAME: &'static str = "csat";
    const DOC: Doc<Self> = Self::doc;

    fn value<S: Sum>(arguments: &Self::Arguments, tally: &Tally<S, SCORES>) -> Result<Option<f64>> {
        satisfied(arguments.scale, tally)
    }
}

/// Returns the percentage of answers in the top two points of a scale.
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
        let csat = |highest| {
            let scale = Scale {
                highest,
                ..Csat::SCALE
            };
            satisfied(scale, &tally).expect("few answers")
        };
        assert_eq!(csat(5), Some(62.5));
        assert_eq!(csat(6), Some(37.5));
        assert_eq!(csat(10), Some(0.0));
        let nobody = Tally::<i64, SCORES>::default();
        assert_eq!(satisfied(Csat::SCALE, &nobody).unwrap(), None);
        // Rounded once: a third is a third.
        let third = Tally::<i64, SCORES>::from_counts([0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!(satisfied(Csat::SCALE, &third).unwrap(), Some(100.0 / 3.0));
    }
}
