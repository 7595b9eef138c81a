//! Values and names as they may be shown.

use datafusion::arrow::datatypes::DataType;

use super::plan::ResultColumn;
use super::provenance::Provenance;
use crate::output::visible;

/// More characters of a value are never shown.
const LABEL_CHARS_MAX: usize = 40;

/// So many words in a kept column are prose, to which the import holds as well: these are what it
/// redacts.
const PROSE_WORDS_MIN: usize = 4;

/// What a pseudonym begins with, and how many letters and digits behind it make it one.
const PSEUDONYM_PREFIX: &str = "v1:";
const PSEUDONYM_CHARS_MIN: usize = 16;

/// Whether this value of a column shows that the column holds what people wrote.
pub(super) fn is_prose(column: &ResultColumn, value: &str) -> bool {
    column.provenance == Provenance::Kept
        && (value.contains('@')
            || value.chars().count() > LABEL_CHARS_MAX
            || value.split_whitespace().nth(PROSE_WORDS_MIN - 1).is_some())
}

/// A value as it stands in a line of text: harmless, and cut.
pub(super) fn label(value: &str) -> String {
    let text = harmless(value);
    match text.char_indices().nth(LABEL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A text on one line, with no pseudonym in it and nothing that a terminal or a CI service would
/// take for a command.
pub(super) fn harmless(text: &str) -> String {
    let text = without_pseudonyms(&visible(text));
    // GitHub's runner looks for the one anywhere in a line, and for the other at its beginning, white
    // space aside.
    let text = text.replace("##[", "## [");
    match text.trim_start().strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => text,
    }
}

/// Cuts the pseudonyms in a text, wherever they came from.
fn without_pseudonyms(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(PSEUDONYM_PREFIX) {
        let (before, found) = rest.split_at(start + PSEUDONYM_PREFIX.len());
        out.push_str(before);
        let end = found
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(found.len());
        if end >= PSEUDONYM_CHARS_MIN {
            out.push('…');
        } else {
            out.push_str(&found[..end]);
        }
        rest = &found[end..];
    }
    out.push_str(rest);
    out
}

/// A number to be read by a person: two digits behind the point, or all of them where the rounded
/// number would tell otherwise than `tells` does of the number itself.
pub(super) fn number(value: f64, tells: impl Fn(f64) -> bool) -> String {
    // Nothing added makes a 0 of −0.
    let rounded = (value * 100.0).round() / 100.0 + 0.0;
    match rounded.is_finite() && tells(rounded) == tells(value) {
        // Beyond this the digits are no longer those of the number.
        _ if value.abs() >= 1e15 => format!("{value:e}"),
        true => rounded.to_string(),
        false => value.to_string(),
    }
}

/// The name of a type as a person says it.
pub(super) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "true or false".to_owned(),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "a date".to_owned(),
        DataType::Struct(_) => "a struct".to_owned(),
        other if other.is_nested() => "a list".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_harmless() {
        assert_eq!(label("small business"), "small business");
        assert_eq!(label(&"ä".repeat(50)), format!("{}…", "ä".repeat(40)));
        assert_eq!(
            label("a\n::error::b ##[x]\u{1b}"),
            "a\\n::error::b ## [x]\\x1b"
        );
        assert_eq!(label(" ::error::x = 1"), ": :error::x = 1");
    }

    #[test]
    fn pseudonyms_are_cut_wherever_they_stand() {
        let pseudonym = "v1:xrrndzr74tldv7dfsq27hd4v62ttpuvy6gsag6m52wgmwesi4klq";
        assert_eq!(label(pseudonym), "v1:…");
        assert_eq!(
            without_pseudonyms(&format!("of {pseudonym}, {pseudonym} and v1:beta")),
            "of v1:…, v1:… and v1:beta"
        );
    }

    #[test]
    fn rounding_does_not_tell_otherwise() {
        assert_eq!(number(46.774_193, |value| value >= 30.0), "46.77");
        assert_eq!(number(29.999_5, |value| value >= 30.0), "29.9995");
        assert_eq!(number(30.0, |value| value >= 30.0), "30");
        assert_eq!(number(-0.001, |_| true), "0");
        assert_eq!(number(-2.5e300, |_| true), "-2.5e300");
    }
}
