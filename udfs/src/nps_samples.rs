//! `nps_samples`: the categories of two samples, from which their scores and errors follow.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, PrimitiveArray, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::nps_compare::{SAMPLE_BINS, TwoSamples};
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};

/// The fields, in the order of the bins.
const FIELDS: [&str; SAMPLE_BINS] = [
    "first_promoters",
    "first_passives",
    "first_detractors",
    "second_promoters",
    "second_passives",
    "second_detractors",
];

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the numbers of promoters, passives and detractors of two samples: the rows where is_second is false, and the rows where it is true. Returns a struct: first_promoters, first_passives, first_detractors, second_promoters, second_passives, second_detractors. All zeros if there are no scores.",
    syntax_example = "nps_samples(score, is_second)",
    sql_example = r#"```sql
> SELECT s['first_promoters'] AS first_promoters, s['second_promoters'] AS second_promoters, s['second_passives'] AS second_passives
  FROM (SELECT nps_samples(score, year = 2025) AS s
        FROM (VALUES (2024, 9), (2024, 8), (2024, 0), (2025, 10), (2025, 9), (2025, 8)) AS t(year, score));
+-----------------+------------------+-----------------+
| first_promoters | second_promoters | second_passives |
+-----------------+------------------+-----------------+
| 1               | 2                | 1               |
+-----------------+------------------+-----------------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "is_second",
        description = "A condition that is true for the second sample and false for the first. Rows where it is NULL are ignored."
    ),
    related_udf(name = "nps_compare"),
    related_udf(name = "score_histogram")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct NpsSamples;

/// `nps_samples(score, is_second)`: a struct of the categories of two samples, as Int64.
pub fn nps_samples_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<NpsSamples, SAMPLE_BINS>::udaf()
}

impl Statistic<SAMPLE_BINS> for NpsSamples {
    type Arguments = TwoSamples;

    const NAME: &'static str = "nps_samples";
    const DOC: Doc<Self> = Self::doc;
    const IS_NULLABLE: bool = false;

    fn return_type(count: DataType) -> DataType {
        DataType::Struct(fields(&count))
    }

    fn evaluate<S: Sum>(
        _arguments: &Self::Arguments,
        tallies: &[Tally<S, SAMPLE_BINS>],
    ) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = (0..SAMPLE_BINS)
            .map(|bin| -> ArrayRef {
                let totals = tallies.iter().map(|tally| tally.sums()[bin].total());
                Arc::new(PrimitiveArray::<S::Type>::from_iter_values(totals))
            })
            .collect();
        let fields = fields(columns[0].data_type());
        Ok(Arc::new(StructArray::try_new(fields, columns, None)?))
    }
}

fn fields(count: &DataType) -> Fields {
    FIELDS
        .into_iter()
        .map(|name| Field::new(name, count.clone(), true))
        .collect()
}
