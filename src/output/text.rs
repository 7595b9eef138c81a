//! Text in a terminal: what is shown of it, and how it is fitted to a width.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(super) const ELLIPSIS: &str = "…";

/// `text` with all that could move the cursor, change the terminal's state or reorder the line
/// replaced by a visible escape. Survey comments come from strangers.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
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

fn is_unsafe(c: char) -> bool {
    // Beyond the control characters: line separators, and the overrides of writing direction that
    // make a line read otherwise than it is (CVE-2021-42574).
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` in at most `width` terminal columns, its end replaced by `…` where it does not fit.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return text.into();
    }
    let Some(room) = width.checked_sub(1) else {
        return "".into();
    };
    let mut end = 0;
    let mut used = 0;
    while end < text.len() {
        let next = end + cluster_len(&text[end..]);
        used += text[end..next].width();
        if used > room {
            break;
        }
        end = next;
    }
    // The width of a whole is not always that of its parts, for example in Arabic.
    while text[..end].width() > room {
        let (start, _) = text[..end].char_indices().next_back().unwrap_or_default();
        end = start;
    }
    format!("{}{ELLIPSIS}", &text[..end]).into()
}

/// The bytes at the start of `text` that are drawn as one: a character with its combining marks, an
/// emoji with its skin tone or joined to others, a flag.
fn cluster_len(text: &str) -> usize {
    const JOINER: char = '\u{200d}';
    let is_flag_letter = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);

    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else {
        return 0;
    };
    let mut before = first;
    for (count, (index, c)) in (1..).zip(chars) {
        let continues = c.width().unwrap_or(0) == 0
            || before == JOINER
            || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
            || (count == 1 && is_flag_letter(first) && is_flag_letter(c));
        if !continues {
            return index;
        }
        before = c;
    }
    text.len()
}

/// `text` in at most `width` terminal columns, its beginning replaced by `…` where it does not fit.
pub(crate) fn cut_start(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return text.into();
    }
    let Some(room) = width.checked_sub(1) else {
        return "".into();
    };
    let mut start = 0;
    while start < text.len() && text[start..].width() > room {
        start += cluster_len(&text[start..]);
    }
    format!("{ELLIPSIS}{}", &text[start..]).into()
}

/// Words set into lines of at most `width`, as far as the words allow.
pub(super) fn fill_words(words: &[String], width: Option<usize>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if width.is_none_or(|w| line.width() + 1 + word.width() <= w) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.trim_start().to_owned()),
        }
    }
    lines
}

/// A line in lines of at most `width` terminal columns, broken between words, else inside them.
///
/// What follows the first line is indented as that is, and by `hanging` columns more.
pub(crate) fn fill(line: &str, width: usize, hanging: usize) -> Vec<String> {
    if line.width() <= width {
        return vec![line.to_owned()];
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let following = " ".repeat((indent + hanging).min(width / 2));
    let mut lines = Vec::new();
    let mut current = " ".repeat(indent.min(width / 2));
    let mut is_empty = true;
    for word in line.trim_start_matches(' ').split(' ') {
        if !is_empty && current.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut current, following.clone()));
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        let mut rest = word;
        while current.width() + rest.width() > width {
            let piece = fitting(rest, width - current.width());
            current.push_str(&rest[..piece]);
            rest = &rest[piece..];
            if rest.is_empty() {
                break;
            }
            lines.push(std::mem::replace(&mut current, following.clone()));
        }
        current.push_str(rest);
        is_empty = false;
    }
    lines.push(current);
    lines
}

/// The bytes at the start of `text` that fit into `width`, and at least one character's.
fn fitting(text: &str, width: usize) -> usize {
    let mut end = cluster_len(text);
    while end < text.len() {
        let next = end + cluster_len(&text[end..]);
        if text[..next].width() > width {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_become_visible() {
        assert_eq!(visible("Größe 😀 東京"), "Größe 😀 東京");
        assert_eq!(visible("a\nb\tc\r"), "a\\nb\\tc\\r");
        assert_eq!(visible("\u{1b}[2J\u{7}\u{9b}m"), "\\x1b[2J\\x07\\x9bm");
        assert_eq!(visible("\u{202e}txt"), "\\u{202e}txt");
    }

    #[test]
    fn lines_are_filled_and_none_is_longer() {
        assert_eq!(fill("short", 10, 0), ["short"]);
        assert_eq!(fill("  one two three", 9, 2), ["  one two", "    three"]);
        assert_eq!(fill("abcdefghij", 4, 0), ["abcd", "efgh", "ij"]);
        for width in 4..20 {
            let lines = fill(
                "東京は素晴らしい 街です and more, really_long_words",
                width,
                1,
            );
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
        }
    }

    #[test]
    fn no_cut_is_wider_than_its_width() {
        for text in ["abcdef", "東京東京", "👩‍👩‍👧 Größe", "e\u{301}e\u{301}e\u{301}"]
        {
            for width in 0..8 {
                assert!(cut(text, width).width() <= width, "{text} {width}");
                assert!(cut_start(text, width).width() <= width, "{text} {width}");
            }
        }
    }

    #[test]
    fn a_beginning_gives_way_to_the_end() {
        assert_eq!(cut_start("abcdef", 6), "abcdef");
        assert_eq!(cut_start("abcdef", 4), "…def");
    }
}
