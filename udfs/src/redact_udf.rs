//! `redact`: text without personal data.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion_macros::user_doc;

use crate::redact::{Redactor, RowContext};
use crate::scalar::invoke_on_columns;
use crate::text::{check_text_type, coerce_text_type, strings};

#[user_doc(
    doc_section(label = "Privacy Functions"),
    description = "Returns the text with personal data in it replaced by what it was: [EMAIL], [PHONE], [CARD], [IBAN], [IP], [URL] (one that carries a token or is someone's page), [SSN], [AADHAAR], [PAN], [NINO], [ID] (other national ids, and documents named as such), [NAME], [ADDRESS] and [BIRTHDATE]. It is found by form and check digits, by the words around, and names by lists of given names and surnames in Latin script; the README says how much of it is found. What is left may still tell who it is. NULL for NULL.",
    syntax_example = "redact(text [, country])",
    sql_example = r#"```sql
> SELECT redact('Mr. Quill never called me on 020 7946 0958, jane@example.com is better') AS redacted;
+------------------------------------------------------+
| redacted                                             |
+------------------------------------------------------+
| [NAME] never called me on [PHONE], [EMAIL] is better |
+------------------------------------------------------+
```"#,
    argument(name = "text", description = "A comment."),
    argument(
        name = "country",
        description = "The respondent's country as ISO 3166 code of two letters. Telephone numbers and ids as they are written there are then found without a word that says what they are. NULL for unknown."
    ),
    related_udf(name = "mask_email"),
    related_udf(name = "anonymize")
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct Redact {
    signature: Signature,
}

/// `redact(text [, country])`: the text without personal data, as Utf8.
pub fn redact_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Redact {
        signature: Signature::user_defined(Volatility::Immutable),
    }))
}

impl ScalarUDFImpl for Redact {
    fn name(&self) -> &str {
        "redact"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(coerce_text_type).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [text] => check_text_type("redact(text)", "text", text)?,
            [text, country] => {
                check_text_type("redact(text, country)", "text", text)?;
                check_text_type("redact(text, country)", "country", country)?;
            }
            other => {
                return plan_err!(
                    "redact takes a text and, if wanted, a country, not {} arguments: redact(text[, country])",
                    other.len()
                );
            }
        }
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke_on_columns(&args, redacted)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn redacted(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let texts = &columns[0];
    let mut countries = columns.get(1).map(strings).transpose()?;
    let mut redacted = StringBuilder::with_capacity(texts.len(), 0);
    let redactor = Redactor::new();
    let nothing = RowContext::new();
    for text in strings(texts)? {
        let country = countries.as_mut().and_then(Iterator::next).flatten();
        let Some(text) = text else {
            redacted.append_null();
            continue;
        };
        let row = country.map(|country| RowContext::new().with_country(country));
        let result = redactor.redact(text, row.as_ref().unwrap_or(&nothing));
        redacted.append_value(result.text);
    }
    Ok(Arc::new(redacted.finish()))
}
