//! `voxql audit`: shows and verifies the audit log.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::failure::{Failure, print_line};
use crate::lake::Lake;
use crate::statement::runner::Runner;

/// The session's table of suspicious questions.
const SUSPICIOUS: &str = "suspicious";

const SQL: &str = "SELECT * FROM audit ORDER BY entry";

/// Shows the entries, or the days of a role that looks for somebody.
pub(super) async fn show(runner: &Runner, lake: &Lake, suspicious: bool) -> Result<(), Failure> {
    if !suspicious {
        return runner.run_text(SQL).await;
    }
    runner.register(SUSPICIOUS, lake.suspicious_questions().await?)?;
    runner.run_text(format!("SELECT * FROM {SUSPICIOUS}")).await
}

pub(super) async fn verify(lake: &Lake, checkpoint: Option<&Path>) -> Result<(), Failure> {
    let kept = match checkpoint {
        Some(path) => {
            Some(fs::read_to_string(path).map_err(|error| Failure::write(path.display(), error))?)
        }
        None => None,
    };
    match lake.verify_audit(kept.as_deref()).await {
        Ok(summary) => print_line(summary),
        Err(error) if error.is_refused() => {
            Failure::from(error).report();
            Err(Failure::Refused)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn checkpoint(lake: &Lake) -> Result<(), Failure> {
    match lake.audit_checkpoint().await? {
        Some(checkpoint) => write!(io::stdout(), "{checkpoint}")
            .map_err(|error| Failure::write("standard output", error)),
        None => Err(Failure::usage(
            "no entry of the audit log is signed yet",
            "run a command with the lake's key, such as: voxql ingest FILE",
        )),
    }
}
