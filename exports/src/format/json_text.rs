//! Rewrites the JSON of exports so that a strict parser reads it without loss.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use super::encoding::TextEncoding;

/// Prefix of the digits of a number, which becomes a string: parsed as a number it would lose
/// trailing zeros, and its last digits if it is long.
pub const NUMBER: char = '\u{1}';

/// Limit on the length of a string: in a longer one, the closing quotation mark is missing.
const STRING_BYTES_MAX: usize = 64 << 20;

/// The position of the parser in the file, and counts of the text so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub line: u64,
    pub column: u64,
    pub non_utf8_strings: u64,
    /// Replacement characters, for undecodable bytes and for lone surrogates.
    pub replaced_chars: u64,
}

/// Passes JSON through as UTF-8, with numbers as strings, `NaN` as null, control characters in
/// strings escaped, and lone surrogates replaced, which tools produce when they cut a text.
pub struct JsonText<R> {
    inner: BufReader<R>,
    encoding: TextEncoding,
    ready: Vec<u8>,
    passed: usize,
    progress: Rc<Cell<Progress>>,
}

impl<R: Read> JsonText<R> {
    pub fn new(inner: R, encoding: TextEncoding, progress: Rc<Cell<Progress>>) -> Self {
        progress.set(Progress {
            line: 1,
            ..Progress::default()
        });
        Self {
            inner: BufReader::with_capacity(1 << 18, inner),
            encoding,
            ready: Vec::new(),
            passed: 0,
            progress,
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.inner.fill_buf()?.first().copied())
    }

    fn take(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.inner.consume(1);
            let mut progress = self.progress.get();
            progress.column += 1;
            if byte == b'\n' {
                progress.line += 1;
                progress.column = 0;
            }
            self.progress.set(progress);
        }
        Ok(byte)
    }

    /// Reads the next token into `ready`, which stays empty at the end.
    fn next(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.passed = 0;
        match self.take()? {
            None => Ok(()),
            Some(b'"') => self.string(),
            Some(byte) if byte == b'-' || byte.is_ascii_alphanumeric() => self.token(byte),
            Some(byte) => {
                self.ready.push(byte);
                Ok(())
            }
        }
    }

    /// Reads a number, or a word such as `true`.
    fn token(&mut self, first: u8) -> io::Result<()> {
        let may_be_number = !first.is_ascii_alphabetic();
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || (may_be_number && b"+-.".contains(byte));
        let mut token = vec![first];
        // No number or word is longer: the parser will report it.
        while token.len() < 4096
            && let Some(byte) = self.peek()?.filter(is_part)
        {
            self.take()?;
            token.push(byte);
        }
        let is_number = may_be_number
            && token.iter().any(u8::is_ascii_digit)
            && token
                .iter()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
        match token.as_slice() {
            b"NaN" | b"Infinity" | b"-Infinity" => self.ready.extend_from_slice(b"null"),
            token if is_number => {
                self.ready.extend_from_slice(b"\"\\u0001");
                self.ready.extend_from_slice(token);
                self.ready.push(b'"');
            }
            token => self.ready.extend_from_slice(token),
        }
        Ok(())
    }

    /// Reads a string up to its closing quotation mark.
    fn string(&mut self) -> io::Result<()> {
        let mut raw = Vec::new();
        loop {
            match self.take()? {
                // The parser will report the missing mark.
                None => {
                    self.ready.push(b'"');
                    return Ok(());
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    raw.push(b'\\');
                    raw.extend(self.take()?);
                }
                Some(byte) => raw.push(byte),
            }
            if raw.len() > STRING_BYTES_MAX {
                let error = "a string is not closed";
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
        let decoded = self.encoding.decode(&raw);
        let mut progress = self.progress.get();
        progress.non_utf8_strings += u64::from(decoded.is_not_utf8);
        progress.replaced_chars += decoded.replaced_chars;
        self.ready.push(b'"');
        let mut rest = decoded.text.as_ref();
        while let Some(at) = rest.find(|c: char| c == '\\' || c.is_ascii_control()) {
            self.ready.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at..];
            if !rest.starts_with('\\') {
                let control = format!("\\u{:04x}", rest.as_bytes()[0]);
                self.ready.extend_from_slice(control.as_bytes());
                rest = &rest[1..];
                continue;
            }
            let (length, is_lone_surrogate) = escape(rest);
            self.ready.extend_from_slice(if is_lone_surrogate {
                b"\\ufffd"
            } else {
                &rest.as_bytes()[..length]
            });
            progress.replaced_chars += u64::from(is_lone_surrogate);
            rest = &rest[length..];
        }
        self.ready.extend_from_slice(rest.as_bytes());
        self.ready.push(b'"');
        self.progress.set(progress);
        Ok(())
    }
}

/// Returns the length of the escape at the beginning, and `true` if it is a lone surrogate.
fn escape(text: &str) -> (usize, bool) {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    match unit(text) {
        Some(0xd800..=0xdbff) => match unit(&text[6..]) {
            Some(0xdc00..=0xdfff) => (12, false),
            _ => (6, true),
        },
        Some(0xdc00..=0xdfff) => (6, true),
        Some(_) => (6, false),
        // A backslash and the next character.
        None => {
            let length = text.chars().take(2).map(char::len_utf8).sum();
            (length, false)
        }
    }
}

impl<R: Read> Read for JsonText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.passed == self.ready.len() {
            self.next()?;
        }
        let rest = &self.ready[self.passed..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.passed += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ReadOptions;

    fn rewritten(text: &[u8]) -> (String, Progress) {
        let (encoding, _) = TextEncoding::recognise(text, &ReadOptions::default()).unwrap();
        let progress = Rc::default();
        let mut passed = String::new();
        JsonText::new(text, encoding, Rc::clone(&progress))
            .read_to_string(&mut passed)
            .unwrap();
        (passed, progress.get())
    }

    #[test]
    fn numbers_keep_their_digits() {
        for (text, expected) in [
            ("[1.50, -2]", "[\"\\u00011.50\", \"\\u0001-2\"]"),
            (
                "123456789012345678901234567890",
                "\"\\u0001123456789012345678901234567890\"",
            ),
            ("[NaN,-Infinity,null,true]", "[null,null,null,true]"),
            ("[-, 1x]", "[-, 1x]"),
        ] {
            assert_eq!(rewritten(text.as_bytes()).0, expected);
        }
    }

    #[test]
    fn strings_become_valid_json() {
        for (text, expected, replaced) in [
            (&br#""a\"b\\""#[..], r#""a\"b\\""#, 0),
            (
                br#""\ud83d\ude00 \ud83d \ude00""#,
                r#""\ud83d\ude00 \ufffd \ufffd""#,
                2,
            ),
            (b"\"a\tb\nc\"", r#""a\u0009b\u000ac""#, 0),
            (b"\"K\xf6ln, sch\xf6n\"", r#""Köln, schön""#, 0),
            (b"\"open", "\"", 0),
            (b"\"\\", "\"", 0),
            ("\"\\é \\ud83d\"".as_bytes(), "\"\\é \\ufffd\"", 1),
        ] {
            let (passed, progress) = rewritten(text);
            assert_eq!(
                (passed.as_str(), progress.replaced_chars),
                (expected, replaced)
            );
        }
    }
}
