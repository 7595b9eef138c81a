//! JUnit XML, which CI services show as test results: a file is a suite, a check a test.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::outcome::{Outcome, Status};

/// Writes the report of a run.
///
/// It is valid by the schema of Jenkins' xUnit plugin (JUnit 10).
pub(super) fn write(outcomes: &[Outcome], mut sink: impl Write) -> io::Result<()> {
    let mut report = Report::new("voxql check");
    let mut rest = outcomes;
    while let Some(first) = rest.first() {
        // The checks of a file follow one another.
        let end = rest.iter().position(|outcome| outcome.file != first.file);
        let (of_file, others) = rest.split_at(end.unwrap_or(rest.len()));
        rest = others;
        let mut suite = TestSuite::new(first.file.as_str());
        suite.set_time(
            of_file
                .iter()
                .map(|outcome| outcome.duration)
                .sum::<Duration>(),
        );
        suite.add_test_cases(of_file.iter().map(case));
        report.add_test_suite(suite);
    }
    report.set_time(
        outcomes
            .iter()
            .map(|outcome| outcome.duration)
            .sum::<Duration>(),
    );
    let xml = report.to_string().map_err(io::Error::other)?;
    // The schema has this number for suites alone. The root comes first, and its name is ours.
    let of_root = format!(" skipped=\"{}\"", report.skipped);
    let xml = xml.replacen(&of_root, "", 1);
    sink.write_all(xml.as_bytes())
}

fn case(outcome: &Outcome) -> TestCase {
    let kind = match outcome.status {
        Status::Failed => Some(NonSuccessKind::Failure),
        Status::NotEvaluated => Some(NonSuccessKind::Error),
        Status::Passed | Status::Warned | Status::NotRun => None,
    };
    let mut status = match (kind, outcome.status) {
        (Some(kind), _) => TestCaseStatus::non_success(kind),
        (None, Status::NotRun) => TestCaseStatus::skipped(),
        (None, _) => TestCaseStatus::success(),
    };
    let text = text(outcome);
    match outcome.status {
        Status::Failed | Status::NotEvaluated => {
            let first = outcome.findings.first().map(ToString::to_string);
            status
                .set_message(first.unwrap_or_default())
                .set_type(outcome.status.to_string())
                .set_description(text.clone());
        }
        Status::NotRun => {
            status.set_message("an earlier check ended the run (--fail-fast)");
        }
        Status::Passed | Status::Warned => {}
    }
    let mut case = TestCase::new(outcome.name.as_str(), status);
    case.set_classname(outcome.file.as_str());
    case.set_time(outcome.duration);
    if outcome.status == Status::Warned {
        case.set_system_out(text);
    }
    case
}

/// All that was found, a line each.
fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (finding, hint) in outcome.told() {
        text += &format!("{}:{}: {finding}\n", outcome.file, finding.line);
        if let Some(hint) = hint {
            text += &format!("hint: {hint}\n");
        }
    }
    if outcome.findings_left_out > 0 {
        text += &format!("… and {} more\n", outcome.findings_left_out);
    }
    text
}
