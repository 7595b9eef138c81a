//! The parser of statements.

use std::collections::VecDeque;

use datafusion::error::Result;
use datafusion::sql::parser::{DFParserBuilder, Statement};

use super::dialect::VoxqlDialect;

/// Parses statements that the parser knows.
pub(super) fn parse(sql: &str) -> Result<VecDeque<Statement>> {
    DFParserBuilder::new(sql)
        .with_dialect(&VoxqlDialect)
        .build()?
        .parse_statements()
}
