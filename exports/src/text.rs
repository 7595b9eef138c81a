//! Cleans the text of cells, makes names unique, and shows text of others in a terminal.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::ops::Range;

/// Cleans the text of a cell: decodes entities, removes control characters and the apostrophe
/// that guards against spreadsheet formulas. `None` if nothing is left.
pub fn clean(cell: &str) -> Option<Cow<'_, str>> {
    let trimmed = trim(without_formula_guard(trim(cell)));
    let mut text = Cow::Borrowed(trimmed);
    if text.contains('&')
        && text.contains(';')
        && let Cow::Owned(decoded) = htmlize::unescape(trimmed)
    {
        text = Cow::Owned(trim(&decoded).to_owned());
    }
    let is_unwanted = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(is_unwanted) {
        text = Cow::Owned(text.replace(is_unwanted, ""));
    }
    (!text.is_empty()).then_some(text)
}

/// Cleans the text of a comment. `None` also if the whole cell is a placeholder for no comment.
/// Words such as "none" stay: they answer many questions.
pub fn clean_comment(cell: &str) -> Option<Cow<'_, str>> {
    clean(cell).filter(|text| {
        !["na", "n/a", "null", "#n/a", "nan", "(blank)", "\\n"]
            .iter()
            .any(|blank| text.eq_ignore_ascii_case(blank))
    })
}

/// Characters that begin a formula in a spreadsheet.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Removes the apostrophe that exports put before what a spreadsheet would run as a formula.
pub fn without_formula_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(FORMULA_STARTS) => text,
        _ => cell,
    }
}

/// The cell with an apostrophe in front of what a spreadsheet would run as a formula. Numbers are none.
pub fn with_formula_guard(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(FORMULA_STARTS) && cell.parse::<f64>().is_err() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// An id without what spreadsheets and data frames add: the quote before a formula, and the decimals of
/// `7001.0`.
pub fn id(cell: &str) -> &str {
    let cell = without_formula_guard(cell);
    match cell.strip_suffix(".0") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits
        }
        _ => cell,
    }
}

/// Trims white space of any kind and zero-width marks.
pub fn trim(cell: &str) -> &str {
    if let [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] = cell.as_bytes() {
        return cell;
    }
    cell.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// True for characters without width, which texts copied from elsewhere hide: soft hyphens, joiners and marks of
/// direction.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Converts an Arabic, Persian or Devanagari digit to ASCII; other characters are unchanged.
pub fn ascii_digit(c: char) -> char {
    ['\u{660}', '\u{6f0}', '\u{966}']
        .into_iter()
        .find_map(|zero| char::from_digit((c as u32).checked_sub(zero as u32)?, 10))
        .unwrap_or(c)
}

/// Names of which each is different.
#[derive(Default)]
pub struct UniqueNames {
    taken: HashSet<String>,
    /// The last number appended to a name.
    copies: HashMap<String, usize>,
}

impl UniqueNames {
    /// The name, with a number from 2 if it is taken.
    pub fn add(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        while !self.taken.insert(unique.clone()) {
            let copy = self.copies.entry(name.to_owned()).or_insert(1);
            *copy += 1;
            unique = format!("{name} {copy}");
        }
        unique
    }
}

/// Replaces characters that could move the cursor, change the terminal's state or reorder the line
/// with visible escapes. Survey comments are untrusted.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !is_unsafe(c) => out.push(c),
            c if c < '\u{100}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

/// The replacement of a secret.
pub const SECRET: &str = "[SECRET]";

/// The places of user names and passwords in the URLs of a text.
pub fn users(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(scheme, separator)| {
        let start = scheme + separator.len();
        let is_end = |c: char| c.is_whitespace() || "/?#\"'`<>\\".contains(c);
        let end = text[start..]
            .find(is_end)
            .map_or(text.len(), |at| start + at);
        let at = text[start..end].rfind('@')?;
        Some(start..start + at)
    })
}

/// The text without user names and passwords in its URLs.
pub fn without_users(text: &str) -> Cow<'_, str> {
    let users: Vec<Range<usize>> = users(text).collect();
    let mut hidden = Cow::Borrowed(text);
    for user in users.into_iter().rev() {
        hidden.to_mut().replace_range(user, SECRET);
    }
    hidden
}

fn is_unsafe(c: char) -> bool {
    // Besides control characters: line separators and overrides of the writing direction, which
    // show a line in another order than it has (CVE-2021-42574).
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_read_as_they_were() {
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+49 30 901820", "'+49 30 901820"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            ("-5", "-5"),
            ("+1.5e3", "+1.5e3"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(with_formula_guard(cell), guarded);
            assert_eq!(without_formula_guard(&with_formula_guard(cell)), cell);
        }
    }

    #[test]
    fn control_and_direction_characters_become_visible() {
        assert_eq!(visible("Größe 😀 東京"), "Größe 😀 東京");
        assert_eq!(visible("a\nb\tc\r"), "a\\nb\\tc\\r");
        assert_eq!(visible("\u{1b}[2J\u{7}\u{9b}m"), "\\x1b[2J\\x07\\x9bm");
        assert_eq!(visible("\u{202e}txt"), "\\u{202e}txt");
    }

    #[test]
    fn text_is_cleaned() {
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
        for (cell, expected) in [
            ("7001.0", "7001"),
            ("7001", "7001"),
            ("v1.0", "v1.0"),
            (".0", ".0"),
            ("'+49 170", "+49 170"),
        ] {
            assert_eq!(id(cell), expected, "{cell}");
        }
    }
}
