//! `\o FILE`: results into a file until the next `\o`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::output::{AtomicFile, Format};

/// The file that results go to.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    format: Format,
    results: usize,
}

impl Target {
    /// Results go to `path`, in the format of its extension, else in `otherwise`. The first replaces
    /// what was there.
    pub(super) fn new(path: &str, otherwise: Format) -> Self {
        let path = PathBuf::from(path);
        Self {
            format: Format::from_extension(&path).unwrap_or(otherwise),
            path,
            results: 0,
        }
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is room for one more result.
    ///
    /// # Errors
    /// Where the format holds no more than one.
    pub(super) fn takes_another(&self) -> Result<(), Failure> {
        if self.results == 0 || self.format.can_follow() {
            return Ok(());
        }
        Err(Failure::usage(
            format!(
                "{} has a result already, and its format takes one",
                self.path.display()
            ),
            "name another file with \\o FILE, or end it with \\o",
        ))
    }

    /// The file for the next result, behind those before it. It is as it was until that is written.
    pub(super) fn open(&self) -> io::Result<AtomicFile> {
        let mut file = AtomicFile::create(&self.path)?;
        if self.results > 0 {
            io::copy(&mut File::open(&self.path)?, &mut file)?;
        }
        Ok(file)
    }

    /// Puts the file in its place.
    pub(super) fn persist(&mut self, file: AtomicFile) -> io::Result<()> {
        file.persist()?;
        self.results += 1;
        Ok(())
    }
}
