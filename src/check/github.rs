//! Annotations for GitHub Actions, shown next to the line of the file: workflow commands on standard
//! output.

use super::console::FINDINGS_MAX;
use super::outcome::{Outcome, Status};
use super::problem::Problem;

/// True if a GitHub Actions workflow runs the program.
pub(super) fn is_running() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// The annotation of a check that did not pass; empty for the others. There is one per check, as
/// GitHub shows only a few for each step.
pub(super) fn annotation(outcome: &Outcome) -> String {
    let command = match outcome.status {
        Status::Failed | Status::NotEvaluated => "error",
        Status::Warned => "warning",
        Status::Passed | Status::NotRun => return String::new(),
    };
    // GitHub cuts long messages anywhere.
    let findings = outcome.findings.iter().take(FINDINGS_MAX);
    let mut lines: Vec<String> = findings.map(ToString::to_string).collect();
    let left_out = outcome.findings_after(FINDINGS_MAX);
    if left_out > 0 {
        lines.push(format!("… and {left_out} more"));
    }
    let first = outcome.findings.first();
    let line = first.map_or(outcome.line, |finding| finding.line);
    let title = format!("{} {}", outcome.name, outcome.status);
    workflow_command(
        command,
        &[
            ("file", &outcome.file),
            ("line", &line.to_string()),
            ("title", &title),
        ],
        &lines.join("\n"),
    )
}

/// The annotation of a problem in a file.
pub(super) fn problem(problem: &Problem) -> String {
    let line = problem.line.to_string();
    let column = problem.column.map(|column| column.to_string());
    let mut properties = vec![("file", problem.file.as_str()), ("line", &line)];
    properties.extend(column.as_deref().map(|column| ("col", column)));
    properties.push(("title", "voxql check"));
    let message = match &problem.hint {
        Some(hint) => format!("{}\nhint: {hint}", problem.message),
        None => problem.message.clone(),
    };
    workflow_command("error", &properties, &message)
}

fn workflow_command(command: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", escape_property(value)))
        .collect();
    let message = escape_message(message);
    format!("::{command} {}::{message}\n", properties.join(","))
}

/// The escapes of the toolkit (`packages/core/src/command.ts` of actions/toolkit).
fn escape_message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_messages_are_escaped() {
        let properties = [("file", "a,b:c%.sql"), ("line", "3")];
        assert_eq!(
            workflow_command("error", &properties, "p = 5 %\n::x"),
            "::error file=a%2Cb%3Ac%25.sql,line=3::p = 5 %25%0A::x\n"
        );
    }
}
