//! `SUMMARIZE responses` and `SUMMARIZE SELECT …`, which the parser does not know.

use std::collections::VecDeque;

use datafusion::error::Result;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Query, SetExpr, Statement as SqlStatement, TableFactor,
};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::dialect::VoxqlDialect;
use super::parse::parse;
use crate::query::relations::SUMMARIZE;

/// The query that a statement summarizes, with each character at the place that it had.
pub(super) fn as_query(sql: &str) -> Option<String> {
    let tokens = Tokenizer::new(&VoxqlDialect, sql)
        .tokenize_with_location()
        .ok()?;
    let mut words = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let is_word = |token: Option<&TokenWithSpan>, words: &[&str]| {
        matches!(token.map(|token| &token.token), Some(Token::Word(word))
            if word.quote_style.is_none()
                && words.iter().any(|expected| word.value.eq_ignore_ascii_case(expected)))
    };
    let first = words.next();
    if !is_word(first, &[SUMMARIZE]) {
        return None;
    }
    let at = offset(sql, first?.span.start)?;
    let next = words.next();
    let is_query = is_word(next, &["SELECT", "FROM", "WITH", "VALUES"])
        || next.is_some_and(|next| next.token == Token::LParen);
    let from = if is_query { "" } else { "FROM" };
    let (before, behind) = (&sql[..at], &sql[at + SUMMARIZE.len()..]);
    let width = SUMMARIZE.len();
    Some(format!("{before}{from:width$}{behind}"))
}

/// The byte of a location, which counts lines and characters from 1.
fn offset(text: &str, location: Location) -> Option<usize> {
    let before = usize::try_from(location.line.checked_sub(1)?).ok()?;
    let column = usize::try_from(location.column.checked_sub(1)?).ok()?;
    let lines = text.split_inclusive('\n');
    let start: usize = lines.take(before).map(str::len).sum();
    let (in_line, _) = text.get(start..)?.char_indices().nth(column)?;
    Some(start + in_line)
}

/// `SELECT * FROM summarize((query))`.
pub(super) fn statement(parsed: VecDeque<Statement>) -> Result<VecDeque<Statement>> {
    parsed.into_iter().map(summary_of).collect()
}

fn summary_of(statement: Statement) -> Result<Statement> {
    let Statement::Statement(inner) = &statement else {
        return Ok(statement);
    };
    let SqlStatement::Query(query) = inner.as_ref() else {
        return Ok(statement);
    };
    let mut summary = parse(&format!("SELECT * FROM {SUMMARIZE}(query)"))?;
    if let Some(Statement::Statement(outer)) = summary.front_mut()
        && let SqlStatement::Query(outer) = outer.as_mut()
        && let Some(argument) = argument(outer)
    {
        let subquery = Expr::Subquery(query.clone());
        *argument = FunctionArg::Unnamed(FunctionArgExpr::Expr(subquery));
    }
    Ok(summary.pop_front().unwrap_or(statement))
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
