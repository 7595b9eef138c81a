//! `nps_compare_histograms`: `nps_compare` of scores that have been counted before.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion_macros::user_doc;

use crate::NpsComparison;
use crate::histograms::{check_histogram_type, coerce_histogram_type, counts_of_histograms};
use crate::nps_compare::{comparison_fields, comparisons};
use crate::scalar::invoke_on_columns;

const NAME: &str = "nps_compare_histograms";

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Compares the Net Promoter Scores of two histograms, as nps_compare does those of two samples, and returns the same struct: first, second, change, z, p_value. A histogram of NULL is one of nobody: its score is NULL, and so is what follows from it. A list that is not 11 numbers, each 0 or more, is an error.",
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
        description = "The first histogram: a list of how many gave each score from 0 to 10, of any numeric type, as score_histogram gives."
    ),
    argument(name = "b", description = "The second histogram."),
    related_udf(name = "nps_compare"),
    related_udf(name = "score_histogram")
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct NpsCompareHistograms {
    signature: Signature,
}

/// `nps_compare_histograms(a, b)`: a struct of two scores, the change, z and p-value.
pub fn nps_compare_histograms_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(NpsCompareHistograms {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(vec!["a", "b"])
            .expect("two different names"),
    }))
}

impl ScalarUDFImpl for NpsCompareHistograms {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(coerce_histogram_type).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let [a, b] = arg_types else {
            return plan_err!(
                "{NAME} takes two histograms, not {} arguments: {NAME}(a, b)",
                arg_types.len()
            );
        };
        check_histogram_type(NAME, a)?;
        check_histogram_type(NAME, b)?;
        Ok(DataType::Struct(comparison_fields()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke_on_columns(&args, compare)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn compare(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let [a, b] = columns else {
        return internal_err!("two histograms are not {} columns", columns.len());
    };
    let first = counts_of_histograms(a)?;
    let second = counts_of_histograms(b)?;
    comparisons(
        first
            .iter()
            .zip(&second)
            .map(|(first, second)| NpsComparison::new(first, second)),
    )
}
