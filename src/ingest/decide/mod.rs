//! Separates new responses from those already in the lake.

pub(in crate::ingest) mod reject_limit;
pub(in crate::ingest) mod tally;
pub(in crate::ingest) mod verdicts;
