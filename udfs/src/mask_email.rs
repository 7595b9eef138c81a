//! `mask_email`: addresses of which the first letter is left.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion_macros::user_doc;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use crate::scalar::invoke_on_columns;
use crate::text::{check_text_argument, coerce_text_type, strings};

const MASK: &str = "***";

#[user_doc(
    doc_section(label = "Privacy Functions"),
    description = "Returns the text with each email address in it masked: of what stands before the @ the first character and three asterisks are left, or the asterisks alone where it is but one character long. How long it was does not show. The domain and the rest of the text stay as they are. NULL for NULL. What is left may still tell who it is (a domain of one person's name); to join by an address without showing it, use anonymize.",
    syntax_example = "mask_email(text)",
    sql_example = r#"```sql
> SELECT mask_email('Write to jane.doe@example.com!') AS masked;
+----------------------------+
| masked                     |
+----------------------------+
| Write to j***@example.com! |
+----------------------------+
```"#,
    argument(
        name = "text",
        description = "An address, or text in which there may be some."
    ),
    related_udf(name = "anonymize")
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct MaskEmail {
    signature: Signature,
}

/// `mask_email(text)`: the text with its email addresses masked, as Utf8.
pub fn mask_email_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(MaskEmail {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(vec!["text"])
            .expect("one name"),
    }))
}

impl ScalarUDFImpl for MaskEmail {
    fn name(&self) -> &str {
        "mask_email"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(coerce_text_type).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        check_text_argument("mask_email", arg_types)?;
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke_on_columns(&args, |columns| masked(&columns[0]))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn masked(texts: &ArrayRef) -> Result<ArrayRef> {
    let mut masked = StringBuilder::with_capacity(texts.len(), 0);
    let mut buffer = String::new();
    for text in strings(texts)? {
        match text {
            Some(text) => {
                buffer.clear();
                write_masked(text, &mut buffer);
                masked.append_value(&buffer);
            }
            None => masked.append_null(),
        }
    }
    Ok(Arc::new(masked.finish()))
}

fn write_masked(text: &str, masked: &mut String) {
    let mut written = 0;
    for (at, sign) in text.match_indices(['@', '＠']) {
        let rest = &text[at + sign.len()..];
        // A domain, or an address in brackets.
        if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            continue;
        }
        let before = &text[written..at];
        let Some(local) = local_part(before) else {
            continue;
        };
        masked.push_str(&before[..before.len() - local.len()]);
        let mut graphemes = local.graphemes(true);
        if let (Some(first), Some(_)) = (graphemes.next(), graphemes.next()) {
            masked.push_str(first);
        }
        masked.push_str(MASK);
        written = at;
    }
    masked.push_str(&text[written..]);
}

/// The part of an address at the end of `text`, where an @ follows.
fn local_part(text: &str) -> Option<&str> {
    if let Some(quoted) = text.strip_suffix('"') {
        return quoted.rfind('"').map(|start| &text[start..]);
    }
    let start = text
        .char_indices()
        .rev()
        .take_while(|&(_, c)| is_local(c))
        .last()
        .map(|(start, _)| start)?;
    // Not the apostrophe that quotes an address, or the sign of equality before it.
    let local = &text[start..];
    let local = local.trim_start_matches(|c: char| !c.is_alphanumeric() && c.is_ascii());
    (!local.is_empty()).then_some(local)
}

/// What may stand before the @: RFC 5322's atoms and the dots between them, with the letters of
/// all scripts (RFC 6531).
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || ".!#$%&'*+/=?^_`{|}~-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_masked(text: &str, expected: &str) {
        let mut masked = String::new();
        write_masked(text, &mut masked);
        assert_eq!(masked, expected);
    }

    #[test]
    fn one_address() {
        assert_masked("jane.doe@example.com", "j***@example.com");
        assert_masked("Jane+nps@Example.co.uk", "J***@Example.co.uk");
        assert_masked("jd@example.com", "j***@example.com");
        assert_masked("j@example.com", "***@example.com");
        assert_masked("jane@[192.0.2.1]", "j***@[192.0.2.1]");
        assert_masked("\"jane doe\"@example.com", "\"***@example.com");
        assert_masked("jane@localhost", "j***@localhost");
    }

    #[test]
    fn addresses_in_text() {
        assert_masked(
            "Mail jane@example.com, or <bob@example.org>; mailto:eve@example.net.",
            "Mail j***@example.com, or <b***@example.org>; mailto:e***@example.net.",
        );
        assert_masked("'jane@example.com'", "'j***@example.com'");
        assert_masked("=jane@example.com", "=j***@example.com");
        assert_masked("ann@bob@example.com", "a***@b***@example.com");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "",
            "no address",
            "@handle",
            "2 @ 3 each",
            "me@",
            "@",
            "a @b",
            "\"@x",
            "--@x",
        ] {
            assert_masked(text, text);
        }
    }

    #[test]
    fn letters_of_all_scripts() {
        assert_masked("жанна@пример.рф", "ж***@пример.рф");
        assert_masked("e\u{301}lise@example.com", "e\u{301}***@example.com");
        assert_masked("jose\u{301}@example.com", "j***@example.com");
        assert_masked("用户@例子.广告", "用***@例子.广告");
        assert_masked("jane＠example.com", "j***＠example.com");
        assert_masked("😀 jane@example.com 😀", "😀 j***@example.com 😀");
    }
}
