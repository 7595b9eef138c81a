//! What a text holds at all, told in a pass or two over its bytes.

use std::ops::Range;

/// Signs that there may be personal data of a kind.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// How many digits there are.
    pub(super) digits: usize,
    /// How many at the most are together, with up to three signs between two.
    pub(super) digits_together_max: usize,
    /// Whether a number is beside a capital letter, or beside a word that begins with one.
    pub(super) has_number_by_capital: bool,
    /// An @, of which there are two in Unicode.
    pub(super) has_at: bool,
    pub(super) has_slash: bool,
    pub(super) has_capital: bool,
    pub(super) colons: usize,
    pub(super) dots: usize,
}

const DIGIT: u8 = 1;
const AT: u8 = 2;
const COLON: u8 = 4;
const DOT: u8 = 8;
const SLASH: u8 = 16;
const CAPITAL: u8 = 32;
const OTHER: u8 = 64;
/// The first byte of a digit, or of an @, outside ASCII.
const OTHER_DIGIT: u8 = 128;

/// How many bytes may be between two digits of one number.
const GAP_MAX: usize = 6;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'@' => AT,
            b':' => COLON,
            b'.' => DOT,
            b'/' => SLASH,
            b'A'..=b'Z' => CAPITAL,
            0xD9 | 0xDB | 0xE0 | 0xEF => OTHER | OTHER_DIGIT,
            0x80.. => OTHER,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

impl Signs {
    pub(super) fn of(text: &str) -> Self {
        let (mut seen, mut digits) = (0, 0);
        for byte in text.bytes() {
            let class = CLASSES[usize::from(byte)];
            seen |= class;
            digits += usize::from(class & DIGIT);
        }
        let count = |class: u8, sign: u8| match seen & class {
            0 => 0,
            _ => text.bytes().filter(|&byte| byte == sign).count(),
        };
        let mut signs = Self {
            digits,
            has_at: seen & AT != 0,
            has_slash: seen & SLASH != 0,
            has_capital: seen & CAPITAL != 0,
            colons: count(COLON, b':'),
            dots: count(DOT, b'.'),
            ..Self::default()
        };
        if seen & OTHER_DIGIT != 0 || seen & OTHER != 0 && !signs.has_capital {
            signs.add_others(text);
        }
        if signs.digits > 0 {
            let is_other = seen & OTHER_DIGIT != 0;
            let numbers = text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_digit());
            if is_other {
                let numbers = text.char_indices().filter(|&(_, c)| digit(c).is_some());
                signs.add_numbers(text, numbers.map(|(at, c)| at..at + c.len_utf8()));
            } else {
                signs.add_numbers(text, numbers.map(|(at, _)| at..at + 1));
            }
        }
        signs
    }

    /// What is outside ASCII.
    fn add_others(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_ascii()) {
            self.has_at |= c == '＠';
            self.has_capital = self.has_capital || c.is_uppercase();
            self.digits += usize::from(digit(c).is_some());
        }
    }

    /// What is around the digits, the places of which are `digits`.
    fn add_numbers(&mut self, text: &str, digits: impl Iterator<Item = Range<usize>>) {
        let (mut together, mut last_end) = (0, 0);
        for digit in digits {
            if digit.start > last_end + GAP_MAX {
                together = 0;
            }
            self.has_number_by_capital = self.has_number_by_capital
                || digit.start != last_end && is_after_capital(&text[..digit.start])
                || is_before_capital(&text[digit.end..]);
            together += 1;
            last_end = digit.end;
            self.digits_together_max = self.digits_together_max.max(together);
        }
    }
}

/// Whether the last word before a number begins with a capital.
fn is_after_capital(before: &str) -> bool {
    let word = before.trim_end_matches([' ', '.', ',', ':', '#']);
    let word = word.rsplit(char::is_whitespace).next().unwrap_or_default();
    word.contains(char::is_uppercase)
}

/// Whether the next word after a digit begins with a capital, or a word follows it that addresses
/// begin with after a number.
fn is_before_capital(after: &str) -> bool {
    let word = after.trim_start_matches([' ', ',', '.', '\n', '\t', 'a', 'b', 'c']);
    word.len() < after.len() && word.starts_with(char::is_uppercase)
        || after.starts_with(char::is_uppercase)
        || [
            " rue", " bis", " ter", " av", " bd", " boul", " chemin", " place", " quai", " imp",
            " all", " via", " calle", " cours", " route",
        ]
        .iter()
        .any(|street| after.trim_start_matches(',').starts_with(street))
}

/// The value of a decimal digit of the scripts that numbers are commonly typed in.
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

/// Whether a word could go on with this character, which a number or a code is part of then. Letters of
/// scripts without blanks between words are no sign of that, nor Korea's particles.
pub(super) fn is_word(c: char) -> bool {
    (c.is_alphanumeric() || c == '_') && !is_unspaced(c)
}

/// Whether a character is of a script that sets words beside numbers without a blank.
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

/// Whether no word goes on over `start` or over `end`.
pub(super) fn is_at_borders(text: &str, start: usize, end: usize) -> bool {
    !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
}

/// The last part of `text`, at most `length` bytes of it.
pub(super) fn tail(text: &str, length: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(length))..]
}

/// The first part of `text`, at most `length` bytes of it.
pub(super) fn head(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}
