//! `voxql forget`: people who are no longer to be in the lake.

use std::fs;
use std::path::Path;

use voxql::{ForgetOptions, Lake};

use super::args::ForgetArgs;
use super::{Failure, read_stdin, say};

pub(super) async fn run(lake: &Lake, args: &ForgetArgs) -> Result<(), Failure> {
    let mut options = ForgetOptions::default();
    options.people.clone_from(&args.people);
    options.tokens.clone_from(&args.tokens);
    options.keep_score = args.keep_score;
    if let Some(path) = &args.file {
        let text = match path == Path::new("-") {
            true => read_stdin()?,
            false => {
                fs::read_to_string(path).map_err(|error| Failure::write(path.display(), error))?
            }
        };
        let named = text.lines().map(str::trim).filter(|line| !line.is_empty());
        for named in named.map(ToOwned::to_owned) {
            match named.starts_with("v1:") {
                true => options.tokens.push(named),
                false => options.people.push(named),
            }
        }
    }
    say(lake.forget(&options).await?)
}
