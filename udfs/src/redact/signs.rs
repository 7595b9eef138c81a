//! Character classes in a text, found in a pass or two over its bytes.

use std::ops::Range;

/// The characters in a text that indicate personal data.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// The number of digits.
    pub(super) digits: usize,
    /// `true` if some digits are not ASCII.
    pub(super) has_other_digits: bool,
    /// `true` if there is an @ or its full-width form.
    pub(super) has_at: bool,
    pub(super) has_slash: bool,
    pub(super) has_capital: bool,
    /// `true` if there is a letter of names in Latin script.
    pub(super) has_latin: bool,
    pub(super) colons: usize,
    pub(super) dots: usize,
}

const AT: u8 = 2;
const SLASH: u8 = 4;
const CAPITAL: u8 = 8;
const LATIN: u8 = 16;
/// The first byte of a character that may be a capital outside ASCII.
const OTHER_CAPITAL: u8 = 64;
/// The first byte of a character that may be a digit, an @ or a Latin letter outside ASCII.
const OTHER: u8 = 128;

/// The largest gap between two digits of a number, in bytes.
const GAP_MAX: usize = 6;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'@' => AT,
            b'/' => SLASH,
            b'A'..=b'Z' => CAPITAL | LATIN,
            b'a'..=b'z' => LATIN,
            // Latin letters and their combining marks.
            0xC3..=0xCD => LATIN | OTHER_CAPITAL,
            // Greek to Armenian.
            0xCE..=0xD5 => OTHER_CAPITAL,
            // Georgian, more Latin and Greek letters, letterlike symbols.
            0xE1 | 0xE2 | 0xEA | 0xF0..=0xFF => LATIN | OTHER_CAPITAL,
            0xC2 => LATIN,
            // Arabic, Indian and Thai digits.
            0xD9 | 0xDB | 0xE0 => OTHER,
            // Full-width letters, digits and punctuation.
            0xEF => OTHER | OTHER_CAPITAL,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The increment of each byte to three 16-bit counts: digits, dots, colons.
const COUNTS: [u64; 256] = {
    let mut counts = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        counts[byte] = match byte as u8 {
            b'0'..=b'9' => 1,
            b'.' => 1 << u16::BITS,
            b':' => 1 << (2 * u16::BITS),
            _ => 0,
        };
        byte += 1;
    }
    counts
};
const COUNTED_MAX: usize = u16::MAX as usize;

/// True for the first byte of letters that are not in Latin names: Greek to Arabic and beyond, Indian
/// to Tibetan, Chinese characters, Hangul.
pub(super) fn is_other_script(first: u8) -> bool {
    matches!(first, 0xCE..=0xDF | 0xE0 | 0xE4..=0xE9 | 0xEB..=0xED)
}

impl Signs {
    pub(super) fn new(text: &str) -> Self {
        let (mut seen, mut signs) = (0, Self::default());
        for part in text.as_bytes().chunks(COUNTED_MAX) {
            let mut counts = 0;
            for &byte in part {
                seen |= CLASSES[usize::from(byte)];
                counts += COUNTS[usize::from(byte)];
            }
            let count = |lane: u32| (counts >> (lane * u16::BITS)) as usize & COUNTED_MAX;
            signs.digits += count(0);
            signs.dots += count(1);
            signs.colons += count(2);
        }
        signs.has_at = seen & AT != 0;
        signs.has_slash = seen & SLASH != 0;
        signs.has_capital = seen & CAPITAL != 0;
        signs.has_latin = seen & LATIN != 0;
        if seen & OTHER != 0 {
            signs.add_others(text);
        }
        if seen & OTHER_CAPITAL != 0 && !signs.has_capital {
            let mut others = text.chars().filter(|c| !c.is_ascii());
            signs.has_capital = others.any(char::is_uppercase);
        }
        signs
    }

