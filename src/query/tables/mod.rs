//! The tables and views of the lake, as sessions see them.

pub(in crate::query) mod audit;
pub(in crate::query) mod identities;
pub(in crate::query) mod latest_responses;
pub(in crate::query) mod read_only;
pub(in crate::query) mod responses;
pub(in crate::query) mod valid_responses;
pub(in crate::query) mod version;
