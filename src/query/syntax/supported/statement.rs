//! Checks of statements that are no queries.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::stmt_create_table::CreateTableBuilder;
use datafusion::sql::sqlparser::ast::{
    ColumnDef, ColumnOption, ColumnOptions, CreateTable, CreateTableOptions, CreateView,
    HiveFormat, Ident, Set, ShowCreateObject, ShowStatementFilterPosition, ShowStatementOptions,
    Statement, TableConstraint, ViewColumnDef,
};

use super::refusal::{Checked, REMOVE, refuse_if, unsupported};

pub(super) fn check_statement(statement: &Statement) -> Checked {
    match statement {
        Statement::CreateTable(table) => {
            check_columns(&table.columns, &table.constraints)?;
            refuse_if(
                plain_table(table) != *table,
                "CREATE TABLE with other clauses",
                "write CREATE TABLE name (column TYPE) or CREATE TABLE name AS SELECT …",
            )
        }
        Statement::CreateView(view) => check_view(view),
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
        | Statement::Execute { .. }
        | Statement::Deallocate { .. }
        | Statement::ShowVariable { .. }
        | Statement::ShowFunctions { .. }
        | Statement::ShowCreate {
            obj_type: ShowCreateObject::Table,
            ..
        } => ControlFlow::Continue(()),
        Statement::Prepare { statement, .. } => match statement.as_ref() {
            Statement::Query(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_) => ControlFlow::Continue(()),
            other => unsupported(
                format!("PREPARE of {}", words(other)),
                "prepare a query, and write the rest as it is",
            ),
        },
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::Lock(_) => unsupported(
            words(statement),
            "remove it: each statement sees one version of the lake",
        ),
        Statement::Set(Set::SingleAssignment { variable, .. }) => {
            let name = variable.to_string().to_lowercase();
            refuse_if(ZONES.contains(&name.as_str()), &name, ZONE_HINT)
        }
        Statement::Set(Set::SetTimeZone { .. }) => unsupported("TIME ZONE", ZONE_HINT),
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

/// Settings of the time zone. Times that have a zone are in UTC.
const ZONES: [&str; 3] = ["timezone", "time_zone", "datafusion.execution.time_zone"];

const ZONE_HINT: &str = "convert where you need it: responded_at AT TIME ZONE 'Europe/Berlin'; day and \
     month are in the lake's zone";

/// A table with the name, columns and query of another, and no other clause.
fn plain_table(table: &CreateTable) -> CreateTable {
    CreateTableBuilder::new(table.name.clone())
        .or_replace(table.or_replace)
        .if_not_exists(table.if_not_exists)
        .temporary(table.temporary)
        .columns(table.columns.clone())
        .constraints(table.constraints.clone())
        .hive_formats(table.hive_formats.clone().filter(is_empty))
        .query(table.query.clone())
        .build()
}

/// True for what the parser puts where no format is written.
fn is_empty(format: &HiveFormat) -> bool {
    let HiveFormat {
        row_format,
        serde_properties,
        storage,
        location,
    } = format;
    row_format.is_none() && serde_properties.is_none() && storage.is_none() && location.is_none()
}

fn check_view(view: &CreateView) -> Checked {
    let CreateView {
        or_alter,
        or_replace: _,
        materialized,
        secure,
        name: _,
        name_before_not_exists: _,
        columns,
        query: _,
        options,
        cluster_by,
        comment,
        with_no_schema_binding,
        if_not_exists: _,
        // What a session creates is temporary.
        temporary: _,
        copy_grants,
        to,
        params,
    } = view;
    refuse_if(*or_alter, "ALTER", "use CREATE OR REPLACE VIEW")?;
    refuse_if(
        *materialized,
        "MATERIALIZED",
        "use CREATE TABLE … AS SELECT, or a view",
    )?;
    refuse_if(*secure, "SECURE", REMOVE)?;
    for ViewColumnDef {
        name: _,
        data_type,
        options,
    } in columns
    {
        refuse_if(
            data_type.is_some(),
            "CREATE VIEW with types",
            "cast the columns in its query",
        )?;
        match options {
            Some(
                ColumnOptions::CommaSeparated(options) | ColumnOptions::SpaceSeparated(options),
            ) => {
                let option = options.first().map(ToString::to_string);
                unsupported(option.unwrap_or_default(), REMOVE)?;
            }
            None => {}
        }
    }
    refuse_if(
        *options != CreateTableOptions::None,
        "CREATE VIEW with options",
        REMOVE,
    )?;
    refuse_if(!cluster_by.is_empty(), "CLUSTER BY", REMOVE)?;
    refuse_if(comment.is_some(), "COMMENT", REMOVE)?;
    refuse_if(*with_no_schema_binding, "WITH NO SCHEMA BINDING", REMOVE)?;
    refuse_if(*copy_grants, "COPY GRANTS", REMOVE)?;
    refuse_if(to.is_some(), "TO", REMOVE)?;
    refuse_if(params.is_some(), "ALGORITHM", REMOVE)
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
