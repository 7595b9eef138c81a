//! Parses SQL: DataFusion's statements, and `DROP MACRO`.

use std::collections::VecDeque;

use datafusion::common::plan_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{DropFunction, FunctionDesc, Statement as SqlStatement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// Parses the statements of a text.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>> {
    let mut builder = DFParserBuilder::new(sql).build()?;
    let parser = &mut builder.parser;
    if !parser.parse_keywords(&[Keyword::DROP, Keyword::MACRO]) {
        return DFParser::parse_sql(sql);
    }
    let dropped = parse_drop_macro(parser).map_err(|error| {
        let error = Box::new(error);
        DataFusionError::SQL(error, None)
    })?;
    Ok(VecDeque::from([Statement::Statement(Box::new(
        SqlStatement::DropFunction(dropped),
    ))]))
}

/// Parses a text with one statement.
pub(super) fn parse_one(sql: &str) -> Result<Statement> {
    let mut statements = parse(sql)?;
    match (statements.pop_front(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        _ => plan_err!("expected one statement"),
    }
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
