//! The output while checks run: a line per check, with its findings below.

use std::io::{self, Write};

use super::outcome::{Counts, Outcome, Status};
use crate::failure::Failure;
use crate::output::has_colours;

/// The printed findings of a check; the files have more.
pub(super) const FINDINGS_MAX: usize = 10;

/// Writes to standard output.
pub(super) struct Console {
    has_colors: bool,
}

impl Console {
    pub(super) fn new() -> Self {
        Self {
            has_colors: has_colours(),
        }
    }

    pub(super) fn outcome(&self, outcome: &Outcome) -> Result<(), Failure> {
        print(&self.text(outcome))
    }

    fn text(&self, outcome: &Outcome) -> String {
        let mut text = format!(
            "{} {}  {}:{}\n",
            self.colored(outcome.status, &outcome.status.mark().to_string()),
            outcome.name,
            outcome.file,
            outcome.line
        );
        for (finding, hint) in outcome.findings_with_hints().take(FINDINGS_MAX) {
            text += &format!("    {finding}\n");
            if let Some(hint) = hint {
                text += &format!("      hint: {hint}\n");
            }
        }
        let left_out = outcome.findings_after(FINDINGS_MAX);
        if left_out > 0 {
            text += &format!("    … and {left_out} more\n");
        }
        text
    }

    pub(super) fn counts(&self, counts: &Counts) -> Result<(), Failure> {
        let text = self.colored(counts.status(), &counts.to_string());
        print(&format!("{text}\n"))
    }

    fn colored(&self, status: Status, text: &str) -> String {
        let color = match status {
            Status::Passed => 32,
            Status::Warned => 33,
            Status::Failed => 31,
            Status::NotEvaluated => 35,
            Status::NotRun => 2,
        };
        if self.has_colors {
            format!("\u{1b}[{color}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Prints to standard output and flushes, so that the output of slow checks appears one by one.
///
/// If the reader is gone, the run goes on: its exit code and files still count.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::write("standard output", error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::parse_checks;
    use super::*;

    #[test]
    fn only_the_mark_is_coloured() {
        let checks = parse_checks("a.sql", "-- @check name=a\nSELECT 1").unwrap_or_default();
        let outcome = Outcome::new(&checks[0], Status::Failed);
        let text = |has_colors| Console { has_colors }.text(&outcome);
        assert_eq!(text(false), "✗ a  a.sql:1\n");
        assert_eq!(text(true), "\u{1b}[31m✗\u{1b}[0m a  a.sql:1\n");
    }
}
