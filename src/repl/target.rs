//! `\o FILE`: writes results to a file until the next `\o`.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::{MAIN_SEPARATOR, PathBuf};

use super::settings::unquoted;
use crate::failure::Failure;
use crate::output::{AtomicFile, Format};
use crate::statement::runner::file_format;

/// The file for results.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    results: usize,
}

impl Target {
    /// Writes results to `path`, in the format of its extension, else in `default`. The first result
    /// replaces the content of an existing file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written, or if its extension is unknown and `default` is
    /// the table.
    pub(super) fn new(path: PathBuf, default: Format) -> Result<Self, Failure> {
        let format = match default {
            Format::Table => file_format(&path)?.unwrap_or(default),
            // A chosen format is that of files with other extensions, too.
            chosen => Format::from_extension(&path).unwrap_or(chosen),
        };
        Self::with_format(path, format)
    }

    /// Writes results to `path` in this format, as [`new`](Self::new) does.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub(super) fn with_format(path: PathBuf, format: Format) -> Result<Self, Failure> {
        // The check changes no existing file, and does not wait for the reader of a pipe.
        if path.is_file() || !path.exists() {
            AtomicFile::create(&path).map_err(|error| Failure::create(&path, error))?;
        }
        if path.is_dir() {
            return Err(Failure::usage(
                format!("{} is a folder", path.display()),
                "name a file in it",
            ));
        }
        Ok(Self {
            format,
            path,
            results: 0,
        })
    }

    /// True if no result was written yet.
    pub(super) fn is_empty(&self) -> bool {
        self.results == 0
    }

    /// Checks that the file can take another result.
    ///
    /// # Errors
    /// Returns an error if the format allows only one.
    pub(super) fn check_another(&self) -> Result<(), Failure> {
        if self.results == 0 || self.format.can_append() {
            return Ok(());
        }
        let (path, format) = (self.path.display(), self.format);
        Err(Failure::usage(
            format!("{path} already contains a result, and {format} allows only one per file"),
            "name another file with \\o FILE, or show results again with \\o",
        ))
    }

    /// Opens a new version of the file for the next result, after the earlier ones. The file itself
    /// stays unchanged until [`Self::persist`].
    pub(super) fn open(&self) -> io::Result<AtomicFile> {
        let mut file = AtomicFile::create(&self.path)?;
        if self.results > 0 {
            // Earlier results are already through a pipe or on a terminal.
            if self.path.is_file() {
                io::copy(&mut File::open(&self.path)?, &mut file)?;
            }
            file.write_all(self.format.separator().as_bytes())?;
        }
        Ok(file)
    }

    /// Replaces the file by its new version.
    pub(super) fn persist(&mut self, file: AtomicFile) -> io::Result<()> {
        file.persist()?;
        self.results += 1;
        Ok(())
    }
}

/// The path without quotes, and with the home folder instead of `~/`.
pub(super) fn expand_path(typed: &str) -> PathBuf {
    let typed = unquoted(typed);
    let in_home = typed
        .strip_prefix('~')
        .and_then(|rest| rest.strip_prefix(['/', MAIN_SEPARATOR]));
    match (in_home, env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => typed.into(),
    }
}
