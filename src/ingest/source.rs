//! The file as it lies there: its bytes, fingerprint and compression.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A file to import, read once from end to end to know its fingerprint.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    path: PathBuf,
    /// Size on disk, compressed where it is.
    pub(super) bytes: u64,
    modified: Option<SystemTime>,
    /// SHA-256 of the bytes on disk, in hexadecimal.
    pub(super) sha256: String,
    gzip: bool,
}

impl SourceFile {
    /// Reads the file to the end for its fingerprint.
    pub(super) fn examine(path: &Path) -> Result<Self> {
        let at = |error| Error::io(path.display(), error);
        let mut file = File::open(path).map_err(at)?;
        let metadata = file.metadata().map_err(at)?;
        if metadata.is_dir() {
            return Err(
                Error::invalid(format!("{}: is a folder, not a file", path.display()))
                    .with_hint("name the files in it, such as FOLDER/*.csv"),
            );
        }
        if !metadata.is_file() {
            return Err(Error::invalid(format!(
                "{}: is not a regular file; a file is read twice, which a pipe cannot be",
                path.display()
            ))
            .with_hint("save it to a file first"));
        }
        let mut magic = [0_u8; 2];
        let gzip = match file.read_exact(&mut magic) {
            Ok(()) => magic == [0x1f, 0x8b],
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(at(error)),
        };
        file.seek(SeekFrom::Start(0)).map_err(at)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0_u8; 1 << 20];
        let mut bytes = 0;
        loop {
            match file.read(&mut buffer).map_err(at)? {
                0 => break,
                read => {
                    hasher.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
        if bytes == 0 {
            return Err(Error::invalid(format!(
                "{}: the file is empty",
                path.display()
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            bytes,
            modified: metadata.modified().ok(),
            sha256: data_encoding::HEXLOWER.encode(&hasher.finalize()),
            gzip,
        })
    }

    /// The address of a file on an object store.
    pub(super) fn url(&self) -> Option<&url::Url> {
        None
    }

    /// The path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name without its folder.
    pub(super) fn name(&self) -> String {
        self.path
            .file_name()
            .unwrap_or(self.path.as_os_str())
            .to_string_lossy()
            .into_owned()
    }

    /// The name without what says how the content is packed and written.
    pub(super) fn stem(&self) -> String {
        let name = self.name();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => name.to_owned(),
        }
    }

    /// Opens the content, decompressed.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>> {
        let file = File::open(&self.path).map_err(|error| Error::io(self.path.display(), error))?;
        let reader = BufReader::with_capacity(1 << 18, file);
        Ok(if self.gzip {
            Box::new(MultiGzDecoder::new(reader))
        } else {
            Box::new(reader)
        })
    }

    /// Whether the file is still the one that was examined: an export tool may still be writing.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let metadata =
            std::fs::metadata(&self.path).map_err(|error| Error::io(self.path.display(), error))?;
        if metadata.len() == self.bytes && metadata.modified().ok() == self.modified {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "{}: the file changed while it was read",
            self.path.display()
        ))
        .with_hint("ingest it again when the export has finished"))
    }

    /// An I/O error while reading, said of this file.
    pub(super) fn read_error(&self, error: io::Error) -> Error {
        if self.gzip && error.kind() != io::ErrorKind::NotFound {
            return Error::invalid(format!(
                "{}: the gzip data is broken or cut off ({error})",
                self.path.display()
            ))
            .with_hint("export or download the file again");
        }
        Error::io(self.path.display(), error)
    }
}
