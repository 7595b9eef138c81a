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

use datafusion::prelude::SessionContext;
use voxql::{AtVersion, Lake};

use super::args::CheckArgs;
use super::params::Params;
use super::{Failure, read_text};
use crate::output::visible;

use console::{Console, print};
use evaluate::{Rules, evaluate};
use file::Check;
use outcome::{Counts, Outcome, Status};
use plan::{NotPlanned, Planned};
use problem::Problem;
use result_files::ResultFiles;
use results::Baseline;

pub(super) async fn run(
    lake: &Lake,
    at: Option<AtVersion>,
    args: &CheckArgs,
) -> Result<(), Failure> {
    let rules = Rules {
        baseline: match &args.baseline {
            Some(path) => Some(Baseline::read(path)?),
            None => None,
        },
        warnings_as_errors: args.warnings_as_errors,
    };
    let texts = read(args)?;
    let context = match at {
        Some(at) => lake.session_at(at),
        None => lake.session(),
    };
    let planned = plan(&context, &texts, &args.params).await?;
    let files = ResultFiles::create(args)?;
    let console = Console::new();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(planned.len());
    let mut has_stopped = false;
    for planned in &planned {
        let outcome = match has_stopped {
            true => findings::not_run(&planned.check),
            false => evaluate(&context, planned, &rules).await,
        };
        console.outcome(&outcome)?;
        if github::is_running() {
            print(&github::annotation(&outcome))?;
        }
        has_stopped |= args.fail_fast && outcome.status.is_bad();
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

/// The texts of all files, each with the name that it is told by.
fn read(args: &CheckArgs) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::with_capacity(args.files.len());
    for (index, path) in args.files.iter().enumerate() {
        if args.files[..index].contains(path) {
            return Err(Failure::usage(
                format!("{} is given twice", path.display()),
                "name each file once",
            ));
        }
        let (name, text) = read_text(path)?;
        // A line break in it would begin a line of its own, which may be a command to GitHub.
        texts.push((visible(&name).into_owned(), text));
    }
    Ok(texts)
}

/// Reads and plans the checks of all files, or tells all that is wrong with them.
async fn plan<'a>(
    context: &SessionContext,
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
        match plan::plan(context, check, &params).await {
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
