//! `ces`: the customer effort score.

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
    description = "Returns the customer effort score: the mean agreement that something was easy, from 1 (not at all) to 7 (entirely), or to scale_max. NULL scores are ignored; if there are no scores, the result is NULL. A score outside the scale is an error, including 0: a 0 that means no answer would go unnoticed in a mean.",
    syntax_example = "ces(score[, scale_max])",
    sql_example = r#"```sql
> SELECT ces(score) FROM (VALUES (7), (6), (2), (NULL)) AS t(score);
+--------------+
| ces(t.score) |
+--------------+
| 5.0          |
+--------------+
```"#,
    argument(name = "score", description = "A whole number from 1 to scale_max."),
    argument(
        name = "scale_max",
        description = "The highest score, a literal from 3 to 10. Default 7."
    ),
    related_udf(name = "csat"),
    related_udf(name = "nps")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Ces;

/// `ces(score [, scale_max])`: the mean score as Float64.
pub fn ces_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<Ces, SCORES>::udaf()
}

impl Question for Ces {
    const SCALE: Scale = Scale {
        subject: "a CES",
        function: Some("ces"),
        lowest: 1,
        highest: 7,
    };
}

impl FloatStatistic<SCORES> for Ces {
    type Arguments = Ratings<Self>;

    const NAME: &'static str = "ces";
    const DOC: Doc<Self> = Self::doc;

    fn value<S: Sum>(
        _arguments: &Self::Arguments,
        tally: &Tally<S, SCORES>,
    ) -> Result<Option<f64>> {
        mean(tally)
    }
}

/// Returns the mean score. Whole counts below 2⁵³ / 10 are summed exactly, so it is rounded once.
fn mean<S: Sum>(tally: &Tally<S, SCORES>) -> Result<Option<f64>> {
    let responses = tally.responses()?.total_f64();
    let total: f64 = (0_i8..)
        .zip(tally.sums())
        .map(|(score, sum)| f64::from(score) * sum.total_f64())
        .sum();
    Ok((responses > 0.0).then(|| total / responses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_rounded_once() {
        let mean = |counts| mean(&Tally::<i64, SCORES>::from_counts(counts)).expect("few answers");
        assert_eq!(mean([0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0]), Some(5.0));
        assert_eq!(mean([0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0]), Some(20.0 / 3.0));
        assert_eq!(mean([0; SCORES]), None);
        let many = 1 << 40;
        assert_eq!(mean([0, many, 0, 0, 0, 0, 0, many, 0, 0, 0]), Some(4.0));
    }
}
