//! Writes and commits the new responses.

pub(in crate::ingest) mod attempt;
mod batch;
pub(in crate::ingest) mod kept_types;
mod origin;
mod replace;
mod selected;
