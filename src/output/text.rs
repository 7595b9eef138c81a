//! Text for a terminal: escaped, cut and wrapped to a width.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub(super) const ELLIPSIS: &str = "…";

/// Cuts `text` to `width` terminal columns, replacing its end with `…` if it does not fit.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return text.into();
    }
    let Some(room) = width.checked_sub(1) else {
        return "".into();
    };
    format!("{}{ELLIPSIS}", &text[..fitting(text, room)]).into()
}

/// Cuts `text` to `width` terminal columns, replacing its start with `…` if it does not fit.
pub(crate) fn cut_start(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return text.into();
    }
    let Some(room) = width.checked_sub(1) else {
        return "".into();
    };
    let mut starts = text.grapheme_indices(true).map(|(start, _)| &text[start..]);
    let end = starts.find(|end| end.width() <= room).unwrap_or("");
    format!("{ELLIPSIS}{end}").into()
}

/// Returns the length in bytes of the longest start of `text` that fits into `width`, in whole
/// graphemes.
fn fitting(text: &str, width: usize) -> usize {
    let mut used = 0;
    let fits = |grapheme: &&str| {
        used += grapheme.width();
        used <= width
    };
    let mut end: usize = text.graphemes(true).take_while(fits).map(str::len).sum();
    // The width of a text is not always the sum of its parts, for example in Arabic.
    while text[..end].width() > width {
        end = text[..end].char_indices().next_back().map_or(0, |(i, _)| i);
    }
    end
}

/// Returns a footer such as `(12 rows)`.
pub(super) fn count_of_rows(rows: usize) -> String {
    format!("({rows} row{})", if rows == 1 { "" } else { "s" })
}

/// Joins words into lines of at most `width`, unless a word is longer.
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

/// Wraps a line at `width` terminal columns, between words if possible.
///
/// Following lines have the indent of the first and `hanging` columns more.
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
            // At least one grapheme, so that the loop ends.
            let first = rest.graphemes(true).next().map_or(0, str::len);
            let piece = fitting(rest, width - current.width()).max(first);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_at_the_width() {
        assert_eq!(fill("short", 10, 0), ["short"]);
        assert_eq!(fill("  one two three", 9, 2), ["  one two", "    three"]);
        assert_eq!(fill("abcdefghij", 4, 0), ["abcd", "efgh", "ij"]);
        for width in 4..20 {
            let text = "東京は素晴らしい 街です and more, really_long_words";
            let lines = fill(text, width, 1);
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
        }
    }

    #[test]
    fn cuts_fit_their_width() {
        for text in ["abcdef", "東京東京", "👩‍👩‍👧 Größe", "e\u{301}e\u{301}e\u{301}"]
        {
            for width in 0..8 {
                assert!(cut(text, width).width() <= width, "{text} {width}");
                assert!(cut_start(text, width).width() <= width, "{text} {width}");
            }
        }
    }

    #[test]
    fn cut_start_keeps_the_end() {
        assert_eq!(cut_start("abcdef", 6), "abcdef");
        assert_eq!(cut_start("abcdef", 4), "…def");
    }
}
