//! Rewrites what the planner does not know to what it knows.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, DataType as SqlType, DescribeAlias, Distinct, ExactNumberInfo, Expr, Function,
    GroupByExpr, GroupByWithModifier, Ident, Join, JoinOperator, LimitClause,
    NamedWindowDefinition, NamedWindowExpr, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SetExpr, Statement as SqlStatement, Subscript, TableFactor, TableWithJoins, Value,
    VisitMut, VisitorMut, WindowSpec, WindowType,
};

use super::exists;
use super::name::normalized;
use super::supported::Unsupported;
use super::table_version;
use super::unnest;
use super::visit::visit_mut;
use crate::query::operators::with_seconds;

/// Rewrites a statement, and names columns as they are written, except in plans, which show the
/// planner's own names.
///
/// # Errors
/// Returns an error if a window is named that is not defined.
pub(super) fn rewrite(statement: &mut Statement) -> Result<(), Unsupported> {
    let is_explained = match statement {
        Statement::Explain(_) => true,
        Statement::Statement(inner) => matches!(
            inner.as_ref(),
            SqlStatement::Explain {
                describe_alias: DescribeAlias::Explain,
                ..
            }
        ),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => false,
    };
    let names = !is_explained;
    match visit_mut(statement, &mut Rewriter { names }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(undefined) => Err(undefined),
    }
}

struct Rewriter {
    names: bool,
}

impl VisitorMut for Rewriter {
    type Break = Unsupported;

