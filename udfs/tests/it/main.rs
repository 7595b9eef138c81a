//! The functions as DataFusion sees them: one binary for all integration tests.

mod comments;
mod latest;
mod properties;
mod pseudonyms;
mod sql;
mod weights;
