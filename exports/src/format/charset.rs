//! Encodings of text: which one it is, and text cell by cell where a file mixes several.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;

use crate::error::{Error, Result};
use crate::quote::clip;

/// An encoding that text can be read in.
#[derive(Clone, Copy, Debug)]
pub enum Charset {
    /// One of the WHATWG's, which browsers know.
    Web(&'static Encoding),
    /// A code page of DOS, by its number.
    Dos(u16, &'static TableType),
}

impl PartialEq for Charset {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Charset {
    /// The encoding that a person names.
    pub fn named(name: &str) -> Result<Self> {
        let label = name.trim().to_ascii_lowercase();
        if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
            return Ok(Self::Web(encoding));
        }
        let number = ["cp", "ibm", "dos", "oem"]
            .iter()
            .find_map(|prefix| label.strip_prefix(prefix))
            .unwrap_or(&label)
            .trim_start_matches(['-', '_', ' ']);
        let page = number.parse().ok().and_then(Self::dos);
        page.ok_or_else(|| {
            Error::invalid(format!(
                "--encoding {}: there is no such encoding",
                clip(name)
            ))
            .with_hint(
                "name it as browsers do, such as utf-8, utf-16le, windows-1252, windows-1251, \
                 iso-8859-2, macintosh, shift_jis or gbk, or as cp437, cp850 or cp852",
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

    /// The encoding that a whole file must be decoded by before it is cut into cells, because a
    /// byte of a delimiter may be a part of another character in it.
    pub fn whole(self) -> Option<&'static Encoding> {
        match self {
            Self::Web(encoding) if !encoding.is_single_byte() && encoding != UTF_8 => {
                Some(encoding)
            }
            _ => None,
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

/// How the cells of a file are read that are not valid UTF-8.
#[derive(Clone, Debug)]
pub struct Charsets {
    /// What most of them are in.
    pub main: Charset,
    /// A person said so: no other is tried, and valid UTF-8 is not taken for it.
    given: bool,
    /// It was seen in the file, and is not just what is tried first.
    pub found: bool,
}

/// Text, and what it took to read it.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    pub text: Cow<'a, str>,
    /// It is not in UTF-8.
    pub is_narrow: bool,
    /// Characters in the place of bytes that no encoding has one for.
    pub replaced: u64,
}

impl Charsets {
    pub fn given(charset: Charset) -> Self {
        Self {
            main: charset,
            given: true,
            found: true,
        }
    }

    /// What the lines that are not UTF-8 are most likely in.
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
            main: Charset::Web(WINDOWS_1252),
            given: false,
            found: !other_lines.is_empty(),
        };
        if charsets.found {
            detector.feed(b"", true);
            charsets.main = Charset::Web(detector.guess(None, Utf8Detection::Deny));
            charsets.main = charsets.best(&other_lines);
        }
        charsets
    }

    /// The main encoding, unless that puts what is no letter inside words where another one has
    /// letters there. The detector does not know the code pages of DOS.
    fn best(&self, texts: &[&[u8]]) -> Charset {
        let score = |charset: Charset| -> i64 {
            texts
                .iter()
                .map(|text| letters_in_words(charset, text))
                .sum()
        };
        let mut best = self.main;
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

    /// Reads the bytes of a cell.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Decoded<'a> {
        if self.given {
            let text = match std::str::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => Cow::Borrowed(text),
                _ => self.main.decode(bytes),
            };
            return replace_controls(text, false);
        }
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => {
                return Decoded {
                    text: Cow::Borrowed(text),
                    is_narrow: false,
                    replaced: 0,
                };
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let is_cut_off = error.error_len().is_none() && !valid.is_ascii();
        if is_cut_off {
            // A tool that cuts after so many bytes has cut a character in two.
            let text = format!("{}\u{fffd}", String::from_utf8_lossy(valid));
            return Decoded {
                text: text.into(),
                is_narrow: true,
                replaced: 1,
            };
        }
        let charset = self.best(&[bytes]);
        let text = match charset.is_single_byte() && has_utf8(valid, rest) {
            true => mixed(charset, bytes).into(),
            false => charset.decode(bytes),
        };
        replace_controls(text, true)
    }
}

/// Whether a character of UTF-8 beyond ASCII stands among bytes that are not.
fn has_utf8(valid: &[u8], rest: &[u8]) -> bool {
    !valid.is_ascii() || rest.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// UTF-8 and another encoding in one cell: what is valid stays, single bytes are decoded.
fn mixed(charset: Charset, bytes: &[u8]) -> String {
    bytes
        .utf8_chunks()
        .map(|chunk| format!("{}{}", chunk.valid(), charset.decode(chunk.invalid())))
        .collect()
}

/// Control characters behind ASCII are bytes that the encoding has no character for.
fn replace_controls(text: Cow<'_, str>, is_narrow: bool) -> Decoded<'_> {
    let is_none = |c: char| ('\u{80}'..='\u{9f}').contains(&c) || c == '\u{fffd}';
    let replaced = match is_narrow || !text.is_ascii() {
        true => text.chars().filter(|c| is_none(*c)).count() as u64,
        false => 0,
    };
    Decoded {
        text: match replaced {
            0 => text,
            _ => text.replace(is_none, "\u{fffd}").into(),
        },
        is_narrow,
        replaced,
    }
}

/// How well an encoding makes words of the bytes: the letters that it puts beside ASCII letters,
/// less the characters that have no place there.
fn letters_in_words(charset: Charset, bytes: &[u8]) -> i64 {
    if !charset.is_single_byte() {
        return 0;
    }
    let mut score = 0;
    let mut start = 0;
    while let Some(offset) = bytes[start..].iter().position(|byte| !byte.is_ascii()) {
        let first = start + offset;
        let end = bytes[first..]
            .iter()
            .position(u8::is_ascii)
            .map_or(bytes.len(), |length| first + length);
        let before = first.checked_sub(1).map(|index| char::from(bytes[index]));
        let behind = bytes.get(end).map(|byte| char::from(*byte));
        let run = &bytes[first..end];
        start = end;
        // Long runs are words of another script, or text of several bytes a character.
        if run.len() > 3 {
            continue;
        }
        let before = before.filter(char::is_ascii_alphabetic);
        let behind = behind.filter(char::is_ascii_alphabetic);
        if before.is_none() && behind.is_none() {
            continue;
        }
        for c in charset.decode(run).chars() {
            score += letter_in_word(c, before, behind);
        }
    }
    score
}

fn letter_in_word(c: char, before: Option<char>, behind: Option<char>) -> i64 {
    let is_latin = c.is_alphabetic() && c < '\u{250}' && !"ªº".contains(c);
    if is_latin {
        let in_lower = before.is_some_and(|before| before.is_ascii_lowercase());
        return if in_lower && c.is_uppercase() { -1 } else { 1 };
    }
    if c.is_control() || c == '\u{fffd}' {
        return -3;
    }
    let has_place = match (before, behind) {
        (Some(_), Some(_)) => "’´`–—·\u{ad}".contains(c),
        (Some(_), None) => "’”»…™®©°%€¹²³ªº–—\u{a0}".contains(c),
        (None, Some(_)) => "‘“‚„«¡¿€£§©–—…\u{a0}".contains(c),
        (None, None) => true,
    };
    if has_place { 0 } else { -1 }
}

/// The encoding of a file in UTF-16: it shows by its mark, or by what its line ends and Latin
/// letters look like.
pub fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    // For each place in a pair of bytes: the zeros, and the line ends with a zero beside them.
    let mut zeros = [0_usize; 2];
    let mut line_ends = [0_usize; 2];
    let mut bare_line_ends = 0_usize;
    for pair in head.chunks_exact(2) {
        let [first, second] = [pair[0], pair[1]];
        zeros[0] += usize::from(first == 0);
        zeros[1] += usize::from(second == 0);
        line_ends[0] += usize::from(first == b'\n' && second == 0);
        line_ends[1] += usize::from(second == b'\n' && first == 0);
        bare_line_ends += usize::from(
            (first == b'\n' && second.is_ascii() && second != 0)
                || (second == b'\n' && first.is_ascii() && first != 0),
        );
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

/// The head of a file in UTF-16 as UTF-8, any other as it is.
pub fn wide_as_utf8(head: &[u8]) -> Cow<'_, [u8]> {
    match utf16(head) {
        Some(encoding) => match encoding.decode(head).0 {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
        None => Cow::Borrowed(head),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, String) {
        let charsets = Charsets::detect(bytes);
        let text = charsets.decode(bytes).text.into_owned();
        (charsets.main.name().into_owned(), text)
    }

    #[test]
    fn code_pages_of_dos_show_in_words() {
        for (bytes, charset, text) in [
            (
                &b"M\x81ller fand es sch\x94n, K\x94ln\n"[..],
                "cp850",
                "Müller fand es schön, Köln\n",
            ),
            (b"caf\x82 tr\x8as bien\n", "cp850", "café très bien\n"),
            (b"ma\xa4ana, se\xa4or\n", "cp850", "mañana, señor\n"),
            (
                b"gro\xe1e Stra\xe1e f\x81r M\x81ller\n",
                "cp850",
                "große Straße für Müller\n",
            ),
            (
                b"K\xf6ln, sch\xf6ne Gr\xfc\xdfe\n",
                "windows-1252",
                "Köln, schöne Grüße\n",
            ),
            (
                b"tr\xe8s bien, \xe0 bient\xf4t\n",
                "windows-1252",
                "très bien, à bientôt\n",
            ),
            (
                b"don\x92t \x93ask\x94 me\x85 it\x97s fine\n",
                "windows-1252",
                "don’t “ask” me… it—s fine\n",
            ),
            (
                b"gr\x9a\xa7er, Stra\xa7e f\x9fr caf\x8e\n",
                "macintosh",
                "größer, Straße für café\n",
            ),
        ] {
            assert_eq!(read(bytes), (charset.to_owned(), text.to_owned()));
        }
        let cyrillic = encoding_rs::WINDOWS_1251
            .encode("Очень хорошо, спасибо\n")
            .0;
        assert_eq!(read(&cyrillic).1, "Очень хорошо, спасибо\n");
    }

    #[test]
    fn cells_are_decoded_one_by_one() {
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
            assert_eq!((decoded.text.as_ref(), decoded.replaced), (text, replaced));
        }
    }

    #[test]
    fn encodings_have_names() {
        for (name, shown) in [
            ("latin1", "windows-1252"),
            ("UTF-8", "utf-8"),
            ("cp850", "cp850"),
            ("IBM437", "cp437"),
            ("852", "cp852"),
            ("Shift_JIS", "shift_jis"),
        ] {
            assert_eq!(Charset::named(name).unwrap().name(), shown);
        }
        assert!(Charset::named("klingon").unwrap_err().hint().is_some());
    }

    #[test]
    fn utf16_shows_without_a_mark() {
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
