//! Integration tests, one binary: each one links all of DataFusion.

mod cli;
mod common;
mod crash;
mod embedding;
mod ingest;
mod interop;
mod s3;
mod shell;
mod sql;
