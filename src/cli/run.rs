//! `voxql run`: files of SQL.

use std::fs;
use std::path::Path;

use super::args::RunArgs;
use super::query::Runner;
use super::{Failure, read_stdin};

pub(super) async fn run(runner: &Runner, args: &RunArgs) -> Result<(), Failure> {
    let texts: Vec<(String, String)> = args
        .files
        .iter()
        .map(|path| read(path))
        .collect::<Result<_, _>>()?;
    runner.run_all(&texts, &args.params).await
}

/// The name of a file, and its text.
pub(super) fn read(path: &Path) -> Result<(String, String), Failure> {
    if path == Path::new("-") {
        return Ok(("standard input".to_owned(), read_stdin()?));
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::write(path.display(), error))?;
    // Editors on Windows put a mark before the text.
    let text = text
        .strip_prefix('\u{feff}')
        .map_or(text.clone(), str::to_owned);
    Ok((path.display().to_string(), text))
}
