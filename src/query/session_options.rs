//! Session options: role, version, and DataFusion settings.

use chrono::{DateTime, SecondsFormat, Utc};
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;
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

impl AtVersion {
    /// Parses a date, which is its first moment in UTC, or a date with a time.
    pub(crate) fn at_time(text: &str) -> Option<Self> {
        string_to_datetime(&Utc, text)
            // A time without seconds.
            .or_else(|_| string_to_datetime(&Utc, &format!("{text}:00")))
            .ok()
            .map(Self::Time)
    }

    /// The name of a table at this version.
    pub(super) fn name_of(self, table: &str) -> String {
        match self {
            Self::Number(number) => format!("{table} at version {number}"),
            Self::Time(time) => {
                let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                format!("{table} at {time}")
            }
        }
    }

    /// The table and version of a name.
    pub(super) fn of_name(name: &str) -> Option<(&str, Self)> {
        let (table, at) = name.split_once(" at ")?;
        let at = match at.strip_prefix("version ") {
            Some(number) => Self::Number(number.parse().ok()?),
            None => Self::at_time(at)?,
        };
        Some((table, at))
    }
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
