//! `nps_merge`: the Net Promoter Score of added histograms.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{AggregateUDF, Documentation};
use datafusion_macros::user_doc;

use crate::histograms::Histograms;
use crate::nps;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the Net Promoter Score of all responses that histograms count, as if it were computed from the scores themselves: from -100 to 100. It is not the average of the histograms' own scores, which would give a histogram of ten people the same say as one of a thousand. A histogram of NULL does not count; without a counted response the result is NULL. A list that is not 11 numbers, each 0 or more, is an error.",
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
        description = "A list of how many gave each score from 0 to 10, of any numeric type, as score_histogram gives."
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

impl Statistic<3> for NpsMerge {
    type Arguments = Histograms;

    const NAME: &'static str = "nps_merge";
    const IS_NULLABLE: bool = true;

    fn return_type(_count: DataType) -> DataType {
        DataType::Float64
    }

    fn evaluate<S: Sum>(_arguments: &Self::Arguments, tallies: &[Tally<S, 3>]) -> Result<ArrayRef> {
        nps::scores_of(tallies)
    }

    fn evaluate_one<S: Sum>(
        _arguments: &Self::Arguments,
        tally: Tally<S, 3>,
    ) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(tally.counts()?.nps()))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}
