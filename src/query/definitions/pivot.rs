//! The values of `PIVOT t ON column …`, which are read before the statement is planned.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::ops::ControlFlow;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Cte, DataType as SqlType, Expr, ExprWithAlias, GroupByExpr, Ident,
    PivotValueSource, Query, Select, SelectItem, Statement as SqlStatement, TableFactor, Value,
    Visit, VisitMut, Visitor, VisitorMut, With,
};

use crate::error::Error;
use crate::query::relations::{no_aggregate, other_values};
use crate::query::syntax::{self, add_filter, column_name, combinations, in_brackets, values_of};

/// Columns that a pivot may make of values.
const COLUMNS_MAX: usize = 1000;

/// Reads the values of pivots over all values, and turns pivots with GROUP BY into aggregates with FILTER.
pub(super) async fn resolve(context: &SessionContext, statement: &mut Statement) -> Result<()> {
    let Some(query) = outermost(statement) else {
        return Ok(());
    };
    // A pivot reads the queries of WITH that are before it.
    let mut with = query.with.take();
    if let Some(With {
        recursive,
        cte_tables,
        ..
    }) = &mut with
    {
        for at in 0..cte_tables.len() {
            let (before, rest) = cte_tables.split_at_mut(at);
            let before = Before(*recursive, before);
            resolve_within(context, before, rest[0].query.as_mut()).await?;
        }
    }
    let before = with.as_ref().map_or(Before(false, &[]), |with| {
        Before(with.recursive, &with.cte_tables)
    });
    let resolved = resolve_within(context, before, query).await;
    query.with = with;
    resolved
}

/// The queries of WITH before another: whether one may be recursive, and they.
#[derive(Clone, Copy)]
struct Before<'a>(bool, &'a [Cte]);

impl fmt::Display for Before<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(recursive, queries) = self;
        if queries.is_empty() {
            return Ok(());
        }
        let recursive = if *recursive { "RECURSIVE " } else { "" };
        let queries: Vec<String> = queries.iter().map(ToString::to_string).collect();
        write!(f, "WITH {recursive}{} ", queries.join(", "))
    }
}

