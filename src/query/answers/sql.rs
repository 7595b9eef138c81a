//! Pieces of the queries.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, Statement as SqlStatement, VisitMut};

use super::arguments::Arguments;
use crate::query::syntax::{Substitute, parse_one};

/// The standard normal quantile of 95 % intervals.
pub(super) const Z: &str = "1.959963984540054";

/// The table that the functions read, whatever the statement calls so itself.
pub(super) const RESPONSES: &str = "lake.responses";

/// Parses a query, without its places in the text, which is not that of the statement.
pub(super) fn parsed(text: &str) -> Result<Query> {
    let statement = parse_one(text)?;
    let Statement::Statement(statement) = statement else {
        return internal_err!("a query is {statement}");
    };
    let SqlStatement::Query(mut query) = *statement else {
        return internal_err!("a query is {statement}");
    };
    match query.visit(&mut Substitute::new(BTreeMap::new())) {
        ControlFlow::Continue(()) => Ok(*query),
        ControlFlow::Break(error) => Err(error),
    }
}

/// A name in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The variance of one response in squared NPS points, after 3/4 promoter, 1 1/2 passives and 3/4 detractor
/// are added: that of a few responses that agree is not zero.
pub(super) fn variance(promoters: &str, detractors: &str, responses: &str) -> String {
    let passives = format!("({responses} - {promoters} - {detractors} + 1.5)");
    let (promoters, detractors) = (
        format!("({promoters} + 0.75)"),
        format!("({detractors} + 0.75)"),
    );
    format!(
        "10000 * (({promoters} + {detractors}) * {passives} + 4 * {promoters} * {detractors}) \
         / (({responses} + 3) * ({responses} + 3))"
    )
}

/// The queries `ranked` and `adjusted` of WITH: the rows of a query before them with `q`, the p-value adjusted by Benjamini
/// and Hochberg for all that are not NULL.
pub(super) fn ranked(rows: &str, p_value: &str) -> String {
    format!(
        "ranked AS (\
             SELECT *, row_number() OVER (ORDER BY {p_value}) AS place, count({p_value}) OVER () AS tests \
             FROM {rows}\
         ), adjusted AS (\
             SELECT *, min({p_value} * tests / place) OVER (ORDER BY place DESC) AS q FROM ranked\
         )"
    )
}

/// The columns that groups are made by. In the query they are `k0`, `k1`, …, so that none has the name of
/// another column.
pub(super) struct Keys<'a>(&'a [String]);

impl<'a> Keys<'a> {
    /// # Errors
    /// Returns an error if a result with these columns would have two of one name.
    pub(super) fn new(
        columns: &'a [String],
        arguments: &Arguments,
        others: &[&str],
    ) -> Result<Self> {
        let is_other = |column: &&String| others.contains(&column.as_str());
        match columns.iter().find(is_other) {
            None => Ok(Self(columns)),
            Some(column) => Err(arguments.invalid(
                "by",
                &format!("would give the result two columns with the name \"{column}\""),
                "rename the column: import the file again with --keep NAME=COLUMN",
            )),
        }
    }

    /// `"segment" AS k0, "channel" AS k1, `
    pub(super) fn named(&self) -> String {
        self.list(|at, column| format!("{} AS k{at}, ", quoted(column)))
    }

    /// ` AND "segment" IS NOT NULL AND "channel" IS NOT NULL`
    pub(super) fn are_known(&self) -> String {
        self.list(|_, column| format!(" AND {} IS NOT NULL", quoted(column)))
    }

    /// `k0, k1, `
    pub(super) fn internal(&self) -> String {
        self.list(|at, _| format!("k{at}, "))
    }

    /// An expression of each, with its place: `{expression} AS g0, `
    pub(super) fn computed(&self, expression: impl Fn(usize) -> String) -> String {
        self.list(|at, _| format!("{} AS g{at}, ", expression(at)))
    }

    /// `g0 AS "segment", g1 AS "channel", `
    pub(super) fn shown(&self) -> String {
        self.list(|at, column| format!("g{at} AS {}, ", quoted(column)))
    }

    /// An expression of each.
    pub(super) fn list_of(&self, expression: impl Fn(usize) -> String) -> String {
        let expressions = (0..self.0.len()).map(expression);
        expressions.collect::<Vec<_>>().join(", ")
    }

    /// `"segment", "channel"`
    pub(super) fn columns(&self) -> String {
        self.list_of(|at| quoted(&self.0[at]))
    }

    /// A list behind other columns; nothing without keys.
    pub(super) fn after_comma(&self, list: &str) -> String {
        if self.0.is_empty() {
            String::new()
        } else {
            format!(", {list}")
        }
    }

    fn list(&self, item: impl Fn(usize, &str) -> String) -> String {
        let columns = self.0.iter().enumerate();
        columns.map(|(at, column)| item(at, column)).collect()
    }
}
