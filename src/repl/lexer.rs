//! SQL as it is being typed, in pieces: for its colours, and for what stands at the cursor.
//!
//! Not the parser's tokenizer, which gives nothing for a string that is still open.

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    /// A keyword or a name.
    Word,
    Number,
    /// In single quotes.
    Text,
    /// A name in double quotes.
    QuotedName,
    Comment,
    /// `$name`.
    Placeholder,
    Open,
    Close,
    /// Any other sign.
    Sign,
}

/// A piece of what was typed. All of them, one after the other, are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// The byte it begins at.
    pub(super) start: usize,
    /// Whether a quote or comment ends.
    pub(super) is_closed: bool,
}

impl Token<'_> {
    /// Whether it is this word, in any case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is any of these words.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// The name or text that it stands for, without its quotes.
    pub(super) fn value(&self) -> String {
        let quote = match self.kind {
            Kind::Text => '\'',
            Kind::QuotedName => '"',
            _ => return self.text.to_owned(),
        };
        let inner = self.text.strip_prefix(quote).unwrap_or(self.text);
        let inner = inner
            .strip_suffix(quote)
            .filter(|_| self.is_closed)
            .unwrap_or(inner);
        inner.replace(&format!("{quote}{quote}"), &quote.to_string())
    }
}

/// Takes what was typed apart. Never fails: what is open at the end is one piece.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while start < sql.len() {
        let rest = &sql[start..];
        let (kind, length, is_closed) = first(rest);
        tokens.push(Token {
            kind,
            text: &rest[..length],
            start,
            is_closed,
        });
        start += length;
    }
    tokens
}

/// The first piece of a text that is not empty: its kind, its bytes, and whether it ends.
fn first(rest: &str) -> (Kind, usize, bool) {
    let while_ = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    let Some(c) = rest.chars().next() else {
        return (Kind::Space, 0, true);
    };
    match c {
        '\'' | '"' => {
            let kind = if c == '\'' {
                Kind::Text
            } else {
                Kind::QuotedName
            };
            let (length, is_closed) = quoted(rest, c);
            (kind, length, is_closed)
        }
        '-' if rest.starts_with("--") => {
            let end = rest.find('\n');
            (Kind::Comment, end.unwrap_or(rest.len()), end.is_some())
        }
        '/' if rest.starts_with("/*") => match rest[2..].find("*/") {
            Some(end) => (Kind::Comment, end + 4, true),
            None => (Kind::Comment, rest.len(), false),
        },
        '$' => {
            let word = rest[1..]
                .find(|c: char| !is_word(c))
                .unwrap_or(rest.len() - 1);
            let kind = if word == 0 {
                Kind::Sign
            } else {
                Kind::Placeholder
            };
            (kind, word + 1, true)
        }
        '(' | '[' | '{' => (Kind::Open, 1, true),
        ')' | ']' | '}' => (Kind::Close, 1, true),
        c if is_space(c) => (Kind::Space, while_(is_space), true),
        c if c.is_ascii_digit() => {
            let length = while_(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
            (Kind::Number, length, true)
        }
        c if is_word(c) => (Kind::Word, while_(is_word), true),
        c => (Kind::Sign, c.len_utf8(), true),
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == super::multiline::MARK
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The bytes of what stands in quotes, where two quotes are one inside.
fn quoted(text: &str, quote: char) -> (usize, bool) {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
                continue;
            }
            return (index + 1, true);
        }
    }
    (text.len(), false)
}

/// Words that have a meaning of their own, in the order of the alphabet.
pub(super) const KEYWORDS: [&str; 118] = [
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANTI",
    "ANY",
    "ARRAY",
    "AS",
    "ASC",
    "AT",
    "BETWEEN",
    "BOOLEAN",
    "BY",
    "CASE",
    "CAST",
    "COLUMN",
    "COPY",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "DATE",
    "DAY",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DOUBLE",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXCLUDE",
    "EXISTS",
    "EXPLAIN",
    "EXTERNAL",
    "EXTRACT",
    "FALSE",
    "FILTER",
    "FIRST",
    "FLOAT",
    "FOLLOWING",
    "FORMAT",
    "FROM",
    "FULL",
    "FUNCTIONS",
    "GROUP",
    "GROUPING",
    "GROUPS",
    "HAVING",
    "HOUR",
    "IF",
    "ILIKE",
    "IN",
    "INNER",
    "INSERT",
    "INT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCATION",
    "MINUTE",
    "MONTH",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OPTIONS",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PARTITIONED",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "REPLACE",
    "RIGHT",
    "ROLLUP",
    "ROW",
    "ROWS",
    "SELECT",
    "SEMI",
    "SET",
    "SETS",
    "SHOW",
    "SIMILAR",
    "STORED",
    "TABLE",
    "TABLES",
    "THEN",
    "TIMESTAMP",
    "TO",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "USING",
    "VALUES",
    "VARCHAR",
    "VIEW",
    "WHEN",
    "WHERE",
    "WITH",
    "WITHIN",
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .binary_search(&word.to_ascii_uppercase().as_str())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        let pieces = tokens(sql);
        let whole: String = pieces.iter().map(|token| token.text).collect();
        assert_eq!(whole, sql, "nothing is lost");
        let pieces = pieces.iter().filter(|token| token.kind != Kind::Space);
        pieces.map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn sql_is_taken_apart() {
        assert_eq!(
            kinds("SELECT nps(\"größe\") -- why\n+ 1.5e3 /* so */ $a 'it''s' [x]"),
            [
                (Kind::Word, "SELECT"),
                (Kind::Word, "nps"),
                (Kind::Open, "("),
                (Kind::QuotedName, "\"größe\""),
                (Kind::Close, ")"),
                (Kind::Comment, "-- why"),
                (Kind::Sign, "+"),
                (Kind::Number, "1.5e3"),
                (Kind::Comment, "/* so */"),
                (Kind::Placeholder, "$a"),
                (Kind::Text, "'it''s'"),
                (Kind::Open, "["),
                (Kind::Word, "x"),
                (Kind::Close, "]"),
            ]
        );
    }

    #[test]
    fn what_is_open_is_one_piece() {
        for open in ["'東京; SELECT", "\"a b", "/* so", "-- so"] {
            let pieces = tokens(open);
            assert_eq!(pieces.len(), 1, "{open}");
            assert!(!pieces[0].is_closed, "{open}");
        }
        assert_eq!(
            tokens("'it''s").last().map(Token::value).as_deref(),
            Some("it's")
        );
    }

    #[test]
    fn keywords_are_in_order() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("select") && !is_keyword("score"));
    }
}
