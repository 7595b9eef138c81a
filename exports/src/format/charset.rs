//! Encodings of text: detecting them, and decoding cell by cell if a file mixes several.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;

use crate::error::{Error, Result};
use crate::message::ImportOption;
use crate::quote::clip;

/// A text encoding.
#[derive(Clone, Copy, Debug)]
pub enum Charset {
    /// A WHATWG encoding.
    Web(&'static Encoding),
    /// A DOS code page, by its number.
    Dos(u16, &'static TableType),
}

impl Charset {
    /// Looks up an encoding by its label.
    pub fn from_label(given: &str) -> Result<Self> {
        let label = given.trim().to_ascii_lowercase();
        // Also as DuckDB writes them, latin-1, and as Python does, windows_1252.
        let spellings = [
            label.clone(),
            label.replace('_', "-"),
            label.replace(['-', '_'], ""),
        ];
        let mut encodings = spellings
            .iter()
            .filter_map(|spelling| Encoding::for_label(spelling.as_bytes()));
        if let Some(encoding) = encodings.next() {
            return Ok(Self::Web(encoding));
        }
        let number = ["cp", "ibm", "dos", "oem"]
            .iter()
            .find_map(|prefix| label.strip_prefix(prefix))
            .unwrap_or(&label)
            .trim_start_matches(['-', '_', ' ']);
        number.parse().ok().and_then(Self::dos).ok_or_else(|| {
            Error::invalid("unknown encoding")
                .within(ImportOption::Encoding.with(clip(given)))
                .with_hint(
                    "use a WHATWG label, such as utf-8, utf-16le, windows-1252, windows-1251, \
                     iso-8859-2, macintosh, shift_jis or gbk, or cp437, cp850 or cp852",
                )
        })
    }

    fn dos(number: u16) -> Option<Self> {
        let table = DECODING_TABLE_CP_MAP.get(&number)?;
        Some(Self::Dos(number, table))
    }

    pub fn name(self) -> Cow<'static, str> {
        match self {
            Self::Web(encoding) => encoding.name().to_lowercase().into(),
            Self::Dos(number, _) => format!("cp{number}").into(),
        }
    }

    /// The encoding, if a file must be decoded before it is split into cells: a character may
    /// contain the byte of a delimiter.
    pub fn whole_file(self) -> Option<&'static Encoding> {
        match self {
            Self::Web(encoding) => {
                (!encoding.is_single_byte() && encoding != UTF_8).then_some(encoding)
            }
            Self::Dos(..) => None,
        }
    }

    fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Web(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::Dos(_, table) => table.decode_string_lossy(bytes).into(),
        }
    }

    fn is_single_byte(self) -> bool {
        match self {
            Self::Web(encoding) => encoding.is_single_byte(),
            Self::Dos(..) => true,
        }
    }
}

/// Decodes the cells of a file that are not valid UTF-8.
#[derive(Clone, Debug)]
pub struct Charsets {
    /// The most likely encoding of these cells.
    pub fallback: Charset,
    /// `true` if the caller set the encoding: no other is tried, not even UTF-8.
    is_given: bool,
    /// `true` if the fallback was detected in the file and is not just the default.
    pub is_found: bool,
}

/// Decoded text.
#[derive(Debug)]
pub struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub is_not_utf8: bool,
    /// Replacement characters, for bytes that no encoding has a character for.
    pub replaced_chars: u64,
}

impl Charsets {
    pub fn given(charset: Charset) -> Self {
        Self {
            fallback: charset,
            is_given: true,
            is_found: true,
        }
    }