    /// Counts digits and other characters with first bytes of other scripts.
    fn add_others(&mut self, text: &str) {
        let bytes = text.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            let next = |offset: usize| bytes.get(at + offset).copied().unwrap_or_default();
            let is_digit = match byte {
                0xD9 => matches!(next(1), 0xA0..=0xA9),
                0xDB => matches!(next(1), 0xB0..=0xB9),
                0xE0 => match next(1) {
                    0xA5 | 0xA7 | 0xAF | 0xB1 => matches!(next(2), 0xA6..=0xAF),
                    0xB9 => matches!(next(2), 0x90..=0x99),
                    _ => false,
                },
                0xEF => {
                    self.has_at |= next(1) == 0xBC && next(2) == 0xA0;
                    // All except the punctuation around full-width digits.
                    self.has_latin |=
                        !(next(1) == 0xBC && matches!(next(2), 0x81..=0xA0)) && next(1) != 0xB8;
                    next(1) == 0xBC && matches!(next(2), 0x90..=0x99)
                }
                _ => false,
            };
            self.digits += usize::from(is_digit);
            self.has_other_digits |= is_digit;
        }
    }

    /// Returns the most digits in a row, with up to three separators between two.
    pub(super) fn digits_together_max(&self, text: &str) -> usize {
        let (mut together, mut last_end, mut most) = (0, 0, 0);
        self.any_digit(text, |digit| {
            together = if digit.start > last_end + GAP_MAX {
                1
            } else {
                together + 1
            };
            last_end = digit.end;
            most = most.max(together);
            false
        });
        most
    }

    /// True if a number is next to a capital letter or a capitalized word.
    pub(super) fn has_number_by_capital(&self, text: &str) -> bool {
        let mut last_end = 0;
        self.any_digit(text, |digit| {
            let is_first = digit.start != last_end;
            last_end = digit.end;
            is_first && is_after_capital(&text[..digit.start])
                || is_before_capital(&text[digit.end..])
        })
    }

    /// True if the condition holds for the range of any digit.
    fn any_digit(&self, text: &str, mut is_match: impl FnMut(Range<usize>) -> bool) -> bool {
        if self.has_other_digits {
            text.char_indices()
                .any(|(at, c)| digit(c).is_some() && is_match(at..at + c.len_utf8()))
        } else {
            text.bytes()
                .enumerate()
                .any(|(at, byte)| byte.is_ascii_digit() && is_match(at..at + 1))
        }
    }
}

/// True if the last word before a number is capitalized.
fn is_after_capital(before: &str) -> bool {
    let word = before.trim_end_matches([' ', '.', ',', ':', '#']);
    let word = word.rsplit(char::is_whitespace).next().unwrap_or_default();
    word.contains(char::is_uppercase)
}

/// True if the next word after a digit is capitalized, or is a street type after house numbers.
fn is_before_capital(after: &str) -> bool {
    const STREETS: [&str; 15] = [
        " rue", " bis", " ter", " av", " bd", " boul", " chemin", " place", " quai", " imp",
        " all", " via", " calle", " cours", " route",
    ];
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let word = after.trim_start_matches([' ', ',', '.', '\n', '\t', 'a', 'b', 'c']);
    let is_capital = word.len() < after.len() && word.starts_with(char::is_uppercase)
        || after.starts_with(char::is_uppercase);
    let after_comma = after.trim_start_matches(',');
    is_capital
        || after_comma.starts_with(' ')
            && STREETS.iter().any(|street| after_comma.starts_with(street))
}

/// Returns the value of a decimal digit in one of the common scripts.
pub(super) fn digit(c: char) -> Option<u8> {
    const ZEROS: [char; 8] = ['٠', '۰', '०', '০', '௦', '౦', '๐', '０'];
    if c.is_ascii() {
        return c.to_digit(10).map(|value| value as u8);
    }
    ZEROS.iter().find_map(|&zero| {
        let value = u32::from(c).checked_sub(u32::from(zero))?;
        u8::try_from(value).ok().filter(|&value| value < 10)
    })
}

/// True if this character continues the word of an adjacent number or code. Letters of scripts without
/// spaces between words do not, nor do Korean particles.
pub(super) fn is_word(c: char) -> bool {
    (c.is_alphanumeric() || c == '_') && !is_unspaced(c)
}

/// True for characters of scripts that write words next to numbers without a space.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        // Thai to Tibetan, Burmese, Khmer.
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Kana, Chinese characters, Hangul.
            | '\u{3005}'..='\u{318f}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// True if `start` and `end` are at word boundaries.
pub(super) fn is_bounded(text: &str, start: usize, end: usize) -> bool {
    !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
}

/// Returns the end of `text`, at most `length` bytes.
pub(super) fn tail(text: &str, length: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(length))..]
}

/// Returns the start of `text`, at most `length` bytes.
pub(super) fn head(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}
