//! DuckDB's statement `DROP MACRO [TABLE] [IF EXISTS] name, …`, which the parser does not know.

use datafusion::sql::sqlparser::ast::{DropFunction, FunctionDesc, Statement};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};

/// Parses the statement; `None` for another one.
pub(super) fn parse_drop_macro(parser: &mut Parser<'_>) -> Option<Result<Statement, ParserError>> {
    parser
        .parse_keywords(&[Keyword::DROP, Keyword::MACRO])
        .then(|| parse_names(parser))
}

fn parse_names(parser: &mut Parser<'_>) -> Result<Statement, ParserError> {
    let _ = parser.parse_keyword(Keyword::TABLE);
    let if_exists = parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS]);
    let names = parser.parse_comma_separated(|parser| parser.parse_object_name(false))?;
    let func_desc = names
        .into_iter()
        .map(|name| FunctionDesc { name, args: None })
        .collect();
    Ok(Statement::DropFunction(DropFunction {
        if_exists,
        func_desc,
        drop_behavior: None,
    }))
}
