//! DuckDB's statements `PIVOT t ON column USING nps(score) GROUP BY month` and
//! `UNPIVOT t ON a, b INTO NAME question VALUE answer`, which the parser does not know.

use datafusion::sql::sqlparser::ast::{Expr, ExprWithAlias, GroupByExpr, Query, Value};
use datafusion::sql::sqlparser::dialect::{Dialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::dialect::VoxqlDialect;
use super::name::normalized;

/// Parses what follows `PIVOT`. The values that become columns are `ANY` where the statement lists none.
pub(super) fn parse_pivot(parser: &mut Parser<'_>) -> Result<Query, ParserError> {
    let table = parser.parse_table_factor()?;
    parser.expect_keyword(Keyword::ON)?;
    // IN is not a condition here.
    let column = parser.parse_subexpr(VoxqlDialect.prec_value(Precedence::Between))?;
    let values = if parser.parse_keyword(Keyword::IN) {
        parser.expect_token(&Token::LParen)?;
        let values = parser.parse_comma_separated(Parser::parse_expr_with_alias)?;
        parser.expect_token(&Token::RParen)?;
        listed(&values)
    } else {
        "ANY".to_owned()
    };
    if parser.peek_token_ref().token == Token::Comma {
        let found = parser.peek_token();
        return parser.expected(
            "one column: combine several, such as ON a || ' ' || b",
            found,
        );
    }
    let aggregates = if parser.parse_keyword(Keyword::USING) {
        let aggregates = parser.parse_comma_separated(Parser::parse_expr_with_alias)?;
        let is_call = |item: &&ExprWithAlias| matches!(item.expr, Expr::Function(_));
        if let Some(other) = aggregates.iter().find(|item| !is_call(item)) {
            let message = format!(
                "PIVOT needs a function, such as round(nps(score), 1), and {} is none",
                other.expr
            );
            return Err(ParserError::ParserError(message));
        }
        listed(&aggregates)
    } else {
        "count(*)".to_owned()
    };
    let keys = match parser.parse_optional_group_by()? {
        Some(GroupByExpr::Expressions(keys, _)) => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            keys.join(", ")
        }
        _ => String::new(),
    };
    let (selected, group_by) = match keys.as_str() {
        "" => ("*".to_owned(), String::new()),
        keys => (keys.to_owned(), format!("GROUP BY {keys}")),
    };
    let rest = rest_of_query(parser)?;
    query(&format!(
        "SELECT {selected} FROM {table} PIVOT ({aggregates} FOR {column} IN ({values})) {group_by} {rest}"
    ))
}

/// Parses what follows `UNPIVOT`.
pub(super) fn parse_unpivot(parser: &mut Parser<'_>) -> Result<Query, ParserError> {
    let table = parser.parse_table_factor()?;
    let nulls = if parser.parse_keywords(&[Keyword::INCLUDE, Keyword::NULLS]) {
        "INCLUDE NULLS"
    } else {
        ""
    };
    parser.expect_keyword(Keyword::ON)?;
    let columns = listed(&parser.parse_comma_separated(Parser::parse_expr_with_alias)?);
    let (mut name, mut value) = ("name".to_owned(), "value".to_owned());
    if parser.parse_keyword(Keyword::INTO) {
        parser.expect_keyword(Keyword::NAME)?;
        name = parser.parse_identifier()?.to_string();
        parser.expect_keyword(Keyword::VALUE)?;
        value = parser.parse_identifier()?.to_string();
    }
    let rest = rest_of_query(parser)?;
    query(&format!(
        "SELECT * FROM {table} UNPIVOT {nulls} ({value} FOR {name} IN ({columns})) {rest}"
    ))
}

fn listed(items: &[ExprWithAlias]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

/// `ORDER BY` and `LIMIT`, up to the end of the query.
fn rest_of_query(parser: &mut Parser<'_>) -> Result<String, ParserError> {
    let mut rest = String::new();
    if let Some(order_by) = parser.parse_optional_order_by()? {
        rest += &order_by.to_string();
    }
    if parser.parse_keyword(Keyword::LIMIT) {
        rest += &format!(" LIMIT {}", parser.parse_expr()?);
    }
    match parser.peek_token() {
        end if end.token == Token::EOF => Ok(rest),
        found => parser.expected("end of the query", found),
    }
}

fn query(sql: &str) -> Result<Query, ParserError> {
    let mut parser = Parser::new(&VoxqlDialect).try_with_sql(sql)?;
    parser.parse_query().map(|query| *query)
}

/// The name of the column of a value of a pivot: the value, and with several aggregates theirs behind it.
pub(in crate::query) fn column_name(
    value: &ExprWithAlias,
    aggregate: &ExprWithAlias,
    aggregates: usize,
) -> String {
    let of_value = match (&value.alias, &value.expr) {
        (Some(alias), _) => normalized(alias),
        (None, Expr::Value(value)) => match &value.value {
            Value::SingleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        (None, other) => other.to_string(),
    };
    if aggregates == 1 {
        return of_value;
    }
    match &aggregate.alias {
        Some(alias) => format!("{of_value}_{}", normalized(alias)),
        None => format!("{of_value}_{}", aggregate.expr),
    }
}
