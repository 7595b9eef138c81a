//! The outcomes of checks.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::file::Check;
use super::header::Severity;
use super::label::sanitize;

/// The status of a check, of one of its expectations or of a finding; of several, the last one in
/// this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All expectations hold.
    Passed,
    /// Everything required holds, but something is worth a warning.
    Warned,
    /// An expectation does not hold.
    Failed,
    /// Unknown, because of no rows, NULL, too few responses, no baseline or a query that failed.
    NotEvaluated,
    /// Skipped by `--fail-fast`.
    NotRun,
}

impl Status {
    pub(super) fn mark(self) -> char {
        match self {
            Self::Passed => '✓',
            Self::Warned => '!',
            Self::Failed => '✗',
            Self::NotEvaluated => '?',
            Self::NotRun => '-',
        }
    }

    /// True if it makes the run fail.
    pub(super) fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::NotEvaluated)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::NotEvaluated => "could not be evaluated",
            Self::NotRun => "not run",
        })
    }
}

/// The outcome of a check, without personal data; an entry of `checks` in `results.json`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) file: String,
    /// The line of `@check`, from 1.
    pub(super) line: u64,
    pub(super) severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_responses: Option<u64>,
    pub(super) status: Status,
    pub(super) expectations: Vec<ExpectationOutcome>,
    /// The worst first, then in the order of rows.
    pub(super) findings: Vec<Finding>,
    /// The number of further findings.
    pub(super) findings_left_out: u64,
    /// The number of rows, if the query ran to its end.
    pub(super) row_count: Option<u64>,
    /// The values for later runs to compare with; empty if there are too many rows, or if what
    /// identifies them is hidden or repeated.
    pub(super) rows: Vec<RowValues>,
    #[serde(skip)]
    pub(super) duration: Duration,
}

impl Outcome {
    /// An outcome with the same status for the check and all its expectations, without findings.
    pub(super) fn new(check: &Check<'_>, status: Status) -> Self {
        let expectations = check.expectations.iter();
        let expectations = expectations.map(|expectation| ExpectationOutcome {
            text: sanitize(&expectation.text),
            line: expectation.line,
            status,
        });
        Self {
            name: check.header.name.clone(),
            file: check.file.to_owned(),
            line: check.header.line,
            severity: check.header.severity,
            min_responses: check.header.min_responses,
            status,
            expectations: expectations.collect(),
            findings: Vec::new(),
            findings_left_out: 0,
            row_count: None,
            rows: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    /// The findings, each with the hint to print after it: of consecutive findings with the same
    /// hint, only the last one has it.
    pub(super) fn findings_with_hints(&self) -> impl Iterator<Item = (&Finding, Option<&str>)> {
        let next = self.findings.iter().skip(1).map(Some).chain([None]);
        self.findings.iter().zip(next).map(|(finding, next)| {
            let is_last = next.is_none_or(|next| next.hint != finding.hint);
            (finding, finding.hint.as_deref().filter(|_| is_last))
        })
    }

    /// The number of findings after the first `shown`.
    pub(super) fn findings_after(&self, shown: usize) -> u64 {
        self.findings.len().saturating_sub(shown) as u64 + self.findings_left_out
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct ExpectationOutcome {
    pub(super) text: String,
    pub(super) line: u64,
    pub(super) status: Status,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) status: Status,
    /// The line of the expectation, or of the check.
    pub(super) line: u64,
    /// The text of the expectation; `None` for a finding about the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expectation: Option<String>,
    /// The number of the row, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<u64>,
    /// Empty if there is only one row.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) row_name: String,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row_name.as_str() {
            "" => f.write_str(&self.message),
            row => write!(f, "{row}: {}", self.message),
        }
    }
}

/// A row's values for a later run to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RowValues {
    pub(super) key: Key,
    /// Numbers by column; `None` is NULL.
    pub(super) values: BTreeMap<String, Option<Number>>,
    /// The numbers of responses of the scores 0 to 10, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) histograms: BTreeMap<String, Vec<Number>>,
}

/// The columns that identify a row, with their values as text; `None` is NULL.
pub(super) type Key = BTreeMap<String, Option<String>>;

/// A finite number, serialized without a fraction if it has none.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Number(pub(super) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Doubles are exact up to this whole number.
        const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() <= WHOLE_MAX {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// The number of checks of each status.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<Status, usize>);

impl Counts {
    pub(super) fn new(outcomes: &[Outcome]) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            *counts.0.entry(outcome.status).or_default() += 1;
        }
        counts
    }

    /// The status of the run as a whole.
    pub(super) fn status(&self) -> Status {
        let has_run = |status: &Status| *status != Status::NotRun;
        let worst = self.0.keys().copied().filter(has_run).max();
        worst.unwrap_or(Status::Passed)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.0.values().sum();
        write!(f, "{total} check{}: ", if total == 1 { "" } else { "s" })?;
        let parts = self.0.iter();
        let parts = parts.map(|(status, count)| format!("{count} {status}"));
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}
