//! `nps_compare`: the change between two scores, and its significance.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::arguments::Arguments;
use crate::float_struct::{float_fields, float_structs};
use crate::score::{Category, Scale, Scores, check_score_type, coerce_score_type, filtered_rows};
use crate::sum::Sum;
use crate::tally::{Tally, Weight};
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::{Doc, NpsComparison, NpsCounts};

/// The categories of the first sample, then those of the second.
pub(crate) const SAMPLE_BINS: usize = 6;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Compares the Net Promoter Scores of two samples: the rows where is_second is false, and the rows where it is true. Returns a struct: first and second, the two scores; change, second minus first, in NPS points; z, the change divided by its standard error; p_value, the probability of a change at least this large in either direction if nothing has changed (two-sided, normal distribution, independent samples). The score of a sample without responses is NULL, and so is everything computed from it. If both samples are unanimous there is no standard error to test with, and z and p_value are NULL.",
    syntax_example = "nps_compare(score, is_second)",
    sql_example = r#"```sql
> SELECT c['first'] AS first, c['second'] AS second, c['change'] AS change, round(c['p_value'], 4) AS p_value
  FROM (SELECT nps_compare(score, year = 2025) AS c
        FROM (VALUES (2024, 9), (2024, 8), (2024, 0), (2025, 10), (2025, 9), (2025, 8)) AS t(year, score));
+-------+-------------------+-------------------+---------+
| first | second            | change            | p_value |
+-------+-------------------+-------------------+---------+
| 0.0   | 66.66666666666667 | 66.66666666666667 | 0.2207  |
+-------+-------------------+-------------------+---------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "is_second",
        description = "A condition that is true for the second sample and false for the first. Rows where it is NULL are ignored."
    ),
    related_udf(name = "nps_compare_histograms"),
    related_udf(name = "nps_samples"),
    related_udf(name = "nps_ci")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct NpsCompare;

/// `nps_compare(score, is_second)`: a struct of two scores, the change, z and p-value.
pub fn nps_compare_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<NpsCompare, SAMPLE_BINS>::udaf()
}

/// The arguments: a score, and the sample it belongs to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TwoSamples;

impl Arguments<SAMPLE_BINS> for TwoSamples {
    const NAMES: &'static [&'static str] = &["score", "is_second"];

    fn coerce_type(position: usize, data_type: &DataType) -> DataType {
        match (position, data_type) {
            (0, score) => coerce_score_type(score),
            (_, DataType::Null) => DataType::Boolean,
            (_, DataType::Dictionary(_, values)) => values.as_ref().clone(),
            (_, other) => other.clone(),
        }
    }

    fn count_type(function: &str, arg_types: &[DataType]) -> Result<DataType> {
        let [score, is_second] = arg_types else {
            return plan_err!(
                "{function} takes a score and a condition, not {} arguments: {function}(score, is_second)",
                arg_types.len()
            );
        };
        check_score_type(function, score)?;
        if *is_second != DataType::Boolean {
            return plan_err!(
                "{function}(score, is_second) needs a condition as is_second, such as year = 2025, not {is_second}"
            );
        }
        Ok(DataType::Int64)
    }

    fn try_for_each<S: Sum>(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
        mut visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        let [scores, is_second] = values else {
            return internal_err!(
                "expected a score and a condition, not {} columns",
                values.len()
            );
        };
        let is_second = is_second.as_boolean();
        let rows = NullBuffer::union(filtered_rows(filter).as_ref(), is_second.nulls());
        let scores = Scores::try_new(Scale::NPS, scores, rows.as_ref())?;
        scores.try_for_each(|row, score| {
            let sample = usize::from(is_second.value(row));
            let bin = sample * Category::ALL.len() + Category::from_score(score) as usize;
            visit(row, bin, S::ONE)
        })
    }
}

impl Statistic<SAMPLE_BINS> for NpsCompare {
    type Arguments = TwoSamples;

    const NAME: &'static str = "nps_compare";
    const DOC: Doc<Self> = Self::doc;
    const IS_NULLABLE: bool = false;

    fn return_type(_count: DataType) -> DataType {
        DataType::Struct(comparison_fields())
    }

    fn evaluate<S: Sum>(
        _arguments: &Self::Arguments,
        tallies: &[Tally<S, SAMPLE_BINS>],
    ) -> Result<ArrayRef> {
        comparisons(tallies.iter().map(|tally| {
            let [promoters, passives, detractors, rest @ ..] = tally.sums().map(S::total_f64);
            let first = NpsCounts::from_categories([promoters, passives, detractors]);
            NpsComparison::new(&first, &NpsCounts::from_categories(rest))
        }))
    }
}

/// The names of the fields of [`comparisons`].
const FIELDS: [&str; 5] = ["first", "second", "change", "z", "p_value"];

/// Returns the fields of [`comparisons`].
pub(crate) fn comparison_fields() -> Fields {
    float_fields(FIELDS)
}

/// Converts comparisons to structs, one row each.
pub(crate) fn comparisons(rows: impl Iterator<Item = NpsComparison>) -> Result<ArrayRef> {
    let rows: Vec<_> = rows
        .map(|row| [row.first, row.second, row.change, row.z, row.p_value])
        .collect();
    float_structs(FIELDS, &rows)
}
