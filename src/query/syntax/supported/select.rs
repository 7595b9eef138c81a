//! Checks of queries and SELECT.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Cte, Fetch, GroupByExpr, GroupByWithModifier, LimitClause, OrderBy, OrderByExpr, OrderByKind,
    Query, Select, SelectFlavor, SelectInto, SelectItem, SetExpr, SetOperator, SetQuantifier,
    WildcardAdditionalOptions, With,
};

use super::from::{check_alias, check_from};
use super::refusal::{Checked, LIMIT, REMOVE, refuse_if, unsupported};

pub(super) fn check_query(query: &Query) -> Checked {
    let Query {
        with,
        body,
        order_by,
        limit_clause,
        fetch,
        locks,
        for_clause,
        settings,
        format_clause,
        // The planner refuses the operators that it does not know.
        pipe_operators: _,
    } = query;
    if let Some(with) = with {
        check_with(with)?;
    }
    match body.as_ref() {
        // Visited by themselves.
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => {}
        SetExpr::SetOperation {
            op,
            set_quantifier,
            left,
            right,
        } => {
            // The planner has joins for these, which keep or remove all of equal rows.
            let is_of_all = matches!(
                set_quantifier,
                SetQuantifier::All | SetQuantifier::AllByName
            );
            refuse_if(
                is_of_all && !matches!(op, SetOperator::Union),
                &format!("{op} ALL"),
                "remove ALL, or number equal rows before with row_number() OVER (PARTITION BY …)",
            )?;
            for side in [left, right] {
                if let SetExpr::Table(_) = side.as_ref() {
                    unsupported("TABLE", "write SELECT * FROM the table")?;
                }
            }
        }
        SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
            unsupported("WITH", "put it into a query of its own")?;
        }
        SetExpr::Table(_) => unsupported("TABLE", "write FROM the table")?,
    }
    if let Some(order_by) = order_by {
        let OrderBy { kind, interpolate } = order_by;
        refuse_if(interpolate.is_some(), "INTERPOLATE", REMOVE)?;
        match kind {
            OrderByKind::All(_) => {}
            OrderByKind::Expressions(exprs) => exprs.iter().try_for_each(check_order_by)?,
        }
    }
    match limit_clause {
        Some(LimitClause::LimitOffset {
            limit: _,
            offset: _,
            limit_by,
        }) => refuse_if(
            !limit_by.is_empty(),
            "LIMIT … BY",
            "number the rows and keep the first: QUALIFY row_number() OVER (PARTITION BY key) <= 1",
        )?,
        Some(LimitClause::OffsetCommaLimit { .. }) | None => {}
    }
    if let Some(fetch) = fetch {
        // The rest is rewritten to LIMIT.
        let Fetch {
            with_ties,
            percent,
            quantity: _,
        } = fetch;
        refuse_if(*with_ties, "WITH TIES", "use QUALIFY rank() OVER (…) <= n")?;
        refuse_if(
            *percent,
            "PERCENT",
            "use QUALIFY percent_rank() OVER (…) <= share",
        )?;
        let has_limit = matches!(
            limit_clause,
            Some(
                LimitClause::LimitOffset { limit: Some(_), .. }
                    | LimitClause::OffsetCommaLimit { .. }
            )
        );
        refuse_if(has_limit, "FETCH", "remove it or LIMIT")?;
    }
    refuse_if(!locks.is_empty(), "FOR UPDATE", REMOVE)?;
    refuse_if(
        for_clause.is_some(),
        "FOR",
        "choose a format with --format json",
    )?;
    refuse_if(
        settings.is_some(),
        "SETTINGS",
        "use SET before the statement",
    )?;
    refuse_if(
        format_clause.is_some(),
        "FORMAT",
        "choose a format with --format",
    )
}

fn check_with(with: &With) -> Checked {
    let With {
        with_token: _,
        recursive: _,
        cte_tables,
    } = with;
    cte_tables.iter().try_for_each(|cte| {
        let Cte {
            alias,
            query: _,
            from,
            // Says how, not what.
            materialized: _,
            closing_paren_token: _,
        } = cte;
        refuse_if(from.is_some(), "FROM", REMOVE)?;
        check_alias(Some(alias))
    })
}

