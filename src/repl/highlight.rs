//! The colours of what is typed, and the bracket that belongs to the one at the cursor.

use super::lexer::{Kind, Token, is_keyword, tokens};
use super::multiline::{MARK, PROMPT, continuation};

const KEYWORD: &str = "1;34";
const FUNCTION: &str = "36";
const TEXT: &str = "32";
const NUMBER: &str = "33";
const PLACEHOLDER: &str = "35";
const FAINT: &str = "90";
const MATCHING: &str = "1;7";
const COMMAND: &str = "1;36";
const PROMPT_STYLE: &str = "1";

/// The text in colours, exactly as wide as it is without.
///
/// `position` is the cursor's byte; brackets are matched where `matches_brackets` says so.
pub(super) fn highlight(
    text: &str,
    position: usize,
    matches_brackets: bool,
    is_function: impl Fn(&str) -> bool,
) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    if text.starts_with('\\') {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        paint(&text[..end], COMMAND, &mut out);
        out.push_str(&text[end..]);
        return out;
    }
    let pieces = tokens(text);
    let pair = match matches_brackets {
        true => matching(&pieces, position),
        false => None,
    };
    for (index, token) in pieces.iter().enumerate() {
        let style = match token.kind {
            Kind::Word if is_keyword(token.text) => KEYWORD,
            Kind::Word => {
                let next = pieces[index + 1..]
                    .iter()
                    .find(|next| next.kind != Kind::Space);
                let is_call = next.is_some_and(|next| next.text == "(");
                if is_call && is_function(token.text) {
                    FUNCTION
                } else {
                    ""
                }
            }
            Kind::Number => NUMBER,
            Kind::Text => TEXT,
            Kind::Comment => FAINT,
            Kind::Placeholder => PLACEHOLDER,
            Kind::Open | Kind::Close if pair.is_some_and(|(a, b)| a == index || b == index) => {
                MATCHING
            }
            Kind::Space | Kind::QuotedName | Kind::Open | Kind::Close | Kind::Sign => "",
        };
        for (nth, line) in token.text.split('\n').enumerate() {
            let mut line = line;
            if nth > 0 {
                out.push('\n');
                let unmarked = line.trim_start_matches(MARK);
                let marks = &line[..line.len() - unmarked.len()];
                if marks.chars().count() == PROMPT.len() {
                    let before = &text[..token.start + offset_of(token.text, line)];
                    let before = before.trim_end_matches(MARK).trim_end_matches('\n');
                    paint(&continuation(before), FAINT, &mut out);
                } else {
                    out.push_str(marks);
                }
                line = unmarked;
            }
            paint(line, style, &mut out);
        }
    }
    out
}

/// The prompt, standing out a little.
pub(super) fn prompt(prompt: &str) -> String {
    let mut out = String::new();
    paint(prompt, PROMPT_STYLE, &mut out);
    out
}

/// What is shown behind the cursor and not typed.
pub(super) fn hint(hint: &str) -> String {
    let mut out = String::new();
    paint(hint, FAINT, &mut out);
    out
}

fn paint(text: &str, style: &str, out: &mut String) {
    if style.is_empty() || text.is_empty() {
        out.push_str(text);
    } else {
        out.push_str(&format!("\u{1b}[{style}m{text}\u{1b}[0m"));
    }
}

/// Where `part` begins in `whole`, of which it is a piece.
fn offset_of(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The bracket at or before the cursor and the one that it belongs to, as indices of pieces.
fn matching(pieces: &[Token<'_>], position: usize) -> Option<(usize, usize)> {
    let is_bracket = |token: &Token<'_>| matches!(token.kind, Kind::Open | Kind::Close);
    let at = |start: usize| {
        pieces
            .iter()
            .position(|token| token.start == start && is_bracket(token))
    };
    let index = at(position).or_else(|| at(position.checked_sub(1)?))?;
    let other = |opening: &str| match opening {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        ")" => "(",
        "]" => "[",
        _ => "{",
    };
    let own = pieces[index].text;
    let wanted = other(own);
    let mut depth = 0_usize;
    let mut is_partner = |text: &str| {
        if text == own {
            depth += 1;
        } else if text == wanted {
            depth -= 1;
        }
        depth == 0
    };
    let places = |index: &usize| is_bracket(&pieces[*index]);
    let found = if pieces[index].kind == Kind::Open {
        (index..pieces.len())
            .filter(places)
            .find(|&i| is_partner(pieces[i].text))
    } else {
        (0..=index)
            .rev()
            .filter(places)
            .find(|&i| is_partner(pieces[i].text))
    };
    found.map(|found| (index, found))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::multiline::with_marks;
    use super::super::pager::without_colours;
    use super::*;

    #[test]
    fn colours_change_no_width() {
        let text = with_marks("SELECT nps('größe 東京\n x') -- 1\n FROM (a\n[1]");
        for position in (0..=text.len()).filter(|&byte| text.is_char_boundary(byte)) {
            let shown = without_colours(&highlight(&text, position, true, |_| true));
            for (shown, typed) in std::iter::zip(shown.lines(), text.lines()) {
                assert_eq!(shown.width(), typed.width(), "{shown}");
            }
        }
        assert!(without_colours(&highlight(&text, 0, false, |_| false)).contains("\n    '>  x"));
    }

    #[test]
    fn brackets_find_their_partner() {
        let pieces = tokens("f(a[1], ')')");
        let at =
            |position| matching(&pieces, position).map(|(a, b)| (pieces[a].start, pieces[b].start));
        assert_eq!(at(1), Some((1, 11)));
        assert_eq!(at(12), Some((11, 1)));
        assert_eq!(at(3), Some((3, 5)));
        assert_eq!(at(8), None);
        assert_eq!(matching(&tokens("(("), 0), None);
    }

    #[test]
    fn words_have_the_colour_of_their_kind() {
        let painted = highlight("select nps(score)", 0, false, |name| name == "nps");
        assert_eq!(
            painted,
            "\u{1b}[1;34mselect\u{1b}[0m \u{1b}[36mnps\u{1b}[0m(score)"
        );
        assert_eq!(
            highlight("\\d x", 0, false, |_| false),
            "\u{1b}[1;36m\\d\u{1b}[0m x"
        );
    }
}
