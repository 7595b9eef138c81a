//! `voxql check`: queries held against what is expected of their rows.

use super::args::CheckArgs;
use super::input_text::read_text;
use crate::check::{CheckOptions, check};
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
    let options = CheckOptions {
        params: args.params.clone(),
        baseline: args.baseline.clone(),
        json: args.json.clone(),
        junit: args.junit.clone(),
        summary: args.summary.clone(),
        warnings_as_errors: args.warnings_as_errors,
        fail_fast: args.fail_fast,
    };
    check(&lake.session_with(session).await?, &texts, &options).await
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
