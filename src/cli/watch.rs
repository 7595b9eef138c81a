//! `voxql watch`: every file that appears in a folder or prefix, once.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::args::WatchArgs;
use super::ingest::{self, Outcome, Told};
use crate::error::Error;
use crate::failure::Failure;
use crate::ingest::{ImportSummary, Input, InputStamp};
use crate::lake::Lake;

/// A file that was written less long ago may still be written to.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// How often files that are still being written are looked at again under `--once`.
const SETTLING_LOOKS_MAX: u32 = 30;

/// Imports what is new, again and again. What was imported is known by the lake, so that a watch
/// that is started again goes on where the last one ended.
pub(super) async fn run(lake: &Lake, args: &WatchArgs) -> Result<(), Failure> {
    if !args.place.contains("://") && !Path::new(&args.place).is_dir() {
        return Err(Failure::usage(
            format!("{}: is not a folder", args.place),
            "name a folder, or a prefix such as s3://bucket/exports/",
        ));
    }
    let mut watch = Watch {
        lake,
        args,
        seen: HashMap::new(),
        outcome: Outcome::new(args.import.json),
    };
    if args.once {
        for _ in 0..SETTLING_LOOKS_MAX {
            match watch.look().await? {
                Look::Complete => break,
                Look::Unsettled => tokio::time::sleep(SETTLED_AFTER).await,
                Look::Ended => return Err(Failure::AlreadyTold),
            }
        }
        return watch.outcome.into_result();
    }
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(
        io::stderr(),
        "watching {} every {}; Ctrl-C ends it",
        args.place,
        humantime::format_duration(args.every)
    );
    loop {
        match watch.look().await {
            Ok(_) => {}
            Err(Failure::ReaderGone) => return Ok(()),
            // The storage may be back at the next look.
            Err(failure) => failure.tell(),
        }
        tokio::time::sleep(args.every).await;
    }
}

struct Watch<'a> {
    lake: &'a Lake,
    args: &'a WatchArgs,
    /// The files that are dealt with, as they were then.
    seen: HashMap<String, InputStamp>,
    outcome: Outcome,
}

/// What a look has come to.
enum Look {
    Complete,
    /// Something is still being written.
    Unsettled,
    /// The lake failed, and the rest has to wait.
    Ended,
}

impl Watch<'_> {
    /// Imports what is new.
    async fn look(&mut self) -> Result<Look, Failure> {
        let mut look = Look::Complete;
        for (file, stamp) in self.lake.files_so_far(self.args.place.as_str()).await? {
            if self.seen.get(&file.to_string()) == Some(&stamp) {
                continue;
            }
            if !is_settled(&stamp) {
                look = Look::Unsettled;
                continue;
            }
            if self.import(&file).await?.is_of_all() {
                return Ok(Look::Ended);
            }
            self.seen.insert(file.to_string(), stamp);
        }
        Ok(look)
    }

    /// Imports a file, or those in an archive.
    async fn import(&mut self, file: &Input) -> Result<Told, Failure> {
        let inputs = match self.lake.inputs([file.clone()]).await {
            Ok(inputs) => inputs,
            Err(error) => return self.tell(file, file, &Err(error)).await,
        };
        for input in inputs {
            for options in self.args.import.options() {
                let result = ingest::import(self.lake, &input, options, false).await;
                if self.tell(file, &input, &result).await?.is_of_all() {
                    return Ok(Told::OfAll);
                }
            }
        }
        Ok(Told::OfFile)
    }

    /// Tells what came of an input of `file`, where that is news.
    async fn tell(
        &mut self,
        file: &Input,
        input: &Input,
        result: &Result<ImportSummary, Error>,
    ) -> Result<Told, Failure> {
        let is_news = match result {
            // Of an earlier watch, most likely.
            Ok(summary) => !summary.already_imported,
            // One that was taken away meanwhile is no error.
            Err(error) => !error.is_not_found() || self.lake.has_input(file).await?,
        };
        match is_news {
            true => self.outcome.tell(input, result),
            false => Ok(Told::OfFile),
        }
    }
}

fn is_settled(stamp: &InputStamp) -> bool {
    let Some(modified) = stamp.modified() else {
        return true;
    };
    // A clock that is behind the file's keeps no file waiting for ever.
    SystemTime::now()
        .duration_since(modified)
        .map_or(true, |age| age >= SETTLED_AFTER)
}
