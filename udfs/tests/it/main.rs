//! The functions as DataFusion sees them: one binary for all integration tests.

mod comments;
mod comparisons;
mod histograms;
mod intervals;
mod labelled;
mod latest;
mod oracle;
mod properties;
mod pseudonyms;
mod ratings;
mod redaction;
mod reference;
mod sql;
mod weights;
