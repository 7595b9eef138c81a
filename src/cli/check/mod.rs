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
mod results;
mod row;
mod summary;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use datafusion::prelude::SessionContext;

use super::args::CheckArgs;
use super::params::Params;
use super::{Failure, read_text};
use crate::output::AtomicFile;

use console::{Console, print};
use evaluate::{Rules, evaluate};
use file::Check;
use outcome::{Counts, Outcome, Status};
use plan::{NotPlanned, Planned};
use problem::Problem;
use results::Baseline;

pub(super) async fn run(context: SessionContext, args: &CheckArgs) -> Result<(), Failure> {
    let rules = Rules {
        baseline: match &args.baseline {
            Some(path) => Some(Baseline::read(path)?),
            None => None,
        },
        warnings_as_errors: args.warnings_as_errors,
    };
    let texts: Vec<(String, String)> = args
        .files
        .iter()
        .map(|path| read_text(path))
        .collect::<Result<_, _>>()?;
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
        return Err(tell(&problems));
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
            Err(NotPlanned::Failure(failure)) => return Err(failure),
        }
    }
    match problems.is_empty() {
        true => Ok(planned),
        false => Err(tell(&problems)),
    }
}

/// Tells what is wrong with the files, for a person and for GitHub.
fn tell(problems: &[Problem]) -> Failure {
    for problem in problems {
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{problem}");
        if github::is_running()
            && let Err(failure) = print(&github::problem(problem))
        {
            return failure;
        }
    }
    Failure::AlreadyTold
}

type Writer = fn(&[Outcome], &mut dyn Write) -> io::Result<()>;

/// The files that a run leaves behind, begun before its queries: a path that cannot be written to
/// is told at once.
struct ResultFiles(Vec<(PathBuf, AtomicFile, Writer)>);

impl ResultFiles {
    fn create(args: &CheckArgs) -> Result<Self, Failure> {
        let wanted: [(&Option<PathBuf>, Writer); 3] = [
            (&args.json, |outcomes, sink| results::write(outcomes, sink)),
            (&args.junit, |outcomes, sink| junit::write(outcomes, sink)),
            (&args.summary, |outcomes, sink| {
                summary::write(outcomes, sink)
            }),
        ];
        let mut files = Vec::new();
        for (path, writer) in wanted {
            if let Some(path) = path {
                files.push((path.clone(), create(path)?, writer));
            }
        }
        Ok(Self(files))
    }

    /// Writes all of them, whether checks failed or not.
    fn write(self, outcomes: &[Outcome]) -> Result<(), Failure> {
        for (path, file, writer) in self.0 {
            let mut sink = BufWriter::new(file);
            writer(outcomes, &mut sink)
                .and_then(|()| sink.into_inner().map_err(io::Error::from))
                .and_then(AtomicFile::persist)
                .map_err(|error| Failure::write(path.display(), error))?;
        }
        Ok(())
    }
}

fn create(path: &Path) -> Result<AtomicFile, Failure> {
    AtomicFile::create(path).map_err(|error| Failure::write(path.display(), error))
}
