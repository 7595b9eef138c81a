//! Hints of what a text may contain, from the beginnings of its words and the surroundings of its
//! numbers, before any pattern is matched.
//!
//! A missing hint skips a search, but never loses a finding: the tests of `redact` compare with the
//! findings under all hints.

mod streets;
mod threes;
mod words;

use self::streets::{is_after_street, is_joining};
use self::words::{WORDS, WORDS_WITH_DIGITS, WORDS_WITH_NUMBERED_NAMES, Words};
use super::iban;
use super::signs::Signs;

/// A set of hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hints(u32);

/// One kind of hint.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(super) enum Hint {
    /// A phrase before a name, with a possible name after it.
    Lead,
    /// A phrase before a name, with anything after it.
    LeadAlone,
    SpelledEmail,
    /// "at" after a word with a dot or an underscore.
    SpelledAt,
    Birth,
    /// A box, a flat or a post code named as such.
    NamedPlace,
    /// A street type after a name: "Street".
    StreetType,
    /// A street type before a name: "rue".
    StreetBegin,
    /// A word for where someone lives or something goes.
    Located,
    Document,
    Host,
    /// Enough digits for a telephone number, with only punctuation between.
    Number,
    Iban,
    /// Four numbers separated by dots.
    Ip4,
    /// Adjacent letters and digits.
    Code,
    /// A number before a capitalized word, or one such as "1st".
    NumberBeforeName,
    /// The same with two digits or more, and only white space between.
    LongNumberBeforeName,
    /// A number before a lower-case word that may begin a name.
    NumberBeforeSmall,
    /// A number after a street name.
    NumberAfterStreet,
    /// A number, a comma, and another number.
    NumberBeforeCode,
    /// A digit and a letter, as in British and Canadian post codes.
    PostCode,
    /// Two numbers.
    Numbers,
}

impl Hints {
    /// All hints.
    #[cfg(test)]
    pub(super) const ALL: Self = Self(u32::MAX);
    /// Hints from words that need digits in the text.
    const WITH_DIGITS: u32 = bit(Hint::Birth)
        | bit(Hint::NamedPlace)
        | bit(Hint::StreetType)
        | bit(Hint::StreetBegin)
        | bit(Hint::Located)
        | bit(Hint::Document);

    /// Hints from words that need a number before a name.
    const WITH_NUMBERED_NAMES: u32 = bit(Hint::StreetType) | bit(Hint::Located);

    pub(super) fn new(text: &str, signs: &Signs) -> Self {
        let mut hints = Self(0);
        if signs.has_other_digits {
            hints.0 = !Self::WITH_DIGITS & !bit(Hint::Lead) & !bit(Hint::LeadAlone);
        } else if signs.digits > 0 {
            hints.add_numbers(text);
        }
        let words = if signs.digits == 0 {
            &*WORDS
        } else if hints.has_any(&[Hint::NumberBeforeName, Hint::NumberBeforeSmall]) {
            &*WORDS_WITH_NUMBERED_NAMES
        } else {
            &*WORDS_WITH_DIGITS
        };
        hints.add_words(text, signs, words);
        hints
    }

    pub(super) fn has(self, hint: Hint) -> bool {
        self.0 & bit(hint) != 0
    }

    pub(super) fn has_any(self, hints: &[Hint]) -> bool {
        hints.iter().any(|&hint| self.has(hint))
    }

    fn add(&mut self, hint: Hint) {
        self.0 |= bit(hint);
    }

    fn add_words(&mut self, text: &str, signs: &Signs, words: &Words) {
        let bytes = text.as_bytes();
        let mut is_before = true;
        for (at, &byte) in bytes.iter().enumerate() {
            let is_start = is_before && (byte.is_ascii_alphabetic() || byte >= 0xC0);
            is_before = !byte.is_ascii_alphabetic();
            if !is_start {
                continue;
            }
            let here = &bytes[at..];
            for word in words.candidates(here) {
                if self.0 & word.bit == 0 && word.is_prefix_of(here) {
                    if word.bit == bit(Hint::Lead) {
                        self.add(Hint::LeadAlone);
                    }
                    if word.holds_at(text, at, signs) {
                        self.0 |= word.bit;
                    }
                }
            }
        }
        let mut dots = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.');
        if signs.dots > 0
            && dots.any(|(dot, _)| dot >= 3 && bytes[dot - 3..dot].eq_ignore_ascii_case(b"www"))
        {
            self.add(Hint::Host);
        }
    }