    fn pre_visit_statement(&mut self, statement: &mut SqlStatement) -> ControlFlow<Unsupported> {
        describe_shown_columns(statement);
        let (name, temporary) = match statement {
            SqlStatement::CreateTable(table) => (&table.name, &mut table.temporary),
            SqlStatement::CreateView(view) => (&view.name, &mut view.temporary),
            _ => return ControlFlow::Continue(()),
        };
        if *temporary && name.0.len() > 1 {
            return ControlFlow::Break(Unsupported {
                clause: "TEMPORARY in a schema".to_owned(),
                hint: "remove TEMPORARY, or the schema: what a session creates is temporary",
            });
        }
        *temporary = false;
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Unsupported> {
        fetch_is_limit(query);
        if let SetExpr::Select(select) = query.body.as_mut() {
            if let Some(order_by) = &mut query.order_by {
                all_in_order(order_by, &select.projection);
            }
            if self.names {
                let named = name_columns(&mut select.projection);
                if let Some(order_by) = &mut query.order_by {
                    order_by_names(order_by, &named);
                }
            }
            let mut names = NamedWindows {
                windows: std::mem::take(&mut select.named_window),
                depth: 0,
            };
            select.projection.visit(&mut names)?;
            select.qualify.visit(&mut names)?;
            query.order_by.visit(&mut names)?;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Unsupported> {
        select.from.iter_mut().for_each(semi_is_left_semi);
        keys_in_parentheses(&mut select.group_by);
        positions_are_columns(&mut select.group_by, &select.projection)?;
        distinct_positions(select.distinct.as_mut(), &select.projection)?;
        unnest::star_is_unnest(&mut select.projection);
        if self.names {
            name_columns(&mut select.projection);
        }
        exists::count_rows(&mut select.projection);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Unsupported> {
        if let TableFactor::NestedJoin {
            table_with_joins, ..
        } = table
        {
            semi_is_left_semi(table_with_joins);
        }
        table_version::rename(table);
        if self.names {
            unnest::name_columns(table);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Unsupported> {
        complete_time(expr);
        if let Expr::Cast { data_type, .. } = expr {
            type_of_name(data_type);
        }
        if let Expr::CompoundFieldAccess { root, access_chain } = expr {
            names_before_subscripts(root, access_chain);
            access_chain.iter_mut().for_each(dot_is_subscript);
        }
        any_is_in(expr);
        plain_literals(expr);
        ControlFlow::Continue(())
    }
}

/// The types that BigQuery calls `INT64` and `FLOAT64`.
fn type_of_name(data_type: &mut SqlType) {
    match data_type {
        SqlType::Int64 => *data_type = SqlType::BigInt(None),
        SqlType::Float64 => *data_type = SqlType::Double(ExactNumberInfo::None),
        _ => {}
    }
}

/// `SHOW COLUMNS FROM t` is `DESCRIBE t`.
fn describe_shown_columns(statement: &mut SqlStatement) {
    let SqlStatement::ShowColumns { show_options, .. } = statement else {
        return;
    };
    let table = show_options.show_in.as_ref();
    if let Some(table_name) = table.and_then(|table| table.parent_name.clone()) {
        *statement = SqlStatement::ExplainTable {
            describe_alias: DescribeAlias::Describe,
            hive_format: None,
            has_table_keyword: false,
            table_name,
        };
    }
}

/// `x = ANY (SELECT …)` is `x IN (SELECT …)`, and `x <> ALL (SELECT …)` is `x NOT IN (SELECT …)`: those are
/// all that [`supported`](super::supported) lets pass.
fn any_is_in(expr: &mut Expr) {
    let (left, right, negated) = match expr {
        Expr::AnyOp { left, right, .. } => (left, right, false),
        Expr::AllOp { left, right, .. } => (left, right, true),
        _ => return,
    };
    let mut values = right.as_ref();
    while let Expr::Nested(inner) = values {
        values = inner;
    }
    if let Expr::Subquery(subquery) = values {
        *expr = Expr::InSubquery {
            expr: left.clone(),
            subquery: subquery.clone(),
            negated,
        };
    }
}

/// `TIMESTAMP '2026-01-31 10:00'` and `'2026-01-31 10:00'::TIMESTAMP` are of the full minute.
fn complete_time(expr: &mut Expr) {
    let value = match expr {
        Expr::TypedString(typed) if is_timestamp(&typed.data_type) => &mut typed.value.value,
        Expr::Cast {
            expr, data_type, ..
        } if is_timestamp(data_type) => match expr.as_mut() {
            Expr::Value(value) => &mut value.value,
            _ => return,
        },
        _ => return,
    };
    if let Value::SingleQuotedString(text) = value
        && let Some(complete) = with_seconds(text)
    {
        *text = complete;
    }
}

fn is_timestamp(data_type: &SqlType) -> bool {
    matches!(data_type, SqlType::Timestamp(..) | SqlType::Datetime(_))
}

/// `1_000` is 1000, `U&'\00e9'` is `'é'`, and `INTERVAL 6 DAYS` is `INTERVAL '6' DAYS`.
fn plain_literals(expr: &mut Expr) {
    match expr {
        Expr::Value(value) => match &mut value.value {
            Value::Number(digits, _) => digits.retain(|digit| digit != '_'),
            Value::UnicodeStringLiteral(text) | Value::NationalStringLiteral(text) => {
                value.value = Value::SingleQuotedString(std::mem::take(text));
            }
            _ => {}
        },
        Expr::Interval(interval) => {
            if let Expr::Value(value) = interval.value.as_mut()
                && let Value::Number(digits, _) = &value.value
            {
                value.value = Value::SingleQuotedString(digits.replace('_', ""));
            }
        }
        _ => {}
    }
}

/// `FETCH FIRST 3 ROWS ONLY` is `LIMIT 3`.
fn fetch_is_limit(query: &mut Query) {
    let Some(fetch) = query.fetch.take() else {
        return;
    };
    let one = || Expr::value(Value::Number("1".to_owned(), false));
    let rows = fetch.quantity.unwrap_or_else(one);
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => *limit = Some(rows),
        clause => {
            *clause = Some(LimitClause::LimitOffset {
                limit: Some(rows),
                offset: None,
                limit_by: Vec::new(),
            });
        }
    }
}

/// `SEMI JOIN` is `LEFT SEMI JOIN`, and `ANTI JOIN` is `LEFT ANTI JOIN`.
fn semi_is_left_semi(table: &mut TableWithJoins) {
    for Join { join_operator, .. } in &mut table.joins {
        match join_operator {
            JoinOperator::Semi(condition) => {
                *join_operator = JoinOperator::LeftSemi(condition.clone());
            }
            JoinOperator::Anti(condition) => {
                *join_operator = JoinOperator::LeftAnti(condition.clone());
            }
            _ => {}
        }
    }
}

/// `GROUP BY a, b WITH ROLLUP` is `GROUP BY ROLLUP (a, b)`.
fn keys_in_parentheses(group_by: &mut GroupByExpr) {
    let GroupByExpr::Expressions(keys, modifiers) = group_by else {
        return;
    };
    let combine = match modifiers.as_slice() {
        [GroupByWithModifier::Rollup] => Expr::Rollup,
        [GroupByWithModifier::Cube] => Expr::Cube,
        _ => return,
    };
    let keys = keys.drain(..).map(|key| vec![key]).collect();
    *group_by = GroupByExpr::Expressions(vec![combine(keys)], Vec::new());
}

/// `GROUP BY ROLLUP (1, 2)` is of the first two columns of the result, as `GROUP BY 1, 2` is. The
/// planner takes such a number for a constant.
fn positions_are_columns(
    group_by: &mut GroupByExpr,
    projection: &[SelectItem],
) -> ControlFlow<Unsupported> {
    let GroupByExpr::Expressions(keys, _) = group_by else {
        return ControlFlow::Continue(());
    };
    let sets = keys.iter_mut().filter_map(|key| match key {
        Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => Some(sets),
        _ => None,
    });
    for key in sets.flatten().flatten() {
        position_is_column(key, projection, "ROLLUP, CUBE or GROUPING SETS")?;
    }
    ControlFlow::Continue(())
}

/// `DISTINCT ON (1)` is of the first column of the result.
fn distinct_positions(
    distinct: Option<&mut Distinct>,
    projection: &[SelectItem],
) -> ControlFlow<Unsupported> {
    let Some(Distinct::On(keys)) = distinct else {
        return ControlFlow::Continue(());
    };
    keys.iter_mut()
        .try_for_each(|key| position_is_column(key, projection, "DISTINCT ON"))
}

/// Replaces a number by the column of the result at this place.
fn position_is_column(
    key: &mut Expr,
    projection: &[SelectItem],
    clause: &str,
) -> ControlFlow<Unsupported> {
    let Expr::Value(value) = key else {
        return ControlFlow::Continue(());
    };
    let Value::Number(digits, _) = &value.value else {
        return ControlFlow::Continue(());
    };
    let position = digits.parse::<usize>().ok().filter(|at| *at > 0);
    let columns = position.and_then(|position| projection.get(..position));
    *key = match columns.and_then(<[_]>::split_last) {
        Some((SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }, before))
            if before.iter().all(is_one_column) =>
        {
            expr.clone()
        }
        _ => {
            return ControlFlow::Break(Unsupported {
                clause: format!("position {digits} in {clause}"),
                hint: "write the column or expression instead of its position",
            });
        }
    };
    ControlFlow::Continue(())
}

/// False for a star.
fn is_one_column(item: &SelectItem) -> bool {
    matches!(
        item,
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }
    )
}

/// `ORDER BY ALL` is `ORDER BY 1, 2` where each column of the result is written.
fn all_in_order(order_by: &mut OrderBy, projection: &[SelectItem]) {
    let OrderByKind::All(options) = &order_by.kind else {
        return;
    };
    if !projection.iter().all(is_one_column) {
        return;
    }
    let place = |at: usize| OrderByExpr {
        expr: Expr::value(Value::Number(at.to_string(), false)),
        options: *options,
        with_fill: None,
    };
    order_by.kind = OrderByKind::Expressions((1..=projection.len()).map(place).collect());
}

/// Sorts by the columns of the result where the order repeats their expressions.
fn order_by_names(order_by: &mut OrderBy, named: &[(Expr, Ident)]) {
    let OrderByKind::Expressions(exprs) = &mut order_by.kind else {
        return;
    };
    for OrderByExpr { expr, .. } in exprs {
        if let Some((_, name)) = named.iter().find(|(written, _)| written == expr) {
            *expr = Expr::Identifier(name.clone());
        }
    }
}

/// Names columns as they are written: `round(nps(score), 1)`, the second of a name with `:1`.
/// Returns the expressions that have a name now.
fn name_columns(projection: &mut [SelectItem]) -> Vec<(Expr, Ident)> {
    let mut named = Vec::new();
    let mut taken: HashSet<String> = projection.iter().filter_map(own_name).collect();
    // An alias keeps its name before a column of it.
    let mut seen: HashSet<String> = HashSet::new();
    for item in projection.iter_mut() {
        let SelectItem::ExprWithAlias { alias, .. } = item else {
            continue;
        };
        let name = normalized(alias);
        if !seen.insert(name.clone()) {
            *alias = Ident::with_quote('"', unique(&name, &mut taken));
        }
    }
    for item in projection {
        let SelectItem::UnnamedExpr(expr) = item else {
            continue;
        };
        let (name, is_column) = match expr {
            Expr::Identifier(column) => (normalized(column), true),
            // Of several tables, columns of one name are told apart.
            Expr::CompoundIdentifier(_) => continue,
            _ => (expr.to_string(), false),
        };
        if is_column && seen.insert(name.clone()) {
            continue;
        }
        let name = unique(&name, &mut taken);
        let (expr, alias) = (expr.clone(), Ident::with_quote('"', name));
        named.push((expr.clone(), alias.clone()));
        *item = SelectItem::ExprWithAlias { expr, alias };
    }
    named
}

/// The name, or the first with a number behind it that is not taken.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut unique = name.to_owned();
    let mut count = 0;
    while !taken.insert(unique.clone()) {
        count += 1;
        unique = format!("{name}:{count}");
    }
    unique
}

/// The name that a column has without ours.
fn own_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(normalized(alias)),
        SelectItem::UnnamedExpr(Expr::Identifier(column)) => Some(normalized(column)),
        _ => None,
    }
}

