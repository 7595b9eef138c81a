//! DuckDB's statements `PIVOT t ON column USING nps(score) GROUP BY month` and
//! `UNPIVOT t ON a, b INTO NAME question VALUE answer`, which the parser does not know.

use datafusion::sql::sqlparser::ast::{Expr, ExprWithAlias, GroupByExpr, Ident, Query, Value};
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
    let (columns, lists): (Vec<String>, Vec<Option<Vec<ExprWithAlias>>>) = parser
        .parse_comma_separated(parse_column)?
        .into_iter()
        .unzip();
    let values = if lists.iter().all(Option::is_none) {
        "ANY".to_owned()
    } else {
        let given: Option<Vec<_>> = lists.into_iter().collect();
        let Some(given) = given else {
            let found = parser.peek_token();
            return parser.expected("IN behind each column, or behind none", found);
        };
        listed(&combinations(&given))
    };
    let columns = match columns.as_slice() {
        [column] => column.clone(),
        several => format!("({})", several.join(", ")),
    };
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
        "SELECT {selected} FROM {table} PIVOT ({aggregates} FOR {columns} IN ({values})) {group_by} {rest}"
    ))
}

/// Parses a column behind ON, and the values of it that are listed.
fn parse_column(
    parser: &mut Parser<'_>,
) -> Result<(String, Option<Vec<ExprWithAlias>>), ParserError> {
    // IN is not a condition here.
    let column = parser.parse_subexpr(VoxqlDialect.prec_value(Precedence::Between))?;
    let mut values = None;
    if parser.parse_keyword(Keyword::IN) {
        parser.expect_token(&Token::LParen)?;
        values = Some(parser.parse_comma_separated(Parser::parse_expr_with_alias)?);
        parser.expect_token(&Token::RParen)?;
    }
    Ok((column.to_string(), values))
}

/// Each value of one column with each of the others, in the order of the columns: those of one column as they
/// are, of several as tuples.
pub(in crate::query) fn combinations(columns: &[Vec<ExprWithAlias>]) -> Vec<ExprWithAlias> {
    if let [values] = columns {
        return values.clone();
    }
    let mut rows: Vec<Vec<&ExprWithAlias>> = vec![Vec::new()];
    for values in columns {
        let longer = rows.iter().flat_map(|row| {
            let row = row.clone();
            values
                .iter()
                .map(move |value| [row.as_slice(), &[value]].concat())
        });
        rows = longer.collect();
    }
    let tuple = |row: Vec<&ExprWithAlias>| {
        let names: Vec<String> = row.iter().map(|value| value_name(value)).collect();
        ExprWithAlias {
            expr: Expr::Tuple(row.into_iter().map(|value| value.expr.clone()).collect()),
            alias: Some(Ident::with_quote('"', names.join("_"))),
        }
    };
    rows.into_iter().map(tuple).collect()
}

/// The values of the columns of a pivot that an entry of its list has.
pub(in crate::query) fn values_of(entry: &Expr) -> &[Expr] {
    match entry {
        Expr::Tuple(values) => values,
        value => std::slice::from_ref(value),
    }
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
    let of_value = value_name(value);
    if aggregates == 1 {
        return of_value;
    }
    match &aggregate.alias {
        Some(alias) => format!("{of_value}_{}", normalized(alias)),
        None => format!("{of_value}_{}", aggregate.expr),
    }
}

fn value_name(value: &ExprWithAlias) -> String {
    if let Some(alias) = &value.alias {
        return normalized(alias);
    }
    let names = values_of(&value.expr).iter().map(|value| match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        other => other.to_string(),
    });
    names.collect::<Vec<_>>().join("_")
}
