//! Checks of FROM.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, TableAlias, TableAliasColumnDef, TableFactor,
    TableFunctionArgs, TableSampleKind, TableVersion, TableWithJoins, visit_expressions,
};

use super::refusal::{Checked, REMOVE, SUBQUERY, refuse_if, unsupported};
use crate::query::syntax::table_version;

pub(super) fn check_from(from: &TableWithJoins) -> Checked {
    // The relations are visited by themselves.
    let TableWithJoins { relation: _, joins } = from;
    joins.iter().try_for_each(|join| {
        let Join {
            relation: _,
            global,
            join_operator,
        } = join;
        refuse_if(*global, "GLOBAL", REMOVE)?;
        if let JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) = join_operator
        {
            // The planner takes the column of the left table, which is NULL in rows of the right one alone.
            let hint = "use ON a.id = b.id, and coalesce(a.id, b.id) for the column; or a LEFT JOIN";
            refuse_if(matches!(constraint, JoinConstraint::Using(_)), "USING", hint)?;
            refuse_if(*constraint == JoinConstraint::Natural, "NATURAL", hint)?;
        }
        match join_operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::Semi(constraint)
            | JoinOperator::Anti(constraint)
            | JoinOperator::LeftSemi(constraint)
            | JoinOperator::RightSemi(constraint)
            | JoinOperator::LeftAnti(constraint)
            | JoinOperator::RightAnti(constraint) => refuse_if(
                // The planner would join each row with each; the word before JOIN may be a kind of
                // join that the parser took for an alias.
                *constraint == JoinConstraint::None,
                "JOIN without a condition",
                "add ON or USING, or write CROSS JOIN",
            ),
            JoinOperator::CrossJoin(_) => ControlFlow::Continue(()),
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

pub(super) fn check_table(table: &TableFactor) -> Checked {
    match table {
        TableFactor::Table {
            name,
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
            // The parser takes the word for the table, and the table for its alias.
            let is_word = name.to_string().eq_ignore_ascii_case("only");
            let has_alias = alias.as_ref().is_some_and(|alias| !alias.explicit);
            refuse_if(is_word && has_alias, "ONLY", REMOVE)?;
            if let Some(TableFunctionArgs { args: _, settings }) = args {
                refuse_if(settings.is_some(), "SETTINGS", REMOVE)?;
            }
            refuse_if(!with_hints.is_empty(), "WITH", REMOVE)?;
            if let Some(version) = version {
                let is_file = name.0.iter().any(|part| {
                    let part = part.as_ident();
                    part.is_some_and(|part| part.quote_style == Some('\''))
                });
                refuse_if(
                    is_file,
                    &version.to_string(),
                    "remove it: a file has no versions",
                )?;
                check_version(version)?;
            }
            refuse_if(*with_ordinality, "WITH ORDINALITY", "use row_number()")?;
            refuse_if(!partitions.is_empty(), "PARTITION", "use WHERE")?;
            refuse_if(json_path.is_some(), "[", REMOVE)?;
            refuse_if(!index_hints.is_empty(), "INDEX", REMOVE)?;
            check_sample(sample.as_ref())?;
            check_alias(alias.as_ref())
        }
        TableFactor::Derived {
            lateral: _,
            subquery: _,
            alias,
            sample,
        } => {
            check_sample(sample.as_ref())?;
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
            array_exprs,
            with_offset,
            with_offset_alias: _,
            with_ordinality,
        } => {
            refuse_if(*with_offset, "WITH OFFSET", "use row_number()")?;
            refuse_if(*with_ordinality, "WITH ORDINALITY", "use row_number()")?;
            refuse_if(
                array_exprs.iter().any(reads_columns),
                "unnest of a column in FROM",
                "use it in SELECT: SELECT id, unnest(list) AS x FROM t",
            )?;
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

/// True for an expression of columns outside of subqueries and lambdas, which have columns and parameters of
/// their own.
fn reads_columns(expr: &Expr) -> bool {
    let mut reads = false;
    let inner = visit_expressions(expr, |expr| match expr {
        Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } | Expr::Lambda(_) => {
            ControlFlow::Break(())
        }
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            reads = true;
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Continue(()),
    });
    reads && inner.is_continue()
}

fn check_version(version: &TableVersion) -> Checked {
    if let TableVersion::Changes { .. } = version {
        return unsupported("CHANGES", "compare two versions of the table");
    }
    refuse_if(
        table_version::read(version).is_none(),
        &version.to_string(),
        "write FOR SYSTEM_TIME AS OF '2026-01-31' or AT (VERSION => 12)",
    )
}

fn check_sample(sample: Option<&TableSampleKind>) -> Checked {
    match sample {
        Some(
            TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample),
        ) => unsupported(sample.modifier.to_string(), "use WHERE random() < 0.1"),
        None => ControlFlow::Continue(()),
    }
}

pub(super) fn check_alias(alias: Option<&TableAlias>) -> Checked {
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
