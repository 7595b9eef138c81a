//! Text cells as a person wrote them, without what tools and spreadsheets did to them.

use std::borrow::Cow;

/// The text of a cell: entities decoded, the apostrophe that keeps a spreadsheet from running a
/// formula dropped, and control characters with it. `None` where nothing is left.
pub fn clean(cell: &str) -> Option<Cow<'_, str>> {
    let trimmed = trim(without_formula_guard(trim(cell)));
    let mut text = Cow::Borrowed(trimmed);
    if text.contains('&')
        && text.contains(';')
        && let Cow::Owned(decoded) = htmlize::unescape(trimmed)
    {
        text = Cow::Owned(trim(&decoded).to_owned());
    }
    if text.contains(is_unwanted) {
        text = Cow::Owned(text.chars().filter(|c| !is_unwanted(*c)).collect());
    }
    (!text.is_empty()).then_some(text)
}

/// The text of a comment, `None` also where the whole cell says that there is none. Words such
/// as "none" are left: they answer many a question.
pub fn clean_comment(cell: &str) -> Option<Cow<'_, str>> {
    clean(cell).filter(|text| {
        !["na", "n/a", "null", "#n/a", "nan", "(blank)", "\\n"]
            .iter()
            .any(|blank| text.eq_ignore_ascii_case(blank))
    })
}

/// A cell without the apostrophe that exports put before `=`, `+`, `-` and `@`.
pub fn without_formula_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(['=', '+', '-', '@']) => text,
        _ => cell,
    }
}

/// Without spaces of any kind around, and without marks of no width.
pub fn trim(cell: &str) -> &str {
    if let [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] = cell.as_bytes() {
        return cell;
    }
    cell.trim_matches(|c: char| c.is_whitespace() || "\u{feff}\u{200b}\u{200e}\u{200f}".contains(c))
}

/// The ASCII digit of an Arabic, Persian or Devanagari one; any other character as it is.
pub fn ascii_digit(c: char) -> char {
    let zero = ['\u{660}', '\u{6f0}', '\u{966}']
        .into_iter()
        .find(|zero| (*zero as u32..*zero as u32 + 10).contains(&(c as u32)));
    match zero {
        Some(zero) => char::from(b'0' + (c as u32 - zero as u32) as u8),
        None => c,
    }
}

fn is_unwanted(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_it_was_written() {
        for (cell, expected) in [
            ("'=great", "=great"),
            ("'+49 170 1234567", "+49 170 1234567"),
            ("'@ana said", "@ana said"),
            ("'tis fine", "'tis fine"),
            ("Fish &amp; chips", "Fish & chips"),
            ("it&#39;s &lt;ok&gt;", "it's <ok>"),
            ("R&D; fine", "R&D; fine"),
            ("\u{a0} wide \u{a0}", "wide"),
            ("two\r\nlines", "two\nlines"),
            ("bell\u{7}", "bell"),
            ("👍🏽 très bien", "👍🏽 très bien"),
            ("none", "none"),
        ] {
            assert_eq!(clean_comment(cell).as_deref(), Some(expected), "{cell}");
        }
        for cell in ["", " \u{a0}", "N/A", "na", "NULL", "&nbsp;"] {
            assert_eq!(clean_comment(cell), None, "{cell}");
        }
        assert_eq!(clean("NA").as_deref(), Some("NA"));
    }
}
