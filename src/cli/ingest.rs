//! `voxql ingest`: files into the lake, and what became of them.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::args::IngestArgs;
use super::progress::ProgressLine;
use crate::error::Error;
use crate::failure::{Failure, say, tell_error};
use crate::ingest::{ImportSummary, IngestOptions, Input};
use crate::lake::Lake;

/// Imports the files one after the other. A file that cannot be read does not keep the others
/// out; where the lake itself fails, all stops.
pub(super) async fn run(lake: &Lake, args: &IngestArgs) -> Result<(), Failure> {
    let mut options = args.import.options();
    for options in &mut options {
        options.dry_run = args.dry_run;
    }
    if let Some(profile) = &args.save_profile {
        check_new_profile(profile, args)?;
    }
    let mut outcome = Outcome::new(args.import.json);
    for given in &args.files {
        let inputs = match lake.inputs([given]).await {
            Ok(inputs) => inputs,
            Err(error) => {
                if outcome.tell(given.display(), &Err(error))?.is_of_all() {
                    break;
                }
                continue;
            }
        };
        if args.save_profile.is_some() && inputs.len() * options.len() > 1 {
            return Err(several_files());
        }
        for input in inputs {
            for options in &options {
                let result = import(lake, &input, options.clone(), args.timing).await;
                if outcome.tell(&input, &result)?.is_of_all() {
                    return outcome.into_result();
                }
                if let (Ok(_), Some(profile)) = (&result, &args.save_profile) {
                    save_profile(lake, input.clone(), options, profile).await?;
                }
            }
        }
    }
    outcome.into_result()
}

/// Imports one input, with a line that shows how far that is. With `timing` it says then how long
/// each step took.
pub(super) async fn import(
    lake: &Lake,
    input: &Input,
    mut options: IngestOptions,
    timing: bool,
) -> Result<ImportSummary, Error> {
    let line = ProgressLine::start(&input.to_string());
    options.progress = Some(line.progress());
    let result = lake.ingest(input.clone(), &options).await;
    let times = timing.then(|| line.times());
    // Gone before anything else is told.
    drop(line);
    if let Some(times) = times {
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{input}  {times}");
    }
    result
}

/// What a failed import means for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing: it was imported, or something is wrong with the file.
    OfFile,
    /// The lake or its storage failed, and would again.
    OfAll,
}

impl Told {
    pub(super) fn is_of_all(self) -> bool {
        self == Self::OfAll
    }
}

/// What came of several imports.
#[derive(Debug)]
pub(super) struct Outcome {
    json: bool,
    failed: bool,
    refused: bool,
}

impl Outcome {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            failed: false,
            refused: false,
        }
    }

    /// Tells what came of the import of `name`.
    pub(super) fn tell(
        &mut self,
        name: impl fmt::Display,
        result: &Result<ImportSummary, Error>,
    ) -> Result<Told, Failure> {
        let error = match result {
            Ok(summary) if self.json => {
                say(json!(summary))?;
                return Ok(Told::OfFile);
            }
            Ok(summary) => {
                say(summary)?;
                return Ok(Told::OfFile);
            }
            Err(error) => error,
        };
        self.failed |= !error.is_refused();
        self.refused |= error.is_refused();
        if self.json {
            let object = json!({
                "file": name.to_string(),
                "error": error.to_string(),
                "hint": error.hint(),
            });
            say(object)?;
        }
        tell_error(error);
        let is_of_file =
            error.is_question() || error.is_invalid() || error.is_refused() || error.is_not_found();
        Ok(match is_of_file {
            true => Told::OfFile,
            false => Told::OfAll,
        })
    }

    pub(super) fn into_result(self) -> Result<(), Failure> {
        match (self.failed, self.refused) {
            (true, _) => Err(Failure::AlreadyTold),
            (false, true) => Err(Failure::Refused),
            (false, false) => Ok(()),
        }
    }
}

/// What is found out about several files need not be the same, and a profile that is there is
/// somebody's work.
fn check_new_profile(profile: &Path, args: &IngestArgs) -> Result<(), Failure> {
    if args.files.len() > 1 {
        return Err(several_files());
    }
    if profile.exists() {
        return Err(Failure::usage(
            format!(
                "--save-profile {}: the file is there already",
                profile.display()
            ),
            "name another file, or remove that one",
        ));
    }
    Ok(())
}

fn several_files() -> Failure {
    Failure::usage(
        "--save-profile is of one file, and there are several",
        "save the profile of one, and import the others with --profile",
    )
}

async fn save_profile(
    lake: &Lake,
    input: Input,
    options: &IngestOptions,
    profile: &Path,
) -> Result<(), Failure> {
    let text = lake.profile_of(input, options).await?;
    File::create_new(profile)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::write(profile.display(), error))
}
