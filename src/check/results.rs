//! `results.json`: what was found, for programs, and for later runs as their baseline.
//!
//! The file has a version. A field may be added within it; a reader of ours passes over what it
//! does not know.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::header::Severity;
use super::outcome::{Counts, Outcome, RowValues, Status};
use crate::failure::Failure;

/// The layout that this program writes, and the newest it reads.
const VERSION: u64 = 1;

#[derive(Debug, Serialize)]
struct Results<'a> {
    version: u64,
    voxql: &'a str,
    checked_at: String,
    status: Status,
    checks: Vec<CheckResult<'a>>,
}

#[derive(Debug, Serialize)]
struct CheckResult<'a> {
    name: &'a str,
    file: &'a str,
    line: u64,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_responses: Option<u64>,
    status: Status,
    expectations: Vec<Expected<'a>>,
    findings: Vec<Found<'a>>,
    findings_left_out: u64,
    row_count: Option<u64>,
    rows: &'a [RowValues],
}

#[derive(Debug, Serialize)]
struct Expected<'a> {
    text: &'a str,
    line: u64,
    status: Status,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    status: Status,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expectation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    row_name: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// Writes the results of a run.
pub(super) fn write(outcomes: &[Outcome], mut sink: impl Write) -> io::Result<()> {
    let results = Results {
        version: VERSION,
        voxql: env!("CARGO_PKG_VERSION"),
        checked_at: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        status: Counts::of(outcomes).status(),
        checks: outcomes.iter().map(result).collect(),
    };
    serde_json::to_writer_pretty(&mut sink, &results)?;
    sink.write_all(b"\n")
}

fn result(outcome: &Outcome) -> CheckResult<'_> {
    let expectations = outcome.expectations.iter().map(|expected| Expected {
        text: &expected.text,
        line: expected.line,
        status: expected.status,
    });
    let findings = outcome.findings.iter().map(|finding| Found {
        status: finding.status,
        line: finding.line,
        expectation: finding
            .expectation
            .and_then(|index| outcome.expectations.get(index))
            .map(|expected| expected.text.as_str()),
        row: finding.row,
        row_name: &finding.row_name,
        message: &finding.message,
        hint: finding.hint.as_deref(),
    });
    CheckResult {
        name: &outcome.name,
        file: &outcome.file,
        line: outcome.line,
        severity: outcome.severity,
        min_responses: outcome.min_responses,
        status: outcome.status,
        expectations: expectations.collect(),
        findings: findings.collect(),
        findings_left_out: outcome.findings_left_out,
        row_count: outcome.row_count,
        rows: &outcome.rows,
    }
}

/// The results of an earlier run.
#[derive(Debug)]
pub(super) struct Baseline {
    checks: HashMap<String, BaselineCheck>,
}

/// What an earlier run found by a check.
#[derive(Debug, Deserialize)]
pub(super) struct BaselineCheck {
    name: String,
    /// `None` where the query failed, or was not run.
    pub(super) row_count: Option<u64>,
    pub(super) rows: Vec<RowValues>,
}

#[derive(Debug, Deserialize)]
struct BaselineFile {
    checks: Vec<BaselineCheck>,
}

#[derive(Debug, Deserialize)]
struct Versioned {
    version: u64,
}

impl Baseline {
    /// Reads a file that `--json` wrote.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let place = path.display();
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::usage(
                    format!("{place}: there is no such baseline"),
                    format!(
                        "leave --baseline away for the first run, and write one with --json {place}"
                    ),
                ));
            }
            Err(error) => return Err(Failure::write(place, error)),
        };
        let none = |error: serde_json::Error| {
            Failure::usage(
                format!("{place} is no results file of voxql check ({error})"),
                "give a file that voxql check --json wrote",
            )
        };
        let Versioned { version } = serde_json::from_slice(&text).map_err(none)?;
        if version != VERSION {
            return Err(Failure::usage(
                format!("{place} is of version {version}, and this voxql reads {VERSION}"),
                "write it anew with --json, or check with the voxql that wrote it",
            ));
        }
        let file: BaselineFile = serde_json::from_slice(&text).map_err(none)?;
        let by_name = |check: BaselineCheck| (check.name.clone(), check);
        Ok(Self {
            checks: file.checks.into_iter().map(by_name).collect(),
        })
    }

    pub(super) fn check(&self, name: &str) -> Option<&BaselineCheck> {
        self.checks.get(name)
    }
}
