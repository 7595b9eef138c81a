//! What may be in a text at all, told from where its words begin and from what is beside its
//! numbers, before any pattern is matched.
//!
//! The lack of a hint spares a look, and never a finding: the tests in `mod.rs` compare with what is
//! found as if there were all.

use std::sync::LazyLock;

use super::address::{STREETS_APART, STREETS_JOINED};
use super::cues::{Cue, Lead, PHRASES};
use super::iban;
use super::may_be_name::is_followed;
use super::signs::{Signs, tail};

/// A set of hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hints(u32);

/// One thing that may be there.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(super) enum Hint {
    /// A phrase that leads to a name, and what may be one behind it.
    Lead,
    /// The phrase, whatever is behind it.
    LeadAlone,
    SpeltEmail,
    /// "at" behind a word with a dot or a line in it.
    SpeltAt,
    Birth,
    /// A box, a flat or a post code named as such.
    NamedPlace,
    /// What streets are called, behind their names: "Street".
    StreetType,
    /// What streets are called, before their names: "rue".
    StreetBegin,
    /// Words that say where somebody lives, or where something goes.
    Located,
    Document,
    Host,
    /// Enough digits for a telephone number, with but signs between.
    Number,
    Iban,
    /// Four numbers with dots between.
    Ip4,
    /// Letters and digits together.
    Code,
    /// A number before a word with a capital, or before one such as "1st".
    NumberBeforeName,
    /// Of two digits or more, and nothing but white space between.
    LongNumberBeforeName,
    /// A number before a small word that may join a name.
    NumberBeforeSmall,
    /// A number behind a word that streets are called.
    NumberAfterStreet,
    /// A number, a comma, and another number.
    NumberBeforeCode,
    /// A digit and a letter as in British and Canadian post codes.
    PostCode,
    /// Two numbers.
    Numbers,
}

impl Hints {
    /// As if all were there.
    #[cfg(test)]
    pub(super) const ALL: Self = Self(u32::MAX);
    /// What words tell only if there are digits too.
    const OF_NUMBERS: u32 = bit(Hint::Birth)
        | bit(Hint::NamedPlace)
        | bit(Hint::StreetType)
        | bit(Hint::StreetBegin)
        | bit(Hint::Located)
        | bit(Hint::Document);

    /// What they tell only if a number is before a name, too.
    const OF_NAMES: u32 = bit(Hint::StreetType) | bit(Hint::Located);

