//! `voxql forget`: erases people from the lake.

use std::path::Path;

use super::args::ForgetArgs;
use super::input_text::read_text;
use crate::failure::{Failure, print_line};
use crate::lake::{ForgetOptions, Lake};

pub(super) async fn run(lake: &Lake, args: &ForgetArgs) -> Result<(), Failure> {
    if args.undo {
        return Err(Failure::usage(
            "forgetting cannot be undone: what was forgotten is in no file of the lake",
            "later imports leave these people out for ever, or for as many days as suppressions_days in \
             the section [retention] of lake.toml says",
        ));
    }
    let options = ForgetOptions {
        people: named(&args.people, args.file.as_deref())?,
        tokens: args.tokens.clone(),
        keep_score: args.keep_score,
        names: args.names.clone(),
        everywhere: args.everywhere,
        dry_run: args.dry_run,
    };
    print_line(lake.forget(&options).await?)
}

/// People given as arguments, and those in the lines of a file.
pub(super) fn named(people: &[String], file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let mut named = people.to_vec();
    let Some(path) = file else {
        return Ok(named);
    };
    let (_, text) = read_text(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    named.extend(lines.map(ToOwned::to_owned));
    Ok(named)
}
