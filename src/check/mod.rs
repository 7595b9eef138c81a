//! `voxql check`: files of queries, with expectations of their results in comments.
//!
//! All files are parsed and planned before any query runs, so that a misspelt expectation is
//! reported early and never skipped. No output contains comments, pseudonyms or revealed values: see
//! [`provenance`].

mod baseline;
mod column;
mod console;
mod cursor;
mod directive;
mod evaluate;
mod expectation;
mod file;
mod findings;
mod github;
mod grammar;
mod header;
mod judge;
mod junit;
mod label;
mod outcome;
mod plan;
mod problem;
mod provenance;
mod result_files;
mod results;
mod row;
mod rows;
mod summary;

use std::io::{self, Write};
use std::path::PathBuf;

use datafusion::prelude::SessionContext;

use crate::failure::Failure;
use crate::statement::params::Params;

use console::{Console, print};
use evaluate::evaluate;
use outcome::{Counts, Outcome, Status};
use plan::{PlanError, Planned};
use problem::Problem;
use result_files::ResultFiles;
use results::Baseline;

pub(crate) use result_files::ResultPaths;

#[derive(Clone, Debug, Default)]
pub(crate) struct CheckOptions {
    /// The names and values of placeholders.
    pub(crate) params: Vec<(String, String)>,
    /// The results of an earlier run to compare with.
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) files: ResultPaths,
    pub(crate) warnings_as_errors: bool,
    /// `true` to skip all checks after the first that failed or could not be evaluated.
    pub(crate) fail_fast: bool,
}

/// Runs the checks of files, given as names and texts, and prints their outcomes.
///
/// # Errors
/// Returns an error if a check failed or could not be evaluated, or if none could run.
pub(crate) async fn check(
    session: &SessionContext,
    texts: &[(String, String)],
    options: &CheckOptions,
) -> Result<(), Failure> {
    let baseline = options.baseline.as_deref().map(Baseline::read);
    let baseline = baseline.transpose()?;
    let checks = plan_all(session, texts, &options.params).await?;
    let files = ResultFiles::create(&options.files)?;
    let console = Console::new();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(checks.len());
    let mut has_stopped = false;
    for planned in &checks {
        let outcome = if has_stopped {
            Outcome::new(&planned.check, Status::NotRun)
        } else {
            let warnings_as_errors = options.warnings_as_errors;
            evaluate(session, planned, baseline.as_ref(), warnings_as_errors).await
        };
        console.outcome(&outcome)?;
        if github::is_running() {
            print(&github::annotation(&outcome))?;
        }
        has_stopped |= options.fail_fast && outcome.status.is_failure();
        outcomes.push(outcome);
    }
    let counts = Counts::new(&outcomes);
    console.counts(&counts)?;
    files.write(&outcomes)?;
    match counts.status() {
        Status::NotEvaluated => Err(Failure::AlreadyReported),
        Status::Failed => Err(Failure::Refused),
        _ => Ok(()),
    }
}

/// Parses and plans the checks of all files, or prints all their problems.
async fn plan_all<'a>(
    session: &SessionContext,
    texts: &'a [(String, String)],
    params: &[(String, String)],
) -> Result<Vec<Planned<'a>>, Failure> {
    let mut checks = Vec::new();
    let mut problems = Vec::new();
    for (name, text) in texts {
        match file::parse_checks(name, text) {
            Ok(parsed) => checks.extend(parsed),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(file::repeated_names(&checks));
    fail_with(&problems)?;
    let statements = checks.iter().map(|check| &check.statement);
    let placeholders = statements.flat_map(|statement| &statement.placeholders);
    let params = Params::new(params, placeholders)?;
    let mut planned = Vec::with_capacity(checks.len());
    for check in checks {
        match plan::plan(session, check, &params).await {
            Ok(check) => planned.push(check),
            Err(PlanError::Problem(problem)) => problems.push(problem),
            Err(PlanError::Failure(failure)) => {
                print_problems(&problems)?;
                return Err(failure);
            }
        }
    }
    fail_with(&problems)?;
    Ok(planned)
}

/// Fails if there are problems, and prints them.
fn fail_with(problems: &[Problem]) -> Result<(), Failure> {
    print_problems(problems)?;
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::AlreadyReported)
    }
}

fn print_problems(problems: &[Problem]) -> Result<(), Failure> {
    for problem in problems {
        // Without standard error, the exit code remains.
        let _ = writeln!(io::stderr(), "{problem}");
        if github::is_running() {
            print(&github::problem(problem))?;
        }
    }
    Ok(())
}
