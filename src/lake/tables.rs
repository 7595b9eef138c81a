//! The Delta tables of a lake.

use super::schema::{IDENTITIES, IMPORTS, RESPONSES, ROLLUP, SUPPRESSIONS};

/// A table of a lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Responses,
    Imports,
    Identities,
    Rollup,
    Suppressions,
}

impl Table {
    pub(super) const ALL: [Self; 5] = [
        Self::Responses,
        Self::Imports,
        Self::Identities,
        Self::Rollup,
        Self::Suppressions,
    ];

    /// The name, which is that of its folder.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Responses => RESPONSES,
            Self::Imports => IMPORTS,
            Self::Identities => IDENTITIES,
            Self::Rollup => ROLLUP,
            Self::Suppressions => SUPPRESSIONS,
        }
    }
}
