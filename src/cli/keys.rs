//! `voxql keys`: the key of a lake, recognised, changed, and copied.

use std::io::{self, Write};

use voxql::Lake;

use super::args::KeysCommand;
use super::{Failure, say};

pub(super) async fn run(lake: &Lake, command: &KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::ShowFingerprint => show_fingerprint(lake).await,
        KeysCommand::Rotate { to } => {
            let summary = lake.rotate_key(to).await?;
            if let Some(file) = &summary.new_key_file {
                say(format_args!(
                    "the new key was made in {}: keep a copy, without it nobody can be recognised \
                     again",
                    file.display()
                ))?;
            }
            say(format_args!(
                "sealed anew {} · the lake's key is {} now: set VOXQL_KEY_FILE={}",
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
    say(format_args!("lake  {}", fingerprints.lake))?;
    match &fingerprints.local {
        Some(key) if *key == fingerprints.lake => say(format_args!("key   {key}, the same")),
        Some(key) => {
            say(format_args!("key   {key}, another one"))?;
            Err(Failure::Refused)
        }
        None => {
            say("key   not on this machine")?;
            Err(Failure::Refused)
        }
    }
}
