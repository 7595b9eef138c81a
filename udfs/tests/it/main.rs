//! The functions as DataFusion sees them: one binary for all integration tests.

mod comparisons;
mod histograms;
mod intervals;
mod properties;
mod pseudonyms;
mod ratings;
mod sql;
mod weights;