    fn add_numbers(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut numbers = Numbers::default();
        let mut at = 0;
        while let Some(offset) = bytes[at..].iter().position(u8::is_ascii_digit) {
            let start = at + offset;
            at = start + digits_at(bytes, start);
            numbers.add(bytes, start, at, self);
            if is_post_code(bytes, start, at) {
                self.add(Hint::PostCode);
            }
            self.add_after(bytes, start, at);
            if !self.has(Hint::NumberAfterStreet) && is_after_street(text, start) {
                self.add(Hint::NumberAfterStreet);
            }
            if is_after_two_letters(bytes, start) && iban::may_continue(bytes, start) {
                self.add(Hint::Iban);
            }
        }
    }

    /// Adds the hints of addresses after a number from `start` to `end`.
    fn add_after(&mut self, bytes: &[u8], start: usize, end: usize) {
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let blank = |at: usize| blank_length(&bytes[at.min(bytes.len())..]);
        // 12a, 12 a
        let mut at = end;
        if byte(at).is_ascii_alphabetic() {
            at += 1;
        } else if let length @ 1.. = blank(at)
            && byte(at + length).is_ascii_alphabetic()
            && byte(at + length + 1) == b','
        {
            at += length + 1;
        }
        let has_comma = byte(at) == b',';
        let is_alone = at == end && !has_comma;
        at += usize::from(has_comma);
        if blank(at) == 0 {
            return;
        }
        while let length @ 1.. = blank(at) {
            at += length;
        }
        let next = byte(at);
        let digits = match next {
            b'0'..=b'9' => digits_at(bytes, at),
            _ => 0,
        };
        if begins_name(bytes, at) {
            self.add(Hint::NumberBeforeName);
            if is_alone && end - start >= 2 {
                self.add(Hint::LongNumberBeforeName);
            }
        } else if next.is_ascii_lowercase() && begins_joined_name(bytes, at) {
            self.add(Hint::NumberBeforeSmall);
        }
        let is_code = || {
            matches!(digits, 4 | 5) && blank(at + digits) > 0
                || next.is_ascii_uppercase()
                    && (byte(at + 1) == b'-'
                        || byte(at + 1).is_ascii_uppercase() && byte(at + 2) == b'-')
        };
        if has_comma && is_code() {
            self.add(Hint::NumberBeforeCode);
        }
    }
}

/// True if a word of a street name may begin here: with a capital, accented, Greek and Cyrillic
/// included, or as "1st".
fn begins_name(bytes: &[u8], at: usize) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    match byte(at) {
        b'A'..=b'Z' | 0xC3..=0xC5 | 0xCE..=0xD0 => true,
        b'0'..=b'9' => {
            let end = at + digits_at(bytes, at);
            matches!(
                [byte(end), byte(end + 1)],
                [b's', b't'] | [b'n' | b'r', b'd'] | [b't', b'h']
            )
        }
        _ => false,
    }
}

/// True if a street name may begin after one or two joining words.
fn begins_joined_name(bytes: &[u8], mut at: usize) -> bool {
    const SMALL_WORDS_MAX: usize = 2;
    for _ in 0..SMALL_WORDS_MAX {
        let word = &bytes[at..];
        let length = word
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase())
            .count();
        let next = word.get(length).copied().unwrap_or_default();
        if !is_joining(&word[..length], next) {
            return false;
        }
        at += length;
        if matches!(next, b'\'' | 0x80..) && length == 1 {
            // d’Or
            at += if next == b'\'' { 1 } else { '’'.len_utf8() };
            at = at.min(bytes.len());
        }
        while let blank @ 1.. = blank_length(&bytes[at..]) {
            at += blank;
        }
        if begins_name(bytes, at) {
            return true;
        }
    }
    false
}

/// Returns the number of digits from a position on.
fn digits_at(bytes: &[u8], at: usize) -> usize {
    let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.count()
}

const fn bit(hint: Hint) -> u32 {
    1 << hint as u32
}

/// The numbers so far, some of which may be parts of one.
#[derive(Default)]
struct Numbers {
    count: usize,
    end: usize,
    /// Digits with punctuation between, as in telephone numbers.
    digits_in_run: usize,
    /// Digits with at most one separator between, as in codes.
    digits_in_code: usize,
    /// The number of last numbers that follow a dot.
    dotted: usize,
    /// The number of last numbers that are single digits.
    single: usize,
}

impl Numbers {
    /// The longest gaps between groups, in bytes: of a number, of a code, of an IP address.
    const GAP_MAX: usize = 9;
    const CODE_GAP_MAX: usize = 3;
    const DOT_GAP_MAX: usize = 13;
    const NUMBER_DIGITS_MIN: usize = super::number::DIGITS_MIN;
    const CODE_DIGITS_MIN: usize = 6;
    const CODE_LENGTH_MIN: usize = 9;
    const PAN_DIGITS: usize = 4;

