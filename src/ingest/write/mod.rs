//! New responses are written until they are committed.

pub(in crate::ingest) mod attempt;
mod batch;
mod replace;
mod selected;
