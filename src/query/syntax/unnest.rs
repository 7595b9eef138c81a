//! Names of the columns of `unnest(…)`: as it is written for a list, and those of the fields for a struct,
//! which the planner would name after its own form of the expression.

use std::ops::ControlFlow;

use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query,
    Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement as SqlStatement,
    Subscript, TableAlias, TableAliasColumnDef, TableFactor, Value, VisitorMut,
    WildcardAdditionalOptions, With,
};

use super::functions::call;
use super::name::normalized;
use super::visit::visit_mut;
use crate::error::wording;

/// The beginning of the names that mark the arguments of `unnest` in a plan.
const MARK: &str = "voxql unnest ";

/// The argument of a call of `unnest` with one.
fn argument(expr: &Expr) -> Option<&Expr> {
    let Expr::Function(Function {
        name,
        args: FunctionArguments::List(list),
        ..
    }) = expr
    else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))]
            if name.to_string().eq_ignore_ascii_case("unnest") =>
        {
            Some(argument)
        }
        _ => None,
    }
}

/// Names the columns of `unnest(list)` in FROM after its alias, or `unnest`.
pub(super) fn name_columns(table: &mut TableFactor) {
    let TableFactor::UNNEST {
        alias, array_exprs, ..
    } = table
    else {
        return;
    };
    let alias = alias.get_or_insert_with(|| TableAlias {
        explicit: true,
        name: Ident::new("unnest"),
        columns: Vec::new(),
        at: None,
    });
    if !alias.columns.is_empty() {
        return;
    }
    for at in 0..array_exprs.len() {
        let name = match at {
            0 => alias.name.clone(),
            at => Ident::with_quote('"', format!("{}:{at}", normalized(&alias.name))),
        };
        alias.columns.push(TableAliasColumnDef {
            name,
            data_type: None,
        });
    }
}

/// Replaces `unnest(struct)` by its fields. Whether an argument is a struct says a plan of its select.
pub(super) async fn name_fields(state: &SessionState, statement: &mut Statement) -> Result<()> {
    // Those in the first selects that stay, because they are of lists.
    let mut of_lists = 0;
    loop {
        let mut finder = Finder {
            skipped: of_lists,
            scopes: Vec::new(),
        };
        let ControlFlow::Break((marked, count)) = visit_mut(statement, &mut finder) else {
            return Ok(());
        };
        let marked = Statement::Statement(Box::new(SqlStatement::Query(marked)));
        // An error is that of the statement itself, or of keys that depend on unnesting.
        let fields = match state.statement_to_plan(marked).await {
            Ok(plan) => fields_of_marked(&plan, count)?,
            Err(_) => vec![None; count],
        };
        let stay = fields.iter().filter(|fields| fields.is_none()).count();
        let mut replacer = Replacer {
            skipped: of_lists,
            fields,
        };
        let _ = visit_mut(statement, &mut replacer);
        of_lists += stay;
    }
}

/// The argument of `unnest` in an item of a select.
fn unnested(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => argument(expr),
        _ => None,
    }
}

/// The number of calls of `unnest` that a select has.
fn count_of(select: &Select) -> usize {
    let items = select.projection.iter();
    items.filter(|item| unnested(item).is_some()).count()
}

/// Finds the first select with calls of `unnest` behind those that are skipped. Breaks with a query that has
/// their arguments under the names of [`MARK`], and their number.
struct Finder {
    skipped: usize,
    /// WITH of the queries around the place, and how many of its queries are before it.
    scopes: Vec<(Option<With>, usize)>,
}

