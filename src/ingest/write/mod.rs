//! Writes and commits the new responses.

pub(in crate::ingest) mod attempt;
mod batch;
mod replace;
mod selected;
