//! Temporary files without a name: nothing of them stays, however the program ends.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::sync::Arc;

use crate::error::{Error, Result};

/// A temporary file while it is written.
#[derive(Debug)]
pub(super) struct SpoolWriter {
    file: BufWriter<File>,
    bytes: u64,
}

/// A temporary file that can be read many times, also at once.
#[derive(Clone, Debug)]
pub(super) struct Spool {
    file: Arc<File>,
    bytes: u64,
}

/// Reads a spool from its beginning.
#[derive(Debug)]
pub(super) struct SpoolReader {
    file: Arc<File>,
    position: u64,
}

impl SpoolWriter {
    /// Creates the file in the system's folder for temporary ones.
    pub(super) fn create(buffer_bytes: usize) -> Result<Self> {
        let file = tempfile::tempfile().map_err(failed)?;
        Ok(Self {
            file: BufWriter::with_capacity(buffer_bytes, file),
            bytes: 0,
        })
    }

    pub(super) fn finish(self) -> Result<Spool> {
        let bytes = self.bytes;
        let file = self
            .file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        Ok(Spool {
            file: Arc::new(file),
            bytes,
        })
    }
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Spool {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn reader(&self) -> SpoolReader {
        SpoolReader {
            file: Arc::clone(&self.file),
            position: 0,
        }
    }
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Readers share one file, so each keeps its own position.
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.position)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// A temporary file that cannot be written or read.
pub(super) fn failed(error: io::Error) -> Error {
    Error::io("a temporary file", error).with_hint(
        "the import needs about as much room for temporary files as the export is large; \
         TMPDIR names another folder for them",
    )
}
