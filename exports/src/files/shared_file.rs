//! One open file with any number of independent readers.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

/// A file that is opened once and read by position: each reader has its own position, and a file
/// without a name can be read as often as one with a name.
#[derive(Clone, Debug)]
pub struct SharedFile {
    file: Arc<File>,
    bytes: u64,
}

impl SharedFile {
    /// Shares a file, with its current length.
    pub fn new(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            bytes,
        })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns a reader at the beginning.
    pub fn reader(&self) -> SharedReader {
        self.reader_at(0)
    }

    fn reader_at(&self, position: u64) -> SharedReader {
        SharedReader {
            shared: self.clone(),
            position,
        }
    }
}

/// A reader of a [`SharedFile`].
#[derive(Debug)]
pub struct SharedReader {
    shared: SharedFile,
    position: u64,
}

impl Read for SharedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.shared.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

impl Seek for SharedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.shared.bytes.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.bytes
    }
}

/// A reader that fails at the end of the file. The Parquet reader skips unknown fields, and would
/// skip forever at the end of a broken file that claims a list of billions.
#[derive(Debug)]
pub struct EofIsError(SharedReader);

impl Read for EofIsError {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

impl ChunkReader for SharedFile {
    type T = EofIsError;

    fn get_read(&self, start: u64) -> ParquetResult<EofIsError> {
        Ok(EofIsError(self.reader_at(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // A broken file may claim any length: do not allocate it up front.
        let mut bytes = Vec::new();
        let mut part = self.reader_at(start).take(length as u64);
        if part.read_to_end(&mut bytes)? < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parquet_reader_fails_at_the_end() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(10).unwrap();
        let mut reader = SharedFile::new(file).unwrap().get_read(6).unwrap();
        let skip = |reader: &mut EofIsError| io::copy(&mut reader.take(4), &mut io::sink());
        assert_eq!(skip(&mut reader).unwrap(), 4);
        let error = skip(&mut reader).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
