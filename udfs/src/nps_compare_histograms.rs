//! `nps_compare_histograms`: `nps_compare` for scores that are already counted.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::histograms::{check_histogram_type, coerce_histogram_type, counts_of_histograms};
use crate::nps_compare::{comparison_fields, comparisons};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::{Doc, NpsComparison};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Compares the Net Promoter Scores of two histograms and returns the same struct as nps_compare: first, second, change, z, p_value. A NULL histogram has no responses: its score is NULL, and so is everything computed from it. A list that is not 11 numbers, each 0 or more, is an error.",
    syntax_example = "nps_compare_histograms(a, b)",
    sql_example = r#"```sql
> SELECT c['first'] AS first, c['second'] AS second, round(c['z'], 4) AS z, round(c['p_value'], 4) AS p_value
  FROM (SELECT nps_compare_histograms([0, 0, 0, 0, 0, 0, 20, 0, 30, 0, 50], [0, 0, 0, 0, 0, 0, 10, 0, 30, 0, 60]) AS c);
+-------+--------+--------+---------+
| first | second | z      | p_value |
+-------+--------+--------+---------+
| 30.0  | 50.0   | 1.9426 | 0.0521  |
+-------+--------+--------+---------+
```"#,
    argument(
        name = "a",
        description = "The first histogram: a list of 11 counts, one for each score from 0 to 10, of any numeric type, as returned by score_histogram."
    ),
    argument(name = "b", description = "The second histogram."),
    related_udf(name = "nps_compare"),
    related_udf(name = "score_histogram")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct NpsCompareHistograms;

/// `nps_compare_histograms(a, b)`: a struct of two scores, the change, z and p-value.
pub fn nps_compare_histograms_udf() -> Arc<ScalarUDF> {
    scalar_udf::<NpsCompareHistograms>()
}

impl ScalarFunction for NpsCompareHistograms {
    const NAME: &'static str = "nps_compare_histograms";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["a", "b"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_histogram_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        let [a, b] = arg_types else {
            return plan_err!(
                "{0} takes two histograms, not {1} arguments: {0}(a, b)",
                Self::NAME,
                arg_types.len()
            );
        };
        check_histogram_type(Self::NAME, a)?;
        check_histogram_type(Self::NAME, b)?;
        Ok(DataType::Struct(comparison_fields()))
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let [first, second] = columns else {
            return internal_err!("expected two histograms, not {} columns", columns.len());
        };
        let first = counts_of_histograms(first)?;
        let second = counts_of_histograms(second)?;
        comparisons(std::iter::zip(&first, &second).map(|(a, b)| NpsComparison::new(a, b)))
    }
}
