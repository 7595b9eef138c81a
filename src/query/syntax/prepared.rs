//! Prepared statements: the values of EXECUTE, which may have names, and placeholders of PREPARE without a
//! name.

use datafusion::sql::sqlparser::ast::{Expr, Statement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Parses `EXECUTE name` and `EXECUTE name(1, name => 2)`; `None` for another statement. The parser's own
/// knows no `=>`.
pub(super) fn parse_execute(parser: &mut Parser<'_>) -> Option<Result<Statement, ParserError>> {
    parser
        .parse_keyword(Keyword::EXECUTE)
        .then(|| parse_call(parser))
}

fn parse_call(parser: &mut Parser<'_>) -> Result<Statement, ParserError> {
    let name = parser.parse_object_name(false)?;
    let has_parentheses = parser.consume_token(&Token::LParen);
    let mut parameters = Vec::new();
    if has_parentheses && !parser.consume_token(&Token::RParen) {
        parameters = parser.parse_comma_separated(parse_value)?;
        parser.expect_token(&Token::RParen)?;
    }
    Ok(Statement::Execute {
        name: Some(name),
        parameters,
        has_parentheses,
        immediate: false,
        into: Vec::new(),
        using: Vec::new(),
        output: false,
        default: false,
    })
}

fn parse_value(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    let is_named = matches!(
        parser.peek_nth_token_ref(1).token,
        Token::Assignment | Token::RArrow
    );
    if !is_named {
        return parser.parse_expr();
    }
    let name = parser.parse_identifier()?;
    parser.next_token();
    let expr = Box::new(parser.parse_expr()?);
    Ok(Expr::Named { expr, name })
}

/// Numbers the placeholders `?` of PREPARE by their order.
///
/// # Errors
/// Returns an error if there are numbered ones as well.
pub(super) fn number_placeholders(tokens: &mut [TokenWithSpan]) -> Result<(), ParserError> {
    let mut words = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let is_prepare = words.next().is_some_and(
        |first| matches!(&first.token, Token::Word(word) if word.keyword == Keyword::PREPARE),
    );
    if !is_prepare {
        return Ok(());
    }
    let is_numbered = |token: &TokenWithSpan| match &token.token {
        Token::Placeholder(name) => {
            name.starts_with('$') && name[1..].starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    };
    let has_numbered = tokens.iter().any(is_numbered);
    let mut count = 0;
    for token in tokens {
        if let Token::Placeholder(name) = &mut token.token
            && let Some(number) = name.strip_prefix('?')
        {
            if has_numbered {
                return Err(ParserError::ParserError(format!(
                    "a prepared statement has either ? or $1, not both{}",
                    token.span.start
                )));
            }
            count += 1;
            *name = match number {
                "" => format!("${count}"),
                number => format!("${number}"),
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::super::dialect::VoxqlDialect;
    use super::*;

    #[test]
    fn placeholders_of_prepare_are_numbered() {
        for (sql, expected) in [
            (
                "PREPARE p AS SELECT ?, '?', ?2, ?",
                "PREPARE p AS SELECT $1, '?', $2, $3",
            ),
            ("PREPARE p AS SELECT $a", "PREPARE p AS SELECT $a"),
            ("SELECT ?", "SELECT ?"),
        ] {
            let mut tokens = Tokenizer::new(&VoxqlDialect, sql)
                .tokenize_with_location()
                .unwrap();
            number_placeholders(&mut tokens).unwrap();
            let texts = tokens.iter().map(|token| token.token.to_string());
            assert_eq!(texts.collect::<String>(), expected);
        }
    }

    #[test]
    fn values_of_execute_may_have_names() {
        for (sql, expected) in [
            ("EXECUTE p", "EXECUTE p"),
            ("EXECUTE p(1, 'a' || 'b')", "EXECUTE p(1, 'a' || 'b')"),
            (
                "EXECUTE p(a => 1 OR 2, b := 3)",
                "EXECUTE p(1 OR 2 AS a, 3 AS b)",
            ),
        ] {
            let mut parser = Parser::new(&VoxqlDialect).try_with_sql(sql).unwrap();
            let statement = parser.parse_statement().unwrap();
            assert_eq!(statement.to_string(), expected);
        }
    }
}
