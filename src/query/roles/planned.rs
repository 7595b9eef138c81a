//! Statements of a role when they are planned: settings, and the audit log.

use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlan, Statement as PlanStatement};
use datafusion::sql::parser::Statement;

use super::question::Question;
use super::refusal::refused;
use crate::lake::Lake;
use crate::privacy::audit::{Action, Entry, Id};
use crate::privacy::roles::Role;

/// Writes a question of a role into the audit log.
pub(super) async fn log(
    lake: &Lake,
    role: &Role,
    question: Question,
    is_refused: bool,
) -> Result<()> {
    let mut entry = Entry::new(Action::Query)
        .with("policy", role.policy().as_str())
        .with("role_sha256", Id::from(role.name_hash()));
    if is_refused {
        entry = entry.with("refused", true);
    }
    lake.audit(&question.in_entry(entry)).await?;
    Ok(())
}

/// Checks a planned statement of a role, and logs one that was refused, or failed, before there was a plan.
pub(in crate::query) async fn check_planned(
    lake: &Lake,
    role: &Role,
    statement: &Statement,
    planned: Result<LogicalPlan>,
) -> Result<LogicalPlan> {
    let checked = planned.and_then(|plan| {
        let key = match &plan {
            LogicalPlan::Statement(PlanStatement::SetVariable(set)) => Some(&set.variable),
            LogicalPlan::Statement(PlanStatement::ResetVariable(reset)) => Some(&reset.variable),
            _ => None,
        };
        key.map_or(Ok(()), |key| check_setting(role, key))?;
        Ok(plan)
    });
    if checked.is_err() {
        log(lake, role, Question::of_statement(statement), true).await?;
    }
    checked
}

/// Refuses to change a setting, unless it says only how results look or whether counts are used.
/// Limits of memory and time are the owner's, and a query that exceeds one could tell what it read.
pub(super) fn check_setting(role: &Role, key: &str) -> Result<()> {
    const OPEN: [&str; 2] = ["datafusion.format.", "voxql."];
    if OPEN.iter().any(|prefix| key.starts_with(prefix)) {
        return Ok(());
    }
    Err(refused(
        role,
        format!("the setting {key} is the owner's"),
        "set only datafusion.format.… and voxql.…: SHOW ALL lists them",
    ))
}
