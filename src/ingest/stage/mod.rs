//! Responses of the whole file, kept in bounded memory, each with its keys.

mod clean_chunk;
pub(in crate::ingest) mod identity;
pub(in crate::ingest) mod keys;
pub(in crate::ingest) mod reading;
pub(in crate::ingest) mod rejects;
pub(in crate::ingest) mod seen;
pub(in crate::ingest) mod staged;
