//! The audit log: a tamper-evident record of actions on the lake.
//!
//! It is a transparency log (RFC 6962) in the lake's folder `audit`:
//!
//! | object | content |
//! |---|---|
//! | `entry/000000000007` | an entry: one line of JSON, without personal data |
//! | `tile/0/000`, `tile/0/001.p/44` | hashes of 256 entries, or of fewer at the end (c2sp.org/tlog-tiles) |
//! | `checkpoint` | number of entries and root of the tree, signed (c2sp.org/tlog-checkpoint) |
//!
//! The entries are the log; everything else is computed from them. An entry is in the log once its
//! object is created, and only one writer can create the object of an index. Tiles and checkpoint
//! follow; if a writer is stopped in between, the next writer completes them.
//!
//! Anyone who can write to the storage can add entries, remove entries that no checkpoint signs yet,
//! and restore an old checkpoint together with the old end of the log. To detect the latter, keep
//! checkpoints elsewhere: [`AuditLog::verify`] proves that nothing before a kept one was changed.

mod entry;
mod findings;
mod keys;
mod log;
mod names;
mod objects;
mod tree;
mod verify;

#[cfg(test)]
mod tests;

pub(crate) use entry::{Action, Entry, Id, Record};
pub(crate) use keys::{AuditKeys, AuditSigner};
pub(crate) use log::AuditLog;
