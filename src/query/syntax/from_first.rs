//! `FROM responses WHERE score <= 6` and `TABLE responses`, which are `SELECT *` of it. The parser knows
//! `FROM` first without anything behind the tables, and `TABLE` only in brackets.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

/// The tokens with `SELECT *` before each query that begins with FROM and selects nothing itself, and with
/// `SELECT * FROM` for TABLE; `None` if there is none.
pub(super) fn with_select(tokens: &[TokenWithSpan]) -> Option<Vec<TokenWithSpan>> {
    let places: Vec<usize> = starts(tokens)
        .into_iter()
        .filter(|start| !selects(&tokens[*start..]))
        .collect();
    if places.is_empty() {
        return None;
    }
    let mut with_select = Vec::with_capacity(tokens.len() + 4 * places.len());
    for (index, token) in tokens.iter().enumerate() {
        if places.contains(&index) {
            let added = [Token::make_keyword("SELECT"), Token::Mul];
            with_select.extend(added.map(|token| TokenWithSpan::new(token, Span::empty())));
        }
        if places.contains(&index) && keyword(&token.token) == Some(Keyword::TABLE) {
            with_select.push(TokenWithSpan::new(Token::make_keyword("FROM"), token.span));
            continue;
        }
        with_select.push(token.clone());
    }
    Some(with_select)
}

/// The places of FROM and TABLE where a query begins.
fn starts(tokens: &[TokenWithSpan]) -> Vec<usize> {
    let mut starts = Vec::new();
    // The two tokens before, and whether each bracket is around a query WITH others.
    let (mut before, mut before_that): (Option<&Token>, Option<&Token>) = (None, None);
    let mut has_with = vec![false];
    for (index, token) in tokens.iter().enumerate() {
        let token = &token.token;
        if matches!(token, Token::Whitespace(_)) {
            continue;
        }
        let of_query = has_with.last().copied().unwrap_or_default();
        match token {
            Token::LParen => has_with.push(false),
            Token::RParen if has_with.len() > 1 => {
                has_with.pop();
            }
            Token::SemiColon => has_with = vec![false],
            _ => {}
        }
        match keyword(token) {
            Some(Keyword::WITH) if before.is_none_or(begins_query) => {
                if let Some(has_with) = has_with.last_mut() {
                    *has_with = true;
                }
            }
            Some(Keyword::SELECT) => {
                if let Some(has_with) = has_with.last_mut() {
                    *has_with = false;
                }
            }
            Some(Keyword::FROM) => {
                let is_trim = before == Some(&Token::LParen)
                    && before_that.and_then(keyword) == Some(Keyword::TRIM);
                let follows_with = of_query && before == Some(&Token::RParen);
                if (before.is_none_or(begins_query) && !is_trim) || follows_with {
                    starts.push(index);
                }
            }
            Some(Keyword::TABLE) if before.is_none_or(begins_table) => starts.push(index),
            _ => {}
        }
        (before_that, before) = (before, Some(token));
    }
    starts
}

/// True for a token that a query may follow.
fn begins_query(token: &Token) -> bool {
    matches!(token, Token::LParen | Token::SemiColon)
        || matches!(
            keyword(token),
            Some(
                Keyword::AS
                    | Keyword::UNION
                    | Keyword::ALL
                    | Keyword::EXCEPT
                    | Keyword::INTERSECT
                    | Keyword::EXPLAIN
                    | Keyword::ANALYZE
                    | Keyword::VERBOSE
            )
        )
}

/// True for a token that `TABLE t` may follow: not AS, which a macro of a query has before it, and not
/// EXPLAIN.
fn begins_table(token: &Token) -> bool {
    matches!(token, Token::LParen | Token::SemiColon)
        || matches!(
            keyword(token),
            Some(Keyword::UNION | Keyword::ALL | Keyword::EXCEPT | Keyword::INTERSECT)
        )
}

/// True if a query that begins with FROM has a SELECT of its own.
fn selects(tokens: &[TokenWithSpan]) -> bool {
    let mut depth = 0;
    for token in tokens {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 0 => return false,
            Token::RParen => depth -= 1,
            Token::SemiColon => return false,
            token if depth == 0 => match keyword(token) {
                Some(Keyword::SELECT) => return true,
                Some(Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT) => return false,
                _ => {}
            },
            _ => {}
        }
    }
    false
}

fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) => Some(word.keyword),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;
    use crate::query::syntax::VoxqlDialect;

    #[test]
    fn a_query_that_begins_with_from_selects_everything() {
        let written = |sql: &str| {
            let tokens = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location();
            let found = with_select(&tokens.unwrap())?;
            let texts = found.iter().map(|token| token.token.to_string());
            Some(
                texts
                    .collect::<String>()
                    .replace("SELECT*FROM", "SELECT * FROM")
                    .replace("SELECT*", "SELECT * "),
            )
        };
        for (sql, expected) in [
            ("FROM t", "SELECT * FROM t"),
            (
                "FROM t WHERE a > 1 LIMIT 2",
                "SELECT * FROM t WHERE a > 1 LIMIT 2",
            ),
            (
                "WITH a AS (FROM t WHERE b) FROM a ORDER BY 1",
                "WITH a AS (SELECT * FROM t WHERE b) SELECT * FROM a ORDER BY 1",
            ),
            (
                "SELECT * FROM (FROM t WHERE x IN (FROM u))",
                "SELECT * FROM (SELECT * FROM t WHERE x IN (SELECT * FROM u))",
            ),
            (
                "CREATE VIEW v AS FROM t WHERE a",
                "CREATE VIEW v AS SELECT * FROM t WHERE a",
            ),
            (
                "FROM a UNION ALL FROM b",
                "SELECT * FROM a UNION ALL SELECT * FROM b",
            ),
            ("SELECT 1; FROM t", "SELECT 1; SELECT * FROM t"),
            ("EXPLAIN FROM t", "EXPLAIN SELECT * FROM t"),
            ("TABLE t ORDER BY a", "SELECT * FROM t ORDER BY a"),
            (
                "TABLE a UNION ALL TABLE b",
                "SELECT * FROM a UNION ALL SELECT * FROM b",
            ),
        ] {
            assert_eq!(written(sql).as_deref(), Some(expected), "{sql}");
        }
        for sql in [
            "FROM t SELECT a",
            "SELECT f(x) FROM t",
            "SELECT extract(year FROM d), trim(FROM x), substring(a FROM 2) FROM t",
            "SELECT a IS DISTINCT FROM b FROM t",
            "DELETE FROM t",
            "CREATE TABLE t (a INT)",
            "CREATE MACRO m() AS TABLE SELECT 1",
            "SELECT * FROM TABLE(f())",
            "WITH a AS (SELECT 1) SELECT (1) FROM a",
            "SELECT \"FROM\" FROM t",
        ] {
            assert_eq!(written(sql), None, "{sql}");
        }
    }
}
