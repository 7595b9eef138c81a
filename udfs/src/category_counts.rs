//! `promoters`, `passives` and `detractors`: the number of responses in a category.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, PrimitiveArray};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::AggregateUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::score::Category;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::weighted_scores::{ByCategory, WeightedScores};

/// `promoters(score [, weight])`: the number of scores of 9 and 10, as Int64, or as Float64 if
/// the weights are fractional.
pub fn promoters_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<Promoters, 3>::udaf()
}

/// `passives(score [, weight])`: the number of scores of 7 and 8, as Int64, or as Float64 if the
/// weights are fractional.
pub fn passives_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<Passives, 3>::udaf()
}

/// `detractors(score [, weight])`: the number of scores of 0 to 6, as Int64, or as Float64 if the
/// weights are fractional.
pub fn detractors_udaf() -> Arc<AggregateUDF> {
    TallyUdaf::<Detractors, 3>::udaf()
}

macro_rules! category_count {
    ($statistic:ident, $category:ident, $name:literal, $description:literal, $syntax:literal,
     [$first:literal, $second:literal], $example:literal) => {
        #[user_doc(
            doc_section(label = "Net Promoter Score Functions"),
            description = $description,
            syntax_example = $syntax,
            sql_example = $example,
            argument(name = "score", description = "A whole number from 0 to 10, of any numeric type."),
            argument(
                name = "weight",
                description = "The number of responses the row stands for, as in nps. If weights are fractional, the result is DOUBLE."
            ),
            related_udf(name = $first),
            related_udf(name = $second)
        )]
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        struct $statistic;

        impl Statistic<3> for $statistic {
            type Arguments = WeightedScores<ByCategory>;

            const NAME: &'static str = $name;
            const DOC: Doc<Self> = Self::doc;
            const IS_NULLABLE: bool = false;

            fn return_type(count: DataType) -> DataType {
                count
            }

            fn evaluate<S: Sum>(
                _arguments: &Self::Arguments,
                tallies: &[Tally<S, 3>],
            ) -> Result<ArrayRef> {
                let totals = tallies.iter().map(|tally| tally.category(Category::$category).total());
                Ok(Arc::new(PrimitiveArray::<S::Type>::from_iter_values(
                    totals,
                )))
            }

            fn evaluate_one<S: Sum>(
                _arguments: &Self::Arguments,
                tally: Tally<S, 3>,
            ) -> Result<ScalarValue> {
                let total = tally.category(Category::$category).total();
                ScalarValue::new_primitive::<S::Type>(Some(total), &S::Type::DATA_TYPE)
            }
        }
    };
}

category_count!(
    Promoters,
    Promoter,
    "promoters",
    "Returns the number of promoters: scores of 9 and 10. 0 if there are none.",
    "promoters(score[, weight])",
    ["passives", "detractors"],
    r#"```sql
> SELECT promoters(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+--------------------+
| promoters(t.score) |
+--------------------+
| 2                  |
+--------------------+
```"#
);

category_count!(
    Passives,
    Passive,
    "passives",
    "Returns the number of passives: scores of 7 and 8. 0 if there are none.",
    "passives(score[, weight])",
    ["promoters", "detractors"],
    r#"```sql
> SELECT passives(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+-------------------+
| passives(t.score) |
+-------------------+
| 1                 |
+-------------------+
```"#
);

category_count!(
    Detractors,
    Detractor,
    "detractors",
    "Returns the number of detractors: scores of 0 to 6. 0 if there are none.",
    "detractors(score[, weight])",
    ["promoters", "passives"],
    r#"```sql
> SELECT detractors(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+---------------------+
| detractors(t.score) |
+---------------------+
| 1                   |
+---------------------+
```"#
);
