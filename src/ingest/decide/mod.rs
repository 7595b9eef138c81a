//! New responses are told from those that the lake holds.

pub(in crate::ingest) mod tally;
pub(in crate::ingest) mod verdicts;
