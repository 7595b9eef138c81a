//! What is found out about a check while its rows go by.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use super::file::Check;
use super::header::Severity;
use super::judge::Verdict;
use super::label::harmless;
use super::outcome::{Expected, Finding, Outcome, Status};

/// So many findings of an expectation, and of the check as a whole, are told one by one of each kind.
const TOLD_MAX: usize = 50;

/// The findings of a check, and how it and its expectations stand.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    check: &'a Check<'a>,
    /// What a broken expectation comes to, by the check's severity.
    on_failure: Status,
    on_warning: Status,
    status: Status,
    expectations: Vec<Status>,
    told: Vec<Finding>,
    told_counts: HashMap<(Option<usize>, Status), usize>,
    count: u64,
}

impl<'a> Findings<'a> {
    pub(super) fn new(check: &'a Check<'a>, warnings_as_errors: bool) -> Self {
        let on_warning = match warnings_as_errors {
            true => Status::Failed,
            false => Status::Warned,
        };
        Self {
            check,
            on_failure: match check.header.severity {
                Severity::Error => Status::Failed,
                Severity::Warning => on_warning,
            },
            on_warning,
            status: Status::Passed,
            expectations: vec![Status::Passed; check.expectations.len()],
            told: Vec::new(),
            told_counts: HashMap::new(),
            count: 0,
        }
    }

    /// Notes what an expectation, or the check as a whole, says of a row or of the result.
    pub(super) fn add(&mut self, expectation: Option<usize>, row: Option<u64>, verdict: Verdict) {
        let (status, message, hint) = match verdict {
            Verdict::Holds => return,
            Verdict::Warn(message) => (self.on_warning, message, None),
            Verdict::Fails(message) => (self.on_failure, message, None),
            Verdict::Unknown { message, hint } => (Status::NotEvaluated, message, Some(hint)),
        };
        if let Some(index) = expectation {
            self.mark(index, status);
        }
        self.tell(expectation, row, status, message, hint);
    }

    /// Notes why nothing of the check can be told.
    pub(super) fn add_to_all(&mut self, message: String, hint: Option<String>) {
        for index in 0..self.expectations.len() {
            self.mark(index, Status::NotEvaluated);
        }
        self.tell(None, None, Status::NotEvaluated, message, hint);
    }

    /// Notes how an expectation stands, which has been told of otherwise.
    pub(super) fn mark(&mut self, expectation: usize, status: Status) {
        let stands = &mut self.expectations[expectation];
        *stands = status.max(*stands);
        self.status = self.status.max(status);
    }

    fn tell(
        &mut self,
        expectation: Option<usize>,
        row: Option<u64>,
        status: Status,
        message: String,
        hint: Option<String>,
    ) {
        self.status = self.status.max(status);
        self.count += 1;
        let told = self.told_counts.entry((expectation, status)).or_default();
        if *told == TOLD_MAX {
            return;
        }
        *told += 1;
        let line = match expectation {
            Some(index) => self.check.expectations[index].line,
            None => self.check.header.line,
        };
        self.told.push(Finding {
            status,
            expectation,
            line,
            row,
            row_name: String::new(),
            message: harmless(&message),
            hint: hint.as_deref().map(harmless),
        });
    }

    /// The rows that are told of, in the order in which [`into_outcome`](Self::into_outcome) wants
    /// their names.
    pub(super) fn rows(&self) -> impl Iterator<Item = Option<u64>> {
        self.told.iter().map(|finding| finding.row)
    }

    /// Puts together how the check ended; of its rows it says nothing yet.
    pub(super) fn into_outcome(self, row_names: Vec<String>) -> Outcome {
        let left_out = self.count - self.told.len() as u64;
        let named = self.told.into_iter().zip(row_names);
        let mut findings: Vec<Finding> = named
            .map(|(finding, row_name)| Finding {
                row_name,
                ..finding
            })
            .collect();
        // What is of no row is of all, and comes first.
        findings.sort_by_key(|finding| (Reverse(finding.status), finding.row, finding.expectation));
        let expectations = self.check.expectations.iter().zip(self.expectations);
        Outcome {
            status: self.status,
            expectations: expectations
                .map(|(expectation, status)| Expected {
                    text: harmless(&expectation.text),
                    line: expectation.line,
                    status,
                })
                .collect(),
            findings,
            findings_left_out: left_out,
            ..not_run(self.check)
        }
    }
}

/// How a check stands that is not run.
pub(super) fn not_run(check: &Check<'_>) -> Outcome {
    let expectations = check.expectations.iter().map(|expectation| Expected {
        text: harmless(&expectation.text),
        line: expectation.line,
        status: Status::NotRun,
    });
    Outcome {
        name: check.header.name.clone(),
        file: check.file.to_owned(),
        line: check.header.line,
        severity: check.header.severity,
        min_responses: check.header.min_responses,
        status: Status::NotRun,
        expectations: expectations.collect(),
        findings: Vec::new(),
        findings_left_out: 0,
        row_count: None,
        rows: Vec::new(),
        duration: Duration::ZERO,
    }
}
