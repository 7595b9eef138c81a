//! The embedded SQL engine for Net Promoter Score feedback.
//!
//! A [`Lake`] is a folder or an object-store prefix with survey responses as Delta tables of
//! Parquet files. [`Lake::ingest`] imports the exports of any survey tool, and a [session] answers
//! SQL over them, with `nps()`, its margin of error, and the other functions of the field.
//!
//! [session]: Lake::session
//!
//! ```
//! use voxql::{IngestOptions, Input, Lake};
//!
//! # #[tokio::main]
//! # async fn main() -> voxql::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let uri = folder.path().join("lake").to_str().unwrap().to_owned();
//! let lake = Lake::builder(&uri)
//!     .key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?
//!     .open()?;
//! let export = "id,date,score,plan\na,2026-03-01,10,pro\nb,2026-03-02,3,free\nc,2026-03-02,9,pro\n";
//! let options = IngestOptions::default().keep("plan");
//! let summary = lake.ingest(Input::from_bytes("export.csv", export), &options).await?;
//! assert_eq!(summary.new, 3);
//!
//! let sql = "SELECT plan, nps(score) FROM responses GROUP BY plan ORDER BY plan";
//! let table = lake.session().sql(sql).await?.to_string().await?;
//! assert!(table.contains("| pro  | 100.0"), "{table}");
//! # Ok(())
//! # }
//! ```
//!
//! # Open
//!
//! [`Lake::open`] takes the key of pseudonyms and the object stores from the environment;
//! [`Lake::builder`] sets them. Opening reads and writes nothing, there is no global state, and a
//! `Lake` is a cheap handle to clone and share.
//!
//! # Import
//!
//! [`Lake::ingest`] takes a path, a URL or [bytes](Input::from_bytes), and
//! [`Lake::ingest_batches`] a stream of record batches. [`Lake::inputs`] finds the files of folders,
//! patterns and archives. What the import cannot find out from headers and content is a field of
//! [`IngestOptions`]. A file is imported as a whole or not at all, and only once.
//!
//! # Ask
//!
//! [`Lake::session`] is a DataFusion `SessionContext` with the tables of the lake.
//! [`Lake::session_with`] restricts it to a [role](SessionOptions::role), goes back to an earlier
//! [version](SessionOptions::at), or takes settings of DataFusion. [`Lake::register`] puts the lake
//! into a session of the program's own, and [`Lake::table`] returns one of its tables.
//! [`Lake::check`] and [`Lake::report`] are the checks and the report of the program.
//!
//! # Personal data
//!
//! Respondents are pseudonyms; their names and addresses are sealed with the lake's key.
//! [`Lake::forget`] erases people, [`Lake::subject`] returns everything held about one,
//! [`Lake::retain`] removes what is too old, and [`Lake::verify_audit`] verifies the log of these.
//!
//! # Errors
//!
//! Every fallible function returns [`Error`]: one line that says what is wrong and where, with a
//! [`hint`](Error::hint) if a person can fix it, and predicates such as
//! [`is_question`](Error::is_question) for programs.

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
mod sql_type;
mod statement;

#[doc(hidden)]
pub use cli::main;

pub use check::{CheckOptions, CheckOutcome, CheckResults, CheckStatus};
pub use error::{Error, Result};
pub use exports::columns::consent::Consent;
pub use exports::columns::field::Field;
pub use exports::mapping::scale::Scale;
pub use exports::options::SwappedDates;
pub use exports::{ImportOption, Message, Question, Sample};
#[cfg(any(fuzzing, all(test, debug_assertions)))]
#[doc(hidden)]
pub use ingest::fuzzing;
pub use ingest::{
    ColumnEvidence, DateFormat, Explanation, FieldEvidence, ImportSummary, IngestOptions,
    IngestProgress, IngestStep, Input, InputStamp, KeepColumn, KeptField, MappedField, NpsFigure,
    ProfileInfo, UnknownRespondents, profiles,
};
pub use lake::{
    AuditSummary, Diagnosis, DoctorOptions, Finding, ForgetOptions, ForgetSummary, InitSummary,
    KeyFingerprints, Lake, LakeBuilder, OptimizeOptions, OptimizeSummary, Place, RetainSummary,
    RotateSummary, Severity,
};
pub use privacy::roles::{Anonymous, Bounds, Policy, Role};
pub use query::{AtVersion, SessionOptions};
pub use report::{ReportFormat, ReportOptions};

/// The version of DataFusion that sessions are of.
pub use datafusion;
/// The version of `object_store` whose stores a lake can be opened with.
pub use object_store;

// The examples of the guide compile and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
struct EmbeddingGuide;