    fn add(&mut self, bytes: &[u8], start: usize, end: usize, hints: &mut Hints) {
        let gap = &bytes[self.end..start];
        let length = end - start;
        let is_first = self.count == 0;
        self.count += 1;
        if !is_first {
            hints.add(Hint::Numbers);
        }
        let is_in_run = !is_first
            && gap.len() <= Self::GAP_MAX
            && gap.iter().all(
                |byte| matches!(byte, b' ' | b'-'..=b'/' | b'(' | b')' | b'_' | b'*' | 0x80..),
            );
        self.digits_in_run = length + if is_in_run { self.digits_in_run } else { 0 };
        if self.digits_in_run >= Self::NUMBER_DIGITS_MIN {
            hints.add(Hint::Number);
        }
        let is_dotted = !is_first
            && gap.len() <= Self::DOT_GAP_MAX
            && gap.contains(&b'.')
            && gap.iter().all(|byte| {
                let is_sign = matches!(
                    byte,
                    b'.' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | 0x80..
                );
                is_sign || byte.is_ascii_whitespace()
            });
        self.dotted = if is_dotted { self.dotted + 1 } else { 0 };
        if self.dotted >= 3 {
            hints.add(Hint::Ip4);
        }
        let is_in_code = !is_first
            && gap.len() <= Self::CODE_GAP_MAX
            && gap.iter().all(|&byte| is_code_separator(byte));
        self.digits_in_code = length + if is_in_code { self.digits_in_code } else { 0 };
        self.single = match length {
            1 if is_in_code => self.single + 1,
            1 => 1,
            _ => 0,
        };
        self.end = end;
        if self.is_code(bytes, start, end) {
            hints.add(Hint::Code);
        }
    }

    /// True if a number may be part of a code with letters.
    fn is_code(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let is_next_to_letter =
            start > 0 && bytes[start - 1].is_ascii_alphabetic() || byte(end).is_ascii_alphabetic();
        if is_next_to_letter && word_length(bytes, start) >= Self::CODE_LENGTH_MIN {
            return true;
        }
        if self.single >= Self::PAN_DIGITS {
            return true;
        }
        // The final letter of a code, possibly after a separator.
        let last = if is_code_separator(byte(end)) {
            end + 1
        } else {
            end
        };
        let is_lettered = byte(last) >= 0x80
            || byte(last).is_ascii_alphabetic()
                && !(byte(last + 1).is_ascii_alphanumeric() || byte(last + 1) == b'_');
        let is_after_letters = start > 0
            && (bytes[start - 1].is_ascii_alphabetic() || is_code_separator(bytes[start - 1]));
        is_lettered
            && (end - start == Self::PAN_DIGITS && is_after_letters
                || self.digits_in_code >= Self::CODE_DIGITS_MIN)
            // A date of birth and a century sign.
            || end - start == Self::CODE_DIGITS_MIN
                && matches!(byte(end), b'-' | b'+' | b'a'..=b'z' | b'A'..=b'Z')
                && byte(end + 1).is_ascii_digit()
    }
}

/// Returns the length of the word of letters and digits around the number at `start`.
fn word_length(bytes: &[u8], start: usize) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
    let before = bytes[..start].iter().rev().take_while(is_part).count();
    before + bytes[start..].iter().take_while(is_part).count()
}

/// True for bytes that may separate the parts of a code.
fn is_code_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | 0x0B | 0x80..) || byte.is_ascii_whitespace()
}

/// True if a number may be the check digits of an IBAN.
fn is_after_two_letters(bytes: &[u8], start: usize) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b' ' | b'-' | b'.' | 0x80..);
    // Two separators, each of up to three bytes.
    let before_signs = |end: usize| {
        let signs = bytes[..end]
            .iter()
            .rev()
            .take(6)
            .take_while(|byte| is_sign(byte));
        end - signs.count()
    };
    let second = before_signs(start);
    if second == 0 || !bytes[second - 1].is_ascii_alphabetic() {
        return false;
    }
    let first = before_signs(second - 1);
    first > 0
        && bytes[first - 1].is_ascii_alphabetic()
        && !(first > 1 && bytes[first - 2].is_ascii_alphanumeric())
}

/// True if a number begins the second half of a post code: SW1A 1AA, K1A 0B1.
fn is_post_code(bytes: &[u8], start: usize, end: usize) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    end - start == 1
        && start > 0
        && (bytes[start - 1].is_ascii_whitespace() || bytes[start - 1] >= 0x80)
        && byte(end).is_ascii_uppercase()
        && (byte(end + 1).is_ascii_uppercase() || byte(end + 1).is_ascii_digit())
}

/// Returns the length in bytes of a white space character at the start of a text.
fn blank_length(text: &[u8]) -> usize {
    match text {
        [first, ..] if first.is_ascii_whitespace() || *first == 0x0B => 1,
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1, 0x9A, 0x80, ..]
        | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..]
        | [0xE2, 0x81, 0x9F, ..]
        | [0xE3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c.is_whitespace()
}
