//! Integration tests, one binary: each one links all of DataFusion.

mod architecture;
mod cells;
mod check;
mod cli;
mod common;
mod crash;
mod docs;
mod embedding;
mod imports;
mod ingest;
mod interop;
mod lock_file;
mod newest;
mod optimize;
mod privacy;
mod profiles;
mod readers;
mod report;
mod roles;
mod rollup;
mod roundtrip;
mod s3;
mod shell;
mod sql;
mod versions;
mod watch;
