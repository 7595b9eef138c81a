//! Turns rows of cells into responses.

pub(in crate::ingest) mod chunk;
pub(in crate::ingest) mod cleaner;
pub(in crate::ingest) mod digest;
pub(in crate::ingest) mod known;
pub(in crate::ingest) mod rejection;
pub(in crate::ingest) mod suppressed;
