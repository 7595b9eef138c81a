//! `voxql watch`: imports every new file of a folder or prefix, once.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::args::WatchArgs;
use super::ingest::{self, Outcome, Scope};
use crate::error::Error;
use crate::failure::Failure;
use crate::ingest::{ImportSummary, Input, InputStamp};
use crate::lake::Lake;

/// A file written more recently than this may still be written to.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// Number of looks at files that are still being written, with `--once`.
const SETTLING_LOOKS_MAX: u32 = 30;

/// Imports new files until interrupted. The lake knows what was imported, so a restarted watch
/// continues where the last one ended.
pub(super) async fn run(lake: &Lake, args: &WatchArgs) -> Result<(), Failure> {
    if !args.place.contains("://") && !Path::new(&args.place).is_dir() {
        return Err(Failure::usage(
            format!("{}: not a folder", args.place),
            "use a folder, or a prefix such as s3://bucket/exports/",
        ));
    }
    args.import.options()?;
    let mut watch = Watch {
        lake,
        args,
        seen: HashMap::new(),
        outcome: Outcome::new(args.import.json),
    };
    if args.once {
        for _ in 0..SETTLING_LOOKS_MAX {
            match watch.look().await? {
                Progress::Complete => break,
                Progress::Unsettled => tokio::time::sleep(SETTLED_AFTER).await,
                Progress::Failed => return Err(Failure::AlreadyReported),
            }
        }
        return watch.outcome.into_result();
    }
    // A closed standard error is no reason to stop.
    let _ = writeln!(
        io::stderr(),
        "watching {} every {}; press Ctrl-C to stop",
        args.place,
        humantime::format_duration(args.every)
    );
    loop {
        match watch.look().await {
            Ok(_) => {}
            Err(Failure::OutputClosed) => return Ok(()),
            // The storage may be back at the next look.
            Err(failure) => failure.report(),
        }
        tokio::time::sleep(args.every).await;
    }
}

struct Watch<'a> {
    lake: &'a Lake,
    args: &'a WatchArgs,
    /// Files already processed, with their state at that time.
    seen: HashMap<String, InputStamp>,
    outcome: Outcome,
}

/// The state after one look.
enum Progress {
    Complete,
    /// A file is still being written.
    Unsettled,
    /// The lake failed, so the other files have to wait.
    Failed,
}

impl Watch<'_> {
    /// Imports what is new.
    async fn look(&mut self) -> Result<Progress, Failure> {
        let mut progress = Progress::Complete;
        for (file, stamp) in self.lake.files_so_far(self.args.place.as_str()).await? {
            if self.seen.get(&file.to_string()) == Some(&stamp) {
                continue;
            }
            if !is_settled(&stamp) {
                progress = Progress::Unsettled;
                continue;
            }
            if self.import(&file).await? == Scope::Lake {
                return Ok(Progress::Failed);
            }
            self.seen.insert(file.to_string(), stamp);
        }
        Ok(progress)
    }

    /// Imports a file, or those in an archive.
    async fn import(&mut self, file: &Input) -> Result<Scope, Failure> {
        let inputs = match self.lake.inputs([file.clone()]).await {
            Ok(inputs) => inputs,
            Err(error) => return self.report(file, file, &Err(error)).await,
        };
        for input in inputs {
            for options in self.args.import.options()? {
                let result = ingest::import(self.lake, &input, options, false).await;
                if self.report(file, &input, &result).await? == Scope::Lake {
                    return Ok(Scope::Lake);
                }
            }
        }
        Ok(Scope::File)
    }

    /// Prints the result of an input of `file`, if it is new.
    async fn report(
        &mut self,
        file: &Input,
        input: &Input,
        result: &Result<ImportSummary, Error>,
    ) -> Result<Scope, Failure> {
        let is_news = match result {
            // Most likely imported by an earlier watch.
            Ok(summary) => !summary.already_imported,
            // A file removed in the meantime is no error.
            Err(error) => !error.is_not_found() || self.lake.has_input(file).await?,
        };
        if is_news {
            self.outcome.report(input, result)
        } else {
            Ok(Scope::File)
        }
    }
}

fn is_settled(stamp: &InputStamp) -> bool {
    let Some(modified) = stamp.modified() else {
        return true;
    };
    // A clock behind that of the file system must not keep the file waiting.
    SystemTime::now()
        .duration_since(modified)
        .map_or(true, |age| age >= SETTLED_AFTER)
}
