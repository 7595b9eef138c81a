//! How checks ended.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::header::Severity;

/// How a check, or one of its expectations, ended; of several what is worse counts, which is what
/// stands further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// All that is expected holds.
    Passed,
    /// It holds, or need not, and is worth a warning.
    Warned,
    /// Something that is expected does not hold.
    Failed,
    /// Whether it holds cannot be told: no rows, NULL, too few responses, no baseline, a query
    /// that failed.
    NotEvaluated,
    /// `--fail-fast` stopped before it.
    NotRun,
}

impl Status {
    pub(super) const ALL: [Self; 5] = [
        Self::Passed,
        Self::Warned,
        Self::Failed,
        Self::NotEvaluated,
        Self::NotRun,
    ];

    /// The sign that it is seen by.
    pub(super) fn mark(self) -> char {
        match self {
            Self::Passed => '✓',
            Self::Warned => '!',
            Self::Failed => '✗',
            Self::NotEvaluated => '?',
            Self::NotRun => '-',
        }
    }

    /// Whether it is for the exit code to tell.
    pub(super) fn is_bad(self) -> bool {
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

/// How a check ended, with nothing personal in it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) file: String,
    /// The line of `@check`, from 1.
    pub(super) line: u64,
    pub(super) severity: Severity,
    pub(super) min_responses: Option<u64>,
    pub(super) status: Status,
    pub(super) expectations: Vec<Expected>,
    /// What is worse first, then in the order of rows.
    pub(super) findings: Vec<Finding>,
    /// How many more findings there are.
    pub(super) findings_left_out: u64,
    /// The number of rows, where the query ran to its end.
    pub(super) row_count: Option<u64>,
    /// What later runs compare with; empty where there are too many rows, or what tells them apart
    /// must not be shown.
    pub(super) rows: Vec<RowValues>,
    pub(super) duration: Duration,
}

impl Outcome {
    /// What is to be told, each with the hint that is to follow it: of findings of one hint the
    /// last has it.
    pub(super) fn told(&self) -> impl Iterator<Item = (&Finding, Option<&str>)> {
        let next = self.findings.iter().skip(1).map(Some).chain([None]);
        self.findings.iter().zip(next).map(|(finding, next)| {
            let hint = finding.hint.as_deref();
            let is_last = next.is_none_or(|next| next.hint.as_deref() != hint);
            (finding, hint.filter(|_| is_last))
        })
    }

    /// How many findings there are besides the first `told`.
    pub(super) fn left_out(&self, told: usize) -> u64 {
        self.findings.len().saturating_sub(told) as u64 + self.findings_left_out
    }
}

/// How an expectation ended.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) text: String,
    pub(super) line: u64,
    pub(super) status: Status,
}

/// Something to tell of a check.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) status: Status,
    /// The index of the expectation; the check as a whole where it is none.
    pub(super) expectation: Option<usize>,
    /// The line of the expectation, or of the check.
    pub(super) line: u64,
    /// The number of the row, from 1.
    pub(super) row: Option<u64>,
    /// How the row is named; empty where there is only one.
    pub(super) row_name: String,
    pub(super) message: String,
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

/// What a later run compares a row with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RowValues {
    pub(super) key: Key,
    /// Numbers by column; `None` is NULL.
    pub(super) values: BTreeMap<String, Option<Number>>,
    /// Counts of the scores 0 to 10 by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) histograms: BTreeMap<String, Vec<Number>>,
}

/// The columns that tell rows apart, and their values as text; `None` is NULL.
pub(super) type Key = BTreeMap<String, Option<String>>;

/// A finite number, which is written without a fraction where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Number(pub(super) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Up to here every whole number is one of the doubles.
        const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
        match self.0.fract() == 0.0 && self.0.abs() <= WHOLE_MAX {
            true => serializer.serialize_i64(self.0 as i64),
            false => serializer.serialize_f64(self.0),
        }
    }
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts([usize; Status::ALL.len()]);

impl Counts {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.0[outcome.status as usize] += 1;
        }
        counts
    }

    pub(super) fn get(&self, status: Status) -> usize {
        self.0[status as usize]
    }

    /// How the run as a whole ended: what could not be evaluated outranks what failed.
    pub(super) fn status(&self) -> Status {
        let ended = [Status::NotEvaluated, Status::Failed, Status::Warned];
        let worst = ended.into_iter().find(|status| self.get(*status) > 0);
        worst.unwrap_or(Status::Passed)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.0.iter().sum();
        write!(f, "{total} check{}: ", if total == 1 { "" } else { "s" })?;
        let parts: Vec<String> = Status::ALL
            .into_iter()
            .filter(|status| self.get(*status) > 0)
            .map(|status| format!("{} {status}", self.get(status)))
            .collect();
        f.write_str(&parts.join(", "))
    }
}
