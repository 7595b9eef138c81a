//! Known data about the respondent of a text.

use super::PersonalData;
use super::lexicon::LEXICON;
use super::signs::digit;
use super::spans::Spans;
use super::words::{fold, words};

/// Shorter parts are initials or words.
const PART_LETTERS_MIN: usize = 3;
/// Shorter local parts do not identify a person.
const LOCAL_LENGTH_MIN: usize = 4;
/// The same for local parts of letters only, because most short ones are words.
const LOCAL_LETTERS_MIN: usize = 6;
/// The number of final digits that identify a telephone number, without codes.
const PHONE_DIGITS: usize = 7;

/// Local parts of many companies' addresses.
const COMMON_LOCALS: &str = "
    account accounts admin billing booking bookings contact customer customerservice director
    enquiries events feedback finance hello helpdesk information invoice kontakt manager marketing
    newsletter noreply no-reply office orders purchasing reception sales service support webmaster
";

/// A respondent's own name, address and number, prepared for comparison.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownWords {
    /// Folded parts of names, and `true` for those that count in lower case.
    parts: Vec<(String, bool)>,
    emails: Vec<String>,
    locals: Vec<String>,
    phones: Vec<KnownPhone>,
}

/// The last digits of a telephone number.
#[derive(Debug, Clone)]
pub(super) struct KnownPhone(Vec<u8>);

impl KnownPhone {
    pub(super) fn matches(&self, digits: &[u8]) -> bool {
        digits.ends_with(&self.0)
    }
}

impl KnownWords {
    pub(super) fn add_name(&mut self, name: &str) {
        for word in words(name) {
            self.add_part(word.text);
            for part in word.text.split(['-', '‐', '‑']) {
                self.add_part(part);
            }
        }
    }

    fn add_part(&mut self, part: &str) {
        let part = fold(part);
        let flags = LEXICON.flags_of_folded(&part);
        let letters = part.chars().filter(|c| c.is_alphabetic()).count();
        if letters < PART_LETTERS_MIN || flags.is_particle() || flags.is_title() {
            return;
        }
        // "will" is rarely Will.
        let in_lower_case = !flags.is_stop() && !flags.is_also_word();
        self.parts.push((part, in_lower_case));
    }

    pub(super) fn add_email(&mut self, email: &str) {
        let email = fold(email.trim());
        let Some((local, _)) = email.rsplit_once('@') else {
            return;
        };
        let is_letters = local.chars().all(char::is_alphabetic);
        let length = local.chars().count();
        let is_distinctive = length >= LOCAL_LENGTH_MIN
            && (!is_letters || length >= LOCAL_LETTERS_MIN)
            && !COMMON_LOCALS
                .split_ascii_whitespace()
                .any(|common| common == local)
            && !LEXICON.flags_of_folded(local).is_stop();
        if is_distinctive {
            self.locals.push(local.to_owned());
        }
        self.emails.push(email);
    }

    pub(super) fn add_phone(&mut self, phone: &str) {
        let digits: Vec<u8> = phone.chars().filter_map(digit).collect();
        if digits.len() >= PHONE_DIGITS {
            // Eight digits are enough in any country, seven for shorter numbers.
            let start = digits.len() - digits.len().min(PHONE_DIGITS + 1);
            self.phones.push(KnownPhone(digits[start..].to_vec()));
        }
    }

    pub(super) fn phone(&self) -> &[KnownPhone] {
        &self.phones
    }

    /// Finds addresses, and local parts by themselves.
    pub(super) fn find_email(&self, text: &str, spans: &mut Spans) {
        for known in self.emails.iter().chain(&self.locals) {
            for token in tokens(text) {
                let word = fold(&text[token.clone()]);
                if word == *known || without_tag(&word).is_some_and(|bare| bare == *known) {
                    spans.add(PersonalData::Email, token);
                }
            }
        }
    }

    /// Finds the numbers in any grouping, with what precedes their last digits.
    pub(super) fn find_phones(&self, text: &str, spans: &mut Spans) {
        if self.phones.is_empty() {
            return;
        }
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            let Some(first) = digit(c) else {
                continue;
            };
            let (mut digits, mut end) = (vec![first], start + c.len_utf8());
            while let Some((at, c)) = chars.next_if(|(_, c)| is_in_number(*c)) {
                if let Some(next) = digit(c) {
                    digits.push(next);
                    end = at + c.len_utf8();
                }
            }
            if self.phones.iter().any(|phone| phone.matches(&digits)) {
                let sign = text[..start].ends_with('+');
                spans.add(PersonalData::Phone, start - usize::from(sign)..end);
            }
        }
    }

    /// Finds the parts of the name.
    pub(super) fn find_names(&self, text: &str, spans: &mut Spans) {
        if self.parts.is_empty() {
            return;
        }
        for word in words(text) {
            if self.has_part(word.text) {
                spans.add(PersonalData::Name, word.start..word.end);
                continue;
            }
            // "Müller-Quill", "l'Élise".
            let mut start = word.start;
            for part in word.text.split_inclusive(['-', '‐', '‑', '\'', '’']) {
                let bare = part.trim_end_matches(['-', '‐', '‑', '\'', '’']);
                if self.has_part(bare) {
                    spans.add(PersonalData::Name, start..start + bare.len());
                }
                start += part.len();
            }
        }
    }

    fn has_part(&self, word: &str) -> bool {
        let folded = fold(word);
        self.parts.iter().any(|(part, in_lower_case)| {
            *part == folded && (*in_lower_case || word.starts_with(char::is_uppercase))
        })
    }
}

/// True for digits, and for what separates their groups.
fn is_in_number(c: char) -> bool {
    digit(c).is_some() || c == '\u{a0}' || " -–./()".contains(c)
}

/// The address without the tag after a plus sign in its local part; `None` if it has none.
fn without_tag(address: &str) -> Option<String> {
    let (local, host) = address.rsplit_once('@')?;
    let (bare, _) = local.split_once('+')?;
    (!bare.is_empty()).then(|| format!("{bare}@{host}"))
}

/// Iterates over the runs of characters that are allowed in addresses.
fn tokens(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let is_part = |c: char| c.is_alphanumeric() || ".!#$%&*+/=?^_`{|}~-@".contains(c);
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_part)?;
        let rest = &text[start..];
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        at = start + length;
        let token = &text[start..at];
        // Without the punctuation around it.
        let bare = token.trim_end_matches(|c: char| !c.is_alphanumeric());
        let trimmed = bare.trim_start_matches(|c: char| !c.is_alphanumeric());
        let start = start + bare.len() - trimmed.len();
        Some(start..start + trimmed.len())
    })
}
