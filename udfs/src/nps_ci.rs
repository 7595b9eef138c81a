//! `nps_ci`: a confidence interval at a chosen level, by a chosen method.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::AggregateUDF;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion_macros::user_doc;

use crate::arguments::{
    Arguments, checked_confidence, coerce_number_type, literal, literal_number,
};
use crate::score::{check_score_type, coerce_score_type};
use crate::sum::{Sum, check_weight_type, coerce_weight_type};
use crate::tally::{Tally, Weight};
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::weighted_scores::{ByCategory, WeightedScores};
use crate::{Confidence, Doc, Interval, IntervalMethod};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns a confidence interval of the Net Promoter Score as a struct: low and high, in NPS points from -100 to 100, both NULL if there are no scores. The adjusted Wald and score intervals have the best coverage (Rocks 2016). The plain Wald interval is for comparison with published figures: it has zero width when all responses agree, however few they are. nps_stats returns the adjusted Wald interval at 95 %.",
    syntax_example = "nps_ci(score, confidence[, method[, weight]])",
    sql_example = r#"```sql
> SELECT round(ci['low'], 2) AS low, round(ci['high'], 2) AS high
  FROM (SELECT nps_ci(score, 0.95, 'score') AS ci FROM (VALUES (10), (9), (9), (8), (7), (3)) AS t(score));
+--------+------+
| low    | high |
+--------+------+
| -31.11 | 75.4 |
+--------+------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "confidence",
        description = "A literal between 0 and 1, such as 0.95."
    ),
    argument(
        name = "method",
        description = "A literal: 'adjusted_wald' (default), 'wald' or 'score'."
    ),
    argument(
        name = "weight",
        description = "The number of responses, as in nps. Default 1."
    ),
    related_udf(name = "nps_stats"),
    related_udf(name = "nps_compare")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct NpsCi;

/// `nps_ci(score, confidence [, method [, weight]])`: a struct of the two ends of the interval.
pub fn nps_ci_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<NpsCi, 3>::udaf()
}

/// The arguments: a score, a confidence level, a method and an optional weight.
#[derive(Debug, Clone, Copy)]
struct ScoresAtConfidence {
    confidence: Confidence,
    method: IntervalMethod,
}

impl Default for ScoresAtConfidence {
    fn default() -> Self {
        Self {
            confidence: Confidence::NINETY_FIVE,
            method: IntervalMethod::default(),
        }
    }
}

impl Arguments<3> for ScoresAtConfidence {
    const NAMES: &'static [&'static str] = &["score", "confidence", "method", "weight"];

    fn coerce_type(position: usize, data_type: &DataType) -> DataType {
        match position {
            0 => coerce_score_type(data_type),
            1 => coerce_number_type(data_type),
            2 if data_type.is_null() => DataType::Utf8,
            2 => data_type.clone(),
            _ => coerce_weight_type(data_type),
        }
    }

    fn count_type(function: &str, arg_types: &[DataType]) -> Result<DataType> {
        let (score, confidence, method, weight) = match arg_types {
            [score, confidence] => (score, confidence, None, None),
            [score, confidence, method] => (score, confidence, Some(method), None),
            [score, confidence, method, weight] => (score, confidence, Some(method), Some(weight)),
            other => {
                return plan_err!(
                    "{function} takes a score, a confidence level, an optional method and an optional weight, not {} arguments: {function}(score, 0.95), {function}(score, 0.95, 'score') or {function}(score, 0.95, 'score', weight)",
                    other.len()
                );
            }
        };
        check_score_type(function, score)?;
        if *confidence != DataType::Float64 {
            return plan_err!(
                "{function}(score, confidence) needs a number as confidence, such as 0.95, not {confidence}"
            );
        }
        match method {
            Some(method) if !method.is_string() => plan_err!(
                "{function}(score, confidence, method) needs text as method, such as 'score', not {method}"
            ),
            _ => weight.map_or(Ok(DataType::Int64), |weight| {
                check_weight_type(function, weight)
            }),
        }
    }

    fn try_new(function: &'static str, args: &AccumulatorArgs) -> Result<Self> {
        let mut arguments = Self::default();
        if let Some(confidence) = literal(function, "confidence", "0.95", args, 1)? {
            let Some(level) = literal_number(&confidence)? else {
                return plan_err!("{function} needs a confidence level, such as 0.95, not NULL");
            };
            arguments.confidence = checked_confidence(level)?;
        }
        if let Some(method) = literal(function, "method", "'score'", args, 2)? {
            let name = method.try_as_str().flatten().unwrap_or("NULL");
            arguments.method = IntervalMethod::from_name(name).ok_or_else(|| {
                let name: String = name.chars().take(40).collect();
                plan_datafusion_err!(
                    "{function} has no method {name}; use 'adjusted_wald', 'wald' or 'score'"
                )
            })?;
        }
        Ok(arguments)
    }

    fn try_for_each<S: Sum>(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
        visit: impl FnMut(usize, usize, Weight<S>) -> Result<()>,
    ) -> Result<()> {
        let values = score_and_weight(values);
        WeightedScores::<ByCategory>::default().try_for_each::<S>(&values, filter, visit)
    }

    fn tally<S: Sum>(&self, values: &[ArrayRef]) -> Result<Tally<S, 3>> {
        WeightedScores::<ByCategory>::default().tally(&score_and_weight(values))
    }
}

/// Returns the arguments that vary by row.
fn score_and_weight(values: &[ArrayRef]) -> Vec<ArrayRef> {
    let score = values.iter().take(1);
    score.chain(values.get(3)).cloned().collect()
}

impl NpsCi {
    fn fields() -> Fields {
        ["low", "high"]
            .into_iter()
            .map(|name| Field::new(name, DataType::Float64, true))
            .collect()
    }
}

impl Statistic<3> for NpsCi {
    type Arguments = ScoresAtConfidence;

    const NAME: &'static str = "nps_ci";
    const DOC: Doc<Self> = Self::doc;
    const IS_NULLABLE: bool = false;

    fn return_type(_count: DataType) -> DataType {
        DataType::Struct(Self::fields())
    }

    fn evaluate<S: Sum>(arguments: &Self::Arguments, tallies: &[Tally<S, 3>]) -> Result<ArrayRef> {
        let &ScoresAtConfidence { confidence, method } = arguments;
        let interval = |tally: &Tally<S, 3>| Ok(tally.counts()?.interval(method, confidence));
        let intervals: Vec<Option<Interval>> =
            tallies.iter().map(interval).collect::<Result<_>>()?;
        let ends = |end: fn(&Interval) -> f64| -> ArrayRef {
            let ends = intervals.iter().map(|interval| interval.as_ref().map(end));
            Arc::new(ends.collect::<Float64Array>())
        };
        let columns = vec![
            ends(|interval| interval.low),
            ends(|interval| interval.high),
        ];
        Ok(Arc::new(StructArray::try_new(
            Self::fields(),
            columns,
            None,
        )?))
    }
}
