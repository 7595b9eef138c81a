//! Annotations for GitHub Actions, which shows them beside the line of the file: workflow commands
//! on standard output.

use super::console::PRINTED_MAX;
use super::outcome::{Outcome, Status};
use super::problem::Problem;

/// Whether a workflow of GitHub Actions runs the program.
pub(super) fn is_running() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// One annotation a check that did not pass, as GitHub shows few of a step; empty for the others.
pub(super) fn annotation(outcome: &Outcome) -> String {
    let command = match outcome.status {
        Status::Failed | Status::NotEvaluated => "error",
        Status::Warned => "warning",
        Status::Passed | Status::NotRun => return String::new(),
    };
    // GitHub cuts a message that is too long where it happens to end.
    let told = outcome.findings.iter().take(PRINTED_MAX);
    let mut lines: Vec<String> = told.map(ToString::to_string).collect();
    let left_out = outcome.left_out(PRINTED_MAX);
    if left_out > 0 {
        lines.push(format!("… and {left_out} more"));
    }
    let line = outcome
        .findings
        .first()
        .map_or(outcome.line, |found| found.line);
    let title = format!("{} {}", outcome.name, outcome.status);
    command_line(
        command,
        &[
            ("file", &outcome.file),
            ("line", &line.to_string()),
            ("title", &title),
        ],
        &lines.join("\n"),
    )
}

/// The annotation of what is wrong with a file.
pub(super) fn problem(problem: &Problem) -> String {
    let line = problem.line.to_string();
    let column = problem.column.map(|column| column.to_string());
    let mut properties = vec![("file", problem.file.as_str()), ("line", &line)];
    if let Some(column) = &column {
        properties.push(("col", column));
    }
    properties.push(("title", "voxql check"));
    let message = match &problem.hint {
        Some(hint) => format!("{}\nhint: {hint}", problem.message),
        None => problem.message.clone(),
    };
    command_line("error", &properties, &message)
}

fn command_line(command: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", property(value)))
        .collect();
    format!("::{command} {}::{}\n", properties.join(","), data(message))
}

/// The escapes of the toolkit (`packages/core/src/command.ts` of actions/toolkit).
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_property_or_a_message_is_escaped() {
        let line = command_line(
            "error",
            &[("file", "a,b:c%.sql"), ("line", "3")],
            "p = 5 %\n::x",
        );
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac%25.sql,line=3::p = 5 %25%0A::x\n"
        );
    }
}
