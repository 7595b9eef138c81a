//! `voxql keys`: shows, changes or exports the key of a lake.

use std::io::{self, Write};

use super::args::KeysCommand;
use crate::failure::{Failure, print_line};
use crate::lake::Lake;

pub(super) async fn run(lake: &Lake, command: &KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::ShowFingerprint => show_fingerprint(lake).await,
        KeysCommand::Rotate { to } => {
            let summary = lake.rotate_key(to).await?;
            if let Some(file) = &summary.new_key_file {
                print_line(format_args!(
                    "new key created in {}: keep a copy; without it, respondents cannot be matched to \
                     their pseudonyms again",
                    file.display()
                ))?;
            }
            print_line(format_args!(
                "identities sealed again: {} · the key of the lake is now {}: set VOXQL_KEY_FILE={}",
                summary.resealed,
                summary.key_fingerprint,
                to.display()
            ))
        }
        KeysCommand::Export => {
            let key = lake.export_key().await?;
            writeln!(io::stdout(), "{}", key.as_str())
                .map_err(|error| Failure::write("standard output", error))
        }
    }
}

async fn show_fingerprint(lake: &Lake) -> Result<(), Failure> {
    let fingerprints = lake.key_fingerprints().await?;
    print_line(format_args!("lake  {}", fingerprints.lake))?;
    match &fingerprints.local {
        Some(key) if *key == fingerprints.lake => print_line(format_args!("key   {key} (matches)")),
        Some(key) => {
            print_line(format_args!("key   {key} (does not match)"))?;
            Err(Failure::Refused)
        }
        None => {
            print_line("key   not found on this machine")?;
            Err(Failure::Refused)
        }
    }
}
