//! Checks of statements that are no queries.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{ColumnOption, CreateTable, CreateView, Statement};

use super::refusal::{Checked, REMOVE, refuse_if, unsupported};

pub(super) fn check_statement(statement: &Statement) -> Checked {
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