    /// Detects the most likely encoding of the lines that are not UTF-8.
    pub fn detect(head: &[u8]) -> Self {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let mut other_lines: Vec<&[u8]> = Vec::new();
        for line in head.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            if let Err(error) = std::str::from_utf8(line)
                // The head may end inside a character.
                && error.error_len().is_some()
            {
                detector.feed(line, false);
                other_lines.push(line);
            }
        }
        let mut charsets = Self {
            fallback: Charset::Web(WINDOWS_1252),
            is_given: false,
            is_found: !other_lines.is_empty(),
        };
        if charsets.is_found {
            detector.feed(b"", true);
            charsets.fallback = Charset::Web(detector.guess(None, Utf8Detection::Deny));
            charsets.fallback = charsets.best(&other_lines);
        }
        charsets
    }

    /// Returns the fallback encoding, unless it has symbols inside of words and another encoding
    /// has letters there. The detector does not support DOS code pages.
    fn best(&self, texts: &[&[u8]]) -> Charset {
        let score = |charset| -> i64 { texts.iter().map(|text| word_score(charset, text)).sum() };
        let mut best = self.fallback;
        let mut best_score = score(best);
        if best_score >= 0 {
            return best;
        }
        let others = [
            Some(Charset::Web(WINDOWS_1252)),
            Charset::dos(850),
            Some(Charset::Web(MACINTOSH)),
            Charset::dos(437),
        ];
        for other in others.into_iter().flatten() {
            let other_score = score(other);
            if other_score > best_score && other_score > 0 {
                (best, best_score) = (other, other_score);
            }
        }
        best
    }

    /// Decodes a cell.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Decoded<'a> {
        let utf8 = std::str::from_utf8(bytes);
        if self.is_given {
            let text = match utf8 {
                Ok(text) if text.is_ascii() => Cow::Borrowed(text),
                _ => self.fallback.decode(bytes),
            };
            return replace_controls(text, false);
        }
        let error = match utf8 {
            Ok(text) => {
                return Decoded {
                    text: Cow::Borrowed(text),
                    is_not_utf8: false,
                    replaced_chars: 0,
                };
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        if error.error_len().is_none() && !valid.is_ascii() {
            // A tool with a length limit in bytes has cut a character in two.
            let text = format!("{}\u{fffd}", String::from_utf8_lossy(valid));
            return Decoded {
                text: text.into(),
                is_not_utf8: true,
                replaced_chars: 1,
            };
        }
        let charset = self.best(&[bytes]);
        let has_utf8 =
            !valid.is_ascii() || rest.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
        let text = if charset.is_single_byte() && has_utf8 {
            decode_mixed(charset, bytes).into()
        } else {
            charset.decode(bytes)
        };
        replace_controls(text, true)
    }
}

/// Decodes a cell that mixes UTF-8 and another encoding: keeps what is valid UTF-8.
fn decode_mixed(charset: Charset, bytes: &[u8]) -> String {
    bytes
        .utf8_chunks()
        .map(|chunk| format!("{}{}", chunk.valid(), charset.decode(chunk.invalid())))
        .collect()
}

