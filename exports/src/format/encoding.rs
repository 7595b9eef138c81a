//! The encoding of a text file: as it was found, or as a person says.

use std::io::Read;

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::charset::{Charset, Charsets, Decoded, utf16};
use super::tidy::Tidy;
use crate::error::Result;
use crate::options::ReadOptions;

/// How the text of a file becomes UTF-8.
#[derive(Clone, Debug)]
pub struct TextEncoding {
    /// The encoding of the whole file where that is UTF-16 or the like, which no cell can be cut
    /// out of before it is decoded.
    whole: Option<&'static Encoding>,
    /// How cells are read that are not valid UTF-8. Exports glue rows of several systems
    /// together, so it is decided cell by cell.
    charsets: Charsets,
    given: Option<Charset>,
}

impl TextEncoding {
    /// Judges the first bytes of a file, and gives them as its readers will see them.
    pub fn recognise(head: &[u8], options: &ReadOptions) -> Result<(Self, Vec<u8>)> {
        let given = options
            .encoding
            .as_deref()
            .map(Charset::named)
            .transpose()?;
        let whole = match given {
            Some(charset) => charset.whole(),
            None => utf16(head),
        };
        let mut text = Vec::new();
        // A head that is cut inside a character is still a head.
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

    /// The text without byte order marks, in UTF-8 where the encoding is that of the whole file,
    /// else as it is. Carriage returns become line feeds where they alone end the lines.
    pub fn reader<R: Read>(&self, input: R, only_returns: bool) -> impl Read + use<R> {
        reader(input, self.whole, only_returns)
    }

    /// Reads a cell of that text.
    pub fn decode<'a>(&self, cell: &'a [u8]) -> Decoded<'a> {
        let mut decoded = self.charsets.decode(cell);
        if self.whole.is_some() {
            // The decoder of the whole has put them there.
            decoded.replaced = decoded.text.matches('\u{fffd}').count() as u64;
        }
        decoded
    }

    /// The encoding of the cells that are not UTF-8.
    pub fn narrow_name(&self) -> String {
        self.charsets.main.name().into_owned()
    }

    /// What the summary calls it.
    pub fn name(&self) -> String {
        match (self.given, self.whole) {
            (Some(charset), _) => charset.name().into_owned(),
            (None, Some(whole)) => whole.name().to_lowercase(),
            (None, None) if self.charsets.found => {
                format!("utf-8 and {}", self.charsets.main.name())
            }
            (None, None) => "utf-8".to_owned(),
        }
    }
}

fn reader<R: Read>(
    input: R,
    whole: Option<&'static Encoding>,
    only_returns: bool,
) -> impl Read + use<R> {
    let decoded = DecodeReaderBytesBuilder::new()
        .encoding(whole)
        .bom_override(true)
        .strip_bom(true)
        .utf8_passthru(true)
        .build(input);
    Tidy::new(decoded, only_returns)
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
    fn encodings_are_found() {
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
