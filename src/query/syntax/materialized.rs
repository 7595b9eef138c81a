//! `WITH t AS MATERIALIZED (…)`, which says how a query is run and not what it means.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Removes `MATERIALIZED` and `NOT MATERIALIZED` between AS and a query in brackets.
pub(super) fn remove(tokens: &mut Vec<TokenWithSpan>) {
    let written: Vec<usize> = (0..tokens.len())
        .filter(|at| !matches!(tokens[*at].token, Token::Whitespace(_)))
        .collect();
    let is = |at: Option<&usize>, keyword: Keyword| {
        at.is_some_and(
            |at| matches!(&tokens[*at].token, Token::Word(word) if word.keyword == keyword),
        )
    };
    let mut removed = Vec::new();
    for (place, at) in written.iter().enumerate() {
        if !is(Some(at), Keyword::AS) {
            continue;
        }
        let words = 1 + usize::from(is(written.get(place + 1), Keyword::NOT));
        let opens = written
            .get(place + words + 1)
            .is_some_and(|at| tokens[*at].token == Token::LParen);
        if opens && is(written.get(place + words), Keyword::MATERIALIZED) {
            removed.extend_from_slice(&written[place + 1..=place + words]);
        }
    }
    for at in removed.into_iter().rev() {
        tokens.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::super::dialect::VoxqlDialect;
    use super::*;

    #[test]
    fn only_the_word_of_a_query_is_removed() {
        for (sql, expected) in [
            ("WITH a AS MATERIALIZED (SELECT 1)", "WITH a AS  (SELECT 1)"),
            (
                "WITH a AS NOT MATERIALIZED (SELECT 1)",
                "WITH a AS   (SELECT 1)",
            ),
            (
                "CREATE MATERIALIZED VIEW v AS (SELECT 1)",
                "CREATE MATERIALIZED VIEW v AS (SELECT 1)",
            ),
            ("SELECT 1 AS materialized", "SELECT 1 AS materialized"),
        ] {
            let mut tokens = Tokenizer::new(&VoxqlDialect, sql)
                .tokenize_with_location()
                .unwrap();
            remove(&mut tokens);
            let texts = tokens.iter().map(|token| token.token.to_string());
            assert_eq!(texts.collect::<String>(), expected);
        }
    }
}
