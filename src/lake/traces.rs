//! Texts that name a person: finds them, and removes the names.
//!
//! One word of a name may be another word, such as May, Will or Day. Alone it is found, but removed only from
//! what the person wrote, or where the command gives it.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use datafusion_functions_nps::{Finding, PersonalData, Redactor, RowContext};
use exports::columns::headers::fold;

use super::named_people::{Known, NamedPeople};
use super::schema::{IDENTITIES_SCHEMA, IMPORTS_SCHEMA, RESPONSES_SCHEMA, SUPPRESSIONS_SCHEMA};
use crate::error::{Error, Result};
use crate::privacy::suppression::identifies;

/// Replaces a number, birthday or similar of a person.
const REPLACEMENT: &str = "[PERSONAL]";

/// Digits from which on a text may have a telephone number.
const PHONE_DIGITS_MIN: usize = 7;

/// What to search for.
pub(super) struct Traces {
    pseudonyms: AhoCorasick,
    /// Finds most texts without a trace quickly: parts of what is searched for.
    screen: AhoCorasick,
    has_phone: bool,
    person: RowContext,
    /// The names that the command gives, of which one word is enough.
    given: RowContext,
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

pub(super) fn plural(count: usize, noun: &str) -> String {
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
            given: RowContext::new(),
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
                    if people.given_names.contains(name) {
                        traces.given = traces.given.with_name(name);
                    }
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
        self.has_pseudonym(text.as_bytes()) || !self.found(text).is_empty()
    }

    /// True if the text names one of the people by more than a word that may be another one.
    pub(super) fn is_clearly_in(&self, text: &str) -> bool {
        self.has_pseudonym(text.as_bytes()) || self.found(text).iter().any(|found| found.is_clear)
    }

    /// True if the text has a whole name, a whole address or a number of one of the people.
    pub(super) fn is_wholly_in(&self, text: &str) -> bool {
        self.found(text).iter().any(|found| found.is_whole)
    }

    /// The text without whole names, whole addresses and numbers; `None` if it has none.
    pub(super) fn wholly_removed_from(&self, text: &str) -> Option<String> {
        self.is_wholly_in(text)
            .then(|| self.without(text, |found| found.is_whole))
    }

    /// The text without the names; `None` if it has none. A text that is a pseudonym becomes empty.
    pub(super) fn removed_from(&self, text: &str) -> Option<String> {
        self.is_in(text).then(|| self.without(text, |_| true))
    }

    /// The text of somebody else without the names, except for a word alone that may be another one;
    /// `None` if there is nothing to remove.
    pub(super) fn clearly_removed_from(&self, text: &str) -> Option<String> {
        self.is_clearly_in(text)
            .then(|| self.without(text, |found| found.is_clear))
    }

    fn without(&self, text: &str, is_removed: impl Fn(&Trace) -> bool) -> String {
        let mut left = text.to_owned();
        let found = self.found(text);
        for found in found.iter().rev().filter(|found| is_removed(found)) {
            left.replace_range(found.range.clone(), found.replacement);
        }
        while let Some(found) = self.pseudonyms.find(&left) {
            left.replace_range(found.range(), "");
        }
        left
    }

