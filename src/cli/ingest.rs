//! `voxql ingest`: files into the lake, and what became of them.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;
use voxql::{Error, IngestOptions, Input, Lake};

use super::Failure;
use super::args::IngestArgs;
use super::progress::ProgressLine;

/// Imports the files one after the other. A file that cannot be read does not keep the others
/// out; where the lake itself fails, all stops.
pub(super) async fn run(lake: &Lake, args: &IngestArgs) -> Result<(), Failure> {
    let mut options = IngestOptions::default();
    options.survey.clone_from(&args.survey);
    options.map.clone_from(&args.map);
    options.keep.clone_from(&args.keep);
    options.timezone.clone_from(&args.timezone);
    options.date_format.clone_from(&args.date_format);
    options.profile.clone_from(&args.profile);
    options.sheet.clone_from(&args.sheet);
    options.header_rows = args.header_rows;
    options.encoding.clone_from(&args.encoding);
    options.scale.clone_from(&args.scale);
    options.lenient = args.lenient;
    options.strict = args.strict;
    options.no_dedup = args.no_dedup;
    options
        .known_respondents
        .clone_from(&args.known_respondents);
    options.unknown_respondents = args.unknown_respondents.unwrap_or_default();
    options.rejects.clone_from(&args.rejects);
    options.memory_bytes = args.memory;
    options.dry_run = args.dry_run;
    if let Some(profile) = &args.save_profile {
        check_new_profile(profile, args)?;
    }
    let mut failed = false;
    let mut refused = false;
    'files: for given in &args.files {
        let inputs: Vec<_> = match lake.inputs([given]).await {
            Ok(inputs) => inputs.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        if args.save_profile.is_some() && inputs.len() > 1 {
            return Err(several_for_one_profile());
        }
        for input in inputs {
            let (name, imported) = match input {
                Ok(input) => {
                    let name = input.to_string();
                    let line = ProgressLine::start(&name);
                    options.progress = Some(line.progress());
                    let imported = lake.ingest(input.clone(), &options).await;
                    (name, imported.map(|summary| (input, summary)))
                }
                Err(error) => (given.display().to_string(), Err(error)),
            };
            match imported {
                Ok((input, summary)) => {
                    match args.json {
                        true => print(&json!(summary).to_string())?,
                        false => print(&summary.to_string())?,
                    }
                    if let Some(profile) = &args.save_profile {
                        save_profile(lake, input, &options, profile).await?;
                    }
                }
                Err(error) => {
                    failed |= !error.is_refused();
                    refused |= error.is_refused();
                    if args.json {
                        print(&error_json(&name, &error))?;
                    }
                    let is_of_the_file =
                        error.is_question() || error.is_invalid() || error.is_refused();
                    Failure::from(error).tell();
                    if !is_of_the_file {
                        break 'files;
                    }
                }
            }
        }
    }
    match (failed, refused) {
        (true, _) => Err(Failure::AlreadyTold),
        (false, true) => Err(Failure::Refused),
        (false, false) => Ok(()),
    }
}

/// What is found out about several files need not be the same, and a profile that is there is
/// somebody's work.
fn check_new_profile(profile: &Path, args: &IngestArgs) -> Result<(), Failure> {
    if args.files.len() > 1 {
        return Err(several_for_one_profile());
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

fn several_for_one_profile() -> Failure {
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

fn print(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(|error| Failure::write("standard output", error))
}

fn error_json(file: &str, error: &Error) -> String {
    json!({
        "file": file,
        "error": error.to_string(),
        "hint": error.hint(),
    })
    .to_string()
}
