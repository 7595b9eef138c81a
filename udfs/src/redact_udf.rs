//! `redact`: text with its personal data replaced.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;

use crate::Doc;
use crate::redact::{Redactor, RowContext};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::text::{check_text_type, coerce_text_type, strings};

#[user_doc(
    doc_section(label = "Privacy Functions"),
    description = "Returns the text with personal data replaced by its type: [EMAIL], [PHONE], [CARD], [IBAN], [IP], [URL] (one that contains a token or leads to a personal page), [SSN], [AADHAAR], [PAN], [NINO], [ID] (other national ids, and numbers of documents named as such), [NAME], [ADDRESS] and [BIRTHDATE]. Data is found by format, check digits and surrounding words, and names also by lists of given names and surnames in Latin script; the README has the detection rates. The result can still identify someone. NULL for NULL.",
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
        description = "The respondent's country as a two-letter ISO 3166 code. Phone numbers and ids in that country's format are then found even without a word that identifies them. NULL if unknown."
    ),
    related_udf(name = "mask_email"),
    related_udf(name = "anonymize")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Redact;

/// `redact(text [, country])`: the text without personal data, as Utf8.
pub fn redact_udf() -> Arc<ScalarUDF> {
    scalar_udf::<Redact>()
}

impl ScalarFunction for Redact {
    const NAME: &'static str = "redact";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["text", "country"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_text_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [text] => check_text_type("redact(text)", "text", text)?,
            [text, country] => {
                check_text_type("redact(text, country)", "text", text)?;
                check_text_type("redact(text, country)", "country", country)?;
            }
            other => {
                return plan_err!(
                    "redact takes a text and an optional country, not {} arguments: redact(text[, country])",
                    other.len()
                );
            }
        }
        Ok(DataType::Utf8)
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let texts = &columns[0];
        let mut countries = columns.get(1).map(strings).transpose()?;
        let mut redacted = StringBuilder::with_capacity(texts.len(), 0);
        let redactor = Redactor::new();
        let no_context = RowContext::new();
        for text in strings(texts)? {
            let country = countries.as_mut().and_then(Iterator::next).flatten();
            let row = country.map(|country| RowContext::new().with_country(country));
            let row = row.as_ref().unwrap_or(&no_context);
            redacted.append_option(text.map(|text| redactor.redact(text, row).text));
        }
        Ok(Arc::new(redacted.finish()))
    }
}
