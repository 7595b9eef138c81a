//! Queries that begin with FROM, TABLE, SUMMARIZE, PIVOT or UNPIVOT, written as the parser knows them. It
//! knows `FROM` first without anything behind the tables, and `TABLE` only in brackets.

use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use super::dialect::VoxqlDialect;
use super::pivot;

/// The table function in FROM that SUMMARIZE is rewritten to.
pub(in crate::query) const SUMMARIZE: &str = "summarize";

/// The word that begins a query.
#[derive(Clone, Copy)]
enum Beginning {
    From,
    Table,
    Summarize,
    Pivot,
    Unpivot,
}

/// Writes each query that begins with such a word as a SELECT.
///
/// # Errors
/// Returns an error for invalid syntax behind PIVOT or UNPIVOT.
pub(super) fn write_as_select(tokens: &mut Vec<TokenWithSpan>) -> Result<(), ParserError> {
    let starts = starts(tokens);
    // The inner queries first.
    for (start, beginning) in starts.into_iter().rev() {
        if matches!(beginning, Beginning::From) && selects(&tokens[start..]) {
            continue;
        }
        let end = start + end_of_query(&tokens[start..]);
        match beginning {
            Beginning::From => replace(tokens, start..start, "SELECT * ")?,
            Beginning::Table => replace(tokens, start..=start, "SELECT * FROM ")?,
            Beginning::Summarize => {
                let (select, ends) = missing_select(&tokens[start + 1..end]);
                replace(tokens, end..end, &format!("{ends}))"))?;
                let summarize = format!("SELECT * FROM {SUMMARIZE}(({select}");
                replace(tokens, start..=start, &summarize)?;
            }
            Beginning::Pivot => {
                let query = parsed(tokens, start + 1..end, pivot::parse_pivot)?;
                replace(tokens, start..end, &query.to_string())?;
            }
            Beginning::Unpivot => {
                let query = parsed(tokens, start + 1..end, pivot::parse_unpivot)?;
                replace(tokens, start..end, &query.to_string())?;
            }
        }
    }
    Ok(())
}

fn parsed(
    tokens: &[TokenWithSpan],
    places: std::ops::Range<usize>,
    parse: impl Fn(&mut Parser<'_>) -> Result<Query, ParserError>,
) -> Result<Query, ParserError> {
    let tokens = tokens[places].to_vec();
    parse(&mut Parser::new(&VoxqlDialect).with_tokens_with_locations(tokens))
}

/// Replaces tokens by those of a text, which have no place.
fn replace(
    tokens: &mut Vec<TokenWithSpan>,
    places: impl std::ops::RangeBounds<usize>,
    sql: &str,
) -> Result<(), ParserError> {
    let added = Tokenizer::new(&VoxqlDialect, sql).tokenize()?;
    let added = added
        .into_iter()
        .map(|token| TokenWithSpan::new(token, Span::empty()));
    tokens.splice(places, added);
    Ok(())
}

/// The places where a query begins with one of the words.
fn starts(tokens: &[TokenWithSpan]) -> Vec<(usize, Beginning)> {
    let mut starts = Vec::new();
    // The two tokens before, and whether each bracket is around a query WITH others.
    let (mut before, mut before_that): (Option<&Token>, Option<&Token>) = (None, None);
    let mut has_with = vec![false];
    // True behind CREATE and PREPARE, up to the query.
    let mut names_query = false;
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
        let begins = before.is_none_or(begins_query);
        let follows_with = of_query && before == Some(&Token::RParen);
        match keyword(token) {
            Some(Keyword::CREATE | Keyword::PREPARE)
                if before.is_none_or(|before| *before == Token::SemiColon) =>
            {
                names_query = true;
            }
            Some(Keyword::WITH) if begins => {
                if let Some(has_with) = has_with.last_mut() {
                    *has_with = true;
                }
            }
            Some(Keyword::SELECT) => {
                names_query = false;
                if let Some(has_with) = has_with.last_mut() {
                    *has_with = false;
                }
            }
            Some(Keyword::FROM) => {
                let words = (before_that.and_then(keyword), before.and_then(keyword));
                let is_trim = words.0 == Some(Keyword::TRIM) && before == Some(&Token::LParen);
                let of_macro = words == (Some(Keyword::AS), Some(Keyword::TABLE));
                // The name of an argument: `f(from => 1)`.
                let is_name = first(&tokens[index + 1..]) == Some(&Token::RArrow);
                if !is_name && ((begins && !is_trim) || follows_with || of_macro) {
                    starts.push((index, Beginning::From));
                }
            }
            Some(Keyword::TABLE) if before.is_none_or(begins_table) => {
                starts.push((index, Beginning::Table));
            }
            _ => {
                // Behind AS, the word is a name, but for the query of CREATE and PREPARE.
                let is_name = before.and_then(keyword) == Some(Keyword::AS) && !names_query;
                if let Some(beginning) = own_word(token)
                    && ((begins && !is_name) || follows_with)
                    && begins_relation(&tokens[index + 1..])
                {
                    starts.push((index, beginning));
                }
            }
        }
        (before_that, before) = (before, Some(token));
    }
    starts
}

