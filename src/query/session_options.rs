//! Session options: role, version, and DataFusion settings.

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionConfig;

use crate::privacy::roles::Role;

/// Role, version and DataFusion settings of a session, for [`Lake::session_with`](crate::Lake::session_with).
///
/// The default is the owner's session over the newest version.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    pub(super) role: Option<String>,
    pub(super) at: Option<AtVersion>,
    pub(super) config: SessionConfig,
}

/// An earlier version of the responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtVersion {
    /// The version with this number, from 1. Each import that changes anything adds one.
    Number(u64),
    /// The newest version at this time.
    Time(DateTime<Utc>),
}

impl SessionOptions {
    /// Queries with the role `role` of lake.toml, or as `owner`.
    ///
    /// A session with any role except an owner's reads only the tables of the lake, writes nothing,
    /// and logs each query in the audit log. The role restricts only the session: anyone who can
    /// read the files of the lake can read their contents.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Shows `responses` at an earlier version; other tables stay at their newest version.
    ///
    /// Replaced and removed rows are kept for seven days. If the version does not exist, the first
    /// statement that reads it fails.
    pub fn at(mut self, at: AtVersion) -> Self {
        self.at = Some(at);
        self
    }

    /// Starts from these DataFusion settings, such as the batch size or the number of partitions.
    /// Settings that correct answers depend on override them.
    pub fn config(mut self, config: SessionConfig) -> Self {
        self.config = config;
        self
    }

    /// The chosen role; `None` for the default, the owner.
    pub(crate) fn chosen_role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    pub(crate) fn role_name(&self) -> &str {
        self.chosen_role().unwrap_or(Role::OWNER)
    }
}
