//! Refuses what the parser reads and the planner would ignore.
//!
//! Every part of a query is named here, without `..`: a new version of the parser that reads more
//! does not compile until it is decided what becomes of it.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, ColumnOption, CreateTable, CreateView, Cte, Expr, Fetch, Function,
    FunctionArguments, GroupByExpr, GroupByWithModifier, Join, JoinOperator, LimitClause, OrderBy,
    OrderByExpr, OrderByKind, Query, Select, SelectFlavor, SelectInto, SelectItem, SetExpr,
    Statement, TableAlias, TableAliasColumnDef, TableFactor, TableFunctionArgs, TableVersion,
    TableWithJoins, Visit, Visitor, WildcardAdditionalOptions, With,
};

use super::table_version;

/// A clause that is read and has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsupported {
    /// The clause as it is written; its first word marks the place.
    pub(crate) clause: String,
    pub(crate) hint: &'static str,
}

type Checked = ControlFlow<Unsupported>;

/// Refuses a statement or query with a clause that would be ignored.
pub(super) fn check(tree: &impl Visit) -> Result<(), Unsupported> {
    match tree.visit(&mut Checker) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(unsupported) => Err(unsupported),
    }
}

struct Checker;

impl Visitor for Checker {
    type Break = Unsupported;

    fn pre_visit_statement(&mut self, statement: &Statement) -> Checked {
        check_statement(statement)
    }

