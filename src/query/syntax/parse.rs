//! The parser of statements: DataFusion's, with other beginnings of queries, and `DROP MACRO`.

use std::collections::VecDeque;

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{DropFunction, FunctionDesc, Statement as SqlStatement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::dialect::VoxqlDialect;
use super::{beginnings, depth};

/// Parses statements.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>> {
    let syntax_error = |error| DataFusionError::SQL(Box::new(error), None);
    let tokens = Tokenizer::new(&VoxqlDialect, sql).tokenize_with_location();
    let mut tokens = tokens.map_err(|error| syntax_error(error.into()))?;
    depth::check(&tokens).map_err(syntax_error)?;
    let mut statements = DFParserBuilder::new(sql)
        .with_dialect(&VoxqlDialect)
        .build()?;
    if beginnings::write_as_select(&mut tokens).map_err(syntax_error)? {
        statements.parser = Parser::new(&VoxqlDialect).with_tokens_with_locations(tokens);
    }
    let parser = &mut statements.parser;
    if !parser.parse_keywords(&[Keyword::DROP, Keyword::MACRO]) {
        return statements.parse_statements();
    }
    let drop = parse_drop_macro(parser).map_err(syntax_error)?;
    let drop = SqlStatement::DropFunction(drop);
    Ok(VecDeque::from([Statement::Statement(Box::new(drop))]))
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
