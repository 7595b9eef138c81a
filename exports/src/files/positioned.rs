//! Reading one open file from several places at once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

/// A file that is open once and read by position, so that each reader has a place of its own and
/// a file without a name can be read as often as one with a name.
#[derive(Clone, Debug)]
pub struct Shared {
    file: Arc<File>,
    bytes: u64,
}

impl Shared {
    /// The file as long as it is now.
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

    /// A reader at the beginning.
    pub fn reader(&self) -> Positioned {
        self.reader_at(0)
    }

    fn reader_at(&self, position: u64) -> Positioned {
        Positioned {
            shared: self.clone(),
            position,
        }
    }
}

/// One reader of a [`Shared`] file.
#[derive(Debug)]
pub struct Positioned {
    shared: Shared,
    position: u64,
}

impl Read for Positioned {
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

impl Seek for Positioned {
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

impl Length for Shared {
    fn len(&self) -> u64 {
        self.bytes
    }
}

/// A reader for which the end of the file is an error. The reader of Parquet skips what it does
/// not know, and where a broken file claims a list of billions, goes on skipping at the end.
#[derive(Debug)]
pub struct Within(Positioned);

impl Read for Within {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

impl ChunkReader for Shared {
    type T = Within;

    fn get_read(&self, start: u64) -> ParquetResult<Within> {
        Ok(Within(self.reader_at(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // A broken file may claim any length; no more is held than there is.
        let mut bytes = Vec::new();
        self.reader_at(start)
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parquet_is_not_read_beyond_its_end() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(10).unwrap();
        let mut reader = Shared::new(file).unwrap().get_read(6).unwrap();
        let skip = |reader: &mut Within| io::copy(&mut reader.take(4), &mut io::sink());
        assert_eq!(skip(&mut reader).unwrap(), 4);
        let error = skip(&mut reader).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
