//! `mask_email`: email addresses reduced to their first letter and domain.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use crate::Doc;
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::text::{check_text_argument, coerce_text_type, strings};

const MASK: &str = "***";

#[user_doc(
    doc_section(label = "Privacy Functions"),
    description = "Returns the text with each email address masked: the part before the @ becomes its first character and three asterisks, or just three asterisks if it is one character long, so its length does not show. The domain and the rest of the text are unchanged. NULL for NULL. The result can still identify someone (a domain may be a person's name); to join on an address without showing it, use anonymize.",
    syntax_example = "mask_email(text)",
    sql_example = r#"```sql
> SELECT mask_email('Write to jane.doe@example.com!') AS masked;
+----------------------------+
| masked                     |
+----------------------------+
| Write to j***@example.com! |
+----------------------------+
```"#,
    argument(name = "text", description = "An address, or text with addresses."),
    related_udf(name = "anonymize")
)]
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct MaskEmail;

/// `mask_email(text)`: the text with its email addresses masked, as Utf8.
pub fn mask_email_udf() -> Arc<ScalarUDF> {
    scalar_udf::<MaskEmail>()
}

impl ScalarFunction for MaskEmail {
    const NAME: &'static str = "mask_email";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["text"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_text_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        check_text_argument(Self::NAME, arg_types)?;
        Ok(DataType::Utf8)
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let texts = &columns[0];
        let mut masked = StringBuilder::with_capacity(texts.len(), 0);
        let mut buffer = String::new();
        for text in strings(texts)? {
            buffer.clear();
            if let Some(text) = text {
                write_masked(text, &mut buffer);
            }
            masked.append_option(text.is_some().then_some(&buffer));
        }
        Ok(Arc::new(masked.finish()))
    }
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

/// Returns the local part of an address at the end of `text`, before an @.
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
    // Not a quotation mark or equals sign before the address.
    let local = &text[start..];
    let local = local.trim_start_matches(|c: char| !c.is_alphanumeric() && c.is_ascii());
    (!local.is_empty()).then_some(local)
}

/// True for a character allowed before the @: RFC 5322 atoms and the dots between them, with letters
/// of all scripts (RFC 6531).
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
    fn addresses_are_masked() {
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
    fn other_text_is_unchanged() {
        for text in "|no address|@handle|2 @ 3 each|me@|@|a @b|\"@x|--@x".split('|') {
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
