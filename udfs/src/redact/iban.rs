//! International bank account numbers.

use iban::Iban;

use super::PersonalData;
use super::signs::is_word;
use super::spans::Spans;

/// The shortest are Norwegian, the longest Russian.
const LENGTH_MIN: usize = 15;
const LENGTH_MAX: usize = 34;
/// The check digits, and most digits of the shortest account.
const DIGITS_MIN: usize = 8;

pub(super) fn find(text: &str, spans: &mut Spans) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + LENGTH_MIN <= bytes.len() {
        // Also "D E 8 9".
        let is_spaced = |at: usize| {
            matches!(bytes[at], b' ' | b'-')
                && bytes[at + 1].is_ascii_alphabetic()
                && matches!(bytes[at + 2], b' ' | b'-')
        };
        let is_start = bytes[at].is_ascii_alphabetic()
            && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
            && (bytes[at + 1].is_ascii_alphabetic() || is_spaced(at + 1))
            && !text[..at].ends_with(is_letter_or_digit);
        if !is_start {
            at += 1;
            // To the next character boundary.
            while !text.is_char_boundary(at) {
                at += 1;
            }
            continue;
        }
        if let Some(end) = end_of_iban(text, at) {
            spans.add(PersonalData::Iban, at..end);
            at = end;
        } else {
            at += 1;
        }
    }
}

/// True if the text with check digits at `start` has enough digits for an IBAN.
pub(super) fn may_continue(bytes: &[u8], start: usize) -> bool {
    let (mut length, mut digits, mut separators) = (2, 0, 0);
    for byte in &bytes[start..] {
        match byte {
            b'0'..=b'9' => {
                (length, separators) = (length + 1, 0);
                digits += 1;
                if digits >= DIGITS_MIN {
                    return true;
                }
            }
            // No letters within the check digits.
            _ if byte.is_ascii_alphabetic() && digits >= 2 => {
                (length, separators) = (length + 1, 0)
            }
            // Non-ASCII characters may be separators.
            0x80.. => {}
            b' ' | b'-' | b'.' if separators < 2 => separators += 1,
            _ => return false,
        }
        if length == LENGTH_MAX {
            return false;
        }
    }
    false
}

/// An underscore before a number is not part of it.
fn is_letter_or_digit(c: char) -> bool {
    is_word(c) && c != '_'
}

/// Returns the end of the longest valid IBAN that begins at `start`.
fn end_of_iban(text: &str, start: usize) -> Option<usize> {
    let mut number = String::with_capacity(LENGTH_MAX);
    // The end in the text after each character.
    let mut ends = Vec::with_capacity(LENGTH_MAX);
    let mut separators = 0;
    for (offset, c) in text[start..].char_indices() {
        if number.len() == LENGTH_MAX {
            break;
        }
        if c.is_ascii_alphanumeric() {
            // Two letters, two digits, then either.
            if number.len() < 4 && (number.len() < 2) == c.is_ascii_digit() {
                return None;
            }
            number.push(c.to_ascii_uppercase());
            ends.push(start + offset + 1);
            separators = 0;
        } else if matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '.') && separators < 2 {
            separators += 1;
        } else {
            break;
        }
    }
    (LENGTH_MIN..=number.len()).rev().find_map(|length| {
        let digits = number[..length].bytes().filter(u8::is_ascii_digit);
        if digits.count() < DIGITS_MIN {
            return None;
        }
        let end = ends[length - 1];
        let is_whole = !text[end..].starts_with(is_letter_or_digit);
        (is_whole && number[..length].parse::<Iban>().is_ok()).then_some(end)
    })
}
