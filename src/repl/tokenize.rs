//! SQL as it is typed, in tokens: for colours, prompts and completion.
//!
//! sqlparser's tokenizer stops at a string, quoted name or comment that is still open; the rest of the
//! text from there is one token here.

use std::sync::LazyLock;

use datafusion::sql::sqlparser::tokenizer::{Location, Token as SqlToken, Tokenizer, Whitespace};

use crate::query::syntax::VoxqlDialect;

/// A character that is as wide as a space and shows as nothing (Braille without dots).
pub(super) const MARK: char = '\u{2800}';

/// Kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    /// A keyword or an unquoted name.
    Word,
    Number,
    String,
    QuotedName,
    Comment,
    /// `$name`.
    Placeholder,
    OpenBracket,
    CloseBracket,
    /// An operator or punctuation.
    Sign,
}

/// A token of the typed text. The tokens in a row are the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Byte offset in the text.
    pub(super) start: usize,
    /// `false` for a string, quoted name or comment without its end.
    pub(super) is_closed: bool,
}

impl Token<'_> {
    /// True if it is one of these words, in any case.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        let is_word = |word: &&str| self.text.eq_ignore_ascii_case(word);
        self.kind == Kind::Word && words.iter().any(is_word)
    }

    /// The name or string without its quotes.
    pub(super) fn value(&self) -> String {
        let Some(quote) = self.text.chars().next().filter(|c| "'\"`".contains(*c)) else {
            return self.text.to_owned();
        };
        let inner = &self.text[1..self.text.len() - usize::from(self.is_closed)];
        inner.replace(&format!("{quote}{quote}"), &quote.to_string())
    }
}

/// Splits the typed text into tokens. Never fails: the part that is open is the last token.
pub(super) fn tokenize(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let result = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location_into_buf(&mut found);
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut start = 0;
    let mut push = |kind, end, is_closed| {
        match tokens.last_mut() {
            // A line break and the marks behind it stay together.
            Some(last) if last.kind == Kind::Space && kind == Kind::Space => {
                last.text = &sql[last.start..end];
            }
            _ if start < end => tokens.push(Token {
                kind,
                text: &sql[start..end],
                start,
                is_closed,
            }),
            _ => {}
        }
        start = start.max(end);
    };
    let mut chars = sql.char_indices();
    let mut location = Location::new(1, 1);
    for token in found {
        while location < token.span.end {
            match chars.next() {
                Some((_, '\n')) => location = Location::new(location.line + 1, 1),
                Some(_) => location.column += 1,
                None => break,
            }
        }
        let end = chars.offset();
        if let SqlToken::Whitespace(Whitespace::SingleLineComment { .. }) = token.token {
            // The tokenizer counts the line break as part of the comment.
            let has_break = sql[..end].ends_with('\n');
            push(Kind::Comment, end - usize::from(has_break), has_break);
            push(Kind::Space, end, true);
        } else {
            push(kind_of(&token.token), end, true);
        }
    }
    let rest = &sql[chars.offset()..];
    let kind = match rest.chars().next() {
        Some('/') => Kind::Comment,
        Some('"' | '`') => Kind::QuotedName,
        // `._` without a name before it is an error, and nothing is open.
        Some('.') => Kind::Sign,
        _ => Kind::String,
    };
    push(kind, sql.len(), result.is_ok() || kind == Kind::Sign);
    tokens
}

/// True if the next line continues a string, a quoted name or a comment.
pub(super) fn is_unterminated(text: &str) -> bool {
    let last = tokenize(text).pop();
    last.is_some_and(|token| !token.is_closed && !token.text.starts_with("--"))
}

fn kind_of(token: &SqlToken) -> Kind {
    match token {
        SqlToken::Whitespace(Whitespace::MultiLineComment(_)) => Kind::Comment,
        SqlToken::Whitespace(_) | SqlToken::Char(MARK) => Kind::Space,
        SqlToken::Word(word) if word.quote_style.is_none() => Kind::Word,
        SqlToken::Word(_) => Kind::QuotedName,
        SqlToken::Number(..) | SqlToken::HexStringLiteral(_) => Kind::Number,
        SqlToken::Placeholder(_) => Kind::Placeholder,
        SqlToken::LParen | SqlToken::LBracket | SqlToken::LBrace => Kind::OpenBracket,
        SqlToken::RParen | SqlToken::RBracket | SqlToken::RBrace => Kind::CloseBracket,
        SqlToken::SingleQuotedString(_)
        | SqlToken::DollarQuotedString(_)
        | SqlToken::EscapedStringLiteral(_)
        | SqlToken::NationalStringLiteral(_)
        | SqlToken::SingleQuotedByteStringLiteral(_)
        | SqlToken::SingleQuotedRawStringLiteral(_)
        | SqlToken::UnicodeStringLiteral(_) => Kind::String,
        _ => Kind::Sign,
    }
}

