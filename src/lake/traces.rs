//! Texts that name a person: finds them, and removes the names.

use std::fmt;

use aho_corasick::AhoCorasick;
use datafusion_functions_nps::{Redactor, RowContext};
use exports::columns::headers::fold;

use super::named_people::{Known, NamedPeople};
use crate::error::{Error, Result};

/// Replaces a number, birthday or similar of a person.
const REPLACEMENT: &str = "[PERSONAL]";

/// Digits from which on a text may have a telephone number.
const PHONE_DIGITS_MIN: usize = 7;

/// Shorter numbers and the like are in texts by chance.
const OTHER_CHARS_MIN: usize = 5;

/// What to search for.
pub(super) struct Traces {
    pseudonyms: AhoCorasick,
    /// Finds most texts without a trace quickly: parts of what is searched for.
    screen: AhoCorasick,
    has_phone: bool,
    person: RowContext,
    others: Vec<String>,
    counts: Counts,
}

/// Numbers of what is searched for, besides pseudonyms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) addresses: usize,
    pub(super) names: usize,
    pub(super) phones: usize,
    pub(super) others: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pseudonyms")?;
        let others = [
            (self.addresses, "address"),
            (self.names, "name"),
            (self.phones, "telephone number"),
            (self.others, "other number"),
        ];
        for (count, noun) in others {
            if count > 0 {
                write!(f, ", {}", plural(count, noun))?;
            }
        }
        Ok(())
    }
}

fn plural(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix("ss")) {
        (1, _) => format!("1 {noun}"),
        (_, Some(_)) => format!("{count} {noun}es"),
        _ => format!("{count} {noun}s"),
    }
}

impl Traces {
    /// Builds the patterns of these people's names. Places, words and short numbers are not searched for: they are in the
    /// data of others by chance.
    pub(super) fn new(people: &NamedPeople) -> Result<Self> {
        let mut traces = Self {
            pseudonyms: automaton(people.tokens.iter())?,
            screen: automaton::<&str>([])?,
            has_phone: false,
            person: RowContext::new(),
            others: Vec::new(),
            counts: Counts::default(),
        };
        let mut parts: Vec<String> = Vec::new();
        for name in &people.names {
            match name {
                Known::Address(address) => {
                    traces.counts.addresses += 1;
                    traces.person = traces.person.with_email(address.as_str());
                    // Also finds the local part by itself.
                    let local = address.as_str().split(['@', '+']).next();
                    parts.extend(local.map(ToOwned::to_owned));
                }
                Known::Phone(phone) => {
                    traces.counts.phones += 1;
                    traces.has_phone = true;
                    traces.person = traces.person.with_phone(phone);
                }
                Known::Name(name) => {
                    traces.counts.names += 1;
                    traces.person = traces.person.with_name(name);
                    let words = name.split(|c: char| !c.is_alphanumeric());
                    let folded = words.map(fold);
                    parts.extend(folded.flat_map(|word| {
                        let words = word.split(' ').map(ToOwned::to_owned);
                        words.collect::<Vec<_>>()
                    }));
                }
                Known::Other(value) if identifies(value) => {
                    traces.counts.others += 1;
                    traces.others.push(value.to_lowercase());
                    parts.push(value.to_lowercase());
                }
                Known::Other(_) => {}
            }
        }
        parts.retain(|part| !part.is_empty());
        traces.screen = automaton(&parts)?;
        Ok(traces)
    }

    /// Numbers of what is searched for.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// True if the bytes have one of the pseudonyms.
    pub(super) fn has_pseudonym(&self, bytes: &[u8]) -> bool {
        self.pseudonyms.is_match(bytes)
    }

