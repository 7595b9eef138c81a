//! What a person reads while checks run: a line a check, and beneath it what was found.

use std::io::{self, IsTerminal, Write};

use super::outcome::{Counts, Outcome, Status};
use crate::failure::Failure;

/// So many findings of a check are printed; the files have more.
pub(super) const PRINTED_MAX: usize = 10;

/// Writes to standard output.
pub(super) struct Console {
    has_colors: bool,
}

impl Console {
    /// Colours are for a terminal, unless `NO_COLOR` (no-color.org) is set.
    pub(super) fn new() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            has_colors: io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb,
        }
    }

    /// Prints how a check ended.
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
        for (finding, hint) in outcome.told().take(PRINTED_MAX) {
            text += &format!("    {finding}\n");
            if let Some(hint) = hint {
                text += &format!("      hint: {hint}\n");
            }
        }
        let left_out = outcome.left_out(PRINTED_MAX);
        if left_out > 0 {
            text += &format!("    … and {left_out} more\n");
        }
        text
    }

    /// Prints how many ended how.
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
        match self.has_colors {
            true => format!("\u{1b}[{color}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

/// Writes at once, so that a check that takes long is not waited for in vain.
///
/// That nobody reads any more is no reason to stop, and none to let pass what fails.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written.map_err(|error| Failure::write("standard output", error)) {
        Ok(()) | Err(Failure::ReaderGone) => Ok(()),
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::checks;
    use super::super::findings::not_run;
    use super::*;

    #[test]
    fn colours_are_of_the_mark_alone() {
        let checks = checks("a.sql", "-- @check name=a\nSELECT 1").unwrap_or_default();
        let mut outcome = not_run(&checks[0]);
        outcome.status = Status::Failed;
        let text = |has_colors| Console { has_colors }.text(&outcome);
        assert_eq!(text(false), "✗ a  a.sql:1\n");
        assert_eq!(text(true), "\u{1b}[31m✗\u{1b}[0m a  a.sql:1\n");
    }
}
