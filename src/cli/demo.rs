//! `voxql demo`: a lake of the sample exports, and the questions people ask of it.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::DemoArgs;
use crate::failure::{Failure, say};
use crate::ingest::IngestOptions;
use crate::lake::Lake;
use crate::statement::runner::{OutputOptions, Runner};
use crate::statement::split;

/// The sample files travel inside the program, so that the demo runs anywhere.
const SAMPLES: [(&str, &[u8]); 5] = [
    (
        "responses.csv",
        include_bytes!("../../sample_data/responses.csv"),
    ),
    (
        "antworten.csv",
        include_bytes!("../../sample_data/antworten.csv"),
    ),
    (
        "delighted.ndjson",
        include_bytes!("../../sample_data/delighted.ndjson"),
    ),
    (
        "accounts.csv",
        include_bytes!("../../sample_data/accounts.csv"),
    ),
    (
        "releases.csv",
        include_bytes!("../../sample_data/releases.csv"),
    ),
];

const TOUR: &str = include_str!("../../sample_data/tour.sql");

/// The exports, each with the columns to keep of it.
const EXPORTS: [(&str, &[&str]); 3] = [
    ("responses.csv", &["segment", "channel", "country"]),
    (
        "antworten.csv",
        &["segment", "channel=Kanal", "country=Land"],
    ),
    ("delighted.ndjson", &["segment", "channel", "country"]),
];

pub(super) async fn run(args: &DemoArgs) -> Result<(), Failure> {
    let folder = DemoFolder::create(args.into.as_deref())?;
    let samples = folder.path.join("sample_data");
    fs::create_dir_all(&samples).map_err(|error| Failure::write(samples.display(), error))?;
    for (name, content) in SAMPLES {
        let path = samples.join(name);
        fs::write(&path, content).map_err(|error| Failure::write(path.display(), error))?;
    }
    let tour = samples.join("tour.sql");
    fs::write(&tour, TOUR).map_err(|error| Failure::write(tour.display(), error))?;
    // The tour names the sample files by their path from here.
    std::env::set_current_dir(&folder.path)
        .map_err(|error| Failure::write(folder.path.display(), error))?;
    let lake = Lake::builder("lake").key_file("key").open()?;

    say("Three exports of the invented company Brackenfold come into one lake.\n")?;
    for (name, keep) in EXPORTS {
        let mut options = IngestOptions::default();
        options.keep = keep.iter().map(|column| (*column).to_owned()).collect();
        say(format_args!(
            "$ voxql ingest sample_data/{name} --keep {}",
            keep.join(",")
        ))?;
        let mut summary = lake.ingest(format!("sample_data/{name}"), &options).await?;
        // The demo's key is made for it and goes with it.
        summary.notes.retain(|note| !note.contains("key"));
        say(format_args!("{summary}\n"))?;
    }
    let runner = Runner::new(lake.session(), OutputOptions::default())?;
    for statement in split::split(TOUR).expect("the tour is valid SQL") {
        say(format_args!("{};", statement.text))?;
        runner.run_text(statement.text).await?;
        say("")?;
    }
    match &args.into {
        Some(path) => say(format_args!(
            "The lake and the samples are in {}. To ask more:\n  cd {} && voxql --lake lake",
            path.display(),
            path.display()
        )),
        None => say("To keep the lake and ask more: voxql demo --into FOLDER"),
    }
}

/// The folder of the demo; a temporary one goes when the demo ends.
struct DemoFolder {
    path: PathBuf,
    temporary: bool,
}

impl DemoFolder {
    fn create(into: Option<&Path>) -> Result<Self, Failure> {
        let path = match into {
            Some(path) => path.to_owned(),
            None => std::env::temp_dir().join(format!("voxql-demo-{}", std::process::id())),
        };
        let failed = |error| Failure::write(path.display(), error);
        if into.is_some()
            && path
                .read_dir()
                .is_ok_and(|mut files| files.next().is_some())
        {
            return Err(Failure::usage(
                format!("{}: the folder is not empty", path.display()),
                "name a new folder",
            ));
        }
        fs::create_dir_all(&path).map_err(failed)?;
        Ok(Self {
            path: path.canonicalize().map_err(failed)?,
            temporary: into.is_none(),
        })
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if self.temporary {
            // What cannot be removed is left to the system, as all of its temporary folder is.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