/// In `t.x[1]`, `t.x` is one name, of which the planner knows whether `t` is a table.
fn names_before_subscripts(root: &mut Expr, chain: &mut Vec<AccessExpr>) {
    let mut names = match root {
        Expr::Identifier(name) => vec![name.clone()],
        Expr::CompoundIdentifier(names) => names.clone(),
        _ => return,
    };
    let fields = chain.iter().map_while(|access| match access {
        AccessExpr::Dot(Expr::Identifier(field)) => Some(field.clone()),
        _ => None,
    });
    let count = names.len();
    names.extend(fields);
    if names.len() > count {
        chain.drain(..names.len() - count);
        *root = Expr::CompoundIdentifier(names);
    }
}

/// `nps_stats(score).nps` is `nps_stats(score)['nps']`.
fn dot_is_subscript(access: &mut AccessExpr) {
    if let AccessExpr::Dot(Expr::Identifier(field)) = access {
        let index = Expr::value(Value::SingleQuotedString(normalized(field)));
        *access = AccessExpr::Subscript(Subscript::Index { index });
    }
}

/// Replaces the names of windows by what they name. Subqueries have windows of their own.
struct NamedWindows {
    windows: Vec<NamedWindowDefinition>,
    depth: usize,
}

impl VisitorMut for NamedWindows {
    type Break = Unsupported;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<Unsupported> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Unsupported> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Unsupported> {
        if let Expr::Function(Function {
            over: Some(over), ..
        }) = expr
            && self.depth == 0
        {
            *over = WindowType::WindowSpec(match over {
                WindowType::NamedWindow(name) => self.defined(name, self.windows.len())?,
                WindowType::WindowSpec(spec) => self.with_base(spec, self.windows.len())?,
            });
        }
        ControlFlow::Continue(())
    }
}

