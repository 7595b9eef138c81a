//! Values, names and numbers as findings show them.

use exports::text::visible;

/// Longer values are cut.
pub(super) const LABEL_CHARS_MAX: usize = 40;

/// A pseudonym is this prefix and at least this many letters and digits.
const PSEUDONYM_PREFIX: &str = "v1:";
const PSEUDONYM_CHARS_MIN: usize = 16;

/// Sanitizes a value and cuts it to [`LABEL_CHARS_MAX`] characters.
pub(super) fn label(value: &str) -> String {
    let text = sanitize(value);
    match text.char_indices().nth(LABEL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A column and its value: `segment = smb`.
pub(super) fn labelled(column: &str, value: Option<&str>) -> String {
    let value = value.map_or_else(|| "NULL".to_owned(), label);
    format!("{} = {value}", label(column))
}

/// Puts a text on one line, without pseudonyms and without anything that a terminal or a CI service
/// would run as a command.
pub(super) fn sanitize(text: &str) -> String {
    let text = without_pseudonyms(&visible(text));
    // GitHub's runner finds `##[` anywhere in a line, and `::` at its start, after white space.
    let text = text.replace("##[", "## [");
    match text.trim_start().strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => text,
    }
}

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

/// Formats a number with two decimals, or with all of them if `holds` would differ for the rounded
/// number.
pub(super) fn number(value: f64, holds: impl Fn(f64) -> bool) -> String {
    // Adding 0 turns −0 into 0.
    let rounded = (value * 100.0).round() / 100.0 + 0.0;
    if value.abs() >= 1e15 {
        // All digits would suggest a precision that the number does not have.
        format!("{value:e}")
    } else if rounded.is_finite() && holds(rounded) == holds(value) {
        rounded.to_string()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_sanitized() {
        for (value, expected) in [
            ("small business", "small business"),
            (&*"ä".repeat(50), &*format!("{}…", "ä".repeat(40))),
            ("a\n::error::b ##[x]\u{1b}", "a\\n::error::b ## [x]\\x1b"),
            (" ::error::x = 1", ": :error::x = 1"),
        ] {
            assert_eq!(label(value), expected);
        }
    }

    #[test]
    fn pseudonyms_are_cut() {
        let pseudonym = "v1:xrrndzr74tldv7dfsq27hd4v62ttpuvy6gsag6m52wgmwesi4klq";
        assert_eq!(label(pseudonym), "v1:…");
        assert_eq!(
            without_pseudonyms(&format!("of {pseudonym}, {pseudonym} and v1:beta")),
            "of v1:…, v1:… and v1:beta"
        );
    }

    #[test]
    fn rounding_keeps_the_result() {
        assert_eq!(number(46.774_193, |value| value >= 30.0), "46.77");
        assert_eq!(number(29.999_5, |value| value >= 30.0), "29.9995");
        assert_eq!(number(30.0, |value| value >= 30.0), "30");
        assert_eq!(number(-0.001, |_| true), "0");
        assert_eq!(number(-2.5e300, |_| true), "-2.5e300");
    }
}
