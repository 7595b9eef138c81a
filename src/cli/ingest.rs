//! `voxql ingest`: files into the lake, and what became of them.

use std::io::{self, Write};

use serde_json::json;
use voxql::{Error, IngestOptions, Lake};

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
    let mut failed = false;
    let mut refused = false;
    'files: for given in &args.files {
        let inputs: Vec<_> = match lake.inputs([given]).await {
            Ok(inputs) => inputs.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        for input in inputs {
            let (name, imported) = match input {
                Ok(input) => {
                    let name = input.to_string();
                    let line = ProgressLine::start(&name);
                    options.progress = Some(line.progress());
                    (name, lake.ingest(input, &options).await)
                }
                Err(error) => (given.display().to_string(), Err(error)),
            };
            match imported {
                Ok(summary) if args.json => print(&json!(summary).to_string())?,
                Ok(summary) => print(&summary.to_string())?,
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
