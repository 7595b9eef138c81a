//! The error for statements that a role cannot run.

use std::fmt::Display;

use datafusion::error::DataFusionError;

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
