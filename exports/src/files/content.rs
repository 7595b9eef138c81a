//! The bytes of an input, read once to fingerprint them.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::shared_file::SharedFile;
use super::spool;
use crate::error::{Error, Result};

pub(super) const BUFFER_BYTES: usize = 1 << 18;

/// The bytes of an input and their fingerprint.
#[derive(Clone, Debug)]
pub struct Content {
    pub(super) shared: SharedFile,
    /// Modification time, for a file that others may write to.
    modified: Option<SystemTime>,
    pub(super) fingerprint: Fingerprint,
}

#[derive(Clone, Debug)]
pub(super) struct Fingerprint {
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) compression: Compression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Content {
    /// Reads a file that others may write to.
    pub(super) fn from_file(file: File, place: &Path) -> Result<Self> {
        let at = |error| Error::io(place.display(), error);
        let modified = file.metadata().map_err(at)?.modified().ok();
        let shared = SharedFile::new(file).map_err(at)?;
        let mut hasher = HashingWriter::new(io::sink());
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, shared.reader());
        io::copy(&mut reader, &mut hasher).map_err(at)?;
        Ok(Self {
            shared,
            modified,
            fingerprint: hasher.finish().1,
        })
    }

    /// Reads a temporary file of this program.
    pub fn from_temporary(file: File) -> Result<Self> {
        Ok(Self {
            modified: None,
            ..Self::from_file(file, Path::new("a temporary file"))?
        })
    }

    /// Copies `reader` to an unnamed temporary file, which disappears however the program ends.
    pub fn spool(mut reader: impl Read, place: &dyn Display) -> Result<Self> {
        let mut spool = HashingWriter::new(spool::unnamed_file()?);
        io::copy(&mut reader, &mut spool).map_err(|error| Error::io(place, error))?;
        spool.into_content()
    }

    pub(super) fn is_unchanged(&self) -> Result<bool> {
        let Some(modified) = self.modified else {
            return Ok(true);
        };
        let metadata = self.shared.file().metadata();
        let metadata = metadata.map_err(|error| Error::io("the file", error))?;
        Ok(metadata.len() == self.fingerprint.bytes && metadata.modified().ok() == Some(modified))
    }
}

/// Fingerprints what is written through it.
pub(super) struct HashingWriter<W> {
    inner: W,
    sha256: Sha256,
    start: Vec<u8>,
    bytes: u64,
}

impl<W: Write> HashingWriter<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            sha256: Sha256::new(),
            start: Vec::new(),
            bytes: 0,
        }
    }

    fn finish(self) -> (W, Fingerprint) {
        let compression = match self.start.as_slice() {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        };
        let fingerprint = Fingerprint {
            sha256: data_encoding::HEXLOWER.encode(&self.sha256.finalize()),
            bytes: self.bytes,
            compression,
        };
        (self.inner, fingerprint)
    }
}

impl HashingWriter<File> {
    pub(super) fn into_content(self) -> Result<Content> {
        let (file, fingerprint) = self.finish();
        Ok(Content {
            shared: SharedFile::new(file).map_err(spool::failed)?,
            modified: None,
            fingerprint,
        })
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let bytes = &bytes[..written];
        self.sha256.update(bytes);
        self.bytes += written as u64;
        let missing = 4_usize.saturating_sub(self.start.len()).min(bytes.len());
        self.start.extend_from_slice(&bytes[..missing]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
