//! `voxql run`: runs SQL files.

use std::path::PathBuf;

use super::args::RunArgs;
use super::input_text::read_sql;
use crate::failure::Failure;

/// Reads all files, and returns their names in messages and their texts.
pub(super) fn read(args: &RunArgs) -> Result<Vec<(String, String)>, Failure> {
    let texts = args.files.iter().map(PathBuf::as_path).map(read_sql);
    texts.collect()
}
