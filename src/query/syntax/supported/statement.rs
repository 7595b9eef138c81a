//! Checks of statements that are no queries.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ColumnDef, ColumnOption, CreateTable, CreateView, Ident, Set, ShowCreateObject,
    ShowStatementFilterPosition, ShowStatementOptions, Statement, TableConstraint,
};

use super::refusal::{Checked, REMOVE, refuse_if, unsupported};

pub(super) fn check_statement(statement: &Statement) -> Checked {
    match statement {
        Statement::CreateTable(CreateTable {
            columns,
            constraints,
            ..
        }) => check_columns(columns, constraints),
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
        Statement::ShowVariable { variable } if is_all_tables(variable) => {
            unsupported("ALL TABLES", "use SHOW TABLES")
        }
        Statement::ShowColumns {
            extended,
            full,
            show_options,
        } => {
            refuse_if(*extended, "EXTENDED", REMOVE)?;
            refuse_if(*full, "FULL", REMOVE)?;
            check_show(show_options, "use FROM information_schema.columns WHERE …")
        }
        Statement::ShowTables {
            terse,
            history,
            extended,
            full,
            external,
            show_options,
        } => {
            refuse_if(*terse, "TERSE", REMOVE)?;
            refuse_if(*history, "HISTORY", REMOVE)?;
            refuse_if(*extended, "EXTENDED", REMOVE)?;
            refuse_if(*full, "FULL", REMOVE)?;
            refuse_if(*external, "EXTERNAL", REMOVE)?;
            refuse_if(show_options.show_in.is_some(), "FROM", REMOVE)?;
            check_show(show_options, "use FROM information_schema.tables WHERE …")
        }
        Statement::ExplainTable {
            hive_format: Some(format),
            ..
        } => unsupported(format.to_string(), REMOVE),
        // What follows is planned, or refused by the planner with a reason.
        Statement::Query(_)
        | Statement::Explain { .. }
        | Statement::ExplainTable { .. }
        | Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Merge(_)
        | Statement::Truncate(_)
        | Statement::CreateMacro { .. }
        | Statement::CreateSchema { .. }
        | Statement::Drop { .. }
        | Statement::DropFunction(_)
        | Statement::Prepare { .. }
        | Statement::Execute { .. }
        | Statement::Deallocate { .. }
        | Statement::Set(Set::SingleAssignment { .. })
        | Statement::ShowVariable { .. }
        | Statement::ShowFunctions { .. }
        | Statement::ShowCreate {
            obj_type: ShowCreateObject::Table,
            ..
        } => ControlFlow::Continue(()),
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::Lock(_) => unsupported(
            words(statement),
            "remove it: each statement sees one version of the lake",
        ),
        Statement::Set(Set::SetTimeZone { .. }) => unsupported(
            "TIME ZONE",
            "convert where you need it: responded_at AT TIME ZONE 'Europe/Berlin'; day and month are \
             in the lake's zone",
        ),
        Statement::Set(_) => unsupported("SET", "write SET name = value, one at a time"),
        Statement::Pragma { .. } => unsupported(
            words(statement),
            "use DESCRIBE, SHOW ALL or SET name = value",
        ),
        Statement::ShowDatabases { .. }
        | Statement::ShowSchemas { .. }
        | Statement::ShowViews { .. }
        | Statement::ShowObjects(_)
        | Statement::ShowVariables { .. }
        | Statement::ShowStatus { .. } => {
            unsupported(words(statement), "use SHOW TABLES or SHOW ALL")
        }
        Statement::ShowCreate { .. } => unsupported(words(statement), "use SHOW CREATE TABLE"),
        Statement::CreateFunction(_) => unsupported(
            words(statement),
            "use CREATE MACRO name(parameter) AS expression",
        ),
        Statement::AttachDatabase { .. }
        | Statement::AttachDuckDBDatabase { .. }
        | Statement::DetachDuckDBDatabase { .. }
        | Statement::Install { .. }
        | Statement::Load { .. }
        | Statement::Use(_) => unsupported(
            words(statement),
            "name a file in quotes as a table, such as FROM 'accounts.parquet'",
        ),
        Statement::Call(_) => unsupported(words(statement), "use SELECT * FROM the function"),
        Statement::Grant(_) | Statement::Revoke(_) | Statement::CreateRole(_) => {
            unsupported(words(statement), "roles are in the lake's lake.toml")
        }
        Statement::Vacuum(_) | Statement::Analyze(_) | Statement::OptimizeTable { .. } => {
            unsupported(words(statement), "use the command voxql optimize")
        }
        _ => unsupported(words(statement), REMOVE),
    }
}

/// Refuses the filters of SHOW.
fn check_show(options: &ShowStatementOptions, hint: &'static str) -> Checked {
    let ShowStatementOptions {
        show_in: _,
        starts_with,
        limit,
        limit_from,
        filter_position,
    } = options;
    refuse_if(starts_with.is_some(), "STARTS WITH", hint)?;
    refuse_if(limit.is_some(), "LIMIT", hint)?;
    refuse_if(limit_from.is_some(), "FROM", hint)?;
    match filter_position {
        Some(
            ShowStatementFilterPosition::Infix(filter)
            | ShowStatementFilterPosition::Suffix(filter),
        ) => unsupported(filter.to_string(), hint),
        None => ControlFlow::Continue(()),
    }
}

/// Refuses what would be believed and not enforced: keys, references and conditions.
pub(super) fn check_columns(columns: &[ColumnDef], constraints: &[TableConstraint]) -> Checked {
    const NOT_ENFORCED: &str = "remove it: constraints are not enforced";
    columns
        .iter()
        .flat_map(|column| &column.options)
        .try_for_each(|option| match &option.option {
            ColumnOption::Null | ColumnOption::NotNull | ColumnOption::Default(_) => {
                ControlFlow::Continue(())
            }
            ColumnOption::Unique(_)
            | ColumnOption::PrimaryKey(_)
            | ColumnOption::ForeignKey(_)
            | ColumnOption::Check(_) => unsupported(option.option.to_string(), NOT_ENFORCED),
            other => unsupported(other.to_string(), REMOVE),
        })?;
    match constraints.first() {
        Some(constraint) => unsupported(constraint.to_string(), NOT_ENFORCED),
        None => ControlFlow::Continue(()),
    }
}

fn is_all_tables(variable: &[Ident]) -> bool {
    let words = ["all", "tables"];
    variable.len() == words.len()
        && std::iter::zip(variable, words).all(|(name, word)| name.value.eq_ignore_ascii_case(word))
}

/// The first word of a statement, or two where the first says little.
fn words(statement: &Statement) -> String {
    let text = statement.to_string();
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    match (first, words.next()) {
        ("CREATE" | "ALTER" | "DROP" | "SHOW", Some(second)) => format!("{first} {second}"),
        _ => first.to_owned(),
    }
}
