//! `voxql demo`: creates a lake from sample exports and runs example queries.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::DemoArgs;
use crate::failure::{Failure, print_line};
use crate::ingest::IngestOptions;
use crate::lake::Lake;
use crate::statement::runner::{OutputOptions, Runner};
use crate::statement::split;

/// The sample files, part of the program, so that the demo runs anywhere.
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

/// The exports, each with the columns to keep.
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

    print_line(
        "This demo imports three exports of Brackenfold, a made-up company, into one lake.\n",
    )?;
    for (name, keep) in EXPORTS {
        let options = keep
            .iter()
            .fold(IngestOptions::default(), |options, column| {
                options.keep(*column)
            });
        print_line(format_args!(
            "$ voxql ingest sample_data/{name} --keep {}",
            keep.join(",")
        ))?;
        let mut summary = lake.ingest(format!("sample_data/{name}"), &options).await?;
        // The demo's key is removed with the demo.
        summary
            .notes
            .retain(|note| !note.to_string().contains("key"));
        print_line(format_args!("{summary}\n"))?;
    }
    let runner = Runner::new(lake.session(), OutputOptions::default())?;
    for statement in split::split(TOUR).expect("the tour is valid SQL") {
        print_line(format_args!("{};", statement.text))?;
        runner.run_text(statement.text).await?;
        print_line("")?;
    }
    match &args.into {
        Some(path) => print_line(format_args!(
            "The lake and the samples are in {}. To query them:\n  cd {} && voxql --lake lake",
            path.display(),
            path.display()
        )),
        None => print_line("To keep the lake and query it: voxql demo --into FOLDER"),
    }
}

/// The folder of the demo; a temporary one is removed at the end.
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
                format!("{}: folder is not empty", path.display()),
                "use a new folder",
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
            // The system cleans up its temporary folder.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
