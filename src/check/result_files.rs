//! The files that a run writes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::outcome::Outcome;
use super::{junit, results, summary};
use crate::failure::Failure;
use crate::output::AtomicFile;

/// The paths of the files to write: results for programs, JUnit XML, and a summary in Markdown.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResultPaths {
    pub(crate) json: Option<PathBuf>,
    pub(crate) junit: Option<PathBuf>,
    pub(crate) summary: Option<PathBuf>,
}

/// The open files. They are opened before the queries run, so that a path that cannot be written to
/// is reported immediately.
pub(super) struct ResultFiles(Vec<ResultFile>);

struct ResultFile {
    path: PathBuf,
    target: Target,
    write: Writer,
}

type Writer = fn(&[Outcome], &mut dyn Write) -> io::Result<()>;

enum Target {
    Replace(AtomicFile),
    Append(File),
}

impl ResultFiles {
    pub(super) fn create(paths: &ResultPaths) -> Result<Self, Failure> {
        let wanted: [(&str, &Option<PathBuf>, Writer); 3] = [
            ("--json", &paths.json, results::write),
            ("--junit", &paths.junit, junit::write),
            ("--summary", &paths.summary, summary::write),
        ];
        let mut files: Vec<ResultFile> = Vec::new();
        for (option, path, write) in wanted {
            let Some(path) = path else {
                continue;
            };
            let place = path.display();
            if files.iter().any(|file| file.path == *path) {
                return Err(Failure::usage(
                    format!("{option} {place}: another option writes to this file"),
                    "use a different file for each option",
                ));
            }
            let target = Target::open(path).map_err(|error| Failure::create(path, error))?;
            files.push(ResultFile {
                path: path.clone(),
                target,
                write,
            });
        }
        Ok(Self(files))
    }

    pub(super) fn write(self, outcomes: &[Outcome]) -> Result<(), Failure> {
        for file in self.0 {
            file.target
                .fill(|sink| (file.write)(outcomes, sink))
                .map_err(|error| Failure::write(file.path.display(), error))?;
        }
        Ok(())
    }
}

impl Target {
    fn open(path: &Path) -> io::Result<Self> {
        if is_step_summary(path) {
            let file = OpenOptions::new().append(true).create(true).open(path);
            file.map(Self::Append)
        } else {
            AtomicFile::create(path).map(Self::Replace)
        }
    }

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Replace(file) => {
                let mut sink = BufWriter::new(file);
                write(&mut sink)?;
                sink.into_inner().map_err(io::Error::from)?.persist()
            }
            Self::Append(mut file) => {
                let mut text = Vec::new();
                // The last line may have no line break.
                if file.metadata()?.len() > 0 {
                    text.push(b'\n');
                }
                write(&mut text)?;
                file.write_all(&text)
            }
        }
    }
}

/// True for the summary file of a GitHub Actions step, to which all commands of the step append.
fn is_step_summary(path: &Path) -> bool {
    let Some(summary) = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from) else {
        return false;
    };
    let canonical = |path: &Path| fs::canonicalize(path).ok();
    path == summary || canonical(path).is_some_and(|path| canonical(&summary) == Some(path))
}
