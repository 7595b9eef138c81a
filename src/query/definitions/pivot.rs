//! The values of `PIVOT t ON column …`, which are read before the statement is planned.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType as SqlType, Expr, ExprWithAlias, GroupByExpr, Ident,
    PivotValueSource, Query, Select, SelectItem, SetExpr, Statement as SqlStatement, TableFactor,
    Value, With,
};

use crate::error::Error;
use crate::query::syntax::{self, add_filter, in_brackets, normalized};

/// Columns that a pivot may make of values.
const COLUMNS_MAX: usize = 1000;

/// Reads the values of a pivot over all values, and turns a pivot with GROUP BY into aggregates with FILTER.
pub(super) async fn resolve(context: &SessionContext, statement: &mut Statement) -> Result<()> {
    let Some((with, select)) = pivot(statement) else {
        return Ok(());
    };
    let [from] = select.from.as_mut_slice() else {
        return Ok(());
    };
    let TableFactor::Pivot {
        table,
        aggregate_functions,
        value_column,
        value_source,
        ..
    } = &mut from.relation
    else {
        return Ok(());
    };
    let [column] = value_column.as_mut_slice() else {
        return Ok(());
    };
    if matches!(value_source, PivotValueSource::Any(_)) {
        let values = values(context, with, table, column).await?;
        *value_source = PivotValueSource::List(values);
        *column = as_text(column.clone());
    }
    let PivotValueSource::List(values) = value_source else {
        return Ok(());
    };
    if !is_grouped(&select.group_by) {
        return Ok(());
    }
    for value in values {
        for aggregate in aggregate_functions.iter() {
            let cell = cell(aggregate, column, value, aggregate_functions.len() > 1)?;
            select.projection.push(cell);
        }
    }
    from.relation = table.as_ref().clone();
    Ok(())
}

/// The outermost query of a statement, if it reads a pivot.
fn pivot(statement: &mut Statement) -> Option<(&Option<With>, &mut Select)> {
    let statement = match statement {
        Statement::Statement(statement) => statement.as_mut(),
        _ => return None,
    };
    let SqlStatement::Query(query) = statement else {
        return None;
    };
    let Query { with, body, .. } = query.as_mut();
    match body.as_mut() {
        SetExpr::Select(select) => Some((with, select)),
        _ => None,
    }
}

fn is_grouped(group_by: &GroupByExpr) -> bool {
    !matches!(group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
}

/// The values of the column as text, in the order of the column.
async fn values(
    context: &SessionContext,
    with: &Option<With>,
    table: &TableFactor,
    column: &Expr,
) -> Result<Vec<ExprWithAlias>> {
    let with = with.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = as_text(column.clone());
    let sql = format!(
        "{with} SELECT {text} FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} \
         ORDER BY {column} LIMIT {}",
        COLUMNS_MAX + 1
    );
    let plan = syntax::plan(&context.state(), syntax::parse_one(&sql)?).await?;
    let batches = context.execute_logical_plan(plan).await?.collect().await?;
    let mut values = Vec::new();
    for batch in &batches {
        let texts = cast(batch.column(0), &DataType::Utf8).map_err(DataFusionError::from)?;
        // Groups that are too small for a role have no value.
        values.extend(texts.as_string::<i32>().iter().flatten().map(|value| {
            let value = Value::SingleQuotedString(value.to_owned());
            ExprWithAlias {
                expr: Expr::value(value),
                alias: None,
            }
        }));
    }
    if values.len() > COLUMNS_MAX {
        let message = format!("PIVOT would make more than {COLUMNS_MAX} columns of {column}");
        return Err(Error::query(message)
            .with_hint(format!("list the values: ON {column} IN ('a', 'b')"))
            .into());
    }
    Ok(values)
}

fn as_text(expr: Expr) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type: SqlType::Varchar(None),
        array: false,
        format: None,
    }
}

/// An aggregate over the rows of one value, named by the value.
fn cell(
    aggregate: &ExprWithAlias,
    column: &Expr,
    value: &ExprWithAlias,
    are_several: bool,
) -> Result<SelectItem> {
    let Expr::Function(function) = &aggregate.expr else {
        let message = format!("PIVOT needs an aggregate, and {} is none", aggregate.expr);
        return Err(Error::query(message)
            .with_hint("use an aggregate such as nps(score)")
            .into());
    };
    let is_value = Expr::BinaryOp {
        left: Box::new(in_brackets(column.clone())),
        op: BinaryOperator::Eq,
        right: Box::new(in_brackets(value.expr.clone())),
    };
    let mut function = function.clone();
    add_filter(&mut function, is_value);
    let name = match (&value.alias, &value.expr) {
        (Some(alias), _) => normalized(alias),
        (None, Expr::Value(value)) => match &value.value {
            Value::SingleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        (None, other) => other.to_string(),
    };
    let name = match (&aggregate.alias, are_several) {
        (_, false) => name,
        (Some(alias), true) => format!("{name}_{}", normalized(alias)),
        (None, true) => format!("{name}_{}", aggregate.expr),
    };
    Ok(SelectItem::ExprWithAlias {
        expr: Expr::Function(function),
        alias: Ident::with_quote('"', name),
    })
}
