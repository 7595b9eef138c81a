//! The error for statements that a role cannot run.

use std::cmp::Ordering;
use std::fmt::{self, Display};
use std::sync::Arc;

use datafusion::common::DFSchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use super::question::Question;
use crate::error::Error;
use crate::privacy::roles::Role;

/// Returns an error with the rule that a statement breaks and, as the hint, what the role can do.
pub(in crate::query) fn refused(
    role: &Role,
    rule: impl Display,
    allowed: impl Into<String>,
) -> DataFusionError {
    let (name, policy) = (role.name(), role.policy());
    Error::forbidden(format!("role {name} (policy {policy}): {rule}"))
        .with_hint(allowed)
        .into()
}

/// Returns the refusal inside an error.
pub(super) fn refusal(error: &DataFusionError) -> Option<&Error> {
    let DataFusionError::External(root) = error.find_root() else {
        return None;
    };
    root.downcast_ref()
        .filter(|error: &&Error| error.is_access())
}

/// The plan of a refused statement. The analyzer refuses, and cannot wait for the audit log; so the
/// planner returns the error, after the log has its entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RefusedPlan {
    message: String,
    hint: String,
    pub(super) question: Question,
    schema: DFSchemaRef,
}

impl RefusedPlan {
    /// Returns the plan that stands for `plan` if the error is a refusal.
    ///
    /// # Errors
    /// Returns every other error.
    pub(super) fn try_new(error: DataFusionError, plan: &LogicalPlan) -> Result<LogicalPlan> {
        let Some(refusal) = refusal(&error) else {
            return Err(error);
        };
        let refused = Self {
            message: refusal.to_string(),
            hint: refusal.hint().unwrap_or_default().to_owned(),
            question: Question::of_plan(plan)?,
            schema: Arc::clone(plan.schema()),
        };
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(refused),
        }))
    }

    /// Returns the refusal that a plan stands for.
    pub(super) fn of(plan: &LogicalPlan) -> Option<&Self> {
        match plan {
            LogicalPlan::Extension(Extension { node }) => node.as_any().downcast_ref(),
            _ => None,
        }
    }

    pub(super) fn error(&self) -> DataFusionError {
        let error = Error::forbidden(self.message.clone());
        error.with_hint(self.hint.clone()).into()
    }
}

impl PartialOrd for RefusedPlan {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.question.partial_cmp(&other.question)
    }
}

impl UserDefinedLogicalNodeCore for RefusedPlan {
    fn name(&self) -> &str {
        "Refused"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refused")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, _: Vec<LogicalPlan>) -> Result<Self> {
        Ok(self.clone())
    }
}
