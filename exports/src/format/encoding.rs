//! The encoding of a text file: detected or given.

use std::io::Read;

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::charset::{Charset, Charsets, Decoded, utf16};
use super::tidy::Tidy;
use crate::error::Result;
use crate::options::ReadOptions;

/// Decodes the text of a file to UTF-8.
#[derive(Clone, Debug)]
pub struct TextEncoding {
    /// The encoding of the whole file if that is UTF-16 or the like, which must be decoded before
    /// it is split into cells.
    whole: Option<&'static Encoding>,
    /// Decodes the cells that are not valid UTF-8. Cell by cell, because exports concatenate rows
    /// of several systems.
    charsets: Charsets,
    given: Option<Charset>,
}

impl TextEncoding {
    /// Detects the encoding from the first bytes of a file, and returns these as its reader will.
    pub fn recognise(head: &[u8], options: &ReadOptions) -> Result<(Self, Vec<u8>)> {
        let given = options.encoding.as_deref();
        let given = given.map(Charset::from_label).transpose()?;
        let whole = match given {
            Some(charset) => charset.whole_file(),
            None => utf16(head),
        };
        let mut text = Vec::new();
        // The head may end inside a character, which is no error.
        let _ = reader(head, whole, false).read_to_end(&mut text);
        let charsets = match given {
            Some(charset) if whole.is_none() => Charsets::given(charset),
            _ => Charsets::detect(&text),
        };
        let encoding = Self {
            whole,
            charsets,
            given,
        };
        Ok((encoding, text))
    }

    /// Returns the text without byte order marks. It is in UTF-8 if the whole file has one
    /// encoding, otherwise as in the file. With `has_bare_returns`, carriage returns become line
    /// feeds.
    pub fn reader<R: Read>(&self, input: R, has_bare_returns: bool) -> impl Read + use<R> {
        reader(input, self.whole, has_bare_returns)
    }

    /// Decodes a cell of that text.
    pub fn decode<'a>(&self, cell: &'a [u8]) -> Decoded<'a> {
        let mut decoded = self.charsets.decode(cell);
        if self.whole.is_some() {
            // These are from decoding the whole file.
            decoded.replaced_chars = decoded.text.matches('\u{fffd}').count() as u64;
        }
        decoded
    }

    /// The name of the encoding of the cells that are not UTF-8.
    pub fn fallback_name(&self) -> String {
        self.charsets.fallback.name().into_owned()
    }

    /// The name for the summary.
    pub fn name(&self) -> String {
        match (self.given, self.whole) {
            (Some(charset), _) => charset.name().into_owned(),
            (None, Some(whole)) => whole.name().to_lowercase(),
            (None, None) if self.charsets.is_found => {
                format!("utf-8 and {}", self.charsets.fallback.name())
            }
            (None, None) => "utf-8".to_owned(),
        }
    }
}

fn reader<R: Read>(
    input: R,
    whole: Option<&'static Encoding>,
    has_bare_returns: bool,
) -> impl Read + use<R> {
    let decoded = DecodeReaderBytesBuilder::new()
        .encoding(whole)
        .bom_override(true)
        .strip_bom(true)
        .utf8_passthru(true)
        .build(input);
    Tidy::new(decoded, has_bare_returns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(text: &[u8], given: Option<&str>) -> TextEncoding {
        let options = ReadOptions {
            encoding: given.map(str::to_owned),
            ..ReadOptions::default()
        };
        TextEncoding::recognise(text, &options).unwrap().0
    }

    #[test]
    fn encodings_are_detected() {
        assert_eq!(recognise("a,b\nä,1\n".as_bytes(), None).name(), "utf-8");
        let encoding = recognise(b"Stra\xdfe,b\nk\xf6ln,1\n", None);
        assert_eq!(encoding.decode(b"K\xf6ln").text, "Köln");
        assert_eq!(
            recognise(b"a,b\ntr\xe8s bien,1\n", None).name(),
            "utf-8 and windows-1252"
        );
        let wide: Vec<u8> = "a,b\nä,1\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(recognise(&wide, None).name(), "utf-16le");
        let given = recognise(b"a,b\nM\x81ller,\xc3\xb6\n", Some("cp850"));
        assert_eq!(given.name(), "cp850");
        assert_eq!(given.decode(b"\xc3\xb6").text, "├Â");
    }
}