impl NamedWindows {
    /// The window of this name among the first `before` definitions.
    fn defined(&self, name: &Ident, before: usize) -> ControlFlow<Unsupported, WindowSpec> {
        let wanted = normalized(name);
        let mut definitions = self.windows[..before].iter().enumerate();
        let found = definitions.find(|(_, definition)| normalized(&definition.0) == wanted);
        let Some((at, NamedWindowDefinition(_, definition))) = found else {
            return ControlFlow::Break(Unsupported {
                clause: format!("OVER {name} without a window of this name"),
                hint: "define the window: WINDOW name AS (PARTITION BY … ORDER BY …)",
            });
        };
        match definition {
            NamedWindowExpr::NamedWindow(name) => self.defined(name, at),
            NamedWindowExpr::WindowSpec(spec) => self.with_base(spec, at),
        }
    }

    /// A window completed by the one that it names.
    fn with_base(&self, spec: &WindowSpec, before: usize) -> ControlFlow<Unsupported, WindowSpec> {
        let mut spec = spec.clone();
        let Some(name) = spec.window_name.take() else {
            return ControlFlow::Continue(spec);
        };
        let base = self.defined(&name, before)?;
        if spec.partition_by.is_empty() {
            spec.partition_by = base.partition_by;
        }
        if spec.order_by.is_empty() {
            spec.order_by = base.order_by;
        }
        spec.window_frame = spec.window_frame.or(base.window_frame);
        ControlFlow::Continue(spec)
    }
}
