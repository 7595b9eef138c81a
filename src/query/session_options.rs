//! Options of a session: role, version, and settings of DataFusion.

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionConfig;

use crate::privacy::roles::Role;

/// Role, version and settings of a session, for [`Lake::session_with`](crate::Lake::session_with).
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
    /// The version with this number. Each import that changes anything makes one, from 1.
    Number(u64),
    /// The newest version at this time.
    Time(DateTime<Utc>),
}

impl SessionOptions {
    /// Queries with the role `role` of lake.toml, or as `owner`.
    ///
    /// A session with any role but an owner's reads the tables of the lake and nothing else, writes
    /// nothing, and each of its queries is an entry of the audit log. This restricts what is asked
    /// through the session: whoever can read the files of the lake can read what is in them.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Shows `responses` at an earlier version; other tables stay at their newest.
    ///
    /// Replaced and removed rows can be seen for seven days. A version that does not exist is an
    /// error of the first statement that reads it.
    pub fn at(mut self, at: AtVersion) -> Self {
        self.at = Some(at);
        self
    }

    /// Starts from these settings of DataFusion, such as the batch size or the number of
    /// partitions. Settings that correct answers depend on are set on top of them.
    pub fn config(mut self, config: SessionConfig) -> Self {
        self.config = config;
        self
    }

    /// The role that was chosen; `None` for the owner by default.
    pub(crate) fn chosen_role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    pub(crate) fn role_name(&self) -> &str {
        self.chosen_role().unwrap_or(Role::OWNER)
    }
}
