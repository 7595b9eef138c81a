//! A summary in Markdown, for a pull request or the page of a workflow run.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::outcome::{Counts, Outcome, Status};
use crate::output::escape_markdown;

/// Writes all findings, the worst first, and the names of the other checks.
pub(super) fn write(outcomes: &[Outcome], sink: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::new(outcomes);
    writeln!(sink, "## voxql check: {}\n\n{counts}", counts.status())?;
    let mut with_findings: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| !outcome.findings.is_empty())
        .collect();
    if !with_findings.is_empty() {
        with_findings.sort_by_key(|outcome| Reverse(outcome.status));
        writeln!(
            sink,
            "\n| | check | line | row | found |\n| --- | --- | --- | --- | --- |"
        )?;
        for outcome in with_findings {
            write_findings(outcome, sink)?;
        }
    }
    for status in [Status::Passed, Status::NotRun] {
        let names: Vec<String> = outcomes
            .iter()
            .filter(|outcome| outcome.status == status)
            .map(|outcome| escape_markdown(&outcome.name))
            .collect();
        if !names.is_empty() {
            let mark = status.mark();
            writeln!(sink, "\n{mark} {status}: {}", names.join(", "))?;
        }
    }
    Ok(())
}

fn write_findings(outcome: &Outcome, sink: &mut dyn Write) -> io::Result<()> {
    let name = escape_markdown(&outcome.name);
    let file = escape_markdown(&outcome.file);
    for (finding, hint) in outcome.findings_with_hints() {
        let hint = hint.map_or_else(String::new, |hint| {
            format!("<br>hint: {}", escape_markdown(hint))
        });
        writeln!(
            sink,
            "| {} | {name} | {file}:{} | {} | {}{hint} |",
            finding.status.mark(),
            finding.line,
            escape_markdown(&finding.row_name),
            escape_markdown(&finding.message),
        )?;
    }
    match outcome.findings_left_out {
        0 => Ok(()),
        more => writeln!(sink, "| | {name} | | | … and {more} more |"),
    }
}
