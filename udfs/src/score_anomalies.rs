//! `score_anomalies`: tests of a group's scores for signs that they were not given freely.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::comparison::upper_p_value;
use crate::float_struct::{float_fields, float_structs};
use crate::histograms::{check_histogram_type, coerce_histogram_type, totals_of_histograms};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::score::SCORES;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Tests the scores of a group against those of all others, and returns the p-values as a struct: all_tens, of a group in which every score is 10 (hypergeometric; 1 for any other group); too_many_tens, of more 10s than the group's 9s and 8s explain; jump_to_nine, of more 9s for its 8s than its 7s and 10s explain. The last two are one-sided z-tests of contrasts of log counts, with 1/2 added to each count: log n10 - 2 log n9 + log n8, and 1.5 log n9 - 1.5 log n8 + 0.5 log n7 - 0.5 log n10. Neither changes if the scores of a group are all more likely by the same factor a point, so a group that is merely more content raises no alarm. NULL if either has no scores.",
    syntax_example = "score_anomalies(histogram, others)",
    sql_example = r#"```sql
> SELECT round(a['too_many_tens'], 4) AS too_many_tens, round(a['jump_to_nine'], 4) AS jump_to_nine
  FROM (SELECT score_anomalies([1, 0, 1, 1, 2, 3, 3, 8, 12, 9, 60], [9, 4, 8, 11, 14, 30, 28, 80, 140, 110, 160]) AS a);
+---------------+--------------+
| too_many_tens | jump_to_nine |
+---------------+--------------+
| 0.0223        | 0.8367       |
+---------------+--------------+
```"#,
    argument(
        name = "histogram",
        description = "The group's histogram: a list of 11 counts, as returned by score_histogram."
    ),
    argument(name = "others", description = "The histogram of all other responses."),
    related_udf(name = "score_histogram"),
    related_udf(name = "nps_compare_histograms")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct ScoreAnomalies;

/// `score_anomalies(histogram, others)`: a struct of p-values.
pub fn score_anomalies_udf() -> Arc<ScalarUDF> {
    scalar_udf::<ScoreAnomalies>()
}

const FIELDS: [&str; 3] = ["all_tens", "too_many_tens", "jump_to_nine"];

/// Counts of scores, from 0 to 10.
type Histogram = [f64; SCORES];

impl ScalarFunction for ScoreAnomalies {
    const NAME: &'static str = "score_anomalies";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["histogram", "others"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_histogram_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        let [histogram, others] = arg_types else {
            return plan_err!(
                "{0} takes two histograms, not {1} arguments: {0}(histogram, others)",
                Self::NAME,
                arg_types.len()
            );
        };
        check_histogram_type(Self::NAME, histogram)?;
        check_histogram_type(Self::NAME, others)?;
        Ok(DataType::Struct(float_fields(FIELDS)))
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let [groups, others] = columns else {
            return internal_err!("expected two histograms, not {} columns", columns.len());
        };
        let groups = totals_of_histograms(groups)?;
        let others = totals_of_histograms(others)?;
        let p_values: Vec<_> = std::iter::zip(&groups, &others)
            .map(|(group, others)| p_values(group, others))
            .map(|p_values| p_values.map_or([None; 3], |p_values| p_values.map(Some)))
            .collect();
        float_structs(FIELDS, &p_values)
    }
}

/// A sum of weighted log counts of scores, by score.
type Contrast = &'static [(usize, f64)];

/// The second difference of the log counts at 10.
const TENS: Contrast = &[(10, 1.0), (9, -2.0), (8, 1.0)];

/// Three times the step from 8 to 9, without the steps from 7 to 8 and from 9 to 10, in halves.
const NINES: Contrast = &[(9, 1.5), (8, -1.5), (7, 0.5), (10, -0.5)];

/// Returns the p-values in the order of the fields.
fn p_values(group: &Histogram, others: &Histogram) -> Option<[f64; 3]> {
    let [of_group, of_others]: [f64; 2] = [group, others].map(|counts| counts.iter().sum());
    if of_group <= 0.0 || of_others <= 0.0 {
        return None;
    }
    let all_tens = if group[10] == of_group {
        // The group is drawn from all responses.
        let tens = group[10] + others[10];
        (log_choose(tens, of_group) - log_choose(of_group + of_others, of_group)).exp()
    } else {
        1.0
    };
    Some([
        all_tens.min(1.0),
        excess(TENS, group, others),
        excess(NINES, group, others),
    ])
}

/// Returns the p-value of a contrast that is larger in the group.
fn excess(contrast: Contrast, group: &Histogram, others: &Histogram) -> f64 {
    let estimate = |counts: &Histogram| {
        let terms = contrast.iter().map(|&(score, weight)| {
            let count = counts[score] + 0.5;
            (weight * count.ln(), weight * weight / count)
        });
        terms.fold((0.0, 0.0), |(value, variance), (term, part)| {
            (value + term, variance + part)
        })
    };
    let (of_group, group_variance) = estimate(group);
    let (of_others, others_variance) = estimate(others);
    upper_p_value((of_group - of_others) / (group_variance + others_variance).sqrt())
}

/// Returns the logarithm of the binomial coefficient.
fn log_choose(all: f64, chosen: f64) -> f64 {
    libm::lgamma(all + 1.0) - libm::lgamma(chosen + 1.0) - libm::lgamma(all - chosen + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: Histogram = [
        9.0, 4.0, 8.0, 11.0, 14.0, 30.0, 28.0, 80.0, 140.0, 110.0, 160.0,
    ];

    #[test]
    fn p_values_agree_with_scipy() {
        // scipy 1.17: norm.sf of the contrasts, hypergeom.pmf.
        let group = [1.0, 0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 8.0, 12.0, 9.0, 60.0];
        let [all_tens, too_many_tens, jump_to_nine] =
            p_values(&group, &OTHERS).expect("scores on both sides");
        assert_eq!(all_tens, 1.0);
        assert!(
            (too_many_tens - 0.022312155401033477).abs() < 1e-12,
            "{too_many_tens}"
        );
        assert!(
            (jump_to_nine - 0.8366822998684535).abs() < 1e-12,
            "{jump_to_nine}"
        );
        let mut tens = [0.0; SCORES];
        tens[10] = 12.0;
        let [all_tens, ..] = p_values(&tens, &OTHERS).expect("scores on both sides");
        assert!(
            (all_tens / 2.0595876796968064e-07 - 1.0).abs() < 1e-10,
            "{all_tens}"
        );
    }

    #[test]
    fn a_more_content_group_is_no_anomaly() {
        // Each score is twice as likely as the one below, compared with the others.
        let content: Histogram =
            std::array::from_fn(|score| OTHERS[score] * 2_f64.powi(score as i32));
        let [_, too_many_tens, jump_to_nine] = p_values(&content, &OTHERS).expect("scores");
        assert!((too_many_tens - 0.5).abs() < 0.01, "{too_many_tens}");
        assert!((jump_to_nine - 0.5).abs() < 0.01, "{jump_to_nine}");
    }

    #[test]
    fn nothing_is_tested_without_scores() {
        assert_eq!(p_values(&[0.0; SCORES], &OTHERS), None);
        assert_eq!(p_values(&OTHERS, &[0.0; SCORES]), None);
    }
}
