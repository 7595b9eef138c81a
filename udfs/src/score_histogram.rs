//! `score_histogram`: the number of responses for each score.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ListArray, PrimitiveArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::score::SCORES;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::weighted_scores::{ByScore, WeightedScores};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the number of responses for each score, as a list of 11 counts from score 0 (first) to score 10 (last); all zeros if there are no scores. NULL scores are ignored, and a score outside 0 to 10 is an error. Histograms can be stored and added: nps_merge computes the NPS of any number of them.",
    syntax_example = "score_histogram(score[, weight])",
    sql_example = r#"```sql
> SELECT score_histogram(score) AS histogram FROM (VALUES (10), (9), (9), (3)) AS t(score);
+-----------------------------------+
| histogram                         |
+-----------------------------------+
| [0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 1] |
+-----------------------------------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "weight",
        description = "The number of responses the row stands for, as in nps. If weights are fractional, the counts are DOUBLE."
    ),
    related_udf(name = "nps_merge"),
    related_udf(name = "nps_compare_histograms")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct ScoreHistogram;

/// `score_histogram(score [, weight])`: a list of 11 counts, as Int64, or as Float64 if the weights
/// are fractional.
pub fn score_histogram_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<ScoreHistogram, SCORES>::udaf()
}

fn entry_field(count: DataType) -> FieldRef {
    Arc::new(Field::new_list_field(count, true))
}

impl Statistic<SCORES> for ScoreHistogram {
    type Arguments = WeightedScores<ByScore>;

    const NAME: &'static str = "score_histogram";
    const DOC: Doc<Self> = Self::doc;
    const IS_NULLABLE: bool = false;

    fn return_type(count: DataType) -> DataType {
        DataType::List(entry_field(count))
    }

    fn evaluate<S: Sum>(
        _arguments: &Self::Arguments,
        tallies: &[Tally<S, SCORES>],
    ) -> Result<ArrayRef> {
        // As everywhere else, the total must fit too, so that adding the counts never overflows.
        for tally in tallies {
            tally.responses()?;
        }
        let entries = tallies.iter().flat_map(|tally| tally.sums());
        let entries = PrimitiveArray::<S::Type>::from_iter_values(entries.map(|sum| sum.total()));
        Ok(Arc::new(ListArray::try_new(
            entry_field(S::Type::DATA_TYPE),
            OffsetBuffer::from_repeated_length(SCORES, tallies.len()),
            Arc::new(entries),
            None,
        )?))
    }
}