    pub(super) fn of(text: &str, signs: &Signs) -> Self {
        let mut hints = Self(0);
        if signs.has_other_digits {
            hints.0 = !Self::OF_NUMBERS & !bit(Hint::Lead) & !bit(Hint::LeadAlone);
        } else if signs.digits > 0 {
            hints.add_numbers(text);
        }
        let words = if signs.digits == 0 {
            &*WORDS
        } else if hints.has_any(&[Hint::NumberBeforeName, Hint::NumberBeforeSmall]) {
            &*WORDS_BY_NAMES
        } else {
            &*WORDS_BY_NUMBERS
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
            let next = |offset: usize| bytes.get(at + offset).copied();
            let three = three([Some(byte), next(1), next(2)]);
            if !has_bit(&words.threes, three) {
                continue;
            }
            let eight = eight(&bytes[at..]);
            for word in words.of_three(three) {
                let end = at + word.text.len();
                if eight & word.mask == word.first
                    && self.0 & word.bit == 0
                    && bytes
                        .get(at..end)
                        .is_some_and(|here| is_same(here, word.text.as_bytes()))
                {
                    if word.bit == bit(Hint::Lead) {
                        self.add(Hint::LeadAlone);
                    }
                    if word.is_here(text, at, end, signs) {
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
            self.add_behind(bytes, start, at);
            if !self.has(Hint::NumberAfterStreet) && is_behind_street(text, start) {
                self.add(Hint::NumberAfterStreet);
            }
            if is_behind_two_letters(bytes, start) && iban::may_go_on(bytes, start) {
                self.add(Hint::Iban);
            }
        }
    }

    /// What follows a number between `start` and `end`, as far as it tells addresses.
    fn add_behind(&mut self, bytes: &[u8], start: usize, end: usize) {
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let blank = |at: usize| length_of_blank(&bytes[at.min(bytes.len())..]);
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

/// Whether a word of a street's name may begin at a place: a capital, be it with an accent, Greek or
/// Cyrillic, or "1st".
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

/// Whether one may begin behind one or two small words.
fn begins_joined_name(bytes: &[u8], mut at: usize) -> bool {
    const SMALL_WORDS_MAX: usize = 2;
    for _ in 0..SMALL_WORDS_MAX {
        let word = &bytes[at..];
        let length = word
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase())
            .count();
        let next = word.get(length).copied().unwrap_or_default();
        if !is_small(&word[..length], next) {
            return false;
        }
        at += length;
        if matches!(next, b'\'' | 0x80..) && length == 1 {
            // d’Or
            at += if next == b'\'' { 1 } else { '’'.len_utf8() };
            at = at.min(bytes.len());
        }
        while let blank @ 1.. = length_of_blank(&bytes[at..]) {
            at += blank;
        }
        if begins_name(bytes, at) {
            return true;
        }
    }
    false
}

/// How many digits there are from a place on.
fn digits_at(bytes: &[u8], at: usize) -> usize {
    let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.count()
}

const fn bit(hint: Hint) -> u32 {
    1 << hint as u32
}

/// The numbers so far, of which some may be parts of one.
#[derive(Default)]
struct Numbers {
    count: usize,
    end: usize,
    /// Digits with signs between, as in telephone numbers.
    digits_in_run: usize,
    /// Digits with at most a sign between, as in codes.
    digits_in_code: usize,
    /// How many of the last numbers have but a dot before them.
    dotted: usize,
    /// How many of the last numbers are single digits.
    single: usize,
}

impl Numbers {
    /// The longest that is between two groups of a number, in bytes, and between two of a code.
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
            && gap.iter().all(|byte| {
                matches!(
                    byte,
                    b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'_' | b'*' | 0x80..
                )
            });
        self.digits_in_run = length + if is_in_run { self.digits_in_run } else { 0 };
        if self.digits_in_run >= Self::NUMBER_DIGITS_MIN {
            hints.add(Hint::Number);
        }
        let is_dotted = !is_first
            && gap.len() <= Self::DOT_GAP_MAX
            && gap.contains(&b'.')
            && gap.iter().all(|byte| {
                byte.is_ascii_whitespace()
                    || matches!(
                        byte,
                        b'.' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | 0x80..
                    )
            });
        self.dotted = if is_dotted { self.dotted + 1 } else { 0 };
        if self.dotted >= 3 {
            hints.add(Hint::Ip4);
        }
        let is_in_code = !is_first
            && gap.len() <= Self::CODE_GAP_MAX
            && gap.iter().all(|&byte| is_sign_of_code(byte));
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

    /// Whether a number may be in a code with letters.
    fn is_code(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let is_beside_letter =
            start > 0 && bytes[start - 1].is_ascii_alphabetic() || byte(end).is_ascii_alphabetic();
        if is_beside_letter && length_of_word(bytes, start) >= Self::CODE_LENGTH_MIN {
            return true;
        }
        if self.single >= Self::PAN_DIGITS {
            return true;
        }
        // The letter that a code ends with, perhaps behind a sign.
        let last = if is_sign_of_code(byte(end)) {
            end + 1
        } else {
            end
        };
        let is_lettered = byte(last) >= 0x80
            || byte(last).is_ascii_alphabetic()
                && !(byte(last + 1).is_ascii_alphanumeric() || byte(last + 1) == b'_');
        let is_behind_letters = start > 0
            && (bytes[start - 1].is_ascii_alphabetic() || is_sign_of_code(bytes[start - 1]));
        is_lettered
            && (end - start == Self::PAN_DIGITS && is_behind_letters
                || self.digits_in_code >= Self::CODE_DIGITS_MIN)
            // A date of birth, and the century's sign.
            || end - start == Self::CODE_DIGITS_MIN
                && matches!(byte(end), b'-' | b'+' | b'a'..=b'z' | b'A'..=b'Z')
                && byte(end + 1).is_ascii_digit()
    }
}

/// How many letters and digits are together with the number at `start`.
fn length_of_word(bytes: &[u8], start: usize) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
    let before = bytes[..start].iter().rev().take_while(is_part).count();
    before + bytes[start..].iter().take_while(is_part).count()
}

/// Whether a byte is of what may be between the parts of a code.
fn is_sign_of_code(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | 0x0B | 0x80..) || byte.is_ascii_whitespace()
}

/// Whether a number may be the check digits of an IBAN.
fn is_behind_two_letters(bytes: &[u8], start: usize) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b' ' | b'-' | b'.' | 0x80..);
    // Two signs, each of up to three bytes.
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

/// Whether a number is the digit that the second half of a post code begins with: SW1A 1AA, K1A 0B1.
fn is_post_code(bytes: &[u8], start: usize, end: usize) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    end - start == 1
        && start > 0
        && (bytes[start - 1].is_ascii_whitespace() || bytes[start - 1] >= 0x80)
        && byte(end).is_ascii_uppercase()
        && (byte(end + 1).is_ascii_uppercase() || byte(end + 1).is_ascii_digit())
}

