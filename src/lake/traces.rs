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

use super::named_people::NamedPeople;
use super::schema::{IDENTITIES_SCHEMA, IMPORTS_SCHEMA, RESPONSES_SCHEMA, SUPPRESSIONS_SCHEMA};
use super::sealed_names::Known;
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

/// How certain it is that a part of a text names a person, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// One word, which may be another one.
    Possible,
    /// It can hardly be anything else.
    Clear,
    /// More than one word of a name, which relatives have too, a whole address or a number.
    Whole,
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
    /// Builds the patterns of these people's names. Places, words and short numbers are not searched for:
    /// they are in the data of others by chance.
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
                    if let Some(punycode) = address.in_punycode() {
                        traces.person = traces.person.with_email(&punycode);
                    }
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

    /// True if the text names one of the people, by a pseudonym or otherwise, with this certainty or more.
    pub(super) fn is_in(&self, text: &str, certainty: Certainty) -> bool {
        let is_certain = |found: &Trace| found.certainty >= certainty;
        self.has_pseudonym(text.as_bytes()) || self.found(text).iter().any(is_certain)
    }

    /// The text without pseudonyms and names of this certainty or more; `None` if it has none. A text that
    /// is a pseudonym becomes empty.
    pub(super) fn removed_from(&self, text: &str, certainty: Certainty) -> Option<String> {
        let mut found = self.found(text);
        found.retain(|found| found.certainty >= certainty);
        if found.is_empty() && !self.has_pseudonym(text.as_bytes()) {
            return None;
        }
        let mut left = text.to_owned();
        for found in found.into_iter().rev() {
            left.replace_range(found.range, found.replacement);
        }
        while let Some(found) = self.pseudonyms.find(&left) {
            left.replace_range(found.range(), "");
        }
        Some(left)
    }

    /// What names the people in a text, besides pseudonyms, in order and without overlaps.
    fn found(&self, text: &str) -> Vec<Trace> {
        if !self.may_name_a_person(text) {
            return Vec::new();
        }
        let redactor = Redactor::new();
        let given = redactor.find_known(text, &self.given);
        let known = redactor.find_known(text, &self.person);
        let names: Vec<Range<usize>> = known
            .iter()
            .filter(|found| found.data == PersonalData::Name)
            .map(|found| found.range.clone())
            .collect();
        let mut found: Vec<Trace> = known
            .into_iter()
            .map(|finding| {
                let is_given = given
                    .iter()
                    .any(|given| overlap(&given.range, &finding.range));
                let certainty = certainty(text, &finding, &names);
                Trace {
                    certainty: if is_given {
                        certainty.max(Certainty::Clear)
                    } else {
                        certainty
                    },
                    replacement: finding.data.token(),
                    range: finding.range,
                }
            })
            .collect();
        for other in &self.others {
            let is_new = |range: &Range<usize>| !found.iter().any(|it| overlap(&it.range, range));
            let new: Vec<_> = words(text, other).filter(is_new).collect();
            found.extend(new.into_iter().map(|range| Trace {
                range,
                replacement: REPLACEMENT,
                certainty: Certainty::Whole,
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

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Something that names a person in a text.
struct Trace {
    range: Range<usize>,
    replacement: &'static str,
    certainty: Certainty,
}

/// How certain a word of a name, or a part of an address, names its person.
fn certainty(text: &str, finding: &Finding, names: &[Range<usize>]) -> Certainty {
    let found = &text[finding.range.clone()];
    let has_other_letters = || found.contains(|c: char| c.is_numeric() || "._- ".contains(c));
    let is_clear = match finding.data {
        PersonalData::Name if is_whole_name(text, finding, names) => return Certainty::Whole,
        PersonalData::Name => !is_also_word(found),
        PersonalData::Email if found.contains('@') => return Certainty::Whole,
        PersonalData::Email => has_other_letters() || !is_also_word(found),
        _ => return Certainty::Whole,
    };
    if is_clear {
        Certainty::Clear
    } else {
        Certainty::Possible
    }
}

/// True for several words of a name, in one finding or beside each other.
fn is_whole_name(text: &str, finding: &Finding, names: &[Range<usize>]) -> bool {
    let found = &text[finding.range.clone()];
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
            assert_eq!(
                traces.removed_from(text, Certainty::Possible).as_deref(),
                Some(left),
                "{text}"
            );
        }
        for (text, left) in [
            ("thanks to zoe!", "thanks to [NAME]!"),
            ("zoe.quill was kind", "[EMAIL] was kind"),
            ("C-10017", "[PERSONAL]"),
        ] {
            assert_eq!(
                traces.removed_from(text, Certainty::Clear).as_deref(),
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
            assert_eq!(
                traces.removed_from(text, Certainty::Possible),
                None,
                "{text}"
            );
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
            assert!(will.is_in(text, Certainty::Possible), "{text}");
            assert_eq!(will.removed_from(text, Certainty::Clear), None, "{text}");
        }
        let left = will.removed_from("ask Will May. May I?", Certainty::Clear);
        assert_eq!(left.as_deref(), Some("ask [NAME]. May I?"));
        let left = will.removed_from("May, Will", Certainty::Clear);
        assert_eq!(left.as_deref(), Some("[NAME], [NAME]"));
        let given = of_names(&["Will", "May"], &["May"]);
        let left = given.removed_from("Will you ask May?", Certainty::Clear);
        assert_eq!(left.as_deref(), Some("Will you ask [NAME]?"));
    }

    #[test]
    fn words_of_logs_name_nobody() {
        for (name, text) in [("Day", "Day"), ("Score", "Score=Score"), ("Path", "Path")] {
            let traces = of_names(&["Val", name], &[]);
            assert!(!traces.is_in(text, Certainty::Clear), "{text}");
        }
    }

    #[test]
    fn places_are_not_searched_for() {
        let counts = traces().counts();
        assert_eq!((counts.others, counts.names, counts.addresses), (1, 2, 1));
    }
}
