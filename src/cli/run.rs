//! `voxql run`: files of SQL.

use std::fs;
use std::path::Path;

use super::args::RunArgs;
use super::query::Runner;
use super::{Failure, read_stdin};

pub(super) async fn run(runner: &Runner, args: &RunArgs) -> Result<(), Failure> {
    let mut texts = Vec::new();
    for path in &args.files {
        texts.push(if path == Path::new("-") {
            ("standard input".to_owned(), read_stdin()?)
        } else {
            let text =
                fs::read_to_string(path).map_err(|error| Failure::write(path.display(), error))?;
            // Editors on Windows put a mark before the text.
            let text = text
                .strip_prefix('\u{feff}')
                .map_or(text.clone(), str::to_owned);
            (path.display().to_string(), text)
        });
    }
    runner.run_all(&texts, &args.params).await
}