    fn pre_visit_query(&mut self, query: &Query) -> Checked {
        check_query(query)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Checked {
        check_select(select)
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> Checked {
        check_table(table)
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Checked {
        check_expr(expr)
    }
}

const REMOVE: &str = "remove it";
const LIMIT: &str = "use LIMIT";
const SUBQUERY: &str = "use a subquery";

fn unsupported(clause: impl Into<String>, hint: &'static str) -> Checked {
    ControlFlow::Break(Unsupported {
        clause: clause.into(),
        hint,
    })
}

/// Refuses a clause if it is there.
fn refuse_if(is_there: bool, clause: &str, hint: &'static str) -> Checked {
    if is_there {
        unsupported(clause, hint)
    } else {
        ControlFlow::Continue(())
    }
}

fn check_query(query: &Query) -> Checked {
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
        SetExpr::SetOperation { left, right, .. } => {
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

fn check_select(select: &Select) -> Checked {
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
        opt_ilike: _,
        opt_exclude: _,
        opt_except: _,
        opt_replace: _,
        opt_rename,
        opt_alias,
    } = options;
    refuse_if(
        opt_rename.is_some(),
        "RENAME",
        "exclude the column and select it under its new name: * EXCLUDE (a), a AS b",
    )?;
    refuse_if(opt_alias.is_some(), "AS", REMOVE)
}

fn check_from(from: &TableWithJoins) -> Checked {
    // The relations are visited by themselves.
    let TableWithJoins { relation: _, joins } = from;
    joins.iter().try_for_each(|join| {
        let Join {
            relation: _,
            global,
            join_operator,
        } = join;
        refuse_if(*global, "GLOBAL", REMOVE)?;
        match join_operator {
            JoinOperator::Join(_)
            | JoinOperator::Inner(_)
            | JoinOperator::Left(_)
            | JoinOperator::LeftOuter(_)
            | JoinOperator::Right(_)
            | JoinOperator::RightOuter(_)
            | JoinOperator::FullOuter(_)
            | JoinOperator::CrossJoin(_)
            | JoinOperator::LeftSemi(_)
            | JoinOperator::RightSemi(_)
            | JoinOperator::LeftAnti(_)
            | JoinOperator::RightAnti(_) => ControlFlow::Continue(()),
            JoinOperator::Semi(_) => unsupported("SEMI JOIN", "use LEFT SEMI JOIN"),
            JoinOperator::Anti(_) => unsupported("ANTI JOIN", "use LEFT ANTI JOIN"),
            JoinOperator::CrossApply => unsupported("CROSS APPLY", "use CROSS JOIN LATERAL"),
            JoinOperator::OuterApply => unsupported("OUTER APPLY", "use LEFT JOIN LATERAL … ON true"),
            JoinOperator::AsOf { .. } => unsupported(
                "ASOF JOIN",
                "join on the conditions, and keep the last match with QUALIFY row_number() OVER (…) = 1",
            ),
            JoinOperator::StraightJoin(_) => unsupported("STRAIGHT_JOIN", "use JOIN"),
            JoinOperator::ArrayJoin | JoinOperator::LeftArrayJoin | JoinOperator::InnerArrayJoin => {
                unsupported("ARRAY JOIN", "use CROSS JOIN unnest(column)")
            }
        }
    })
}

fn check_table(table: &TableFactor) -> Checked {
    match table {
        TableFactor::Table {
            name: _,
            alias,
            args,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_hints,
        } => {
            if let Some(TableFunctionArgs { args: _, settings }) = args {
                refuse_if(settings.is_some(), "SETTINGS", REMOVE)?;
            }
            refuse_if(!with_hints.is_empty(), "WITH", REMOVE)?;
            if let Some(version) = version {
                check_version(version)?;
            }
            refuse_if(*with_ordinality, "WITH ORDINALITY", "use row_number()")?;
            refuse_if(!partitions.is_empty(), "PARTITION", "use WHERE")?;
            refuse_if(json_path.is_some(), "[", REMOVE)?;
            refuse_if(!index_hints.is_empty(), "INDEX", REMOVE)?;
            check_sample(sample.is_some())?;
            check_alias(alias.as_ref())
        }
        TableFactor::Derived {
            lateral: _,
            subquery: _,
            alias,
            sample,
        } => {
            check_sample(sample.is_some())?;
            check_alias(alias.as_ref())
        }
        TableFactor::Function {
            lateral: _,
            name: _,
            args: _,
            with_ordinality,
            alias,
        } => {
            refuse_if(*with_ordinality, "WITH ORDINALITY", "use row_number()")?;
            check_alias(alias.as_ref())
        }
        TableFactor::UNNEST {
            alias,
            array_exprs: _,
            with_offset,
            with_offset_alias: _,
            with_ordinality,
        } => {
            refuse_if(*with_offset, "WITH OFFSET", "use row_number()")?;
            refuse_if(*with_ordinality, "WITH ORDINALITY", "use row_number()")?;
            check_alias(alias.as_ref())
        }
        TableFactor::NestedJoin {
            table_with_joins,
            alias,
        } => {
            check_from(table_with_joins)?;
            check_alias(alias.as_ref())
        }
        TableFactor::Pivot {
            table: _,
            aggregate_functions: _,
            value_column: _,
            value_source: _,
            default_on_null: _,
            alias,
        } => check_alias(alias.as_ref()),
        TableFactor::Unpivot {
            table: _,
            value: _,
            name: _,
            columns: _,
            null_inclusion: _,
            alias,
        } => check_alias(alias.as_ref()),
        TableFactor::TableFunction { .. } => {
            unsupported("TABLE", "write the function alone: FROM function(…)")
        }
        TableFactor::JsonTable { .. } => unsupported("JSON_TABLE", SUBQUERY),
        TableFactor::OpenJsonTable { .. } => unsupported("OPENJSON", SUBQUERY),
        TableFactor::MatchRecognize { .. } => {
            unsupported("MATCH_RECOGNIZE", "use window functions")
        }
        TableFactor::XmlTable { .. } => unsupported("XMLTABLE", SUBQUERY),
        TableFactor::SemanticView { .. } => unsupported("SEMANTIC_VIEW", SUBQUERY),
    }
}

fn check_version(version: &TableVersion) -> Checked {
    let clause = match version {
        TableVersion::ForSystemTimeAsOf(_) => "FOR SYSTEM_TIME",
        TableVersion::TimestampAsOf(_) => "TIMESTAMP AS OF",
        TableVersion::VersionAsOf(_) => "VERSION AS OF",
        TableVersion::Function(function) => &function.to_string(),
        TableVersion::Changes { .. } => {
            return unsupported("CHANGES", "compare two versions of the table");
        }
    };
    refuse_if(
        table_version::read(version).is_none(),
        clause,
        "write FOR SYSTEM_TIME AS OF '2026-01-31' or AT (VERSION => 12)",
    )
}

fn check_sample(is_there: bool) -> Checked {
    refuse_if(is_there, "SAMPLE", "use WHERE random() < 0.1")
}

fn check_alias(alias: Option<&TableAlias>) -> Checked {
    let Some(TableAlias {
        explicit,
        name,
        columns,
        at,
    }) = alias
    else {
        return ControlFlow::Continue(());
    };
    // The parser takes a clause that it does not know for an alias.
    let is_clause = !explicit && name.quote_style.is_none() && name.value == "FINAL";
    refuse_if(is_clause, "FINAL", REMOVE)?;
    refuse_if(at.is_some(), "AT", REMOVE)?;
    columns.iter().try_for_each(|column| {
        let TableAliasColumnDef { name: _, data_type } = column;
        match data_type {
            Some(data_type) => unsupported(data_type.to_string(), "use CAST in the query"),
            None => ControlFlow::Continue(()),
        }
    })
}

fn check_expr(expr: &Expr) -> Checked {
    match expr {
        Expr::Function(function) => check_function(function),
        Expr::IsNormalized { .. } => unsupported("NORMALIZED", REMOVE),
        Expr::InUnnest { .. } => unsupported("UNNEST", "use array_has(list, value)"),
        Expr::RLike { regexp, .. } => {
            let word = if *regexp { "REGEXP" } else { "RLIKE" };
            unsupported(word, "use regexp_like(text, pattern) or ~")
        }
        Expr::Like { any: true, .. } => unsupported("ANY", "combine several LIKE with OR"),
        Expr::ILike { any: true, .. } => unsupported("ANY", "combine several ILIKE with OR"),
        Expr::Convert { .. } => unsupported("CONVERT", "use CAST(value AS type)"),
        Expr::Cast {
            format: Some(_), ..
        } => unsupported("FORMAT", "use to_timestamp(text, pattern)"),
        Expr::Cast { array: true, .. } => unsupported("ARRAY", REMOVE),
        Expr::Collate { .. } => unsupported("COLLATE", "use lower()"),
        Expr::Prefixed { prefix, .. } => unsupported(prefix.value.clone(), REMOVE),
        Expr::MatchAgainst { .. } => unsupported("MATCH", "use LIKE or regexp_like()"),
        Expr::OuterJoin(_) => unsupported("(+)", "use LEFT JOIN"),
        Expr::Prior(_) => unsupported("PRIOR", "use WITH RECURSIVE"),
        Expr::MemberOf(_) => unsupported("MEMBER OF", "use array_has(list, value)"),
        Expr::JsonAccess { .. } => unsupported(":", "use the functions for structs and lists"),
        Expr::CompoundFieldAccess {
            root: _,
            access_chain,
        } => access_chain.iter().try_for_each(|access| match access {
            AccessExpr::Dot(Expr::Identifier(_) | Expr::Value(_)) | AccessExpr::Subscript(_) => {
                ControlFlow::Continue(())
            }
            AccessExpr::Dot(other) => unsupported(
                other.to_string(),
                "name a field of the struct behind the dot",
            ),
        }),
        // What follows is planned, or refused by the planner, with all its fields.
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::BinaryOp { .. }
        | Expr::Like { any: false, .. }
        | Expr::ILike { any: false, .. }
        | Expr::SimilarTo { .. }
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. }
        | Expr::UnaryOp { .. }
        | Expr::Cast { .. }
        | Expr::AtTimeZone { .. }
        | Expr::Extract { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Position { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Overlay { .. }
        | Expr::Nested(_)
        | Expr::Value(_)
        | Expr::TypedString(_)
        | Expr::Case { .. }
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_)
        | Expr::Tuple(_)
        | Expr::Struct { .. }
        | Expr::Named { .. }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::Array(_)
        | Expr::Interval(_)
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(..)
        | Expr::Lambda(_) => ControlFlow::Continue(()),
    }
}

fn check_function(function: &Function) -> Checked {
    let Function {
        name,
        uses_odbc_syntax: _,
        parameters,
        args,
        filter: _,
        null_treatment: _,
        over: _,
        within_group: _,
    } = function;
    refuse_if(
        !matches!(parameters, FunctionArguments::None),
        &format!("{name}(…)(…)"),
        "put all arguments into one pair of parentheses",
    )?;
    refuse_if(
        matches!(args, FunctionArguments::Subquery(_)),
        &format!("{name}(SELECT …)"),
        "put the subquery into parentheses of its own: function((SELECT …))",
    )
}

fn check_statement(statement: &Statement) -> Checked {
    match statement {
        Statement::CreateTable(CreateTable { columns, .. }) => columns
            .iter()
            .flat_map(|column| &column.options)
            .try_for_each(|option| match &option.option {
                // The planner reads these.
                ColumnOption::Null
                | ColumnOption::NotNull
                | ColumnOption::Default(_)
                | ColumnOption::Unique(_)
                | ColumnOption::PrimaryKey(_)
                | ColumnOption::ForeignKey(_)
                | ColumnOption::Check(_) => ControlFlow::Continue(()),
                other => unsupported(other.to_string(), REMOVE),
            }),
        Statement::CreateView(CreateView {
            or_alter,
            params,
            secure,
            ..
        }) => {
            refuse_if(*or_alter, "ALTER", "use CREATE OR REPLACE VIEW")?;
            refuse_if(params.is_some(), "ALGORITHM", REMOVE)?;
            refuse_if(*secure, "SECURE", REMOVE)
        }
        // The planner refuses the statements that it does not know.
        _ => ControlFlow::Continue(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    /// The clause that is refused.
    fn refused(sql: &str) -> Option<String> {
        let mut statements = parse(sql).expect("valid syntax");
        let statement = statements.pop_front().expect("a statement");
        super::super::checked(statement)
            .err()
            .map(|error| error.clause)
    }

    #[test]
    fn clauses_that_would_be_ignored_are_refused() {
        for (sql, clause) in [
            ("SELECT a FROM t PREWHERE a > 3", "PREWHERE"),
            ("SELECT a FROM t TABLESAMPLE BERNOULLI (10)", "SAMPLE"),
            ("SELECT a FROM t SAMPLE 10", "SAMPLE"),
            ("SELECT a FROM t FINAL", "FINAL"),
            ("SELECT a FROM t GROUP BY a WITH TOTALS", "WITH TOTALS"),
            (
                "SELECT count(*) FROM t GROUP BY ALL WITH ROLLUP",
                "WITH ROLLUP",
            ),
            ("SELECT a FROM t FORMAT JSON", "FORMAT"),
            ("SELECT a FROM t SETTINGS x = 1", "SETTINGS"),
            ("SELECT a FROM t FOR UPDATE", "FOR UPDATE"),
            ("SELECT a FROM t LIMIT 1 BY a", "LIMIT … BY"),
            ("SELECT /*+ FULL(t) */ a FROM t", "/*+"),
            (
                "SELECT a FROM t START WITH a = 1 CONNECT BY PRIOR a = b",
                "CONNECT BY",
            ),
            ("SELECT TOP 3 a FROM t", "TOP"),
            ("SELECT a FROM t SORT BY a", "SORT BY"),
            ("SELECT a FROM t DISTRIBUTE BY a", "DISTRIBUTE BY"),
            ("SELECT a FROM t GLOBAL JOIN u USING (a)", "GLOBAL"),
            ("SELECT f(1)(2)", "f(…)(…)"),
            ("SELECT a FROM t ORDER BY a WITH FILL", "WITH FILL"),
            ("SELECT a INTO TEMPORARY x FROM t", "TEMPORARY"),
            ("SELECT * RENAME (a AS b) FROM t", "RENAME"),
            ("CREATE TABLE t (a INT COMMENT 'x')", "COMMENT 'x'"),
            // Wherever it is.
            ("SELECT (SELECT a FROM t PREWHERE a > 3)", "PREWHERE"),
            (
                "WITH t AS (SELECT 1 FROM u SAMPLE 10) SELECT * FROM t",
                "SAMPLE",
            ),
            (
                "SELECT 1 WHERE EXISTS (SELECT a FROM t FORMAT JSON)",
                "FORMAT",
            ),
            (
                "SELECT 1 UNION ALL SELECT a FROM t PREWHERE a > 3",
                "PREWHERE",
            ),
            ("CREATE VIEW v AS SELECT a FROM t SAMPLE 1", "SAMPLE"),
            ("EXPLAIN SELECT a FROM t PREWHERE a > 3", "PREWHERE"),
            ("COPY (SELECT a FROM t SAMPLE 1) TO 'x.csv'", "SAMPLE"),
            ("SELECT a FROM t FOR SYSTEM_TIME AS OF a", "FOR SYSTEM_TIME"),
            (
                "SELECT a FROM t BEFORE (VERSION => 12)",
                "BEFORE(VERSION => 12)",
            ),
            ("SELECT a FROM (SELECT 1 AS a) AS t SAMPLE 1", "SAMPLE"),
        ] {
            assert_eq!(refused(sql).as_deref(), Some(clause), "{sql}");
        }
    }

    #[test]
    fn what_is_planned_is_accepted() {
        for sql in [
            "FROM t",
            "SELECT a FROM t GROUP BY a WITH ROLLUP",
            "SELECT DISTINCT ON (a) * EXCLUDE (b) FROM t AS x (a, b) ORDER BY ALL",
            "SELECT a FROM t FETCH FIRST 3 ROWS ONLY",
            "SELECT count(*) FILTER (WHERE a > 1) OVER w FROM t WINDOW w AS (ORDER BY a)",
            "SELECT a FROM t FOR SYSTEM_TIME AS OF '2026-01-31' AS u",
            "SELECT a FROM t AT (VERSION => 12)",
            "SELECT f(a).b, list[1], x -> x + 1 FROM t FINAL_t",
        ] {
            assert_eq!(refused(sql), None, "{sql}");
        }
    }
}
