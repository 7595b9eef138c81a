//! Removes bytes from a text file that are not text.

use std::io::{self, Read};

const MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// Passes text through without NUL bytes and byte order marks, which concatenated files contain.
pub struct Tidy<R> {
    inner: R,
    /// `true` if carriage returns alone end the lines, and become line feeds.
    has_bare_returns: bool,
    buffer: Vec<u8>,
    /// The part of the buffer to pass on.
    ready: std::ops::Range<usize>,
    /// Bytes after `ready` that may be the beginning of a mark.
    held: usize,
}

impl<R: Read> Tidy<R> {
    pub fn new(inner: R, has_bare_returns: bool) -> Self {
        Self {
            inner,
            has_bare_returns,
            buffer: vec![0; 1 << 16],
            ready: 0..0,
            held: 0,
        }
    }

    /// Reads until there is something to pass on, or the input ends.
    fn fill(&mut self) -> io::Result<()> {
        while self.ready.is_empty() {
            let held = self.ready.end;
            self.buffer.copy_within(held..held + self.held, 0);
            let read = self.inner.read(&mut self.buffer[self.held..])?;
            let filled = self.held + read;
            self.ready = 0..self.tidy(filled, read == 0);
            if read == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Moves the text to the front and returns its length; held bytes follow it.
    fn tidy(&mut self, filled: usize, at_end: bool) -> usize {
        let bytes = &mut self.buffer[..filled];
        self.held = 0;
        if !self.has_bare_returns && !bytes.contains(&0) && !bytes.contains(&MARK[0]) {
            return filled;
        }
        let mut written = 0;
        let mut position = 0;
        while position < filled {
            let rest = &bytes[position..];
            if rest.starts_with(&MARK) {
                position += MARK.len();
                continue;
            }
            if !at_end && MARK.starts_with(rest) {
                self.held = rest.len();
                bytes.copy_within(position.., written);
                break;
            }
            let byte = match bytes[position] {
                b'\r' if self.has_bare_returns => b'\n',
                byte => byte,
            };
            if byte != 0 {
                bytes[written] = byte;
                written += 1;
            }
            position += 1;
        }
        written
    }
}

impl<R: Read> Read for Tidy<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let length = buffer.len().min(self.ready.len());
        let start = self.ready.start;
        buffer[..length].copy_from_slice(&self.buffer[start..start + length]);
        self.ready.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns at most the given number of bytes per read.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn only_text_is_left_for_any_read_size() {
        let text = b"\xef\xbb\xbfa,b\r\n\0\0\xef\xbb\xbf1,\xef\xbb\xbd\0,2\r\xef\xbb";
        for length in 1..=text.len() {
            for (has_bare_returns, expected) in [
                (false, &b"a,b\r\n1,\xef\xbb\xbd,2\r\xef\xbb"[..]),
                (true, b"a,b\n\n1,\xef\xbb\xbd,2\n\xef\xbb"),
            ] {
                let mut left = Vec::new();
                let mut tidy = Tidy::new(Pieces(text, length), has_bare_returns);
                tidy.read_to_end(&mut left).unwrap();
                assert_eq!(left, expected, "{length}");
            }
        }
    }
}
