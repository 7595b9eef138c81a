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

use crate::error::Result;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::query::SessionOptions;
use crate::statement::params::Params;

use console::{Console, print};
use evaluate::evaluate;
use outcome::{Counts, Outcome, Status};
use plan::{PlanError, Planned};
use problem::Problem;
use result_files::ResultFiles;
use results::Baseline;

pub use outcome::Status as CheckStatus;
pub(crate) use result_files::ResultPaths;

/// Options of [`Lake::check`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckOptions {
    /// The names and values of placeholders.
    pub params: Vec<(String, String)>,
    /// The results of an earlier run to compare with: a file of [`CheckResults::json`].
    pub baseline: Option<PathBuf>,
    /// `true` if a warning is a failure.
    pub warnings_as_errors: bool,
    /// `true` to skip all checks after the first that failed or could not be evaluated.
    pub fail_fast: bool,
}

/// The outcomes of checks, in their order. They contain no comments, pseudonyms or revealed values.
#[derive(Clone, Debug)]
pub struct CheckResults {
    outcomes: Vec<Outcome>,
}

/// The outcome of one check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckOutcome {
    /// The name of the check.
    pub name: String,
    /// The name of its file.
    pub file: String,
    /// The line of `@check`, from 1.
    pub line: u64,
    /// The status of the check.
    pub status: CheckStatus,
    /// Everything that did not pass, the worst first, one line each.
    pub findings: Vec<String>,
}

impl CheckResults {
    /// The status of the run: the worst of its checks, `Passed` without checks.
    pub fn status(&self) -> CheckStatus {
        Counts::new(&self.outcomes).status()
    }

    /// The outcomes of the checks.
    pub fn outcomes(&self) -> impl Iterator<Item = CheckOutcome> {
        self.outcomes.iter().map(|outcome| CheckOutcome {
            name: outcome.name.clone(),
            file: outcome.file.clone(),
            line: outcome.line,
            status: outcome.status,
            findings: outcome.findings.iter().map(ToString::to_string).collect(),
        })
    }

    /// The results as JSON, as `voxql check --json` writes them: the baseline of a later run.
    pub fn json(&self) -> String {
        let mut json = Vec::new();
        results::write(&self.outcomes, &mut json).expect("memory can be written");
        String::from_utf8(json).expect("JSON is UTF-8")
    }
}

impl Lake {
    /// Runs the checks of SQL files, given as names and texts, in a session.
    ///
    /// All files are parsed and planned before any query runs.
    ///
    /// # Errors
    /// Returns an error if a file has a mistake, the baseline cannot be read, or the session cannot
    /// be opened. A check that fails or cannot be evaluated is an outcome.
    pub async fn check(
        &self,
        session: SessionOptions,
        files: &[(String, String)],
        options: &CheckOptions,
    ) -> Result<CheckResults> {
        let session = self.session_with(session).await?;
        let baseline = options.baseline.as_deref().map(Baseline::read);
        let baseline = baseline.transpose()?;
        let checks = match plan_all(&session, files, &options.params).await {
            Ok(checks) => checks,
            Err((problems, failure)) => {
                return Err(match problems.first() {
                    Some(problem) => problem.to_error(problems.len() - 1),
                    None => failure.unwrap_or(Failure::AlreadyReported).into(),
                });
            }
        };
        let outcomes =
            evaluate_all(&session, &checks, baseline.as_ref(), options, |_| Ok(())).await?;
        Ok(CheckResults { outcomes })
    }
}

/// The files to write, besides the console.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckRun {
    pub(crate) options: CheckOptions,
    pub(crate) files: ResultPaths,
}

/// Runs the checks of files, given as names and texts, and prints their outcomes.
///
/// # Errors
/// Returns an error if a check failed or could not be evaluated, or if none could run.
pub(crate) async fn check(
    session: &SessionContext,
    texts: &[(String, String)],
    CheckRun { options, files }: &CheckRun,
) -> Result<(), Failure> {
    let baseline = options.baseline.as_deref().map(Baseline::read);
    let baseline = baseline.transpose()?;
    let checks = match plan_all(session, texts, &options.params).await {
        Ok(checks) => checks,
        Err((problems, failure)) => {
            print_problems(&problems)?;
            return Err(failure.unwrap_or(Failure::AlreadyReported));
        }
    };
    let files = ResultFiles::create(files)?;
    let console = Console::new();
    let print_outcome = |outcome: &Outcome| {
        console.outcome(outcome)?;
        if github::is_running() {
            print(&github::annotation(outcome))?;
        }
        Ok(())
    };
    let outcomes =
        evaluate_all(session, &checks, baseline.as_ref(), options, print_outcome).await?;
    let counts = Counts::new(&outcomes);
    console.counts(&counts)?;
    files.write(&outcomes)?;
    match counts.status() {
        Status::NotEvaluated => Err(Failure::AlreadyReported),
        Status::Failed => Err(Failure::Refused),
        _ => Ok(()),
    }
}

/// Evaluates the checks one after the other, and calls `each` with every outcome.
async fn evaluate_all(
    session: &SessionContext,
    checks: &[Planned<'_>],
    baseline: Option<&Baseline>,
    options: &CheckOptions,
    mut each: impl FnMut(&Outcome) -> Result<(), Failure>,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(checks.len());
    let mut has_stopped = false;
    for planned in checks {
        let outcome = if has_stopped {
            Outcome::new(&planned.check, Status::NotRun)
        } else {
            evaluate(session, planned, baseline, options.warnings_as_errors).await
        };
        each(&outcome)?;
        has_stopped |= options.fail_fast && outcome.status.is_failure();
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// The reasons why the checks of files cannot run.
type NotPlanned = (Vec<Problem>, Option<Failure>);

/// Parses and plans the checks of all files.
async fn plan_all<'a>(
    session: &SessionContext,
    texts: &'a [(String, String)],
    params: &[(String, String)],
) -> Result<Vec<Planned<'a>>, NotPlanned> {
    let mut checks = Vec::new();
    let mut problems = Vec::new();
    for (name, text) in texts {
        match file::parse_checks(name, text) {
            Ok(parsed) => checks.extend(parsed),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(file::repeated_names(&checks));
    if !problems.is_empty() {
        return Err((problems, None));
    }
    let statements = checks.iter().map(|check| &check.statement);
    let placeholders = statements.flat_map(|statement| &statement.placeholders);
    let params = Params::new(params, placeholders);
    let params = params.map_err(|failure| (Vec::new(), Some(failure)))?;
    let mut planned = Vec::with_capacity(checks.len());
    for check in checks {
        match plan::plan(session, check, &params).await {
            Ok(check) => planned.push(check),
            Err(PlanError::Problem(problem)) => problems.push(problem),
            Err(PlanError::Failure(failure)) => return Err((problems, Some(failure))),
        }
    }
    if problems.is_empty() {
        Ok(planned)
    } else {
        Err((problems, None))
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
