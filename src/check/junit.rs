//! JUnit XML, which CI services show as test results: a file is a suite, a check a test.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::outcome::{Outcome, Status};

/// Writes the report of a run, valid by the schema of Jenkins' xUnit plugin (JUnit 10).
pub(super) fn write(outcomes: &[Outcome], sink: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new("voxql check");
    // The checks of a file follow one another.
    for checks in outcomes.chunk_by(|first, second| first.file == second.file) {
        let mut suite = TestSuite::new(checks[0].file.as_str());
        suite.set_time(total_duration(checks));
        suite.add_test_cases(checks.iter().map(test_case));
        report.add_test_suite(suite);
    }
    report.set_time(total_duration(outcomes));
    let xml = report.to_string().map_err(io::Error::other)?;
    // The schema allows this attribute on suites only. The root comes first, with a fixed name.
    let skipped = format!(" skipped=\"{}\"", report.skipped);
    let xml = xml.replacen(&skipped, "", 1);
    sink.write_all(xml.as_bytes())
}

fn total_duration(outcomes: &[Outcome]) -> Duration {
    outcomes.iter().map(|outcome| outcome.duration).sum()
}

fn test_case(outcome: &Outcome) -> TestCase {
    let failure = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        let first = outcome.findings.first().map(ToString::to_string);
        status
            .set_message(first.unwrap_or_default())
            .set_type(outcome.status.to_string())
            .set_description(text(outcome));
        status
    };
    let status = match outcome.status {
        Status::Failed => failure(NonSuccessKind::Failure),
        Status::NotEvaluated => failure(NonSuccessKind::Error),
        Status::NotRun => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("an earlier check ended the run (--fail-fast)");
            status
        }
        Status::Passed | Status::Warned => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(outcome.name.as_str(), status);
    case.set_classname(outcome.file.as_str());
    case.set_time(outcome.duration);
    if outcome.status == Status::Warned {
        case.set_system_out(text(outcome));
    }
    case
}

/// All findings, one per line.
fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (finding, hint) in outcome.findings_with_hints() {
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
