//! `nps_category`: what a score makes of the person who gave it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion_macros::user_doc;

use crate::scalar::invoke_on_columns;
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
        description = "The answer, a whole number from 0 to 10 of any numeric type."
    ),
    related_udf(name = "nps")
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct NpsCategory {
    signature: Signature,
}

/// `nps_category(score)`: `'promoter'`, `'passive'` or `'detractor'`, as Utf8.
pub fn nps_category_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(NpsCategory {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(vec!["score"])
            .expect("one name"),
    }))
}

impl ScalarUDFImpl for NpsCategory {
    fn name(&self) -> &str {
        "nps_category"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(coerce_score_type).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let [score] = arg_types else {
            return plan_err!(
                "nps_category takes one argument, not {}: nps_category(score)",
                arg_types.len()
            );
        };
        check_score_type("nps_category", score)?;
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke_on_columns(&args, |columns| categories(&columns[0]))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn categories(array: &ArrayRef) -> Result<ArrayRef> {
    let scores = Scores::try_new(Scale::NPS, array, None)?;
    let names = (0..array.len()).map(|row| {
        let answered = scores.rows().is_none_or(|rows| rows.is_valid(row));
        answered.then(|| Category::of(scores.values()[row]).name())
    });
    Ok(Arc::new(names.collect::<StringArray>()))
}
