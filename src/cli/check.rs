//! `voxql check`: runs queries and checks their results.

use super::args::CheckArgs;
use super::input_text::read_sql;
use crate::check::{CheckOptions, CheckRun, ResultPaths, check};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::visible;
use crate::query::SessionOptions;

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
    check(&lake.session_with(session).await?, &texts, &run).await
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
