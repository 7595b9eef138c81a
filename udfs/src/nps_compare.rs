//! `nps_compare`: has the score moved, or is it noise?

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::{AggregateUDF, Documentation};
use datafusion_macros::user_doc;

use crate::arguments::Arguments;
use crate::score::{Category, Scale, Scores, check_score_type, coerce_score_type, filtered_rows};
use crate::sum::Sum;
use crate::tally::{Tally, Weight};
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::{NpsComparison, NpsCounts};

/// The categories of the first sample, then those of the second.
const BINS: usize = 6;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Compares the Net Promoter Scores of two samples: the rows for which is_second is false and those for which it is true. Returns a struct: first and second, the two scores; change, second less first, in NPS points; z, the change over its standard error; p_value, the chance of a change at least so large, up or down, if nothing has changed (two-sided, normal distribution, independent samples). A score is NULL without an answer, and so is what follows from it; where both samples are unanimous there is no standard error to test with, and z and p_value are NULL.",
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
        description = "The answer, a whole number from 0 to 10 of any numeric type."
    ),
    argument(
        name = "is_second",
        description = "A condition that tells the second sample from the first. A row for which it is NULL is in neither."
    ),
    related_udf(name = "nps_compare_histograms"),
    related_udf(name = "nps_ci")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct NpsCompare;

/// `nps_compare(score, is_second)`: a struct of two scores, the change, z and p-value.
pub fn nps_compare_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<NpsCompare, BINS>::udaf()
}

/// A score, and which of two samples it is in.
#[derive(Debug, Clone, Copy, Default)]
struct TwoSamples;

impl Arguments<BINS> for TwoSamples {
    const NAMES: &'static [&'static str] = &["score", "is_second"];

    fn coerce_types(arg_types: &[DataType]) -> Vec<DataType> {
        let coerce = |(position, data_type): (usize, &DataType)| match (position, data_type) {
            (0, score) => coerce_score_type(score),
            (_, DataType::Null) => DataType::Boolean,
            (_, DataType::Dictionary(_, values)) => values.as_ref().clone(),
            (_, other) => other.clone(),
        };
        arg_types.iter().enumerate().map(coerce).collect()
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
            return internal_err!("a score and a condition are not {} columns", values.len());
        };
        let is_second = is_second.as_boolean();
        let rows = NullBuffer::union(filtered_rows(filter).as_ref(), is_second.nulls());
        let scores = Scores::try_new(Scale::NPS, scores, rows.as_ref())?;
        scores.try_for_each(|row, score| {
            let sample = usize::from(is_second.value(row));
            let bin = sample * Category::ALL.len() + Category::of(score) as usize;
            visit(row, bin, S::ONE)
        })
    }

    fn check_distinct(function: &str, _arg_count: usize) -> Result<()> {
        plan_err!(
            "{function}(DISTINCT score, is_second) is not supported; leave out DISTINCT, which would count equal answers of different people once"
        )
    }
}

impl Statistic<BINS> for NpsCompare {
    type Arguments = TwoSamples;

    const NAME: &'static str = "nps_compare";
    const IS_NULLABLE: bool = false;

    fn return_type(_count: DataType) -> DataType {
        DataType::Struct(comparison_fields())
    }

    fn evaluate<S: Sum>(
        _arguments: &Self::Arguments,
        tallies: &[Tally<S, BINS>],
    ) -> Result<ArrayRef> {
        comparisons(tallies.iter().map(|tally| {
            let [promoters, passives, detractors, rest @ ..] = tally.sums().map(S::total_f64);
            let first = NpsCounts::by_category([promoters, passives, detractors]);
            NpsComparison::new(&first, &NpsCounts::by_category(rest))
        }))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The fields of [`comparisons`].
pub(crate) fn comparison_fields() -> Fields {
    ["first", "second", "change", "z", "p_value"]
        .into_iter()
        .map(|name| Field::new(name, DataType::Float64, true))
        .collect()
}

/// Comparisons as structs, one row each.
pub(crate) fn comparisons(rows: impl Iterator<Item = NpsComparison>) -> Result<ArrayRef> {
    let rows: Vec<NpsComparison> = rows.collect();
    let column = |of: fn(&NpsComparison) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<Float64Array>())
    };
    let columns = vec![
        column(|comparison| comparison.first),
        column(|comparison| comparison.second),
        column(|comparison| comparison.change),
        column(|comparison| comparison.z),
        column(|comparison| comparison.p_value),
    ];
    Ok(Arc::new(StructArray::try_new(
        comparison_fields(),
        columns,
        None,
    )?))
}