async fn resolve_within(
    context: &SessionContext,
    before: Before<'_>,
    query: &mut Query,
) -> Result<()> {
    let mut open = Open::default();
    let _ = Visit::visit(query, &mut open);
    let mut resolved = VecDeque::new();
    for (table, columns) in &open.pivots {
        let mut lists = Vec::new();
        let mut count = 1_usize;
        for column in columns {
            let values = values(context, before, table, column).await?;
            count = count.saturating_mul(values.len());
            if count > COLUMNS_MAX {
                return Err(too_many(column));
            }
            lists.push(values);
        }
        resolved.push_back(combinations(&lists));
    }
    let mut resolver = Resolver {
        state: context.state(),
        values: resolved,
    };
    match VisitMut::visit(query, &mut resolver) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Finds pivots over all values, or those of a query, with the tables and columns that have them.
#[derive(Default)]
struct Open {
    pivots: Vec<(String, Vec<Expr>)>,
}

impl Visitor for Open {
    type Break = Infallible;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Infallible> {
        if let [from] = select.from.as_slice()
            && let TableFactor::Pivot {
                table,
                value_column,
                value_source,
                ..
            } = &from.relation
        {
            let open = match value_source {
                PivotValueSource::Any(_) => (table.to_string(), value_column.clone()),
                PivotValueSource::Subquery(query) => (
                    format!("({query}) AS listed(value)"),
                    vec![Expr::Identifier(Ident::new("value")); value_column.len()],
                ),
                PivotValueSource::List(_) => return ControlFlow::Continue(()),
            };
            self.pivots.push(open);
        }
        ControlFlow::Continue(())
    }
}

/// Gives the values to the pivots that [`Open`] has found, in its order.
struct Resolver {
    state: SessionState,
    values: VecDeque<Vec<ExprWithAlias>>,
}

impl VisitorMut for Resolver {
    type Break = DataFusionError;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<DataFusionError> {
        match self.resolve(select) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl Resolver {
    fn resolve(&mut self, select: &mut Select) -> Result<()> {
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
        if !matches!(value_source, PivotValueSource::List(_))
            && let Some(values) = self.values.pop_front()
        {
            *value_source = PivotValueSource::List(values);
            for column in value_column.iter_mut() {
                *column = as_text(column.clone());
            }
        }
        let PivotValueSource::List(values) = value_source else {
            return Ok(());
        };
        if !is_grouped(&select.group_by) {
            return Ok(());
        }
        for value in values {
            let condition = condition(value_column, &value.expr)?;
            for aggregate in aggregate_functions.iter() {
                let cell = cell(&self.state, aggregate, &condition)?;
                let name = column_name(value, aggregate, aggregate_functions.len());
                select.projection.push(SelectItem::ExprWithAlias {
                    expr: cell,
                    alias: Ident::with_quote('"', name),
                });
            }
        }
        from.relation = table.as_ref().clone();
        Ok(())
    }
}

/// The outermost query of a statement.
fn outermost(statement: &mut Statement) -> Option<&mut Query> {
    match statement {
        Statement::Statement(statement) => match statement.as_mut() {
            SqlStatement::Query(query) => Some(query),
            SqlStatement::CreateTable(table) => table.query.as_deref_mut(),
            _ => None,
        },
        Statement::Explain(explain) => outermost(&mut explain.statement),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => Some(query),
            CopyToSource::Relation(_) => None,
        },
        Statement::CreateExternalTable(_) | Statement::Reset(_) => None,
    }
}

fn is_grouped(group_by: &GroupByExpr) -> bool {
    !matches!(group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
}

/// The values of the column as text, in the order of the column.
async fn values(
    context: &SessionContext,
    before: Before<'_>,
    table: &str,
    column: &Expr,
) -> Result<Vec<ExprWithAlias>> {
    let text = as_text(column.clone());
    let sql = format!(
        "{before}SELECT {text} FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} \
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
    Ok(values)
}

fn too_many(column: &Expr) -> DataFusionError {
    let message = format!("PIVOT would make more than {COLUMNS_MAX} columns of {column}");
    Error::query(message)
        .with_hint(format!("list the values: ON {column} IN ('a', 'b')"))
        .into()
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

/// The condition of the rows that have the values of an entry of the list.
fn condition(columns: &[Expr], entry: &Expr) -> Result<Expr> {
    let values = values_of(entry);
    if values.len() != columns.len() {
        return Err(other_values(entry, columns.len()).into());
    }
    let operation = |left: Expr, op: BinaryOperator, right: Expr| Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    };
    let equal = std::iter::zip(columns, values).map(|(column, value)| {
        let (column, value) = (in_brackets(column.clone()), in_brackets(value.clone()));
        operation(column, BinaryOperator::Eq, value)
    });
    let all = equal.reduce(|all, equal| operation(all, BinaryOperator::And, equal));
    all.ok_or_else(|| other_values(entry, columns.len()).into())
}

/// An expression whose aggregates are over the rows of a condition.
fn cell(state: &SessionState, aggregate: &ExprWithAlias, condition: &Expr) -> Result<Expr> {
    let mut filter = Filter {
        state,
        condition: condition.clone(),
        has_aggregate: false,
    };
    let mut cell = aggregate.expr.clone();
    let _ = VisitMut::visit(&mut cell, &mut filter);
    if !filter.has_aggregate {
        return Err(no_aggregate(&aggregate.expr.to_string()).into());
    }
    Ok(cell)
}

/// Adds a condition to the aggregates of an expression.
struct Filter<'s> {
    state: &'s SessionState,
    condition: Expr,
    has_aggregate: bool,
}

impl VisitorMut for Filter<'_> {
    type Break = Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::Function(function) = expr
            && let name = function.name.to_string().to_lowercase()
            && self.state.aggregate_functions().contains_key(&name)
        {
            add_filter(function, self.condition.clone());
            self.has_aggregate = true;
        }
        ControlFlow::Continue(())
    }
}
