//! Refused clauses.

use std::ops::ControlFlow;

/// A clause that is read and has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsupported {
    /// The clause as it is written; its first word marks the place.
    pub(crate) clause: String,
    pub(crate) hint: &'static str,
}

pub(super) type Checked = ControlFlow<Unsupported>;

pub(super) const REMOVE: &str = "remove it";
pub(super) const LIMIT: &str = "use LIMIT";
pub(super) const SUBQUERY: &str = "use a subquery";

pub(super) fn unsupported(clause: impl Into<String>, hint: &'static str) -> Checked {
    ControlFlow::Break(Unsupported {
        clause: clause.into(),
        hint,
    })
}

/// Refuses a clause if it is there.
pub(super) fn refuse_if(is_there: bool, clause: &str, hint: &'static str) -> Checked {
    if is_there {
        unsupported(clause, hint)
    } else {
        ControlFlow::Continue(())
    }
}
