//! Unnamed temporary files, which disappear however the program ends.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::shared_file::{SharedFile, SharedReader};
use crate::error::{Error, Result};

/// Writes a temporary file.
#[derive(Debug)]
pub struct SpoolWriter(BufWriter<File>);

/// A temporary file that any number of readers can read, also concurrently.
#[derive(Clone, Debug)]
pub struct Spool(SharedFile);

impl SpoolWriter {
    /// Creates the file in the system's folder for temporary files.
    pub fn create(buffer_bytes: usize) -> Result<Self> {
        let file = unnamed_file()?;
        Ok(Self(BufWriter::with_capacity(buffer_bytes, file)))
    }

    pub fn finish(self) -> Result<Spool> {
        let file = self.0.into_inner();
        let file = file.map_err(|error| failed(error.into_error()))?;
        SharedFile::new(file).map(Spool).map_err(failed)
    }
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Spool {
    pub fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    pub fn reader(&self) -> SharedReader {
        self.0.reader()
    }
}

/// Creates a temporary file that nothing else can open.
pub fn unnamed_file() -> Result<File> {
    tempfile::tempfile().map_err(failed)
}

/// Converts an I/O error of a temporary file.
pub fn failed(error: io::Error) -> Error {
    Error::io("a temporary file", error).with_hint(
        "the import needs temporary space of about the size of the export; set TMPDIR to use \
         another folder",
    )
}
