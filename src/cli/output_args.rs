//! The flags of results.

use std::path::PathBuf;

use crate::output::Format;
use crate::statement::runner::OutputOptions;

/// Format and destination of results.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct OutputArgs {
    /// The format of results [default: table, or that of the extension of -o]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,

    /// Write the result to this file
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(super) file: Option<PathBuf>,

    /// Write an apostrophe before values that a spreadsheet would run as a formula, in csv and tsv
    #[arg(long)]
    safe_csv: bool,

    /// Print the time of each statement on standard error
    #[arg(long)]
    timing: bool,
}

impl OutputArgs {
    /// Flags after a command win over those before it.
    pub(super) fn over(&self, before: &Self) -> OutputOptions {
        OutputOptions {
            format: self.format.or(before.format),
            file: self.file.clone().or_else(|| before.file.clone()),
            guards_formulas: self.safe_csv || before.safe_csv,
            timing: self.timing || before.timing,
        }
    }

    pub(super) fn options(&self) -> OutputOptions {
        self.over(&Self::default())
    }

    pub(super) fn is_given(&self) -> bool {
        self.format.is_some() || self.file.is_some() || self.safe_csv || self.timing
    }
}
