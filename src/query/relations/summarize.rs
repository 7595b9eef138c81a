//! `SUMMARIZE responses`: each column of a query with its type, range, mean and quartiles.
//!
//! The columns are those of DuckDB's statement.

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::functions::expr_fn::nullif;
use datafusion::functions_aggregate::expr_fn::{
    approx_distinct, approx_percentile_cont, avg, count, max, min, stddev,
};
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::prelude::{ident, lit};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, FunctionArg, FunctionArgExpr, Query, TableAlias, TableFactor,
};

use super::repeated::repeated;
use crate::query::syntax::SUMMARIZE;
use crate::sql_type::sql_type;

const COLUMNS: [&str; 12] = [
    "column_name",
    "column_type",
    "min",
    "max",
    "approx_unique",
    "avg",
    "std",
    "q25",
    "q50",
    "q75",
    "count",
    "null_percentage",
];

/// The query in `summarize((query))`.
pub(super) fn query(table: &TableFactor) -> Option<(Query, Option<TableAlias>)> {
    let TableFactor::Table {
        name,
        alias,
        args: Some(args),
        ..
    } = table
    else {
        return None;
    };
    if !name.to_string().eq_ignore_ascii_case(SUMMARIZE) {
        return None;
    }
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = args.args.as_slice() else {
        return None;
    };
    let mut argument = argument;
    while let SqlExpr::Nested(inner) = argument {
        argument = inner;
    }
    match argument {
        SqlExpr::Subquery(query) => Some((query.as_ref().clone(), alias.clone())),
        _ => None,
    }
}

pub(super) fn plan(query: Query, context: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let input = context.plan(TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: None,
        sample: None,
    })?;
    let schema = input.schema().clone();
    let fields = || std::iter::zip(schema.columns(), schema.fields());
    let rows = count(lit(1)).alias("rows");
    let measures = fields().enumerate().flat_map(|(at, (column, field))| {
        let measures = measures(column, field.data_type());
        measures.map(move |(name, measure)| measure.alias(format!("{name}{at}")))
    });
    let measures: Vec<Expr> = measures.chain([rows]).collect();
    let measured = LogicalPlanBuilder::from(input)
        .aggregate(Vec::<Expr>::new(), measures)?
        .build()?;
    let described = fields()
        .enumerate()
        .map(|(at, (_, field))| described(at, field))
        .collect();
    repeated(measured, Vec::new(), &COLUMNS, described)
}

fn is_ordered(data_type: &DataType) -> bool {
    !data_type.is_nested() && !data_type.is_null()
}

/// The aggregates of a column, by names that are completed by its place.
fn measures(
    column: Column,
    data_type: &DataType,
) -> impl Iterator<Item = (&'static str, Expr)> + use<> {
    let column = || Expr::Column(column.clone());
    let mut measures = vec![("filled", count(column()))];
    if is_ordered(data_type) {
        measures.push(("min", min(column())));
        measures.push(("max", max(column())));
        let text = cast(column(), DataType::Utf8);
        measures.push(("unique", approx_distinct(text)));
    }
    if data_type.is_numeric() {
        let number = || cast(column(), DataType::Float64);
        measures.push(("avg", avg(number())));
        measures.push(("std", stddev(number())));
        for (name, share) in QUARTILES {
            let sorted = number().sort(true, false);
            measures.push((name, approx_percentile_cont(sorted, lit(share), None)));
        }
    }
    measures.into_iter()
}

const QUARTILES: [(&str, f64); 3] = [("q25_", 0.25), ("q50_", 0.5), ("q75_", 0.75)];

/// The cells of the row of a column.
fn described(at: usize, field: &Field) -> Vec<Expr> {
    let measured = |name: &str| ident(format!("{name}{at}"));
    let (is_ordered, is_numeric) = (
        is_ordered(field.data_type()),
        field.data_type().is_numeric(),
    );
    let text = |name: &str| {
        if is_ordered {
            cast(measured(name), DataType::Utf8)
        } else {
            lit(ScalarValue::Utf8(None))
        }
    };
    let number = |name: &str| {
        if is_numeric {
            measured(name)
        } else {
            lit(ScalarValue::Float64(None))
        }
    };
    let unique = if is_ordered {
        cast(measured("unique"), DataType::Int64)
    } else {
        lit(ScalarValue::Int64(None))
    };
    let rows = || cast(ident("rows"), DataType::Float64);
    let nulls = rows() - cast(measured("filled"), DataType::Float64);
    vec![
        lit(field.name().as_str()),
        lit(sql_type(field.data_type())),
        text("min"),
        text("max"),
        unique,
        number("avg"),
        number("std"),
        number(QUARTILES[0].0),
        number(QUARTILES[1].0),
        number(QUARTILES[2].0),
        ident("rows"),
        lit(100.0) * nulls / nullif(rows(), lit(0.0)),
    ]
}
