//! Roles: access to a lake, as configured in `lake.toml`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Default of [`Role::min_group_size`].
const MIN_GROUP_SIZE: u32 = 10;

/// Access of a role: a section `[roles.NAME]` of `lake.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub(crate) name: String,
    pub(crate) rules: RoleRules,
}

/// The smallest and largest value of a column that a role adds up. Others count as the nearest of
/// them, so that one response changes a sum by no more than their difference.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct Bounds {
    low: f64,
    high: f64,
}

impl Bounds {
    /// Returns the smallest value.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Returns the largest value.
    pub fn high(&self) -> f64 {
        self.high
    }
}

impl TryFrom<[f64; 2]> for Bounds {
    type Error = &'static str;

    fn try_from([low, high]: [f64; 2]) -> Result<Self, Self::Error> {
        if low.is_finite() && high.is_finite() && low < high {
            Ok(Self { low, high })
        } else {
            Err("the bounds of a measure must be two numbers, the smaller first, such as [0, 1000]")
        }
    }
}

impl From<Bounds> for [f64; 2] {
    fn from(bounds: Bounds) -> Self {
        [bounds.low, bounds.high]
    }
}

// Bounds are finite.
impl Eq for Bounds {}

/// The number of people that responses without a respondent count as in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Anonymous {
    /// As one person for each source: whoever can add such responses cannot fill up a group.
    #[default]
    One,
    /// As one person each.
    Each,
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
                dimensions: Vec::new(),
                measures: BTreeMap::new(),
                anonymous: Anonymous::default(),
            },
        }
    }

    /// Returns the name in `lake.toml`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SHA-256 of the name, as the audit log has it: the name may be a person's.
    pub(crate) fn name_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.name).into()
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

    /// Returns the columns that it may use in conditions and groups, besides those with few values.
    pub fn dimensions(&self) -> &[String] {
        &self.rules.dimensions
    }

    /// Returns the columns that it may add up, with their bounds.
    pub fn measures(&self) -> &BTreeMap<String, Bounds> {
        &self.rules.measures
    }

    /// Returns how responses without a respondent count in the size of a group.
    pub fn anonymous(&self) -> Anonymous {
        self.rules.anonymous
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
    dimensions: Vec<String>,
    measures: BTreeMap<String, Bounds>,
    anonymous: Anonymous,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dimensions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous: Option<Anonymous>,
    // A table of TOML comes after the values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    measures: BTreeMap<String, Bounds>,
}

impl TryFrom<Section> for RoleRules {
    type Error = &'static str;

    /// Rejects settings without effect, because their author relies on them.
    fn try_from(section: Section) -> Result<Self, Self::Error> {
        let sets_groups = section.min_group_size.is_some()
            || section.anonymous.is_some()
            || !section.dimensions.is_empty()
            || !section.measures.is_empty();
        if section.policy != Policy::Aggregate && sets_groups {
            return Err(
                "min_group_size, dimensions, measures and anonymous apply only to roles with \
                 policy = \"aggregate\"",
            );
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
            dimensions: section.dimensions,
            measures: section.measures,
            anonymous: section.anonymous.unwrap_or_default(),
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
            dimensions: rules.dimensions,
            measures: rules.measures,
            anonymous: (rules.anonymous != Anonymous::default()).then_some(rules.anonymous),
        }
    }
}
