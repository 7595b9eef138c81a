//! The files that a run leaves behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::outcome::Outcome;
use super::{CheckOptions, junit, results, summary};
use crate::failure::Failure;
use crate::output::AtomicFile;

/// All of them, begun before the queries run: a path that cannot be written to is told at once.
pub(super) struct ResultFiles(Vec<ResultFile>);

struct ResultFile {
    path: PathBuf,
    place: Place,
    write: Writer,
}

type Writer = fn(&[Outcome], &mut dyn Write) -> io::Result<()>;

enum Place {
    /// Replaced as a whole.
    Whole(AtomicFile),
    /// Added to: what is in it is not ours.
    Shared(File),
}

impl ResultFiles {
    pub(super) fn create(options: &CheckOptions) -> Result<Self, Failure> {
        let wanted: [(&str, &Option<PathBuf>, Writer); 3] = [
            ("--json", &options.json, |outcomes, sink| {
                results::write(outcomes, sink)
            }),
            ("--junit", &options.junit, |outcomes, sink| {
                junit::write(outcomes, sink)
            }),
            ("--summary", &options.summary, |outcomes, sink| {
                summary::write(outcomes, sink)
            }),
        ];
        let mut files: Vec<ResultFile> = Vec::new();
        for (option, path, write) in wanted {
            let Some(path) = path else {
                continue;
            };
            if files.iter().any(|file| file.path == *path) {
                return Err(Failure::usage(
                    format!(
                        "{option} {}: another option names this file",
                        path.display()
                    ),
                    "give each a file of its own",
                ));
            }
            let place = Place::open(path);
            files.push(ResultFile {
                path: path.clone(),
                place: place.map_err(|error| Failure::write(path.display(), error))?,
                write,
            });
        }
        Ok(Self(files))
    }

    /// Writes all of them, whether checks failed or not.
    pub(super) fn write(self, outcomes: &[Outcome]) -> Result<(), Failure> {
        for ResultFile { path, place, write } in self.0 {
            place
                .fill(|sink| write(outcomes, sink))
                .map_err(|error| Failure::write(path.display(), error))?;
        }
        Ok(())
    }
}

impl Place {
    fn open(path: &Path) -> io::Result<Self> {
        match is_step_summary(path) {
            true => {
                let file = OpenOptions::new().append(true).create(true).open(path);
                file.map(Self::Shared)
            }
            false => AtomicFile::create(path).map(Self::Whole),
        }
    }

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Whole(file) => {
                let mut sink = BufWriter::new(file);
                write(&mut sink)?;
                sink.into_inner().map_err(io::Error::from)?.persist()
            }
            Self::Shared(mut file) => {
                let mut text = Vec::new();
                // Whoever wrote before may have left the last line open.
                if file.metadata()?.len() > 0 {
                    text.push(b'\n');
                }
                write(&mut text)?;
                file.write_all(&text)
            }
        }
    }
}

/// Whether it is the file whose content GitHub shows of a step, which all commands of the step add to.
fn is_step_summary(path: &Path) -> bool {
    let Some(of_step) = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from) else {
        return false;
    };
    let found = |path: &Path| fs::canonicalize(path).ok();
    path == of_step || found(path).is_some_and(|path| found(&of_step) == Some(path))
}
