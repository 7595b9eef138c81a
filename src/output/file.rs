//! A file that appears whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

/// A file under another name until [`persist`](Self::persist) gives it its own.
///
/// Bytes go to `.<name>.<pid>.partial` beside the destination. Dropped without `persist`, after an
/// error or an interrupt, that file is removed and a file that was there before is as it was.
///
/// A destination that exists and is no regular file (`/dev/stdout`, a named pipe) is written to
/// directly: it must not be replaced by a file. Through a symbolic link its target is replaced and
/// the link stays.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: File,
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    partial: PathBuf,
    destination: PathBuf,
}

impl AtomicFile {
    /// Starts the file that will be `path`.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written to, or when `path` is a folder.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if existing.as_ref().is_some_and(|m| !m.is_file()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Self {
                file,
                pending: None,
            });
        }
        let destination = match existing {
            Some(_) => fs::canonicalize(path)?,
            None => path.to_owned(),
        };
        let (file, partial) = create_partial(&destination)?;
        let this = Self {
            file,
            pending: Some(Pending {
                partial,
                destination,
            }),
        };
        if let Some(metadata) = existing {
            this.file.set_permissions(metadata.permissions())?;
        }
        Ok(this)
    }

    /// Puts the file in its place, replacing what was there.
    ///
    /// The bytes are on disk before the name is: after a power cut the destination is the old file
    /// or the new one, never an empty one.
    pub(crate) fn persist(mut self) -> io::Result<()> {
        if let Some(Pending {
            partial,
            destination,
        }) = &self.pending
        {
            self.file.sync_all()?;
            fs::rename(partial, destination)?;
            self.pending = None;
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(pending) = &self.pending {
            // Nobody is left to tell if this fails.
            let _ = fs::remove_file(&pending.partial);
        }
    }
}

fn create_partial(destination: &Path) -> io::Result<(File, PathBuf)> {
    let Some(name) = destination.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path does not name a file",
        ));
    };
    let mut attempt = 0;
    loop {
        let mut partial_name = OsString::from(".");
        partial_name.push(name);
        // In a container every run may have the same process id, and one that was killed leaves its
        // file behind: that must not block the runs after it.
        partial_name.push(match attempt {
            0 => format!(".{}.partial", process::id()),
            n => format!(".{}-{n}.partial", process::id()),
        });
        let partial = destination.with_file_name(partial_name);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&partial)
        {
            Ok(file) => return Ok((file, partial)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
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
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        let partial = format!(".nps.csv.{}.partial", process::id());
        assert_eq!(names(folder.path()), [partial]);
        file.persist().unwrap();
        assert_eq!(names(folder.path()), ["nps.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn an_abandoned_file_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nps.csv");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(names(folder.path()), ["nps.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_leftover_partial_file_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nps.csv");
        let leftover = format!(".nps.csv.{}.partial", process::id());
        fs::write(folder.path().join(&leftover), "").unwrap();
        AtomicFile::create(&path).unwrap().persist().unwrap();
        assert_eq!(names(folder.path()), [leftover, "nps.csv".to_owned()]);
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
        let kind = fs::metadata(null).unwrap().file_type();
        assert!(kind.is_char_device());
    }
}
