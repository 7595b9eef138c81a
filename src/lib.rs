//! The embedded SQL engine for Net Promoter Score feedback.
//!
//! A [`Lake`] is a folder or an object-store prefix that holds survey responses as Delta tables
//! of Parquet files. Exports are [ingested](Lake::ingest) into it, and a
//! [session](Lake::session) answers SQL over it, with the field's functions (`nps()`,
//! `nps_stats()`, …) built in.

mod check;
mod cli;
mod error;
mod failure;
mod ingest;
mod lake;
mod output;
mod privacy;
mod query;
mod repl;
mod report;
mod statement;

#[doc(hidden)]
pub use cli::main;

pub use check::{CheckOptions, CheckOutcome, CheckResults, CheckStatus};
pub use error::{Error, Result};
pub use exports::columns::field::Field;
pub use exports::mapping::scale::Scale;
pub use exports::{ImportOption, Message};
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub use ingest::fuzzing;
pub use ingest::{
    DateFormat, ImportSummary, IngestOptions, IngestProgress, IngestStep, Input, InputStamp,
    KeepColumn, KeptField, MappedField, NpsFigure, ProfileInfo, UnknownRespondents, profiles,
};
pub use lake::{
    AuditSummary, ForgetOptions, ForgetSummary, KeyFingerprints, Lake, LakeBuilder,
    OptimizeSummary, RetainSummary, RotateSummary,
};
pub use privacy::roles::{Policy, Role};
pub use query::{AtVersion, SessionOptions};
pub use report::{ReportFormat, ReportOptions};

/// The DataFusion that a session is of, so that programs use the same version.
pub use datafusion;
/// The object-store crate whose stores a lake can be opened with.
pub use object_store;

// The examples of the guide compile and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
struct EmbeddingGuide;