/// Replaces C1 control characters: the encoding has no character for these bytes.
fn replace_controls(text: Cow<'_, str>, is_not_utf8: bool) -> Decoded<'_> {
    let is_missing = |c: char| ('\u{80}'..='\u{9f}').contains(&c) || c == '\u{fffd}';
    let replaced_chars = text.chars().filter(|c| is_missing(*c)).count() as u64;
    let text = if replaced_chars == 0 {
        text
    } else {
        text.replace(is_missing, "\u{fffd}").into()
    };
    Decoded {
        text,
        is_not_utf8,
        replaced_chars,
    }
}

/// Scores how well an encoding makes words: letters next to ASCII letters count for it, characters
/// that do not belong there against it.
fn word_score(charset: Charset, bytes: &[u8]) -> i64 {
    if !charset.is_single_byte() {
        return 0;
    }
    let mut score = 0;
    let mut start = 0;
    while let Some(offset) = bytes[start..].iter().position(|byte| !byte.is_ascii()) {
        let first = start + offset;
        let length = bytes[first..].iter().position(u8::is_ascii);
        let end = length.map_or(bytes.len(), |length| first + length);
        start = end;
        // Longer runs are words of another script, or multi-byte text.
        if end - first > 3 {
            continue;
        }
        let letter = |byte: &u8| Some(char::from(*byte)).filter(char::is_ascii_alphabetic);
        let before = bytes[..first].last().and_then(letter);
        let after = bytes.get(end).and_then(letter);
        if before.is_some() || after.is_some() {
            let text = charset.decode(&bytes[first..end]);
            score += text
                .chars()
                .map(|c| char_score(c, before, after))
                .sum::<i64>();
        }
    }
    score
}

fn char_score(c: char, before: Option<char>, after: Option<char>) -> i64 {
    let is_latin = c.is_alphabetic() && c < '\u{250}' && !"ªº".contains(c);
    if is_latin {
        let in_lower = before.is_some_and(|before| before.is_ascii_lowercase());
        return if in_lower && c.is_uppercase() { -1 } else { 1 };
    }
    if c.is_control() || c == '\u{fffd}' {
        return -3;
    }
    let belongs = match (before, after) {
        (Some(_), Some(_)) => "’´`–—·\u{ad}".contains(c),
        (Some(_), None) => "’”»…™®©°%€¹²³ªº–—\u{a0}".contains(c),
        (None, Some(_)) => "‘“‚„«¡¿€£§©–—…\u{a0}".contains(c),
        (None, None) => true,
    };
    if belongs { 0 } else { -1 }
}

/// Detects UTF-16 by its byte order mark, or by its line ends and Latin letters.
pub fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    // For each position in a pair of bytes: zeros, and line ends paired with a zero.
    let mut zeros = [0_usize; 2];
    let mut line_ends = [0_usize; 2];
    let mut bare_line_ends = 0_usize;
    for pair in head.chunks_exact(2) {
        let [first, second] = [pair[0], pair[1]];
        zeros[0] += usize::from(first == 0);
        zeros[1] += usize::from(second == 0);
        line_ends[0] += usize::from(first == b'\n' && second == 0);
        line_ends[1] += usize::from(second == b'\n' && first == 0);
        let is_bare = |line_end: u8, other: u8| line_end == b'\n' && matches!(other, 1..=127);
        bare_line_ends += usize::from(is_bare(first, second) || is_bare(second, first));
    }
    let units = head.len() / 2;
    let is = |line_end: usize, zero: usize, other: usize| {
        let mostly_latin = zero * 3 > units * 2 && other == 0;
        let has_line_ends =
            line_end > 0 && bare_line_ends * 2 <= zero && zero * 50 >= units && other * 4 <= zero;
        mostly_latin || has_line_ends
    };
    if is(line_ends[0], zeros[1], zeros[0]) {
        Some(UTF_16LE)
    } else if is(line_ends[1], zeros[0], zeros[1]) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Converts the head of a file from UTF-16 to UTF-8; any other is unchanged.
pub fn utf16_to_utf8(head: &[u8]) -> Cow<'_, [u8]> {
    match utf16(head) {
        Some(encoding) => Cow::Owned(encoding.decode(head).0.into_owned().into_bytes()),
        None => Cow::Borrowed(head),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(charset: Charset, text: &str) -> Vec<u8> {
        match charset {
            Charset::Web(encoding) => encoding.encode(text).0.into_owned(),
            Charset::Dos(number, _) => {
                let table = &oem_cp::code_table::ENCODING_TABLE_CP_MAP[&number];
                oem_cp::encode_string_checked(text, table).unwrap()
            }
        }
    }

    #[test]
    fn encodings_are_detected_from_words() {
        for (name, text) in [
            ("cp850", "Müller fand es schön, Köln\n"),
            ("cp850", "café très bien\n"),
            ("cp850", "mañana, señor\n"),
            ("cp850", "große Straße für Müller\n"),
            ("windows-1252", "Köln, schöne Grüße\n"),
            ("windows-1252", "très bien, à bientôt\n"),
            ("windows-1252", "don’t “ask” me… it—s fine\n"),
            ("macintosh", "größer, Straße für café\n"),
            ("windows-1251", "Очень хорошо, спасибо\n"),
        ] {
            let bytes = encode(Charset::from_label(name).unwrap(), text);
            let charsets = Charsets::detect(&bytes);
            assert_eq!(charsets.fallback.name(), name, "{text}");
            assert_eq!(charsets.decode(&bytes).text, text);
        }
    }

    #[test]
    fn each_cell_is_decoded_in_its_own_encoding() {
        let charsets = Charsets::detect(b"K\xf6ln, sch\xf6ne Gr\xfc\xdfe\n");
        for (bytes, text, replaced) in [
            (&b"K\xf6ln"[..], "Köln", 0),
            (b"K\xc3\xb6ln", "Köln", 0),
            (b"M\x81ller", "Müller", 0),
            (b"K\xc3\xb6ln und K\xf6ln", "Köln und Köln", 0),
            (b"Gr\xc3\xbc\xc3", "Grü\u{fffd}", 1),
            (b"\x81", "\u{fffd}", 1),
            (b"caf\xe9", "café", 0),
        ] {
            let decoded = charsets.decode(bytes);
            assert_eq!(
                (decoded.text.as_ref(), decoded.replaced_chars),
                (text, replaced)
            );
        }
    }

    #[test]
    fn encodings_are_looked_up_by_label() {
        for (name, shown) in [
            ("latin1", "windows-1252"),
            ("UTF-8", "utf-8"),
            ("cp850", "cp850"),
            ("IBM437", "cp437"),
            ("852", "cp852"),
            ("Shift_JIS", "shift_jis"),
        ] {
            assert_eq!(Charset::from_label(name).unwrap().name(), shown);
        }
        assert!(Charset::from_label("klingon").unwrap_err().hint().is_some());
    }

    #[test]
    fn utf16_is_detected_without_a_byte_order_mark() {
        for text in [
            "id,score\n1,9\n",
            "番号,点数,感想\n一,9,とても良いと思います\n",
        ] {
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            assert_eq!(utf16(&little), Some(UTF_16LE), "{text}");
            assert_eq!(utf16(&big), Some(UTF_16BE), "{text}");
            assert_eq!(utf16(text.as_bytes()), None, "{text}");
        }
        assert_eq!(utf16(b"id,score\n1\0,9\n2,8\n3\0\0,1\n"), None);
    }
}
