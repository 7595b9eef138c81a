//! `promoters`, `passives` and `detractors`: how many answered so.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, PrimitiveArray};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{AggregateUDF, Documentation};
use datafusion_macros::user_doc;

use crate::score::Category;
use crate::sum::Sum;
use crate::tally::Tally;
use crate::tally_udaf::{Statistic, TallyUdaf};
use crate::weighted_scores::{ByCategory, WeightedScores};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the number of promoters: scores of 9 and 10. 0 without any.",
    syntax_example = "promoters(score[, weight])",
    sql_example = r#"```sql
> SELECT promoters(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+--------------------+
| promoters(t.score) |
+--------------------+
| 2                  |
+--------------------+
```"#,
    argument(
        name = "score",
        description = "The answer, a whole number from 0 to 10 of any numeric type."
    ),
    argument(
        name = "weight",
        description = "How many responses the row stands for, as in nps. If it is fractional the result is a DOUBLE."
    ),
    related_udf(name = "passives"),
    related_udf(name = "detractors")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Promoters;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the number of passives: scores of 7 and 8. 0 without any.",
    syntax_example = "passives(score[, weight])",
    sql_example = r#"```sql
> SELECT passives(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+-------------------+
| passives(t.score) |
+-------------------+
| 1                 |
+-------------------+
```"#,
    argument(
        name = "score",
        description = "The answer, a whole number from 0 to 10 of any numeric type."
    ),
    argument(
        name = "weight",
        description = "How many responses the row stands for, as in nps. If it is fractional the result is a DOUBLE."
    ),
    related_udf(name = "promoters"),
    related_udf(name = "detractors")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Passives;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the number of detractors: scores of 0 to 6. 0 without any.",
    syntax_example = "detractors(score[, weight])",
    sql_example = r#"```sql
> SELECT detractors(score) FROM (VALUES (10), (9), (8), (3)) AS t(score);
+---------------------+
| detractors(t.score) |
+---------------------+
| 1                   |
+---------------------+
```"#,
    argument(
        name = "score",
        description = "The answer, a whole number from 0 to 10 of any numeric type."
    ),
    argument(
        name = "weight",
        description = "How many responses the row stands for, as in nps. If it is fractional the result is a DOUBLE."
    ),
    related_udf(name = "promoters"),
    related_udf(name = "passives")
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Detractors;

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
    ($statistic:ident, $name:literal, $category:expr) => {
        impl Statistic<3> for $statistic {
            type Arguments = WeightedScores<ByCategory>;

            const NAME: &'static str = $name;
            const IS_NULLABLE: bool = false;

            fn return_type(count: DataType) -> DataType {
                count
            }

            fn evaluate<S: Sum>(
                _arguments: &Self::Arguments,
                tallies: &[Tally<S, 3>],
            ) -> Result<ArrayRef> {
                let totals = tallies.iter().map(|tally| tally.of($category).total());
                Ok(Arc::new(PrimitiveArray::<S::Type>::from_iter_values(
                    totals,
                )))
            }

            fn evaluate_one<S: Sum>(
                _arguments: &Self::Arguments,
                tally: Tally<S, 3>,
            ) -> Result<ScalarValue> {
                let total = tally.of($category).total();
                ScalarValue::new_primitive::<S::Type>(Some(total), &S::Type::DATA_TYPE)
            }

            fn documentation(&self) -> Option<&Documentation> {
                self.doc()
            }
        }
    };
}

category_count!(Promoters, "promoters", Category::Promoter);
category_count!(Passives, "passives", Category::Passive);
category_count!(Detractors, "detractors", Category::Detractor);
