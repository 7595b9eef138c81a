//! Roles: access to a lake, as configured in `lake.toml`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Default of [`Role::min_group_size`].
const MIN_GROUP_SIZE: u32 = 10;

/// Access of a role: a section `[roles.NAME]` of `lake.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub(crate) name: String,
    pub(crate) rules: RoleRules,
}

/// Kind of access of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Policy {
    /// Everything, including `reveal`.
    Owner,
    /// Rows, with pseudonyms.
    Steward,
    /// Groups of at least [`Role::min_group_size`] respondents.
    Aggregate,
}

impl Role {
    /// Name of the role with full access, which every lake has.
    pub const OWNER: &str = "owner";

    /// Returns the role with full access.
    pub(crate) fn owner() -> Self {
        Self {
            name: Self::OWNER.to_owned(),
            rules: RoleRules {
                policy: Policy::Owner,
                min_group_size: MIN_GROUP_SIZE,
                rows: None,
                hidden_columns: Vec::new(),
            },
        }
    }

    /// Returns the name in `lake.toml`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of access.
    pub fn policy(&self) -> Policy {
        self.rules.policy
    }

    /// Returns the minimum number of respondents in a group, `None` for roles that see rows.
    pub fn min_group_size(&self) -> Option<u32> {
        (self.policy() == Policy::Aggregate).then_some(self.rules.min_group_size)
    }

    /// Returns the SQL condition on the responses it sees, `None` for all.
    pub fn rows(&self) -> Option<&str> {
        self.rules.rows.as_deref()
    }

    /// True if it sees all rows and columns of responses. Otherwise it sees no tables except those of
    /// responses.
    pub fn sees_all_responses(&self) -> bool {
        let is_limited = self.rows().is_some() || !self.hidden_columns().is_empty();
        self.policy() != Policy::Aggregate && !is_limited
    }

    /// Returns the columns of responses it does not see.
    pub fn hidden_columns(&self) -> &[String] {
        &self.rules.hidden_columns
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Policy {
    /// Returns the value in `lake.toml`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Steward => "steward",
            Self::Aggregate => "aggregate",
        }
    }
}

/// A section `[roles.NAME]`, validated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Section", into = "Section")]
pub(crate) struct RoleRules {
    policy: Policy,
    min_group_size: u32,
    rows: Option<String>,
    hidden_columns: Vec<String>,
}

/// A section as written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Section {
    policy: Policy,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_group_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden_columns: Vec<String>,
}

impl TryFrom<Section> for RoleRules {
    type Error = &'static str;

    /// Rejects settings without effect, because their author relies on them.
    fn try_from(section: Section) -> Result<Self, Self::Error> {
        if section.policy != Policy::Aggregate && section.min_group_size.is_some() {
            return Err("min_group_size applies only to roles with policy = \"aggregate\"");
        }
        let is_limited = section.rows.is_some() || !section.hidden_columns.is_empty();
        if section.policy == Policy::Owner && is_limited {
            return Err("an owner sees all; rows and hidden_columns apply only to other policies");
        }
        let min_group_size = section.min_group_size.unwrap_or(MIN_GROUP_SIZE);
        if min_group_size < 2 {
            return Err("min_group_size must be at least 2: a group of one is a person");
        }
        Ok(Self {
            policy: section.policy,
            min_group_size,
            rows: section.rows,
            hidden_columns: section.hidden_columns,
        })
    }
}

impl From<RoleRules> for Section {
    fn from(rules: RoleRules) -> Self {
        Self {
            policy: rules.policy,
            min_group_size: (rules.policy == Policy::Aggregate).then_some(rules.min_group_size),
            rows: rules.rows,
            hidden_columns: rules.hidden_columns,
        }
    }
}
