//! Street types before a number.

use std::sync::LazyLock;

use super::is_blank;
use super::threes::{THREES, three};
use crate::redact::address::{STREETS_APART, STREETS_JOINED};
use crate::redact::bits::Bits;
use crate::redact::signs::tail;

/// True for a lower-case word inside street names.
#[rustfmt::skip]
pub(super) fn is_joining(word: &[u8], next: u8) -> bool {
    matches!(
        word,
        b"de" | b"del" | b"della" | b"delle" | b"dei" | b"di" | b"da" | b"do" | b"dos" | b"das"
            | b"des" | b"du" | b"la" | b"le" | b"les" | b"los" | b"las" | b"el" | b"y" | b"e"
            | b"van" | b"von" | b"der" | b"den" | b"the" | b"of" | b"and" | b"na" | b"zum"
            | b"zur" | b"am" | b"im" | b"an"
    ) || matches!(word, b"d" | b"l") && matches!(next, b'\'' | 0x80..)
}

/// True if the word before a number ends a street name, as in Germanic and other languages.
pub(super) fn is_after_street(text: &str, start: usize) -> bool {
    // Digits, punctuation and brackets end no word.
    let is_word_byte = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
    let before = match &text.as_bytes()[..start] {
        [] => return false,
        [.., last]
            if !is_word_byte(*last)
                && !matches!(last, b'.' | b':')
                && !is_blank(char::from(*last)) =>
        {
            return false;
        }
        [.., last, b'.'] if !is_word_byte(*last) => return false,
        // Most numbers follow one blank and a word without such an ending.
        [.., first, second, third, b' ']
            if [first, second, third]
                .iter()
                .all(|byte| byte.is_ascii_alphabetic())
                && !ENDINGS.has_three([*first, *second, *third])
                && !matches!([second | 0x20, third | 0x20], [b'n', b'o' | b'r']) =>
        {
            return false;
        }
        _ => text[..start].trim_end_matches(is_blank),
    };
    let is_end = |before: &str| has_street_ending(before.strip_suffix('.').unwrap_or(before));
    if is_end(before) {
        return true;
    }
    // "No: 5"
    let unpointed = before.strip_suffix(['.', ':']).unwrap_or(before);
    let Some((head, last)) = unpointed.split_at_checked(unpointed.len().saturating_sub(2)) else {
        return false;
    };
    (last.eq_ignore_ascii_case("no") || last.eq_ignore_ascii_case("nr"))
        && is_end(head.trim_end_matches(is_blank))
}

/// Longer than any ending.
const ENDING_LENGTH_MAX: usize = 24;

/// True if a text ends like a street name.
fn has_street_ending(before: &str) -> bool {
    let may_be_one = match before.as_bytes() {
        [.., first, second, third] if [first, second, third].iter().all(|byte| byte.is_ascii()) => {
            ENDINGS.has_three([*first, *second, *third])
        }
        _ => before
            .chars()
            .next_back()
            .is_some_and(|last| ENDINGS.last.contains(&last) || last.is_uppercase()),
    };
    if !may_be_one {
        return false;
    }
    let near = tail(before, ENDING_LENGTH_MAX);
    let word = near.rsplit(is_blank).next().unwrap_or_default();
    let small = word.to_lowercase();
    ENDINGS.apart.contains(&small.as_str())
        || (word.len() == near.len() || word.contains(char::is_uppercase))
            && ENDINGS.joined.iter().any(|ending| small.ends_with(ending))
}

/// The endings of street names, without a full stop.
struct Endings {
    joined: Vec<&'static str>,
    apart: Vec<&'static str>,
    /// The last letter of each.
    last: Vec<char>,
    /// The last three letters of each; "u" follows a blank.
    threes: Bits,
}

impl Endings {
    fn has_three(&self, letters: [u8; 3]) -> bool {
        self.threes.has(three(letters.map(Some)))
    }
}

static ENDINGS: LazyLock<Endings> = LazyLock::new(|| {
    let [joined, apart] = [STREETS_JOINED, STREETS_APART].map(|endings| {
        let endings = endings.split('|');
        endings
            .map(|ending| ending.trim_end_matches('.'))
            .collect::<Vec<_>>()
    });
    let mut threes = Bits::below(THREES);
    let mut add = |letters: [u8; 3]| threes.add(three(letters.map(Some)));
    for ending in joined.iter().chain(&apart) {
        match ending.as_bytes() {
            [.., first, second, third] => add([*first, *second, *third]),
            [second, third] => (0..32).for_each(|first| add([first, *second, *third])),
            [third] => (0..32).for_each(|first| add([first, b' ', *third])),
            [] => {}
        }
    }
    let all = joined.iter().chain(&apart);
    Endings {
        last: all
            .filter_map(|ending| ending.chars().next_back())
            .collect(),
        joined,
        apart,
        threes,
    }
});