/// Keywords in alphabetical order. sqlparser's own list has many that are common names of columns.
pub(super) static KEYWORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "ALL ALTER ANALYZE AND ANTI ANY ARRAY AS ASC AT BETWEEN BOOLEAN BY CASE CAST COLUMN COPY CREATE \
     CROSS CUBE CURRENT CURRENT_DATE CURRENT_TIMESTAMP DATE DAY DELETE DESC DESCRIBE DISTINCT DOUBLE \
     DROP ELSE END ESCAPE EXCEPT EXCLUDE EXISTS EXPLAIN EXTERNAL EXTRACT FALSE FILTER FIRST FLOAT \
     FOLLOWING FORMAT FROM FULL FUNCTIONS GROUP GROUPING GROUPS HAVING HOUR IF ILIKE IN INNER INSERT \
     INT INTERSECT INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT LOCATION MINUTE MONTH NATURAL \
     NOT NULL NULLS OFFSET ON OPTIONS OR ORDER OUTER OVER PARTITION PARTITIONED PRECEDING QUALIFY \
     RANGE RECURSIVE REPLACE RIGHT ROLLUP ROW ROWS SELECT SEMI SET SETS SHOW SIMILAR STORED TABLE \
     TABLES THEN TIMESTAMP TO TRUE UNBOUNDED UNION USING VALUES VARCHAR VIEW WHEN WHERE WITH WITHIN"
        .split_whitespace()
        .collect()
});

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .binary_search(&word.to_ascii_uppercase().as_str())
        .is_ok()
}

/// The tokens without spaces and comments.
pub(super) fn significant<'a, 'b>(tokens: &'b [Token<'a>]) -> Vec<&'b Token<'a>> {
    let is_significant = |token: &&Token<'_>| !matches!(token.kind, Kind::Space | Kind::Comment);
    tokens.iter().filter(is_significant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        let tokens = tokenize(sql);
        let whole: String = tokens.iter().map(|token| token.text).collect();
        assert_eq!(whole, sql, "no text is lost");
        let visible = tokens.iter().filter(|token| token.kind != Kind::Space);
        visible.map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn sql_is_split_into_tokens() {
        assert_eq!(
            kinds("SELECT nps(\"größe\") -- why\n+ 1.5e3 /* so */ $a 'it''s' [x] $$d$$"),
            [
                (Kind::Word, "SELECT"),
                (Kind::Word, "nps"),
                (Kind::OpenBracket, "("),
                (Kind::QuotedName, "\"größe\""),
                (Kind::CloseBracket, ")"),
                (Kind::Comment, "-- why"),
                (Kind::Sign, "+"),
                (Kind::Number, "1.5e3"),
                (Kind::Comment, "/* so */"),
                (Kind::Placeholder, "$a"),
                (Kind::String, "'it''s'"),
                (Kind::OpenBracket, "["),
                (Kind::Word, "x"),
                (Kind::CloseBracket, "]"),
                (Kind::String, "$$d$$"),
            ]
        );
    }

    #[test]
    fn marks_are_space_with_the_line_break_before_them() {
        let text = super::super::multiline::with_marks("a -- b\n c");
        let tokens = tokenize(&text);
        let space = tokens.iter().rfind(|token| token.kind == Kind::Space);
        let expected = format!("\n{} ", MARK.to_string().repeat(7));
        assert_eq!(space.map(|token| token.text), Some(expected.as_str()));
    }

    #[test]
    fn an_open_part_is_one_token() {
        for (open, kind) in [
            ("'東京; SELECT", Kind::String),
            ("e'a b", Kind::String),
            ("$$a; b", Kind::String),
            ("\"a b", Kind::QuotedName),
            ("/* so", Kind::Comment),
            ("-- so", Kind::Comment),
        ] {
            let text = format!("SELECT {open}");
            assert_eq!(kinds(&text)[1..], [(kind, open)]);
            assert!(!tokenize(&text)[2].is_closed, "{open}");
        }
        let value = |sql| tokenize(sql).last().map(Token::value);
        assert_eq!(value("'it''s").as_deref(), Some("it's"));
        assert_eq!(value("\"a\"\"b\"").as_deref(), Some("a\"b"));
    }

    #[test]
    fn any_text_is_split_without_loss() {
        for text in [
            "1 ._x + 'a",
            "/*! 1 'a */ 'b'",
            "a@\n#",
            "q' x",
            "u&'\\zz'",
            "\r\n\u{2800}é",
        ] {
            kinds(text);
        }
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("select") && !is_keyword("score"));
    }
}
