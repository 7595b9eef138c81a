//! Rules of the planner: how times are compared, answers from counts, the newest row of each group, no wrong
//! dependencies, and where `reveal` runs.

pub(in crate::query) mod compared_times;
pub(in crate::query) mod hoist_reveal;
pub(in crate::query) mod newest;
pub(in crate::query) mod no_dependencies;
pub(in crate::query) mod one_reveal;
pub(in crate::query) mod rollup;
pub(in crate::query) mod source;
pub(in crate::query) mod whole_days;
