//! The error of a statement that a role may not run.

use std::fmt::Display;

use datafusion::error::DataFusionError;

use crate::error::Error;
use crate::privacy::roles::Role;

/// The error of what a role may not: the rule, and what it may instead.
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