    /// True if the text names one of the people, by a pseudonym or otherwise.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.has_pseudonym(text.as_bytes()) || self.names_a_person(text)
    }

    /// The text without the names; `None` if it has none. A text that is a pseudonym becomes empty.
    pub(super) fn removed_from(&self, text: &str) -> Option<String> {
        if !self.is_in(text) {
            return None;
        }
        let mut left = text.to_owned();
        while let Some(found) = self.pseudonyms.find(&left) {
            left.replace_range(found.range(), "");
        }
        let known = Redactor::new().redact_known(&left, &self.person);
        let mut left = known.text.into_owned();
        for other in &self.others {
            while let Some(at) = find_word(&left, other) {
                left.replace_range(at, REPLACEMENT);
            }
        }
        Some(left)
    }

    fn names_a_person(&self, text: &str) -> bool {
        if !self.may_name_a_person(text) {
            return false;
        }
        let has_other = || self.others.iter().any(|it| find_word(text, it).is_some());
        !Redactor::new().find_known(text, &self.person).is_empty() || has_other()
    }

    /// False for most texts without a name. In a text with other letters than ASCII, a name may be
    /// written with accents.
    fn may_name_a_person(&self, text: &str) -> bool {
        let has_digits = || {
            let mut digits = text.chars().filter(|c| c.is_numeric());
            digits.nth(PHONE_DIGITS_MIN - 1).is_some()
        };
        !text.is_ascii() || self.screen.is_match(text) || (self.has_phone && has_digits())
    }
}

fn automaton<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Result<AhoCorasick> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(texts)
        .map_err(|error| Error::invalid(format!("cannot search for these names: {error}")))
}

/// True for a number or an account elsewhere, false for a place or a word.
fn identifies(value: &str) -> bool {
    let is_sign = |c: char| c.is_numeric() || "@/_".contains(c);
    value.chars().count() >= OTHER_CHARS_MIN && value.chars().any(is_sign)
}

/// Finds a text, in lower case, that is not a part of a longer word or number.
fn find_word(text: &str, wanted: &str) -> Option<std::ops::Range<usize>> {
    let lower = text.to_lowercase();
    // Otherwise places of one are not those of the other.
    let text = if lower.len() == text.len() {
        lower.as_str()
    } else {
        text
    };
    text.match_indices(wanted)
        .map(|(start, found)| start..start + found.len())
        .find(|range| {
            let before = text[..range.start].chars().next_back();
            let after = text[range.end..].chars().next();
            ![before, after]
                .into_iter()
                .flatten()
                .any(char::is_alphanumeric)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::address::Address;

    fn traces() -> Traces {
        let text = |text: &str| text.to_owned();
        let address = Address::parse("zoe.quill@example.com").expect("an address");
        let people = NamedPeople {
            tokens: ["v1:abc".to_owned()].into(),
            names: [
                Known::Address(address),
                Known::Name(text("Zoë")),
                Known::Name(text("McQuill")),
                Known::Phone(text("+44 20 7946 0958")),
                Known::Other(text("C-10017")),
                Known::Other(text("Berlin")),
            ]
            .into(),
            ..NamedPeople::default()
        };
        Traces::new(&people).expect("names to search for")
    }

    #[test]
    fn names_are_removed_and_nothing_else() {
        let traces = traces();
        for (text, left) in [
            ("thanks to zoe!", "thanks to [NAME]!"),
            ("Zoé McQuill's team", "[NAME]'s team"),
            ("<ZOE.Quill@example.com>", "<[EMAIL]>"),
            ("zoe.quill+nps@example.com", "[EMAIL]"),
            ("call (020) 79460958 now", "call ([PHONE] now"),
            ("customer c-10017.", "customer [PERSONAL]."),
            ("v1:ABC", ""),
        ] {
            assert_eq!(traces.removed_from(text).as_deref(), Some(left), "{text}");
        }
        for text in [
            "Zoeller was fine in Berlin",
            "customer C-100170, XC-10017",
            "jane@example.com at 2026-03-01 10:00:00",
            "20 7946 09581",
            "",
        ] {
            assert_eq!(traces.removed_from(text), None, "{text}");
        }
    }

    #[test]
    fn places_are_not_searched_for() {
        let counts = traces().counts();
        assert_eq!((counts.others, counts.names, counts.addresses), (1, 2, 1));
    }
}
