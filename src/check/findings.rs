//! The findings of a check, collected while its rows are read.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::file::Check;
use super::header::Severity;
use super::judge::Verdict;
use super::label::sanitize;
use super::outcome::{Finding, Outcome, Status};

/// The findings of one status that are kept for an expectation, or for the check as a whole.
const KEPT_MAX: usize = 50;

#[derive(Debug)]
pub(super) struct Findings {
    outcome: Outcome,
    /// The status of an expectation that does not hold, by the check's severity.
    on_failure: Status,
    on_warning: Status,
    kept_counts: HashMap<(Option<usize>, Status), usize>,
}

impl Findings {
    pub(super) fn new(check: &Check<'_>, warnings_as_errors: bool) -> Self {
        let on_warning = if warnings_as_errors {
            Status::Failed
        } else {
            Status::Warned
        };
        Self {
            outcome: Outcome::new(check, Status::Passed),
            on_failure: match check.header.severity {
                Severity::Error => Status::Failed,
                Severity::Warning => on_warning,
            },
            on_warning,
            kept_counts: HashMap::new(),
        }
    }

    /// Adds the verdict of an expectation, or of the check as a whole, on a row or the whole result.
    pub(super) fn add(&mut self, expectation: Option<usize>, row: Option<u64>, verdict: Verdict) {
        let (status, message, hint) = match verdict {
            Verdict::Holds => return,
            Verdict::Warns(message) => (self.on_warning, message, None),
            Verdict::Fails(message) => (self.on_failure, message, None),
            Verdict::Unknown { message, hint } => (Status::NotEvaluated, message, hint),
        };
        self.mark(expectation, status);
        let kept = self.kept_counts.entry((expectation, status)).or_default();
        if *kept == KEPT_MAX {
            self.outcome.findings_left_out += 1;
            return;
        }
        *kept += 1;
        let expectation = expectation.map(|index| &self.outcome.expectations[index]);
        self.outcome.findings.push(Finding {
            status,
            line: expectation.map_or(self.outcome.line, |expectation| expectation.line),
            expectation: expectation.map(|expectation| expectation.text.clone()),
            row,
            row_name: String::new(),
            message: sanitize(&message),
            hint: hint.as_deref().map(sanitize),
        });
    }

    /// Adds one unknown verdict of the check, which leaves these expectations not evaluated.
    pub(super) fn add_unknown(
        &mut self,
        expectations: &[usize],
        row: Option<u64>,
        verdict: Verdict,
    ) {
        for index in expectations {
            self.mark(Some(*index), Status::NotEvaluated);
        }
        self.add(None, row, verdict);
    }

    fn mark(&mut self, expectation: Option<usize>, status: Status) {
        let outcome = &mut self.outcome;
        outcome.status = outcome.status.max(status);
        if let Some(index) = expectation {
            let expectation = &mut outcome.expectations[index];
            expectation.status = expectation.status.max(status);
        }
    }

    /// The outcome so far, without the rows and their names.
    pub(super) fn into_outcome(self) -> Outcome {
        let mut outcome = self.outcome;
        // Findings without a row or an expectation are about all of them, and come first.
        outcome.findings.sort_by_key(|finding| {
            let is_of_expectation = finding.expectation.is_some();
            let place = (finding.row, is_of_expectation, finding.line);
            (Reverse(finding.status), place)
        });
        outcome
    }
}
