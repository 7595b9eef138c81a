//! `nps`: the Net Promoter Score.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{FloatStatistic, TallyUdaf};
use crate::weighted_scores::{ByCategory, WeightedScores};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the Net Promoter Score: the percentage of promoters (9 and 10) minus the percentage of detractors (0 to 6), from -100 to 100. NULL scores are ignored; if there are no scores, the result is NULL. A score outside 0 to 10 is an error. DISTINCT is an error: to count each respondent once, aggregate a subquery that returns one row per respondent.",
    syntax_example = "nps(score[, weight])",
    sql_example = r#"```sql
> SELECT nps(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+--------------+
| nps(t.score) |
+--------------+
| 25.0         |
+--------------+
> SELECT nps(score, responses) FROM (VALUES (9, 70), (7, 20), (0, 10)) AS t(score, responses);
+--------------------------+
| nps(t.score,t.responses) |
+--------------------------+
| 60.0                     |
+--------------------------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "weight",
        description = "The number of responses the row stands for: a count, as in a rollup, or a survey weight. Default 1. Rows with a NULL weight are ignored; a negative or infinite weight is an error. Whole weights are summed exactly, decimals as DOUBLE."
    ),
    related_udf(name = "nps_stats"),
    related_udf(name = "nps_ci"),
    related_udf(name = "nps_compare"),
    related_udf(name = "nps_category")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Nps;

/// `nps(score [, weight])`: the Net Promoter Score as Float64, from −100 to 100.
pub fn nps_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<Nps, 3>::udaf()
}

impl FloatStatistic<3> for Nps {
    type Arguments = WeightedScores<ByCategory>;

    const NAME: &'static str = "nps";
    const DOC: Doc<Self> = Self::doc;

    fn value<S: Sum>(_arguments: &Self::Arguments, tally: &Tally<S, 3>) -> Result<Option<f64>> {
        Ok(tally.counts()?.nps())
    }
}
