//! The parser of statements: DataFusion's, with other beginnings of queries, and `DROP MACRO`.

use std::collections::VecDeque;

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{DropFunction, FunctionDesc, Statement as SqlStatement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::dialect::VoxqlDialect;
use super::{beginnings, depth};

/// Parses statements.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>> {
    let mut tokens = tokens(sql)?;
    let mut statements = DFParserBuilder::new(sql)
        .with_dialect(&VoxqlDialect)
        .with_recursion_limit(depth::CALLS_MAX)
        .build()?;
    if beginnings::write_as_select(&mut tokens).map_err(syntax_error)? {
        statements.parser = Parser::new(&VoxqlDialect)
            .with_recursion_limit(depth::CALLS_MAX)
            .with_tokens_with_locations(tokens);
    }
    let parser = &mut statements.parser;
    if !parser.parse_keywords(&[Keyword::DROP, Keyword::MACRO]) {
        return statements.parse_statements();
    }
    let drop = parse_drop_macro(parser).map_err(syntax_error)?;
    let drop = SqlStatement::DropFunction(drop);
    Ok(VecDeque::from([Statement::Statement(Box::new(drop))]))
}

/// Checks that the trees of the statements are not too deep for the stack that is left of this thread.
///
/// # Errors
/// Returns an error if they are, or if `sql` has a text without an end.
pub(crate) fn check_depth(sql: &str) -> Result<()> {
    tokens(sql).map(drop)
}

/// The tokens of statements that are not too deep.
fn tokens(sql: &str) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location();
    let tokens = tokens.map_err(|error| syntax_error(error.into()))?;
    depth::check(&tokens, depth::limit()).map_err(syntax_error)?;
    Ok(tokens)
}

fn syntax_error(error: ParserError) -> DataFusionError {
    DataFusionError::SQL(Box::new(error), None)
}

/// Parses what follows `DROP MACRO`: DuckDB's `DROP MACRO [TABLE] [IF EXISTS] name, …`.
fn parse_drop_macro(parser: &mut Parser<'_>) -> Result<DropFunction, ParserError> {
    let _ = parser.parse_keyword(Keyword::TABLE);
    let if_exists = parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS]);
    let names = parser.parse_comma_separated(|parser| parser.parse_object_name(false))?;
    let _ = parser.consume_token(&Token::SemiColon);
    match parser.peek_token() {
        end if end.token == Token::EOF => {}
        found => return parser.expected("end of statement", found),
    }
    let func_desc = names
        .into_iter()
        .map(|name| FunctionDesc { name, args: None })
        .collect();
    Ok(DropFunction {
        if_exists,
        func_desc,
        drop_behavior: None,
    })
}
