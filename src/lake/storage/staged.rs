//! Files that get their name when their bytes are on disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use object_store::PutPayload;
use tempfile::NamedTempFile;

use crate::privacy::keys::create_private_folder;

/// Attempts at creating or naming a file while others remove its folder.
const ATTEMPTS_MAX: usize = 100;

/// A file without its name yet, readable by its owner alone.
///
/// It is locked for as long as its process lives, so that others can tell what a killed process left. It is
/// removed if it does not get a name.
#[derive(Debug)]
pub(super) struct Staged(NamedTempFile);

impl Staged {
    /// Creates a file in a folder, which is created with it.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        folder.parent().map_or(Ok(()), create_folder)?;
        for _ in 0..ATTEMPTS_MAX {
            // What is in it need not outlive a power cut.
            match create_private_folder(folder) {
                // Another process removed it in the meantime.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                created => created?,
            }
            let file = match NamedTempFile::with_prefix_in("", folder) {
                Ok(file) => file,
                // A sweep removed the empty folder.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            match file.as_file().try_lock() {
                // A sweep may have removed it before it was locked.
                Ok(()) if file.path().try_exists()? => return Ok(Self(file)),
                Ok(()) | Err(fs::TryLockError::WouldBlock) => {}
                // A file system without locks: no sweep removes its files.
                Err(fs::TryLockError::Error(_)) => return Ok(Self(file)),
            }
        }
        Err(io::Error::other("the folder cannot be created"))
    }

    /// Writes bytes at a place.
    pub(super) fn write_at(&mut self, offset: u64, bytes: &PutPayload) -> io::Result<()> {
        let file = self.0.as_file_mut();
        file.seek(SeekFrom::Start(offset))?;
        bytes.iter().try_for_each(|bytes| file.write_all(bytes))
    }

    /// Gives the file its name: first its bytes are on disk, then the name, then the folder.
    ///
    /// # Errors
    /// Returns an error of the kind `AlreadyExists` if there is a file of that name, unless `overwrites`.
    pub(super) fn publish(self, path: &Path, overwrites: bool) -> io::Result<()> {
        self.0.as_file().sync_all()?;
        let staging = self.0.path().parent().map(Path::to_owned);
        let named = name(self.0, path, overwrites);
        // Only if it is empty.
        let _ = staging.map(fs::remove_dir);
        named?;
        sync_folder_of(path)
    }
}

/// Gives a file its name, in a folder that is created with it.
fn name(mut file: NamedTempFile, path: &Path, overwrites: bool) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        path.parent().map_or(Ok(()), create_folder)?;
        let named = if overwrites {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        };
        match named {
            Ok(_) => return Ok(()),
            // Another process removed the folder while it was empty.
            Err(error) if error.error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS_MAX => {
                file = error.file;
                attempt += 1;
            }
            Err(error) => return Err(error.error),
        }
    }
}

/// Creates a folder and those above it, and waits until they are on disk.
fn create_folder(folder: &Path) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|folder| !folder.is_dir());
    let missing: Vec<&Path> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    create_private_folder(folder)?;
    missing.into_iter().try_for_each(sync_folder_of)
}

/// Waits until the entries of a file's folder are on disk.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    // Only Unix can open a folder.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes files of processes that no longer live. What cannot be removed stays.
pub(super) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            tracing::info!(file = %path.display(), "a killed process left this file");
            let _ = fs::remove_file(&path);
        }
    }
    // Only if it is empty.
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_removes_what_no_process_writes() {
        let folder = tempfile::tempdir().unwrap();
        let staging = folder.path().join("staging");
        let mut file = Staged::create(&staging).unwrap();
        fs::write(staging.join("left"), "half").unwrap();
        sweep(&staging);
        assert!(!staging.join("left").exists());
        file.write_at(2, &PutPayload::from_static(b"cd")).unwrap();
        file.write_at(0, &PutPayload::from_static(b"ab")).unwrap();
        let path = folder.path().join("file");
        file.publish(&path, false).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abcd");
        let second = Staged::create(&staging).unwrap();
        let error = second.publish(&path, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(!staging.exists());
    }
}
