//! Temporary files without a name: nothing of them stays, however the program ends.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::positioned::{Positioned, Shared};
use crate::error::{Error, Result};

/// A temporary file while it is written.
#[derive(Debug)]
pub struct SpoolWriter {
    file: BufWriter<File>,
    bytes: u64,
}

/// A temporary file that can be read many times, also at once.
#[derive(Clone, Debug)]
pub struct Spool {
    shared: Shared,
    bytes: u64,
}

impl SpoolWriter {
    /// Creates the file in the system's folder for temporary ones.
    pub fn create(buffer_bytes: usize) -> Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(buffer_bytes, nameless()?),
            bytes: 0,
        })
    }

    pub fn finish(self) -> Result<Spool> {
        let bytes = self.bytes;
        let file = self
            .file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        Ok(Spool {
            shared: Shared::new(file).map_err(failed)?,
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
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn reader(&self) -> Positioned {
        self.shared.reader()
    }
}

/// A temporary file that nothing else can open.
pub fn nameless() -> Result<File> {
    tempfile::tempfile().map_err(failed)
}

/// A temporary file that cannot be written or read.
pub fn failed(error: io::Error) -> Error {
    Error::io("a temporary file", error).with_hint(
        "the import needs about as much room for temporary files as the export is large; \
         TMPDIR names another folder for them",
    )
}
