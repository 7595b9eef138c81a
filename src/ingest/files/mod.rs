//! What a person names as an input, and its bytes.

pub(in crate::ingest) mod archive;
pub(in crate::ingest) mod expand;
pub(in crate::ingest) mod input;
pub(in crate::ingest) mod positioned;
pub(in crate::ingest) mod source;
pub(in crate::ingest) mod spool;
