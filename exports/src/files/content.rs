//! The bytes of an input, read once for their fingerprint.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::positioned::Shared;
use super::spool;
use crate::error::{Error, Result};

pub(super) const BUFFER_BYTES: usize = 1 << 18;

/// Bytes that were read to their end.
#[derive(Clone, Debug)]
pub struct Examined {
    pub(super) shared: Shared,
    /// When the file was last written, where it is one that others may write to.
    modified: Option<SystemTime>,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) compression: Compression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

impl Examined {
    /// Reads a file that others may write to.
    pub(super) fn file(file: File, place: &Path) -> Result<Self> {
        let at = |error| Error::io(place.display(), error);
        let modified = file.metadata().map_err(at)?.modified().ok();
        let shared = Shared::new(file).map_err(at)?;
        let mut digest = Hashed::new(io::sink());
        io::copy(
            &mut BufReader::with_capacity(BUFFER_BYTES, shared.reader()),
            &mut digest,
        )
        .map_err(at)?;
        let (_, examined) = digest.finish();
        Ok(examined.of(shared, modified))
    }

    /// Keeps what `reader` gives in a temporary file, which has no name: nothing of it is left
    /// when the program ends, however it ends.
    pub fn spooled(mut reader: impl Read, place: &dyn std::fmt::Display) -> Result<Self> {
        let mut spool = Hashed::new(spool::nameless()?);
        io::copy(&mut reader, &mut spool).map_err(|error| Error::io(place, error))?;
        spool.into_examined()
    }

    pub(super) fn is_unchanged(&self) -> Result<bool> {
        let Some(modified) = self.modified else {
            return Ok(true);
        };
        let metadata = self
            .shared
            .file()
            .metadata()
            .map_err(|error| Error::io("the file", error))?;
        Ok(metadata.len() == self.bytes && metadata.modified().ok() == Some(modified))
    }

    pub fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// Writes on and takes the fingerprint at the same time.
pub(super) struct Hashed<W> {
    inner: W,
    sha256: Sha256,
    start: Vec<u8>,
    bytes: u64,
}

/// The fingerprint of what was written.
struct Fingerprint {
    sha256: String,
    bytes: u64,
    compression: Compression,
}

impl<W: Write> Hashed<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            sha256: Sha256::new(),
            start: Vec::new(),
            bytes: 0,
        }
    }

    fn finish(self) -> (W, Fingerprint) {
        let fingerprint = Fingerprint {
            sha256: data_encoding::HEXLOWER.encode(&self.sha256.finalize()),
            bytes: self.bytes,
            compression: Compression::of(&self.start),
        };
        (self.inner, fingerprint)
    }
}

impl Hashed<File> {
    pub(super) fn into_examined(self) -> Result<Examined> {
        let (file, fingerprint) = self.finish();
        let shared = Shared::new(file).map_err(spool::failed)?;
        Ok(fingerprint.of(shared, None))
    }
}

impl<W: Write> Write for Hashed<W> {
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

impl Fingerprint {
    fn of(self, shared: Shared, modified: Option<SystemTime>) -> Examined {
        Examined {
            shared,
            modified,
            bytes: self.bytes,
            sha256: self.sha256,
            compression: self.compression,
        }
    }
}
