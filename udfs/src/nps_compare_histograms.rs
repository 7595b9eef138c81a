//! `nps_compare_histograms`: `nps_compare` for scores that are already counted.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::histograms::{check_histogram_type, coerce_histogram_type, counts_of_histograms};
use crate::nps_compare::{comparison_fields, comparisons};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::text::strings;
use crate::{Doc, IntervalMethod, NpsComparison, NpsCounts};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Compares the Net Promoter Scores of two histograms and returns the same struct as nps_compare: first, second, change, z, p_value. z and p_value are those of nps_compare, or with the method 'adjusted_wald' computed after 3/4 promoter, 1 1/2 passives and 3/4 detractor are added to each histogram, so that a few responses that agree are not taken for certainty. A NULL histogram has no responses: its score is NULL, and so is everything computed from it. A list that is not 11 numbers, each 0 or more, is an error.",
    syntax_example = "nps_compare_histograms(a, b[, method])",
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
    argument(
        name = "method",
        description = "A literal: 'wald' (default), or 'adjusted_wald' for few responses."
    ),
    related_udf(name = "nps_compare"),
    related_udf(name = "score_histogram")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct NpsCompareHistograms;

/// `nps_compare_histograms(a, b [, method])`: a struct of two scores, the change, z and p-value.
pub fn nps_compare_histograms_udf() -> Arc<ScalarUDF> {
    scalar_udf::<NpsCompareHistograms>()
}

impl ScalarFunction for NpsCompareHistograms {
    const NAME: &'static str = "nps_compare_histograms";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["a", "b", "method"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_histogram_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        let (a, b, method) = match arg_types {
            [a, b] => (a, b, None),
            [a, b, method] => (a, b, Some(method)),
            _ => {
                return plan_err!(
                    "{0} takes two histograms and an optional method, not {1} arguments: {0}(a, b) or {0}(a, b, 'adjusted_wald')",
                    Self::NAME,
                    arg_types.len()
                );
            }
        };
        check_histogram_type(Self::NAME, a)?;
        check_histogram_type(Self::NAME, b)?;
        if let Some(method) = method.filter(|method| !method.is_string()) {
            return plan_err!(
                "{}(a, b, method) needs text as method, such as 'adjusted_wald', not {method}",
                Self::NAME
            );
        }
        Ok(DataType::Struct(comparison_fields()))
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let (first, second, methods) = match columns {
            [first, second] => (first, second, None),
            [first, second, methods] => {
                (first, second, Some(strings(methods)?.collect::<Vec<_>>()))
            }
            _ => return internal_err!("expected two histograms, not {} columns", columns.len()),
        };
        let first = counts_of_histograms(first)?;
        let second = counts_of_histograms(second)?;
        let compared = std::iter::zip(&first, &second).enumerate();
        let compared = compared.map(|(row, (a, b))| {
            let compare = match &methods {
                None => NpsComparison::new,
                Some(methods) => comparison(methods[row].unwrap_or("NULL"))?,
            };
            Ok(compare(a, b))
        });
        comparisons(compared.collect::<Result<Vec<_>>>()?.into_iter())
    }
}

type Compare = fn(&NpsCounts, &NpsCounts) -> NpsComparison;

/// Returns the comparison by the method of this name.
fn comparison(name: &str) -> Result<Compare> {
    match IntervalMethod::from_name(name) {
        Some(IntervalMethod::Wald) => Ok(NpsComparison::new),
        Some(IntervalMethod::AdjustedWald) => Ok(NpsComparison::adjusted),
        Some(IntervalMethod::Score) | None => {
            let name: String = name.chars().take(40).collect();
            exec_err!(
                "{} has no method {name}; use 'wald' or 'adjusted_wald'",
                NpsCompareHistograms::NAME
            )
        }
    }
}