/// Words that join those of a street's name.
fn is_small(word: &[u8], next: u8) -> bool {
    matches!(
        word,
        b"de"
            | b"del"
            | b"della"
            | b"delle"
            | b"dei"
            | b"di"
            | b"da"
            | b"do"
            | b"dos"
            | b"das"
            | b"des"
            | b"du"
            | b"la"
            | b"le"
            | b"les"
            | b"los"
            | b"las"
            | b"el"
            | b"y"
            | b"e"
            | b"van"
            | b"von"
            | b"der"
            | b"den"
            | b"the"
            | b"of"
            | b"and"
            | b"na"
            | b"zum"
            | b"zur"
            | b"am"
            | b"im"
            | b"an"
    ) || matches!(word, b"d" | b"l") && matches!(next, b'\'' | 0x80..)
}

/// Whether the word before a number is one that streets of Germanic and other countries end with.
fn is_behind_street(text: &str, start: usize) -> bool {
    // Digits, signs and other brackets end no word.
    let is_of_word = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
    let before = match &text.as_bytes()[..start] {
        [] => return false,
        [.., last]
            if !is_of_word(*last)
                && !matches!(last, b'.' | b':')
                && !is_blank(char::from(*last)) =>
        {
            return false;
        }
        [.., last, b'.'] if !is_of_word(*last) => return false,
        // Most are behind one blank and a word that nothing ends with.
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
    let is_end = |before: &str| {
        let before = before.strip_suffix('.').unwrap_or(before);
        ends_as_street(before)
    };
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

/// How many bytes the white space is that a text begins with.
fn length_of_blank(text: &[u8]) -> usize {
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

/// Longer than the longest of what streets end with.
const ENDING_LENGTH_MAX: usize = 24;

/// Whether a text ends with what the names of streets end with.
fn ends_as_street(before: &str) -> bool {
    let is_like_one = match before.as_bytes() {
        [.., first, second, third] if [first, second, third].iter().all(|byte| byte.is_ascii()) => {
            ENDINGS.has_three([*first, *second, *third])
        }
        _ => before
            .chars()
            .next_back()
            .is_some_and(|last| ENDINGS.last.contains(&last) || last.is_uppercase()),
    };
    if !is_like_one {
        return false;
    }
    let near = tail(before, ENDING_LENGTH_MAX);
    let word = near.rsplit(is_blank).next().unwrap_or_default();
    let small = word.to_lowercase();
    ENDINGS.apart.contains(&small.as_str())
        || (word.len() == near.len() || word.contains(char::is_uppercase))
            && ENDINGS.joined.iter().any(|ending| small.ends_with(ending))
}

/// What the names of streets end with, without a full stop.
struct Endings {
    joined: Vec<&'static str>,
    apart: Vec<&'static str>,
    /// The last letter of each.
    last: Vec<char>,
    /// A bit for the last three letters of each; "u" is behind a blank.
    threes: Vec<u64>,
}

impl Endings {
    fn has_three(&self, letters: [u8; 3]) -> bool {
        has_bit(&self.threes, three(letters.map(Some)))
    }
}

static ENDINGS: LazyLock<Endings> = LazyLock::new(|| {
    let [joined, apart] = [STREETS_JOINED, STREETS_APART].map(|endings| {
        let endings = endings.split('|');
        endings
            .map(|ending| ending.trim_end_matches('.'))
            .collect::<Vec<_>>()
    });
    let mut threes = vec![0; THREES / 64];
    let mut add = |letters: [u8; 3]| {
        set_bit(&mut threes, three(letters.map(Some)));
    };
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

/// Street types behind a number and a name.
const TYPES: &str = "street|streets|str|st|road|roads|rd|avenue|ave|lane|ln|boulevard|blvd|crescent|cres|terrace|highway|hwy|parkway|pkwy|mews|quay|gardens\
    |nagar|marg|chowk|extension|extensions|gateway|turnpike|expressway|freeway";
/// Those that are written with a capital.
const TYPES_CAPITAL: &str = "drive|dr|place|pl|court|courts|ct|square|squares|sq|close|way|circle|cir|trail|alley|row|grove|hill|walk|parade|park|parks|ridge\
    |view|heights|bridge|path|loop|plaza|cove|coves|forge|forges|pass|point|rise|vale|wharf|green";
/// Street types before a name, or their beginnings.
const TYPES_BEFORE: &str = "rue|avenue|boulevard|chemin|allée|allee|impasse|quai|viale|piazza|corso|vicolo|largo|calle|avenida|plaza|paseo|carrer|camino|carretera\
    |rua|travessa|praça|praca|estrada|rúa|ulica|aleja|strada|bulevardul|calea|tv|bd|av.|avda.|ul.|al.|os.|str.|c/|via|postbox|place|cours|route|square|passage|faubourg";
/// The beginnings of others.
const TYPES_BEGUN: &str = "strandv|ул|Ул|уЛ|УЛ|пр|Пр|пР|ПР|пе|Пе|пЕ|ПЕ";
/// Where somebody lives, and where something goes, or the beginnings of such words.
const LOCATED: &str = "address|adresse|anschrift|dirección|domicilio|indirizzo|endereço|morada|adres|cím|osoite|live|living|resid|located|moved|office|deliver|sent|ship\
    |return|mail|meet|arrived|taxi|restaurant|shop|store|home|house|wohn|habit|viv|abit|moro|mora|woon|bor";
/// Documents, or the beginnings of what they are called.
const DOCUMENTS: &str = "passport|driv|license|licence|number|national|government|personal|id|identity|voter|green|residence|medicare|health|nhs|tax|dl|reisepass|pass\
    |ausweis|führerschein|permis|carte|pasaporte|licencia|dni|nie|nif|cédula|rut|curp|passaporto|patente|carta|codice|passaporte|cnh|rg|paspoort|rijbewijs|paszport\
    |prawo|dowód|dowodu|pas|körkort|førerkort|kørekort";
/// Words for an @ or a dot, wherever they are.
const SPELT: &str = "dot|arroba|chiocciola|kukac|apenstaart|snabel|zavináč|malpa|małpa";
/// Words for them behind a bracket.
const SPELT_BRACKETED: &str = "at|ät|chez|punkt";

/// What else there must be for a word to be a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    /// A name behind a phrase.
    Followed(Cue),
    /// The end of a word.
    Whole,
    /// A capital and the end of a word.
    Capital,
    /// A number behind it, or "no".
    Numbered,
    /// No letters behind it, unless they are a word that joins those of a street's name.
    OfStreet,
    /// An opening bracket before it.
    Bracketed,
    /// A word before it that an address could begin with, and a host behind.
    BetweenAddress,
}

/// A word or phrase, or the beginning of one.
struct Word {
    text: &'static str,
    /// The first eight bytes without what tells small letters, and which of them there are.
    first: u64,
    mask: u64,
    bit: u32,
    condition: Condition,
}

impl Word {
    fn new(text: &'static str, hint: Hint, condition: Condition) -> Self {
        let length = text.len().min(8);
        let mask = u64::MAX >> (64 - 8 * length);
        Self {
            text,
            first: eight(text.as_bytes()) & mask,
            mask,
            bit: bit(hint),
            condition,
        }
    }

    fn is_here(&self, text: &str, start: usize, end: usize, signs: &Signs) -> bool {
        let bytes = text.as_bytes();
        let is_end = || {
            !bytes
                .get(end)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        match self.condition {
            Condition::None => true,
            Condition::Followed(cue) => {
                (is_end() || !bytes[end - 1].is_ascii_alphanumeric())
                    && text.is_char_boundary(end)
                    && is_followed(text, Lead { end, cue }, signs.has_capital)
            }
            Condition::Whole => is_end(),
            Condition::Numbered => {
                let next = text[end..].trim_start().bytes().next();
                next.is_some_and(|next| next.is_ascii_digit() || matches!(next, b'#' | b'n' | b'N'))
            }
            Condition::OfStreet => {
                let rest = &bytes[end..];
                let length = rest
                    .iter()
                    .take_while(|byte| byte.is_ascii_lowercase())
                    .count();
                let next = rest.get(length).copied().unwrap_or_default();
                length == 0 || is_small(&rest[..length], next)
            }
            Condition::Capital => bytes[start].is_ascii_uppercase() && is_end(),
            Condition::Bracketed => text[..start].trim_end().ends_with(['[', '(', '{', '<']),
            Condition::BetweenAddress => {
                signs.dots > 0 && {
                    let (before, after) = (text[..start].trim_end(), text[end..].trim_start());
                    let local = before.rsplit(char::is_whitespace).next();
                    let host = after.split(char::is_whitespace).next();
                    before.len() < start
                        && after.len() < text.len() - end
                        && local.is_some_and(|local| local.contains(['.', '_']))
                        && host.is_some_and(|host| host.contains('.'))
                }
            }
        }
    }
}

/// Words by their first three letters.
struct Words {
    words: Vec<Word>,
    /// A bit for each three letters that one begins with.
    threes: Vec<u64>,
    /// Where the words that begin with three letters begin and end in `of_threes`.
    buckets: Vec<(u16, u16)>,
    of_threes: Vec<u16>,
}

impl Words {
    fn new(words: Vec<Word>) -> Self {
        let mut by_three: Vec<(usize, usize)> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let bytes = word.text.as_bytes();
            let thirds = match bytes.get(2) {
                Some(third) => *third..third + 1,
                None => 0..32,
            };
            let second = bytes.get(1).copied();
            by_three.extend(thirds.map(|third| (three([Some(bytes[0]), second, Some(third)]), at)));
        }
        by_three.sort_unstable();
        let mut threes = vec![0; THREES / 64];
        let mut buckets = vec![(0, 0); THREES];
        for (place, &(three, _)) in by_three.iter().enumerate() {
            set_bit(&mut threes, three);
            let place = u16::try_from(place).expect("there are fewer words than that");
            let (first, end) = &mut buckets[three];
            if *first == *end {
                *first = place;
            }
            *end = place + 1;
        }
        Self {
            words,
            threes,
            buckets,
            of_threes: by_three.iter().map(|&(_, at)| at as u16).collect(),
        }
    }

    fn of_three(&self, three: usize) -> impl Iterator<Item = &Word> {
        let (first, end) = self.buckets[three];
        self.of_threes[usize::from(first)..usize::from(end)]
            .iter()
            .map(|&at| &self.words[usize::from(at)])
    }
}

/// How many there are of three letters.
const THREES: usize = 1 << 15;

/// A number for three letters, the same for capitals and small ones.
fn three(letters: [Option<u8>; 3]) -> usize {
    letters.iter().fold(0, |three, letter| {
        three << 5 | usize::from(letter.unwrap_or_default() & 31)
    })
}

fn has_bit(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

fn set_bit(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

/// Those for texts without digits, and for those with some.
static WORDS: LazyLock<Words> = LazyLock::new(|| words(|word| word.bit & Hints::OF_NUMBERS == 0));
static WORDS_BY_NUMBERS: LazyLock<Words> =
    LazyLock::new(|| words(|word| word.bit & Hints::OF_NAMES == 0));
/// All, for texts in which a number is before what may be a name.
static WORDS_BY_NAMES: LazyLock<Words> = LazyLock::new(|| words(|_| true));

fn words(is_wanted: impl Fn(&Word) -> bool) -> Words {
    let of_cues = PHRASES.iter().flat_map(|&(cue, phrases)| {
        let word = move |phrase: &'static str| match cue {
            Cue::Name | Cue::NameSurely | Cue::Signature => {
                Some(Word::new(phrase, Hint::Lead, Condition::Followed(cue)))
            }
            Cue::Birth => Some(Word::new(phrase, Hint::Birth, Condition::None)),
            Cue::Address if phrase == " box" => {
                Some(Word::new("box", Hint::NamedPlace, Condition::Numbered))
            }
            Cue::Address => Some(Word::new(phrase, Hint::NamedPlace, Condition::None)),
            Cue::SpeltAt => Some(Word::new(
                phrase.trim(),
                Hint::SpeltAt,
                Condition::BetweenAddress,
            )),
            Cue::SpeltEmail | Cue::Url => None,
        };
        phrases.split('|').filter_map(word)
    });
    let others = [
        (TYPES, Hint::StreetType, Condition::Whole),
        (TYPES_CAPITAL, Hint::StreetType, Condition::Capital),
        (TYPES_BEFORE, Hint::StreetBegin, Condition::OfStreet),
        (TYPES_BEGUN, Hint::StreetBegin, Condition::None),
        (LOCATED, Hint::Located, Condition::None),
        (DOCUMENTS, Hint::Document, Condition::None),
        (SPELT, Hint::SpeltEmail, Condition::None),
        (SPELT_BRACKETED, Hint::SpeltEmail, Condition::Bracketed),
    ];
    let others = others.into_iter().flat_map(|(words, hint, condition)| {
        words
            .split('|')
            .map(move |word| Word::new(word, hint, condition))
    });
    Words::new(of_cues.chain(others).filter(is_wanted).collect())
}

/// The first eight bytes, without what tells capitals from small letters.
fn eight(bytes: &[u8]) -> u64 {
    let eight = match bytes.first_chunk() {
        Some(eight) => *eight,
        None => {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            eight
        }
    };
    u64::from_le_bytes(eight) | 0x2020_2020_2020_2020
}

/// Whether two texts are the same but for capitals, and a few signs that are as far apart.
fn is_same(here: &[u8], word: &[u8]) -> bool {
    here.iter()
        .zip(word)
        .all(|(here, word)| here | 0x20 == word | 0x20)
}
