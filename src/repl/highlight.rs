//! Colours of the typed text, and the bracket that matches the one at the cursor.

use super::multiline::continuation_prompt;
use super::prompt::PROMPT;
use super::tokenize::{Kind, MARK, Token, is_keyword, tokenize};

const KEYWORD: &str = "1;34";
const FUNCTION: &str = "36";
const STRING: &str = "32";
const NUMBER: &str = "33";
const PLACEHOLDER: &str = "35";
const FAINT: &str = "90";
const MATCHING: &str = "1;7";
const COMMAND: &str = "1;36";
const PROMPT_STYLE: &str = "1";

/// The text in colours, as wide as without them.
///
/// `position` is the byte offset of the cursor; brackets are matched only if `match_brackets`.
pub(super) fn highlight(
    text: &str,
    position: usize,
    match_brackets: bool,
    is_function: impl Fn(&str) -> bool,
) -> String {
    if text.starts_with('\\') {
        let (command, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
        return paint(command, COMMAND) + rest;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let tokens = tokenize(text);
    let pair = match_brackets
        .then(|| matching(&tokens, position))
        .flatten();
    for (index, token) in tokens.iter().enumerate() {
        let is_call = || {
            let mut rest = tokens[index + 1..].iter();
            let next = rest.find(|next| next.kind != Kind::Space);
            next.is_some_and(|next| next.text == "(") && is_function(token.text)
        };
        let style = match token.kind {
            Kind::Word if is_keyword(token.text) => KEYWORD,
            Kind::Word if is_call() => FUNCTION,
            Kind::Number => NUMBER,
            Kind::String => STRING,
            Kind::Comment => FAINT,
            Kind::Placeholder => PLACEHOLDER,
            _ if pair.is_some_and(|(a, b)| a == index || b == index) => MATCHING,
            _ => "",
        };
        let mut end = token.start;
        for (nth, mut line) in token.text.split('\n').enumerate() {
            if nth > 0 {
                out.push('\n');
                let unmarked = line.trim_start_matches(MARK);
                let marks = &line[..line.len() - unmarked.len()];
                if marks.chars().count() == PROMPT.len() {
                    out.push_str(&paint(&continuation_prompt(&text[..end]), FAINT));
                } else {
                    out.push_str(marks);
                }
                end += 1 + marks.len();
                line = unmarked;
            }
            end += line.len();
            out.push_str(&paint(line, style));
        }
    }
    out
}

/// The prompt, in bold.
pub(super) fn prompt(text: &str) -> String {
    paint(text, PROMPT_STYLE)
}

/// The hint behind the cursor, which is not part of the text.
pub(super) fn hint(text: &str) -> String {
    paint(text, FAINT)
}

fn paint(text: &str, style: &str) -> String {
    if style.is_empty() || text.is_empty() {
        text.to_owned()
    } else {
        format!("\u{1b}[{style}m{text}\u{1b}[0m")
    }
}

/// The bracket at or before the cursor and its partner, as indices of tokens.
fn matching(tokens: &[Token<'_>], position: usize) -> Option<(usize, usize)> {
    let is_bracket =
        |token: &Token<'_>| matches!(token.kind, Kind::OpenBracket | Kind::CloseBracket);
    let at = |start: usize| {
        let mut tokens = tokens.iter();
        tokens.position(|token| token.start == start && is_bracket(token))
    };
    let index = at(position).or_else(|| at(position.checked_sub(1)?))?;
    let own = tokens[index].text;
    let partner = match own {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        ")" => "(",
        "]" => "[",
        _ => "{",
    };
    let mut depth = 0_usize;
    let is_partner = |&other: &usize| {
        let text = tokens[other].text;
        if text == own {
            depth += 1;
        } else if text == partner {
            depth -= 1;
        }
        depth == 0
    };
    let found = if tokens[index].kind == Kind::OpenBracket {
        (index..tokens.len()).find(is_partner)
    } else {
        (0..=index).rev().find(is_partner)
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
    fn colours_do_not_change_the_width() {
        let text = with_marks("SELECT nps('größe 東京\n x') -- 1\n FROM (a\n[1]");
        for position in (0..=text.len()).filter(|&byte| text.is_char_boundary(byte)) {
            let shown = without_colours(&highlight(&text, position, true, |_| true));
            for (shown, typed) in std::iter::zip(shown.lines(), text.lines()) {
                assert_eq!(shown.width(), typed.width(), "{shown}");
            }
        }
        let shown = without_colours(&highlight(&text, 0, false, |_| false));
        assert!(shown.contains("\n    '>  x"), "{shown}");
        assert!(shown.contains("\n    ->  FROM"), "{shown}");
        assert!(shown.contains("\n    (> [1]"), "{shown}");
    }

    #[test]
    fn brackets_have_a_partner() {
        let tokens = tokenize("f(a[1], ')')");
        let at =
            |position| matching(&tokens, position).map(|(a, b)| (tokens[a].start, tokens[b].start));
        assert_eq!(at(1), Some((1, 11)));
        assert_eq!(at(12), Some((11, 1)));
        assert_eq!(at(3), Some((3, 5)));
        assert_eq!(at(8), None);
        assert_eq!(matching(&tokenize("(("), 0), None);
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
