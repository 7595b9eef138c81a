//! `voxql check`: runs queries and checks their results.

use exports::text::visible;

use super::args::CheckArgs;
use super::input_text::read_sql;
use crate::check::{CheckOptions, CheckRun, ResultPaths, check};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::query::{self, SessionOptions};
use crate::statement::runner::only_owner_writes;

pub(super) async fn run(
    lake: &Lake,
    session: SessionOptions,
    args: &CheckArgs,
) -> Result<(), Failure> {
    let texts = read(args)?;
    let run = CheckRun {
        options: CheckOptions {
            params: args.params.clone(),
            baseline: args.baseline.clone(),
            warnings_as_errors: args.warnings_as_errors,
            fail_fast: args.fail_fast,
        },
        files: ResultPaths {
            json: args.json.clone(),
            junit: args.junit.clone(),
            summary: args.summary.clone(),
        },
    };
    let session = lake.session_with(session).await?;
    let written = [&run.files.json, &run.files.junit, &run.files.summary];
    if let Some(path) = written.into_iter().flatten().next()
        && query::is_restricted(&session)
    {
        return Err(only_owner_writes(path));
    }
    check(&session, &texts, &run).await
}

/// Reads all files, and returns their names in messages and their texts.
fn read(args: &CheckArgs) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::with_capacity(args.files.len());
    for (index, path) in args.files.iter().enumerate() {
        if args.files[..index].contains(path) {
            return Err(Failure::usage(
                format!("{} is specified twice", path.display()),
                "list each file once",
            ));
        }
        let (name, text) = read_sql(path)?;
        // After a line break, the rest of the name could be a command to GitHub.
        texts.push((visible(&name).into_owned(), text));
    }
    Ok(texts)
}
