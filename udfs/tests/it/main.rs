//! Integration tests of the functions as used by DataFusion, in one binary.

mod accumulators;
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
