//! `voxql watch`: every file that appears in a folder or prefix, once.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use voxql::{Error, ImportSummary, Input, InputStamp, Lake};

use super::Failure;
use super::args::WatchArgs;
use super::ingest::{self, Outcome};

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
    /// The inputs that are dealt with, as they were then.
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
        for input in self.lake.inputs_so_far(self.args.place.as_str()).await? {
            // One that was taken away meanwhile is no error.
            let Some(stamp) = self.lake.stamp(&input).await? else {
                continue;
            };
            if self.seen.get(&input.to_string()) == Some(&stamp) {
                continue;
            }
            if !is_settled(&stamp) {
                look = Look::Unsettled;
                continue;
            }
            let result = self.import(&input).await;
            // What an earlier watch has imported is no news.
            let is_news = !matches!(&result, Ok(summary) if summary.already_imported);
            if is_news && self.outcome.tell(&input, &result)?.is_of_all() {
                return Ok(Look::Ended);
            }
            self.seen.insert(input.to_string(), stamp);
        }
        Ok(look)
    }

    async fn import(&self, input: &Input) -> Result<ImportSummary, Error> {
        ingest::import(self.lake, input, self.args.import.options()).await
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
