//! `SUMMARIZE responses` and `SUMMARIZE SELECT …`, which the parser does not know.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Query, SetExpr, TableFactor,
};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use super::dialect::VoxqlDialect;
use crate::query::relations::SUMMARIZE;

/// True for the word that begins the statement.
pub(super) fn begins(token: &Token) -> bool {
    is_any(token, &[SUMMARIZE])
}

/// Parses a text that [`begins`] with the word as `SELECT * FROM summarize((query))`.
pub(super) fn parse(sql: &str) -> Result<Query, ParserError> {
    let mut tokens = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location()?;
    let mut words =
        (0..tokens.len()).filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_)));
    let (first, next) = (words.next(), words.next());
    let is_query = next.is_some_and(|next| {
        let next = &tokens[next].token;
        *next == Token::LParen || is_any(next, &["SELECT", "FROM", "WITH", "VALUES"])
    });
    if let Some(first) = first {
        tokens[first].token = if is_query {
            Token::Whitespace(Whitespace::Space)
        } else {
            Token::make_keyword("FROM")
        };
    }
    let mut parser = Parser::new(&VoxqlDialect).with_tokens_with_locations(tokens);
    let query = parser.parse_query()?;
    let _ = parser.consume_token(&Token::SemiColon);
    match parser.peek_token() {
        end if end.token == Token::EOF => {}
        found => return parser.expected("end of statement", found),
    }
    let outer = format!("SELECT * FROM {SUMMARIZE}(query)");
    let mut outer = *Parser::new(&VoxqlDialect)
        .try_with_sql(&outer)?
        .parse_query()?;
    if let Some(argument) = argument(&mut outer) {
        *argument = FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(query)));
    }
    Ok(outer)
}

fn is_any(token: &Token, words: &[&str]) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none()
        && words.iter().any(|expected| word.value.eq_ignore_ascii_case(expected)))
}

/// The argument of the function in FROM.
fn argument(query: &mut Query) -> Option<&mut FunctionArg> {
    let SetExpr::Select(select) = query.body.as_mut() else {
        return None;
    };
    match &mut select.from.first_mut()?.relation {
        TableFactor::Table {
            args: Some(args), ..
        } => args.args.first_mut(),
        _ => None,
    }
}