impl VisitorMut for Finder {
    type Break = (Box<Query>, usize);

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        self.scopes.push((query.with.clone(), 0));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Self::Break> {
        self.scopes.pop();
        if let Some((_, before)) = self.scopes.last_mut() {
            *before += 1;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        let count = count_of(select);
        if count <= self.skipped {
            self.skipped -= count;
            return ControlFlow::Continue(());
        }
        let mut marked = select.clone();
        let calls = marked.projection.iter_mut().filter_map(|item| {
            let argument = unnested(item)?.clone();
            Some((item, argument))
        });
        for (number, (item, expr)) in calls.enumerate() {
            let alias = Ident::with_quote('"', format!("{MARK}{number}"));
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
        ControlFlow::Break((Box::new(self.query(marked)), count))
    }
}

impl Finder {
    /// A select as a query, with the queries of WITH that it can read.
    fn query(&self, select: Select) -> Query {
        let mut with: Option<With> = None;
        for (scope, before) in &self.scopes {
            let Some(scope) = scope else {
                continue;
            };
            let tables = scope.cte_tables.iter().take(*before).cloned();
            let with = with.get_or_insert_with(|| With {
                cte_tables: Vec::new(),
                ..scope.clone()
            });
            with.cte_tables.extend(tables);
        }
        Query {
            with: with.filter(|with| !with.cte_tables.is_empty()),
            body: Box::new(SetExpr::Select(Box::new(select))),
            order_by: None,
            limit_clause: None,
            fetch: None,
            locks: Vec::new(),
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators: Vec::new(),
        }
    }
}

/// The names of the fields of each marked argument that is a struct.
fn fields_of_marked(plan: &LogicalPlan, count: usize) -> Result<Vec<Option<Vec<String>>>> {
    let mut found = vec![None; count];
    for field in plan.schema().fields() {
        if let Some(number) = field.name().strip_prefix(MARK)
            && let Ok(number) = number.parse::<usize>()
            && let DataType::Struct(fields) = field.data_type()
            && let Some(found) = found.get_mut(number)
        {
            *found = Some(fields.iter().map(|field| field.name().clone()).collect());
        }
    }
    Ok(found)
}

/// Replaces the calls that [`Finder`] has found by the fields of their arguments.
struct Replacer {
    skipped: usize,
    fields: Vec<Option<Vec<String>>>,
}

impl VisitorMut for Replacer {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let count = count_of(select);
        if count <= self.skipped {
            self.skipped -= count;
            return ControlFlow::Continue(());
        }
        let mut fields = std::mem::take(&mut self.fields).into_iter();
        for item in std::mem::take(&mut select.projection) {
            let argument = unnested(&item).cloned();
            match argument.and_then(|argument| Some((argument, fields.next()??))) {
                Some((argument, fields)) => {
                    let fields = fields.iter().map(|field| of_struct(&argument, field));
                    select.projection.extend(fields);
                }
                None => select.projection.push(item),
            }
        }
        ControlFlow::Break(())
    }
}

/// `argument['field'] AS "field"`.
fn of_struct(argument: &Expr, field: &str) -> SelectItem {
    let index = Expr::value(Value::SingleQuotedString(field.to_owned()));
    SelectItem::ExprWithAlias {
        expr: Expr::CompoundFieldAccess {
            root: Box::new(Expr::Nested(Box::new(argument.clone()))),
            access_chain: vec![AccessExpr::Subscript(Subscript::Index { index })],
        },
        alias: Ident::with_quote('"', field),
    }
}

/// `nps_stats(score).*` is `unnest(nps_stats(score))`.
pub(super) fn star_is_unnest(projection: &mut [SelectItem]) {
    for item in projection {
        if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), options) =
            item
            && *options == WildcardAdditionalOptions::default()
        {
            let argument = std::mem::replace(expr, Expr::value(Value::Null));
            *item = SelectItem::UnnamedExpr(call("unnest", vec![argument]));
        }
    }
}

/// Replaces `s.*` of a column that is a struct, which the planner takes for a table, by `unnest(s)`. Returns the
/// name of the column if there is one.
pub(super) fn replace_stars(statement: &mut Statement, error: &DataFusionError) -> Option<String> {
    let DataFusionError::Plan(message) = error.find_root() else {
        return None;
    };
    let name = wording::unknown_qualifier(message)?;
    let mut stars = Stars {
        name,
        is_found: false,
    };
    let _ = visit_mut(statement, &mut stars);
    stars.is_found.then(|| name.to_owned())
}

struct Stars<'a> {
    name: &'a str,
    is_found: bool,
}

impl VisitorMut for Stars<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                options,
            ) = item
                && name.to_string() == self.name
                && *options == WildcardAdditionalOptions::default()
            {
                let parts: Vec<Ident> = name
                    .0
                    .iter()
                    .filter_map(|part| part.as_ident().cloned())
                    .collect();
                let column = match parts.as_slice() {
                    [column] => Expr::Identifier(column.clone()),
                    _ => Expr::CompoundIdentifier(parts),
                };
                *item = SelectItem::UnnamedExpr(call("unnest", vec![column]));
                self.is_found = true;
            }
        }
        ControlFlow::Continue(())
    }
}