fn check_order_by(order_by: &OrderByExpr) -> Checked {
    let OrderByExpr {
        expr: _,
        options: _,
        with_fill,
    } = order_by;
    refuse_if(
        with_fill.is_some(),
        "WITH FILL",
        "join with generate_series()",
    )
}

pub(super) fn check_select(select: &Select) -> Checked {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        into,
        from,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        // Rewritten to the windows that they name.
        named_window: _,
        qualify: _,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    refuse_if(
        projection.is_empty() && matches!(flavor, SelectFlavor::Standard),
        "SELECT without columns",
        "name the columns, or write SELECT *",
    )?;
    refuse_if(!optimizer_hints.is_empty(), "/*+", REMOVE)?;
    if let Some(modifiers) = select_modifiers {
        unsupported(modifiers.to_string(), REMOVE)?;
    }
    refuse_if(top.is_some(), "TOP", LIMIT)?;
    refuse_if(
        exclude.is_some(),
        "EXCLUDE",
        "put it directly behind the star: SELECT * EXCLUDE (column)",
    )?;
    if let Some(SelectInto {
        temporary,
        unlogged,
        table,
        name: _,
    }) = into
    {
        refuse_if(*temporary, "TEMPORARY", REMOVE)?;
        refuse_if(*unlogged, "UNLOGGED", REMOVE)?;
        refuse_if(*table, "TABLE", REMOVE)?;
    }
    projection.iter().try_for_each(check_item)?;
    from.iter().try_for_each(check_from)?;
    refuse_if(!lateral_views.is_empty(), "LATERAL VIEW", "use unnest()")?;
    refuse_if(prewhere.is_some(), "PREWHERE", "use WHERE")?;
    refuse_if(!connect_by.is_empty(), "CONNECT BY", "use WITH RECURSIVE")?;
    let modifiers = match group_by {
        GroupByExpr::All(modifiers) => modifiers,
        GroupByExpr::Expressions(_, modifiers) => modifiers,
    };
    for modifier in modifiers {
        match (modifier, group_by) {
            // Rewritten to ROLLUP (…) and CUBE (…).
            (
                GroupByWithModifier::Rollup | GroupByWithModifier::Cube,
                GroupByExpr::Expressions(..),
            ) if modifiers.len() == 1 => {}
            (GroupByWithModifier::Rollup, _) => {
                unsupported("WITH ROLLUP", "name the keys: GROUP BY ROLLUP (key)")?;
            }
            (GroupByWithModifier::Cube, _) => {
                unsupported("WITH CUBE", "name the keys: GROUP BY CUBE (key)")?;
            }
            (GroupByWithModifier::Totals, _) => {
                unsupported("WITH TOTALS", "use GROUP BY ROLLUP (key)")?;
            }
            (GroupByWithModifier::GroupingSets(_), _) => {
                unsupported("GROUPING SETS", "use GROUP BY GROUPING SETS ((key), ())")?;
            }
        }
    }
    refuse_if(!cluster_by.is_empty(), "CLUSTER BY", REMOVE)?;
    refuse_if(!distribute_by.is_empty(), "DISTRIBUTE BY", REMOVE)?;
    refuse_if(!sort_by.is_empty(), "SORT BY", "use ORDER BY")?;
    refuse_if(value_table_mode.is_some(), "AS", REMOVE)?;
    match flavor {
        // Rewritten to SELECT *.
        SelectFlavor::FromFirstNoSelect => {}
        SelectFlavor::Standard | SelectFlavor::FromFirst => {}
    }
    ControlFlow::Continue(())
}

fn check_item(item: &SelectItem) -> Checked {
    let options = match item {
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => {
            return ControlFlow::Continue(());
        }
        SelectItem::ExprWithAliases { .. } => {
            return unsupported("AS (…)", "give each column one name");
        }
        SelectItem::QualifiedWildcard(_, options) | SelectItem::Wildcard(options) => options,
    };
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude: _,
        opt_except: _,
        opt_replace: _,
        opt_rename,
        opt_alias,
    } = options;
    refuse_if(
        opt_ilike.is_some(),
        "ILIKE",
        "name the columns, or leave others out: * EXCLUDE (a, b)",
    )?;
    refuse_if(
        opt_rename.is_some(),
        "RENAME",
        "exclude the column and select it under its new name: * EXCLUDE (a), a AS b",
    )?;
    refuse_if(opt_alias.is_some(), "AS", REMOVE)
}
