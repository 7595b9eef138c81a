//! `\o FILE`: results into a file until the next `\o`.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::settings::unquoted;
use crate::failure::Failure;
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
    ///
    /// # Errors
    /// Where no file can be written there.
    pub(super) fn new(path: PathBuf, otherwise: Format) -> Result<Self, Failure> {
        // What was there stays, and so does a pipe that nobody reads yet.
        if path.is_file() || !path.exists() {
            AtomicFile::create(&path).map_err(|error| Failure::write(path.display(), error))?;
        }
        if path.is_dir() {
            return Err(Failure::usage(
                format!("{} is a folder", path.display()),
                "name a file in it",
            ));
        }
        Ok(Self {
            format: Format::from_extension(&path).unwrap_or(otherwise),
            path,
            results: 0,
        })
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
        if self.results == 0 || self.format.can_append() {
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
            // A pipe or a terminal has those before it behind it.
            if self.path.is_file() {
                io::copy(&mut File::open(&self.path)?, &mut file)?;
            }
            file.write_all(self.format.separator().as_bytes())?;
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

/// The path that was typed: it may stand in quotes, and begin with `~/`, the person's own folder.
pub(super) fn path_of(typed: &str) -> PathBuf {
    let typed = unquoted(typed);
    let inside = typed
        .strip_prefix('~')
        .and_then(|rest| rest.strip_prefix(['/', MAIN_SEPARATOR]));
    match (inside, env::home_dir()) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => typed.into(),
    }
}
