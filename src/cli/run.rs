//! `voxql run`: runs SQL files.

use std::path::PathBuf;

use super::args::RunArgs;
use super::input_text::read_text;
use crate::failure::Failure;
use crate::statement::runner::Runner;

pub(super) async fn run(runner: &Runner, args: &RunArgs) -> Result<(), Failure> {
    let texts = args.files.iter().map(PathBuf::as_path).map(read_text);
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    runner.run_all(&texts, &args.params).await
}
