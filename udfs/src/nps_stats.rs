//! `nps_stats`: the Net Promoter Score with counts, standard error and interval.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, PrimitiveArray, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::score::Category;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::weighted_scores::{ByCategory, WeightedScores};
use crate::{Confidence, Doc, NpsCounts};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the Net Promoter Score and its uncertainty as a struct: responses, promoters, passives, detractors, nps, std_error, margin_of_error, ci_low, ci_high. The last five are in NPS points. Margin and interval are at 95 % confidence: the margin is 1.96 standard errors; the interval is the adjusted Wald interval (Rocks 2016), clamped to -100 and 100 and not centred on nps. If there are no scores, the counts are 0 and the rest is NULL.",
    syntax_example = "nps_stats(score[, weight])",
    sql_example = r#"```sql
> SELECT stats['nps'] AS nps, stats['ci_low'] AS low, stats['ci_high'] AS high
  FROM (SELECT nps_stats(score, n) AS stats FROM (VALUES (9, 70), (7, 20), (0, 10)) AS t(score, n));
+------+-------------------+-------------------+
| nps  | low               | high              |
+------+-------------------+-------------------+
| 60.0 | 45.26976025384826 | 71.23509411508378 |
+------+-------------------+-------------------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "weight",
        description = "The number of responses the row stands for, as in nps. If weights are fractional, the four counts are sums of weights, of type DOUBLE, and n in the standard error is the sum of all weights; no design effect is estimated."
    ),
    related_udf(name = "nps"),
    related_udf(name = "nps_ci")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct NpsStats;

/// `nps_stats(score [, weight])`: a struct of counts, score, standard error, margin of error and
/// 95 % interval.
pub fn nps_stats_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<NpsStats, 3>::udaf()
}

impl NpsStats {
    fn fields(count: DataType) -> Fields {
        let counts = ["responses", "promoters", "passives", "detractors"]
            .map(|name| Field::new(name, count.clone(), false));
        let statistics = ["nps", "std_error", "margin_of_error", "ci_low", "ci_high"]
            .map(|name| Field::new(name, DataType::Float64, true));
        counts.into_iter().chain(statistics).collect()
    }
}

impl Statistic<3> for NpsStats {
    type Arguments = WeightedScores<ByCategory>;

    const NAME: &'static str = "nps_stats";
    const DOC: Doc<Self> = Self::doc;
    const IS_NULLABLE: bool = false;

    fn return_type(count: DataType) -> DataType {
        DataType::Struct(Self::fields(count))
    }

    fn evaluate<S: Sum>(_arguments: &Self::Arguments, tallies: &[Tally<S, 3>]) -> Result<ArrayRef> {
        let responses = tallies.iter().map(|tally| Ok(tally.responses()?.total()));
        let responses = responses.collect::<Result<Vec<_>>>()?;
        let count_of = |category| -> ArrayRef {
            Arc::new(PrimitiveArray::<S::Type>::from_iter_values(
                tallies.iter().map(|tally| tally.category(category).total()),
            ))
        };

        let counts = tallies.iter().map(Tally::counts);
        let counts = counts.collect::<Result<Vec<_>>>()?;
        let statistic = |statistic: fn(&NpsCounts) -> Option<f64>| -> ArrayRef {
            Arc::new(counts.iter().map(statistic).collect::<Float64Array>())
        };

        let columns = vec![
            Arc::new(PrimitiveArray::<S::Type>::from_iter_values(responses)) as ArrayRef,
            count_of(Category::Promoter),
            count_of(Category::Passive),
            count_of(Category::Detractor),
            statistic(NpsCounts::nps),
            statistic(NpsCounts::std_error),
            statistic(|counts| counts.margin_of_error(Confidence::NINETY_FIVE)),
            statistic(|counts| Some(counts.adjusted_wald(Confidence::NINETY_FIVE)?.low)),
            statistic(|counts| Some(counts.adjusted_wald(Confidence::NINETY_FIVE)?.high)),
        ];
        let fields = Self::fields(columns[0].data_type().clone());
        Ok(Arc::new(StructArray::try_new(fields, columns, None)?))
    }
}
