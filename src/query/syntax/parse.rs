//! The parser of statements: DataFusion's, with other beginnings of queries.

use std::collections::VecDeque;

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{TokenWithSpan, Tokenizer};

use super::dialect::VoxqlDialect;
use super::prepared::number_placeholders;
use super::{beginnings, depth, materialized};

/// Parses statements.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>> {
    let mut tokens = tokens(sql)?;
    number_placeholders(&mut tokens).map_err(syntax_error)?;
    materialized::remove(&mut tokens);
    beginnings::write_as_select(&mut tokens).map_err(syntax_error)?;
    DFParserBuilder::new(tokens)
        .with_dialect(&VoxqlDialect)
        .with_recursion_limit(depth::CALLS_MAX)
        .build()?
        .parse_statements()
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
