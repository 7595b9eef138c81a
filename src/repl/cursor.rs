//! The cursor's place in a statement or command: what can be completed there.

use super::commands::{self, ArgumentKind};
use super::tables::{common_tables, is_list_of_tables};
use super::tokenize::{Kind, MARK, Token, is_keyword, is_unterminated, significant, tokenize};

/// Kinds of word expected at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Nothing,
    /// A backslash command.
    Command,
    /// An argument of a backslash command.
    Argument(ArgumentKind),
    /// A table, or one of these names that the statement itself defines.
    Table(Vec<String>),
    /// A column of this alias or table, or a table of this schema.
    Member(String),
    /// A file, in quotes.
    Path,
    /// A column, function or keyword.
    Expression,
}

/// The kind of word expected, and the part of it that is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) expected: Expected,
    /// Byte offset of the word.
    pub(super) start: usize,
    pub(super) typed: String,
}

impl Cursor {
    /// The cursor at a byte offset of the text.
    pub(super) fn new(text: &str, position: usize) -> Self {
        let before = &text[..position];
        let (earlier, line) = before.rsplit_once('\n').unwrap_or(("", before));
        let line = line.trim_start_matches(|c: char| c == MARK || c.is_whitespace());
        if let Some(rest) = line
            .strip_prefix('\\')
            .filter(|_| !is_unterminated(earlier))
        {
            return Self::in_command(before, rest);
        }
        let tokens = last_statement(tokenize(before));
        let (word, earlier) = match tokens.split_last() {
            Some((last, earlier)) if last.kind == Kind::Word => (Some(last), earlier),
            Some((last, earlier)) if !last.is_closed => return Self::in_quotes(last, earlier),
            _ => (None, tokens.as_slice()),
        };
        Self {
            expected: expected_after(earlier, text),
            start: word.map_or(position, |word| word.start),
            typed: word.map_or_else(String::new, |word| word.text.to_owned()),
        }
    }

    fn in_command(before: &str, rest: &str) -> Self {
        let (expected, word) = match rest.split_once(char::is_whitespace) {
            None => (Expected::Command, rest),
            Some((name, argument)) => {
                let kind = commands::argument_kind(name, argument);
                let word = if kind == ArgumentKind::Path {
                    argument.trim_start()
                } else {
                    argument.rsplit(char::is_whitespace).next().unwrap_or("")
                };
                (Expected::Argument(kind), word)
            }
        };
        Self {
            expected,
            start: before.len() - word.len(),
            typed: word.to_owned(),
        }
    }

    fn in_quotes(open: &Token<'_>, earlier: &[Token<'_>]) -> Self {
        let is_file_next = || {
            let last = significant(earlier).last().copied();
            last.is_some_and(|last| last.is_any(&["LOCATION", "TO"]))
                || matches!(expected_after(earlier, ""), Expected::Table(_))
        };
        Self {
            expected: if open.text.starts_with('\'') && is_file_next() {
                Expected::Path
            } else {
                Expected::Nothing
            },
            start: open.start + 1,
            typed: open.value(),
        }
    }
}

/// The tokens after the last semicolon.
fn last_statement(mut tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    match tokens.iter().rposition(|token| token.text == ";") {
        Some(end) => tokens.split_off(end + 1),
        None => tokens,
    }
}

fn expected_after(earlier: &[Token<'_>], text: &str) -> Expected {
    let tokens = significant(earlier);
    let Some((last, before)) = tokens.split_last() else {
        return Expected::Expression;
    };
    if last.text == "." {
        return match before.last() {
            Some(owner) if matches!(owner.kind, Kind::Word | Kind::QuotedName) => {
                Expected::Member(owner.value())
            }
            _ => Expected::Nothing,
        };
    }
    let before_table = [
        "FROM", "JOIN", "INTO", "TABLE", "DESCRIBE", "UPDATE", "VIEW",
    ];
    if last.is_any(&before_table) || (last.text == "," && is_list_of_tables(before)) {
        let tokens = tokenize(text);
        let common = common_tables(&significant(&tokens));
        return Expected::Table(common.into_iter().map(|common| common.name).collect());
    }
    if last.is_any(&["AS"]) {
        return Expected::Nothing;
    }
    Expected::Expression
}

/// The function whose parentheses contain the end of the text.
pub(super) fn open_call(text: &str) -> Option<String> {
    let tokens = tokenize(text);
    if tokens.last().is_some_and(|last| !last.is_closed) {
        return None;
    }
    let tokens = last_statement(tokens);
    let tokens = significant(&tokens);
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            Kind::CloseBracket => depth += 1,
            Kind::OpenBracket if depth > 0 => depth -= 1,
            Kind::OpenBracket => {
                let name = tokens.get(index.checked_sub(1)?)?;
                let is_name = name.kind == Kind::Word && !is_keyword(name.text);
                let is_call = token.text == "(" && is_name;
                return is_call.then(|| name.text.to_lowercase());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor at the `|` of the text.
    fn at(text: &str) -> (Expected, String) {
        let position = text.find('|').unwrap();
        let cursor = Cursor::new(&text.replace('|', ""), position);
        (cursor.expected, cursor.typed)
    }

    #[test]
    fn the_place_determines_what_is_expected() {
        let table = || Expected::Table(Vec::new());
        let argument = |kind| Expected::Argument(kind);
        for (text, expected, typed) in [
            ("|", Expected::Expression, ""),
            ("SEL|", Expected::Expression, "SEL"),
            ("SELECT * FROM |", table(), ""),
            ("SELECT * FROM resp|", table(), "resp"),
            ("SELECT * FROM a JOIN |", table(), ""),
            ("SELECT * FROM a, |", table(), ""),
            ("SELECT * FROM a AS b, (SELECT 1) AS c, |", table(), ""),
            ("SELECT a, |", Expected::Expression, ""),
            ("SELECT * FROM a ORDER BY b, |", Expected::Expression, ""),
            ("SELECT r.| FROM a AS r", Expected::Member("r".into()), ""),
            ("SELECT r.sc|", Expected::Member("r".into()), "sc"),
            ("SELECT * FROM 'sam|", Expected::Path, "sam"),
            ("COPY x TO 'a/|", Expected::Path, "a/"),
            ("SELECT 'a|", Expected::Nothing, "a"),
            ("SELECT 1 -- FROM |", Expected::Nothing, "-- FROM "),
            ("SELECT 1; SELECT * FROM |", table(), ""),
            ("\\|", Expected::Command, ""),
            ("\\d re|", argument(ArgumentKind::Table), "re"),
            (
                "SELECT 1\n\u{2800} \\d re|",
                argument(ArgumentKind::Table),
                "re",
            ),
            ("SELECT '\n\\d re|", Expected::Nothing, "\n\\d re"),
            ("\\i my fi|", argument(ArgumentKind::Path), "my fi"),
        ] {
            assert_eq!(at(text), (expected, typed.to_owned()), "{text}");
        }
        let (expected, _) = at("WITH x AS (SELECT 1), y AS (SELECT 2) SELECT * FROM |");
        assert_eq!(expected, Expected::Table(vec!["x".into(), "y".into()]));
    }

    #[test]
    fn the_open_call_is_the_innermost() {
        for (text, name) in [
            ("SELECT nps(", Some("nps")),
            ("SELECT round(NPS(score), ", Some("round")),
            ("SELECT (1 + ", None),
            ("SELECT nps(score)", None),
            ("SELECT nps('a", None),
        ] {
            assert_eq!(open_call(text).as_deref(), name, "{text}");
        }
    }
}
