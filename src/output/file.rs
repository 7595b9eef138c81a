//! A file that appears complete or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that replaces its destination when [`persist`](Self::persist) is called.
///
/// Bytes go to `.<name>.<random>.partial` in the same folder. If the file is dropped without
/// `persist`, after an error or an interrupt, the partial file is removed and an existing
/// destination is unchanged.
///
/// A destination that exists and is not a regular file (`/dev/stdout`, a named pipe) is written to
/// directly, because a file must not replace it. The target of a symbolic link is replaced and the
/// link remains.
#[derive(Debug)]
pub(crate) enum AtomicFile {
    Direct(File),
    Pending {
        partial: NamedTempFile,
        destination: PathBuf,
    },
}

impl AtomicFile {
    /// Creates the file that becomes `path`.
    ///
    /// # Errors
    /// Returns an error if the folder does not exist or cannot be written to, or `path` is a folder.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if existing.as_ref().is_some_and(|m| !m.is_file()) {
            return Ok(Self::Direct(OpenOptions::new().write(true).open(path)?));
        }
        let destination = match existing {
            Some(_) => fs::canonicalize(path)?,
            None => path.to_owned(),
        };
        let partial = create_partial(&destination)?;
        if let Some(metadata) = existing {
            partial.as_file().set_permissions(metadata.permissions())?;
        }
        Ok(Self::Pending {
            partial,
            destination,
        })
    }

    /// Moves the file to its destination.
    ///
    /// The bytes reach the disk before the name does: after a power cut the destination is the old
    /// file or the new one, never an empty one.
    pub(crate) fn persist(self) -> io::Result<()> {
        if let Self::Pending {
            partial,
            destination,
        } = self
        {
            partial.as_file().sync_all()?;
            partial.persist(destination)?;
        }
        Ok(())
    }

    fn file(&self) -> &File {
        match self {
            Self::Direct(file) => file,
            Self::Pending { partial, .. } => partial.as_file(),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

fn create_partial(destination: &Path) -> io::Result<NamedTempFile> {
    let (Some(folder), Some(name)) = (destination.parent(), destination.file_name()) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path does not name a file",
        ));
    };
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".partial")
        // Not `tempfile_in`: the file is readable as the umask allows, and errors stay bare.
        .make_in(folder, |path| File::create_new(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn appears_when_persisted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nps.csv");
        // A leftover of a killed process does not block the next one.
        fs::write(folder.path().join(".nps.csv.a1b2c3.partial"), "").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        let partial = names(folder.path());
        assert_eq!(partial.len(), 2);
        for name in partial {
            assert!(name.starts_with(".nps.csv.") && name.ends_with(".partial"));
        }
        file.persist().unwrap();
        assert_eq!(names(folder.path()), [".nps.csv.a1b2c3.partial", "nps.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_dropped_file_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nps.csv");
        fs::write(&path, "old").unwrap();
        AtomicFile::create(&path)
            .unwrap()
            .write_all(b"half")
            .unwrap();
        assert_eq!(names(folder.path()), ["nps.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(AtomicFile::create(folder.path()).is_err());
        let missing = folder.path().join("no such folder").join("nps.csv");
        let error = AtomicFile::create(&missing).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_devices_and_permissions_survive() {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target.csv");
        let link = folder.path().join("link.csv");
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&target, &link).unwrap();
        let mut file = AtomicFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.persist().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let null = Path::new("/dev/null");
        let mut file = AtomicFile::create(null).unwrap();
        file.write_all(b"gone").unwrap();
        file.persist().unwrap();
        assert!(fs::metadata(null).unwrap().file_type().is_char_device());
    }
}