fn own_word(token: &Token) -> Option<Beginning> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => None,
        Token::Word(word) if word.keyword == Keyword::PIVOT => Some(Beginning::Pivot),
        Token::Word(word) if word.keyword == Keyword::UNPIVOT => Some(Beginning::Unpivot),
        Token::Word(word) if word.value.eq_ignore_ascii_case(SUMMARIZE) => {
            Some(Beginning::Summarize)
        }
        _ => None,
    }
}

/// True if a table or query may begin with these tokens: the word before them is no name itself.
fn begins_relation(tokens: &[TokenWithSpan]) -> bool {
    match first(tokens) {
        Some(Token::Word(word)) => !matches!(word.keyword, Keyword::AS | Keyword::JOIN),
        Some(Token::LParen | Token::SingleQuotedString(_)) => true,
        _ => false,
    }
}

/// What is missing before and behind a query, or the name of a table, to make it a query in brackets.
fn missing_select(tokens: &[TokenWithSpan]) -> (&'static str, &'static str) {
    let first = first(tokens);
    match first.and_then(keyword) {
        Some(Keyword::SELECT | Keyword::WITH | Keyword::VALUES) => ("", ""),
        Some(Keyword::FROM) if selects(tokens) => ("SELECT * FROM (", ")"),
        Some(Keyword::FROM) => ("SELECT *", ""),
        _ if first == Some(&Token::LParen) => ("", ""),
        _ => ("SELECT * FROM ", ""),
    }
}

fn first(tokens: &[TokenWithSpan]) -> Option<&Token> {
    let mut tokens = tokens.iter().map(|token| &token.token);
    tokens.find(|token| !matches!(token, Token::Whitespace(_)))
}

/// The number of tokens up to the end of the query that begins with them.
fn end_of_query(tokens: &[TokenWithSpan]) -> usize {
    let mut depth = 0;
    let ends = |token: &TokenWithSpan| {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 0 => return true,
            Token::RParen => depth -= 1,
            Token::SemiColon => return true,
            _ => {}
        }
        false
    };
    tokens.iter().position(ends).unwrap_or(tokens.len())
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
                    | Keyword::DESCRIBE
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
    use super::*;

    #[test]
    fn queries_of_other_beginnings_are_selects() {
        let written = |sql: &str| {
            let tokens = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location();
            let mut tokens = tokens.unwrap();
            write_as_select(&mut tokens).unwrap();
            let texts = tokens.iter().map(|token| token.token.to_string());
            let written: String = texts.collect();
            (written != sql).then(|| written.replace("  ", " "))
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
            (
                "SUMMARIZE t; SUMMARIZE SELECT a FROM t",
                "SELECT * FROM summarize((SELECT * FROM t)); SELECT * FROM summarize(( SELECT a FROM t))",
            ),
            (
                "FROM (SUMMARIZE FROM t) WHERE a",
                "SELECT * FROM (SELECT * FROM summarize((SELECT * FROM t))) WHERE a",
            ),
            (
                "SUMMARIZE FROM t SELECT a",
                "SELECT * FROM summarize((SELECT * FROM ( FROM t SELECT a)))",
            ),
            ("DESCRIBE FROM t", "DESCRIBE SELECT * FROM t"),
            (
                "CREATE MACRO m(n) AS TABLE FROM t LIMIT n",
                "CREATE MACRO m(n) AS TABLE SELECT * FROM t LIMIT n",
            ),
            (
                "CREATE TABLE summary AS SUMMARIZE t",
                "CREATE TABLE summary AS SELECT * FROM summarize((SELECT * FROM t))",
            ),
            (
                "WITH a AS (TABLE t) PIVOT a ON b USING sum(c)",
                "WITH a AS (SELECT * FROM t) SELECT * FROM a PIVOT(sum(c) FOR b IN (ANY))",
            ),
            (
                "SELECT * FROM (UNPIVOT t ON a, b)",
                "SELECT * FROM (SELECT * FROM t UNPIVOT(value FOR name IN (a, b)))",
            ),
        ] {
            assert_eq!(written(sql).as_deref(), Some(expected), "{sql}");
        }
        for sql in [
            "FROM t SELECT a",
            "SELECT f(x) FROM t",
            "SELECT * FROM f(from => 1, to => 2)",
            "SELECT extract(year FROM d), trim(FROM x), substring(a FROM 2) FROM t",
            "SELECT a IS DISTINCT FROM b FROM t",
            "DELETE FROM t",
            "CREATE TABLE t (a INT)",
            "CREATE MACRO m() AS TABLE SELECT 1",
            "SELECT * FROM TABLE(f())",
            "WITH a AS (SELECT 1) SELECT (1) FROM a",
            "SELECT \"FROM\" FROM t",
            "SELECT a AS summarize FROM t AS pivot",
            "SELECT (pivot), (summarize + 1) FROM (summarize)",
            "SELECT * FROM t PIVOT (sum(a) FOR b IN (1))",
        ] {
            assert_eq!(written(sql), None, "{sql}");
        }
    }
}
