//! The one error type of the public API.
//!
//! [`Error`] is opaque: it prints as one line that says what is wrong and where, carries a
//! [`hint`](Error::hint) whenever a person can do something about it, and has `is_*` predicates for
//! programs.

mod convert;
mod kinds;
mod plain;
mod storage;
mod type_wording;
pub(crate) mod wording;

pub use kinds::{Error, Result};
pub(crate) use storage::BucketAddress;
