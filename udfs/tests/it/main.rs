//! The functions as DataFusion sees them: one binary for all integration tests.

mod comparisons;
mod histograms;
mod intervals;
mod oracle;
mod properties;
mod pseudonyms;
mod ratings;
mod reference;
mod sql;
mod weights;
