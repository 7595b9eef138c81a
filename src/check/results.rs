//! `results.json`: the outcomes of a run, for programs, and for later runs as their baseline.
//!
//! The file has a version. Fields may be added within a version; Voxql ignores unknown ones.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::outcome::{Counts, Outcome, RowValues, Status};
use crate::failure::Failure;

/// The version that is written and read.
const VERSION: u64 = 1;

#[derive(Debug, Serialize)]
struct Results<'a> {
    version: u64,
    voxql: &'a str,
    checked_at: String,
    status: Status,
    checks: &'a [Outcome],
}

/// Writes the results of a run.
pub(super) fn write(outcomes: &[Outcome], sink: &mut dyn Write) -> io::Result<()> {
    let results = Results {
        version: VERSION,
        voxql: env!("CARGO_PKG_VERSION"),
        checked_at: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        status: Counts::new(outcomes).status(),
        checks: outcomes,
    };
    serde_json::to_writer_pretty(&mut *sink, &results)?;
    sink.write_all(b"\n")
}

/// The results of an earlier run.
#[derive(Debug, Deserialize)]
pub(super) struct Baseline {
    checks: Vec<BaselineCheck>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BaselineCheck {
    name: String,
    /// `None` if the query failed or was not run.
    pub(super) row_count: Option<u64>,
    pub(super) rows: Vec<RowValues>,
}

#[derive(Debug, Deserialize)]
struct Versioned {
    version: u64,
}

impl Baseline {
    /// Reads a file written by `--json`.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let place = path.display();
        let text = fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::usage(
                format!("{place}: no such baseline"),
                format!("omit --baseline on the first run, and write one with --json {place}"),
            ),
            _ => Failure::write(&place, error),
        })?;
        // The error itself would show what is in another file.
        let invalid = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            Failure::usage(
                format!(
                    "{place} is not a results file of voxql check: line {line}, column {column}"
                ),
                "pass a file that voxql check --json wrote",
            )
        };
        let Versioned { version } = serde_json::from_slice(&text).map_err(invalid)?;
        if version != VERSION {
            return Err(Failure::usage(
                format!("{place} has version {version}, and this voxql reads version {VERSION}"),
                "write a new one with --json, or check with the voxql that wrote it",
            ));
        }
        serde_json::from_slice(&text).map_err(invalid)
    }

    pub(super) fn check(&self, name: &str) -> Option<&BaselineCheck> {
        self.checks.iter().find(|check| check.name == name)
    }
}
