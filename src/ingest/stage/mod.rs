//! Collects the responses of the whole file and their keys in bounded memory.

pub(in crate::ingest) mod answer;
mod clean_chunk;
pub(in crate::ingest) mod file_ids;
pub(in crate::ingest) mod identity;
pub(in crate::ingest) mod keys;
pub(in crate::ingest) mod lake_keys;
pub(in crate::ingest) mod reading;
pub(in crate::ingest) mod rejects;
pub(in crate::ingest) mod row_counts;
pub(in crate::ingest) mod staged;