    /// What names the people in a text, besides pseudonyms, in order and without overlaps.
    fn found(&self, text: &str) -> Vec<Trace> {
        if !self.may_name_a_person(text) {
            return Vec::new();
        }
        let redactor = Redactor::new();
        let given = redactor.find_known(text, &self.given);
        let known = redactor.find_known(text, &self.person);
        let is_given = |range: &Range<usize>| {
            let mut given = given.iter();
            given.any(|given| given.range.start < range.end && range.start < given.range.end)
        };
        let names: Vec<Range<usize>> = known
            .iter()
            .filter(|found| found.data == PersonalData::Name)
            .map(|found| found.range.clone())
            .collect();
        let mut found: Vec<Trace> = known
            .into_iter()
            .map(|finding| Trace {
                is_clear: is_clear(text, &finding, &names) || is_given(&finding.range),
                is_whole: is_whole(text, &finding, &names),
                replacement: finding.data.token(),
                range: finding.range,
            })
            .collect();
        for other in &self.others {
            let is_new = |range: &Range<usize>| {
                let mut found = found.iter();
                !found.any(|found| found.range.start < range.end && range.start < found.range.end)
            };
            let new: Vec<_> = words(text, other).filter(is_new).collect();
            found.extend(new.into_iter().map(|range| Trace {
                range,
                replacement: REPLACEMENT,
                is_clear: true,
                is_whole: true,
            }));
        }
        found.sort_unstable_by_key(|found| found.range.start);
        found
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

/// Something that names a person in a text.
struct Trace {
    range: Range<usize>,
    replacement: &'static str,
    /// It can hardly be anything else.
    is_clear: bool,
    /// It is more than one word of a name, which relatives have too.
    is_whole: bool,
}

/// False for a word alone that may be another one, be it a name or the part of an address before the @.
fn is_clear(text: &str, finding: &Finding, names: &[Range<usize>]) -> bool {
    let found = &text[finding.range.clone()];
    match finding.data {
        PersonalData::Name => is_whole(text, finding, names) || !is_also_word(found),
        PersonalData::Email => {
            found.contains(|c: char| c.is_numeric() || "@._- ".contains(c)) || !is_also_word(found)
        }
        _ => true,
    }
}

/// False for one word of a name, and for a part of an address.
fn is_whole(text: &str, finding: &Finding, names: &[Range<usize>]) -> bool {
    let found = &text[finding.range.clone()];
    match finding.data {
        PersonalData::Name => {
            let words = found.split([' ', '-']).filter(|word| !word.is_empty());
            // "Quill, Zoe" has two.
            let is_beside = |other: &Range<usize>| {
                let between = if other.start >= finding.range.end {
                    finding.range.end..other.start
                } else if other.end <= finding.range.start {
                    other.end..finding.range.start
                } else {
                    return false;
                };
                let is_other = fold(&text[other.clone()]) != fold(found);
                is_other && matches!(text[between].trim(), "" | ",")
            };
            words.count() > 1 || names.iter().any(is_beside)
        }
        PersonalData::Email => found.contains('@'),
        _ => true,
    }
}

/// True for words of languages, and for those of Voxql's own tables and logs.
fn is_also_word(word: &str) -> bool {
    /// Words in logs and of profiles, besides the names of columns.
    const OWN: [&str; 16] = [
        "add",
        "checkpoint",
        "delta",
        "file",
        "files",
        "generic",
        "json",
        "log",
        "name",
        "part",
        "path",
        "protocol",
        "remove",
        "size",
        "stats",
        "version",
    ];
    static COLUMNS: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let schemas = [
            &RESPONSES_SCHEMA,
            &IDENTITIES_SCHEMA,
            &IMPORTS_SCHEMA,
            &SUPPRESSIONS_SCHEMA,
        ];
        let fields = schemas
            .into_iter()
            .flat_map(|schema| schema.fields().iter());
        let words = fields.flat_map(|field| field.name().split('_'));
        words.map(ToOwned::to_owned).collect()
    });
    let folded = fold(word);
    Redactor::new().is_also_word(word)
        || OWN.contains(&folded.as_str())
        || COLUMNS.contains(&folded)
}

/// The places of a text, in lower case, that are not parts of a longer word or number.
fn words(text: &str, wanted: &str) -> impl Iterator<Item = Range<usize>> + use<> {
    let lower = text.to_lowercase();
    // Otherwise places of one are not those of the other.
    let text = if lower.len() == text.len() {
        lower
    } else {
        text.to_owned()
    };
    let ranges: Vec<Range<usize>> = text
        .match_indices(wanted)
        .map(|(start, found)| start..start + found.len())
        .filter(|range| {
            let before = text[..range.start].chars().next_back();
            let after = text[range.end..].chars().next();
            ![before, after]
                .into_iter()
                .flatten()
                .any(char::is_alphanumeric)
        })
        .collect();
    ranges.into_iter()
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
        for (text, left) in [
            ("thanks to zoe!", "thanks to [NAME]!"),
            ("zoe.quill was kind", "[EMAIL] was kind"),
            ("C-10017", "[PERSONAL]"),
        ] {
            assert_eq!(
                traces.clearly_removed_from(text).as_deref(),
                Some(left),
                "{text}"
            );
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

    fn of_names(names: &[&str], given: &[&str]) -> Traces {
        let people = NamedPeople {
            tokens: ["v1:abc".to_owned()].into(),
            names: names
                .iter()
                .map(|name| Known::Name((*name).to_owned()))
                .collect(),
            given_names: given.iter().map(|name| (*name).to_owned()).collect(),
            ..NamedPeople::default()
        };
        Traces::new(&people).expect("names to search for")
    }

    #[test]
    fn a_word_that_may_be_another_stays_in_the_data_of_others() {
        let will = of_names(&["Will", "May"], &[]);
        for text in ["Will you? May I?", "May 2026 was bad"] {
            assert!(will.is_in(text), "{text}");
            assert_eq!(will.clearly_removed_from(text), None, "{text}");
        }
        let left = will.clearly_removed_from("ask Will May. May I?");
        assert_eq!(left.as_deref(), Some("ask [NAME]. May I?"));
        let left = will.clearly_removed_from("May, Will");
        assert_eq!(left.as_deref(), Some("[NAME], [NAME]"));
        let given = of_names(&["Will", "May"], &["May"]);
        let left = given.clearly_removed_from("Will you ask May?");
        assert_eq!(left.as_deref(), Some("Will you ask [NAME]?"));
    }

    #[test]
    fn words_of_logs_name_nobody() {
        for (name, text) in [("Day", "Day"), ("Score", "Score=Score"), ("Path", "Path")] {
            let traces = of_names(&["Val", name], &[]);
            assert!(!traces.is_clearly_in(text), "{text}");
        }
    }

    #[test]
    fn places_are_not_searched_for() {
        let counts = traces().counts();
        assert_eq!((counts.others, counts.names, counts.addresses), (1, 2, 1));
    }
}
