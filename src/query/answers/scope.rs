//! The role that asks, and the columns of the lake.

use datafusion::error::Result;

use crate::privacy::roles::{Policy, Role};
use crate::query::roles::refusal::refused;

/// The session that a query is made for, besides its arguments.
#[derive(Clone, Copy, Debug)]
pub(in crate::query) struct Scope<'a> {
    /// Role of the session; `None` for the owner.
    pub(in crate::query) role: Option<&'a Role>,
    /// The columns that responses are counted by.
    pub(in crate::query) dimensions: &'a [String],
}

impl Scope<'_> {
    /// Checks that the role sees the columns that a function reads.
    pub(super) fn check_visible<'a>(
        &self,
        function: &str,
        columns: impl IntoIterator<Item = &'a str>,
    ) -> Result<()> {
        let mut columns = columns.into_iter();
        match (self.role, columns.find(|column| self.hides(column))) {
            (Some(role), Some(column)) => Err(refused(
                role,
                format!("column \"{column}\" is hidden, and {function}() reads it"),
                "ask the owner of the lake, who can remove it from hidden_columns in lake.toml",
            )),
            _ => Ok(()),
        }
    }

    /// True if the column is hidden from the role. The day is hidden with the time.
    pub(super) fn hides(&self, column: &str) -> bool {
        let hidden = self.role.map_or(&[][..], Role::hidden_columns);
        let is_hidden = |name: &str| hidden.iter().any(|hidden| hidden == name);
        is_hidden(column) || (column == "day" && is_hidden("responded_at"))
    }

    /// The role, if it sees only groups.
    pub(super) fn role_of_groups(&self) -> Option<&Role> {
        self.role.filter(|role| role.policy() == Policy::Aggregate)
    }
}
