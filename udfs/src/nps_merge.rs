//! `nps_merge`: the Net Promoter Score of added histograms.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::histograms::Histograms;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{FloatStatistic, TallyUdaf};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the Net Promoter Score of all responses counted in the histograms, from -100 to 100, as if computed from the scores themselves. It is not the average of the histograms' own scores, which would weight a histogram of ten responses like one of a thousand. NULL histograms are ignored; if there are no responses, the result is NULL. A list that is not 11 numbers, each 0 or more, is an error.",
    syntax_example = "nps_merge(histogram)",
    sql_example = r#"```sql
> SELECT nps_merge(histogram) AS nps
  FROM (SELECT month, score_histogram(score) AS histogram
        FROM (VALUES (1, 10), (1, 9), (1, 9), (2, 0)) AS t(month, score) GROUP BY month);
+------+
| nps  |
+------+
| 50.0 |
+------+
```"#,
    argument(
        name = "histogram",
        description = "A list of 11 counts, one for each score from 0 to 10, of any numeric type, as returned by score_histogram."
    ),
    related_udf(name = "score_histogram"),
    related_udf(name = "nps_compare_histograms")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct NpsMerge;

/// `nps_merge(histogram)`: the Net Promoter Score of added histograms as Float64, from −100 to 100.
pub fn nps_merge_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<NpsMerge, 3>::udaf()
}

impl FloatStatistic<3> for NpsMerge {
    type Arguments = Histograms;

    const NAME: &'static str = "nps_merge";
    const DOC: Doc<Self> = Self::doc;

    fn value<S: Sum>(_arguments: &Self::Arguments, tally: &Tally<S, 3>) -> Result<Option<f64>> {
        Ok(tally.counts()?.nps())
    }
}
