//! `voxql ingest`: imports files and prints a summary of each.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use exports::{Message, Question};
use serde_json::{Value, json};

use super::args::IngestArgs;
use super::ask::{ask, can_ask};
use super::explain;
use super::progress::ProgressLine;
use crate::error::Error;
use crate::failure::{Failure, flag, flag_words, print_json, print_line, report_error};
use crate::ingest::{ImportSummary, IngestOptions, Input};
use crate::lake::Lake;

/// Imports the files one after the other. In a terminal, asks what a file leaves open. A file that
/// cannot be read is skipped; an error of the lake stops the command.
pub(super) async fn run(lake: &Lake, args: &IngestArgs) -> Result<(), Failure> {
    let mut options = args.import.options()?;
    for options in &mut options {
        options.dry_run = args.dry_run;
    }
    if let Some(profile) = &args.save_profile {
        check_new_profile(profile, args)?;
    }
    let mut outcome = Outcome::new(args.import.json);
    let asks = !args.import.json && can_ask();
    for given in &args.files {
        let inputs = match lake.inputs([given]).await {
            Ok(inputs) => inputs,
            Err(error) => {
                if outcome.report(given.display(), &Err(error))? == Scope::Lake {
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
                if args.explain {
                    explain(lake, &input, options, &mut outcome).await?;
                    continue;
                }
                let mut options = options.clone();
                let mut answers = Vec::new();
                let result = loop {
                    let result = import(lake, &input, options.clone(), args.timing).await;
                    match &result {
                        Err(error) if asks && error.is_question() => {
                            match ask(&input, error, &mut options)? {
                                Some(given) => answers.extend(given),
                                None => break result,
                            }
                        }
                        _ => break result,
                    }
                };
                if outcome.report(&input, &result)? == Scope::Lake {
                    return outcome.into_result();
                }
                if result.is_err() {
                    continue;
                }
                if !answers.is_empty() {
                    print_line(format_args!("next time: {}", answers.join(" ")))?;
                }
                if let Some(profile) = &args.save_profile {
                    save_profile(lake, input.clone(), &options, profile).await?;
                }
            }
        }
    }
    outcome.into_result()
}

/// Imports one input and shows its progress. With `timing`, prints the time of each step.
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
    // Cleared before anything else is printed.
    drop(line);
    if let Some(times) = times {
        // A closed standard error is no reason to stop.
        let _ = writeln!(io::stderr(), "{input}  {times}");
    }
    result
}

/// Prints the evidence for the fields of one input.
async fn explain(
    lake: &Lake,
    input: &Input,
    options: &IngestOptions,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    match lake.explain(input.clone(), options).await {
        Ok(explanation) if outcome.json => print_json(explain::json(input, &explanation)),
        Ok(explanation) => print_line(explain::text(input, &explanation)),
        Err(error) => outcome.report_error(input, &error).map(|_| ()),
    }
}

/// The scope of an import's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The file was imported, or is wrong; others can be imported.
    File,
    /// The lake or its storage failed; so would all other imports.
    Lake,
}

/// The outcome of several imports.
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

    /// Prints the result of the import of `name`.
    pub(super) fn report(
        &mut self,
        name: impl fmt::Display,
        result: &Result<ImportSummary, Error>,
    ) -> Result<Scope, Failure> {
        // Notes name options, which are flags here.
        let with_flags = |summary: &ImportSummary| {
            let mut summary = summary.clone();
            for note in &mut summary.notes {
                *note = note.render(flag).into();
            }
            summary
        };
        match result {
            Ok(summary) if self.json => {
                print_json(json!(with_flags(summary)))?;
                Ok(Scope::File)
            }
            Ok(summary) => {
                print_line(with_flags(summary))?;
                Ok(Scope::File)
            }
            Err(error) => self.report_error(name, error),
        }
    }

    /// Prints an error of the import of `name`.
    fn report_error(&mut self, name: impl fmt::Display, error: &Error) -> Result<Scope, Failure> {
        self.failed |= !error.is_refused();
        self.refused |= error.is_refused();
        if self.json {
            let (message, hint) = error.render(flag);
            let mut object = json!({"file": name.to_string(), "error": message, "hint": hint});
            if error.is_question() {
                object["answers"] = error.questions().iter().map(answers_json).collect();
            }
            print_json(object)?;
        }
        report_error(error);
        let concerns_file =
            error.is_question() || error.is_invalid() || error.is_refused() || error.is_not_found();
        Ok(if concerns_file {
            Scope::File
        } else {
            Scope::Lake
        })
    }

    pub(super) fn into_result(self) -> Result<(), Failure> {
        if self.failed {
            Err(Failure::AlreadyReported)
        } else if self.refused {
            Err(Failure::Refused)
        } else {
            Ok(())
        }
    }
}

/// A question with the flags of each of its answers.
fn answers_json(question: &Question) -> Value {
    let words = |answer: &Message| -> Value {
        let options = answer.options();
        options
            .flat_map(|(option, value)| flag_words(option, value))
            .collect()
    };
    json!({
        "question": question.message.render(flag),
        "choices": question.answers.iter().map(words).collect::<Value>(),
    })
}

/// Refuses to save one profile of several files, and to overwrite a file.
fn check_new_profile(profile: &Path, args: &IngestArgs) -> Result<(), Failure> {
    if args.files.len() > 1 {
        return Err(several_files());
    }
    if profile.exists() {
        return Err(Failure::usage(
            format!(
                "--save-profile {}: the file already exists",
                profile.display()
            ),
            "use another name, or remove the file",
        ));
    }
    Ok(())
}

fn several_files() -> Failure {
    Failure::usage(
        "--save-profile works with one file, and several are given",
        "save the profile of one file, and import the others with --profile",
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
