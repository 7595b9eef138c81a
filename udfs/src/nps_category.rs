//! `nps_category`: the category of a score.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::score::{Category, Scale, Scores, check_score_type, coerce_score_type};

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns 'promoter' for a score of 9 or 10, 'passive' for 7 or 8, 'detractor' for 0 to 6, and NULL for NULL. A score outside 0 to 10 is an error.",
    syntax_example = "nps_category(score)",
    sql_example = r#"```sql
> SELECT nps_category(9);
+------------------------+
| nps_category(Int64(9)) |
+------------------------+
| promoter               |
+------------------------+
```"#,
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    related_udf(name = "nps")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct NpsCategory;

/// `nps_category(score)`: `'promoter'`, `'passive'` or `'detractor'`, as Utf8.
pub fn nps_category_udf() -> Arc<ScalarUDF> {
    scalar_udf::<NpsCategory>()
}

impl ScalarFunction for NpsCategory {
    const NAME: &'static str = "nps_category";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["score"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_score_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        let [score] = arg_types else {
            return plan_err!(
                "nps_category takes one argument, not {}: nps_category(score)",
                arg_types.len()
            );
        };
        check_score_type(Self::NAME, score)?;
        Ok(DataType::Utf8)
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let scores = Scores::try_new(Scale::NPS, &columns[0], None)?;
        let names = (0..columns[0].len()).map(|row| {
            let is_answered = scores.rows().is_none_or(|rows| rows.is_valid(row));
            is_answered.then(|| Category::from_score(scores.values()[row]).name())
        });
        Ok(Arc::new(names.collect::<StringArray>()))
    }
}
