//! `voxql check`: files of queries, and in their comments what is expected of the rows.
//!
//! All files are read and planned before any query runs, so that a misspelt expectation is told
//! before time is spent, and never passed over. What is written anywhere has no comment, no
//! pseudonym and nothing that was revealed in it: see [`provenance`].

mod beside_baseline;
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
mod summary;

use std::io::{self, Write};
use std::path::PathBuf;

use datafusion::prelude::SessionContext;

use crate::failure::Failure;
use crate::statement::params::Params;

use console::{Console, print};
use evaluate::{Rules, evaluate};
use file::Check;
use outcome::{Counts, Outcome, Status};
use plan::{NotPlanned, Planned};
use problem::Problem;
use result_files::ResultFiles;
use results::Baseline;

/// What a run is told besides its files.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckOptions {
    /// The values of placeholders, by their names.
    pub(crate) params: Vec<(String, String)>,
    /// The results of an earlier run, to compare with.
    pub(crate) baseline: Option<PathBuf>,
    /// Files to write: the results for programs, as JUnit XML, and in Markdown.
    pub(crate) json: Option<PathBuf>,
    pub(crate) junit: Option<PathBuf>,
    pub(crate) summary: Option<PathBuf>,
    pub(crate) warnings_as_errors: bool,
    /// Whether nothing more is run once a check has failed or could not be evaluated.
    pub(crate) fail_fast: bool,
}

/// Runs the checks of texts, each with the name of its file, and tells how they ended.
///
/// # Errors
/// Where one failed or could not be evaluated, and where none could be run.
pub(crate) async fn check(
    session: &SessionContext,
    texts: &[(String, String)],
    options: &CheckOptions,
) -> Result<(), Failure> {
    let rules = Rules {
        baseline: match &options.baseline {
            Some(path) => Some(Baseline::read(path)?),
            None => None,
        },
        warnings_as_errors: options.warnings_as_errors,
    };
    let planned = plan(session, texts, &options.params).await?;
    let files = ResultFiles::create(options)?;
    let console = Console::new();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(planned.len());
    let mut has_stopped = false;
    for planned in &planned {
        let outcome = match has_stopped {
            true => findings::not_run(&planned.check),
            false => evaluate(session, planned, &rules).await,
        };
        console.outcome(&outcome)?;
        if github::is_running() {
            print(&github::annotation(&outcome))?;
        }
        has_stopped |= options.fail_fast && outcome.status.is_bad();
        outcomes.push(outcome);
    }
    let counts = Counts::of(&outcomes);
    console.counts(&counts)?;
    files.write(&outcomes)?;
    match counts.status() {
        Status::NotEvaluated => Err(Failure::AlreadyTold),
        Status::Failed => Err(Failure::Refused),
        _ => Ok(()),
    }
}

/// Reads and plans the checks of all files, or tells all that is wrong with them.
async fn plan<'a>(
    session: &SessionContext,
    texts: &'a [(String, String)],
    params: &[(String, String)],
) -> Result<Vec<Planned<'a>>, Failure> {
    let mut checks: Vec<Check<'a>> = Vec::new();
    let mut problems = Vec::new();
    for (name, text) in texts {
        match file::checks(name, text) {
            Ok(of_file) => checks.extend(of_file),
            Err(of_file) => problems.extend(of_file),
        }
    }
    problems.extend(file::repeated_names(&checks));
    if !problems.is_empty() {
        tell(&problems)?;
        return Err(Failure::AlreadyTold);
    }
    let placeholders = checks
        .iter()
        .map(|check| check.statement.placeholders.clone());
    let placeholders: Vec<String> = placeholders.flatten().collect();
    let params = Params::new(params, placeholders.iter())?;
    let mut planned = Vec::with_capacity(checks.len());
    for check in checks {
        match plan::plan(session, check, &params).await {
            Ok(check) => planned.push(check),
            Err(NotPlanned::Problem(problem)) => problems.push(problem),
            Err(NotPlanned::Failure(failure)) => {
                tell(&problems)?;
                return Err(failure);
            }
        }
    }
    if !problems.is_empty() {
        tell(&problems)?;
        return Err(Failure::AlreadyTold);
    }
    Ok(planned)
}

/// Tells what is wrong with the files, for a person and for GitHub.
fn tell(problems: &[Problem]) -> Result<(), Failure> {
    for problem in problems {
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{problem}");
        if github::is_running() {
            print(&github::problem(problem))?;
        }
    }
    Ok(())
}
