//! Redaction: replaces personal data in a text by its type.
//!
//! One file for each family of types. Each file finds spans of the text. The most certain ones run
//! first, and a span that overlaps an earlier one is dropped. Most comments contain nothing personal,
//! so data that a text has no [signs](signs) or [hints](hints) of is not searched for.

mod address;
mod bits;
mod card;
mod cues;
mod date;
mod email;
mod hints;
mod iban;
mod id_code;
mod id_number;
mod ip;
mod known;
mod lexicon;
mod may_be_name;
mod name;
mod name_context;
mod number;
mod pattern;
mod phone;
mod signature;
mod signs;
mod spans;
mod url;
mod words;

use std::borrow::Cow;
use std::cell::LazyCell;
use std::fmt;
use std::ops::Range;

use self::cues::{Cue, Cues};
use self::hints::{Hint, Hints};
use self::known::KnownWords;
use self::lexicon::LEXICON;
use self::signs::Signs;
use self::spans::Spans;
use self::words::fold;

/// A type of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PersonalData {
    /// An email address, including one spelled out: `jane (at) example dot com`.
    Email,
    /// A telephone or fax number.
    Phone,
    /// A payment card number with a valid check digit.
    Card,
    /// An international bank account number with valid check digits.
    Iban,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A URL that contains a token or an identifier, or leads to a personal page.
    Url,
    /// A United States social security number.
    Ssn,
    /// An Indian Aadhaar number.
    Aadhaar,
    /// An Indian permanent account number.
    Pan,
    /// A United Kingdom national insurance number.
    Nino,
    /// Another national id with valid check digits, or the number of a passport, driving licence or
    /// similar document that is named as such.
    Id,
    /// The name of a person.
    Name,
    /// A postal address, or a part of one that identifies a door.
    Address,
    /// A date of birth.
    BirthDate,
}

impl PersonalData {
    /// All types.
    pub const ALL: [Self; 14] = [
        Self::Email,
        Self::Phone,
        Self::Card,
        Self::Iban,
        Self::Ip,
        Self::Url,
        Self::Ssn,
        Self::Aadhaar,
        Self::Pan,
        Self::Nino,
        Self::Id,
        Self::Name,
        Self::Address,
        Self::BirthDate,
    ];

    /// Returns the replacement for data of this type: `[EMAIL]`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Email => "[EMAIL]",
            Self::Phone => "[PHONE]",
            Self::Card => "[CARD]",
            Self::Iban => "[IBAN]",
            Self::Ip => "[IP]",
            Self::Url => "[URL]",
            Self::Ssn => "[SSN]",
            Self::Aadhaar => "[AADHAAR]",
            Self::Pan => "[PAN]",
            Self::Nino => "[NINO]",
            Self::Id => "[ID]",
            Self::Name => "[NAME]",
            Self::Address => "[ADDRESS]",
            Self::BirthDate => "[BIRTHDATE]",
        }
    }
}

impl fmt::Display for PersonalData {
    /// Writes the token without its brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.token().trim_matches(['[', ']']))
    }
}

/// Known data about the row of a text, to find more in it with more certainty.
#[derive(Debug, Clone, Default)]
pub struct RowContext {
    country: Option<String>,
    known: KnownWords,
}

impl RowContext {
    /// Creates an empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the respondent's country, a two-letter ISO 3166 code in either case. Telephone numbers and
    /// ids in that country's format are found even without a word that identifies them. Other values
    /// are ignored.
    pub fn with_country(mut self, country: &str) -> Self {
        self.country = Some(country.trim().to_ascii_uppercase());
        self
    }

    /// Adds a name of the respondent, in full or in part. Each part of at least three letters is found
    /// as a whole word, ignoring case and accents.
    pub fn with_name(mut self, name: &str) -> Self {
        self.known.add_name(name);
        self
    }

    /// Adds the respondent's email address. The part before the @ is also found by itself, unless it is
    /// a word such as "info".
    pub fn with_email(mut self, email: &str) -> Self {
        self.known.add_email(email);
        self
    }

    /// Adds the respondent's telephone number. It is found in any grouping, with and without the
    /// country code.
    pub fn with_phone(mut self, phone: &str) -> Self {
        self.known.add_phone(phone);
        self
    }
}

/// Personal data found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The type of the data.
    pub data: PersonalData,
    /// The byte range in the text.
    pub range: Range<usize>,
}

/// The number of redactions by type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RedactionCounts([u64; PersonalData::ALL.len()]);

impl RedactionCounts {
    /// Returns the number of replacements of a type.
    pub fn get(&self, data: PersonalData) -> u64 {
        self.0[data as usize]
    }

    /// Returns the number of replacements of all types.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Iterates over the types with replacements, and their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (PersonalData, u64)> + '_ {
        PersonalData::ALL
            .into_iter()
            .zip(self.0)
            .filter(|&(_, count)| count > 0)
    }

    /// Adds the counts of another text.
    pub fn add(&mut self, other: &Self) {
        for (count, other) in self.0.iter_mut().zip(other.0) {
            *count += other;
        }
    }
}

/// A text without its personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'t> {
    /// The text, with tokens in place of the data found.
    pub text: Cow<'t, str>,
    /// The number of replacements.
    pub counts: RedactionCounts,
}

/// Finds personal data in texts and replaces it.
///
/// Data is found by format and check digits, by the words around it, and, for names, by lists of given
/// names and surnames in Latin script. No such method finds everything: names that are on no list, or
/// that are also words, stay unless their context identifies them. Redacted text is therefore less
/// personal, not anonymous.
///
/// The tables are built once per process, on first use; a redactor is only a handle to them and is
/// free to copy.
///
/// ```
/// use datafusion_functions_nps::{PersonalData, Redactor, RowContext};
///
/// let row = RowContext::new().with_name("Zoë Quill").with_country("GB");
/// let redacted = Redactor::new().redact("Call zoe on 020 7946 0958!", &row);
/// assert_eq!(redacted.text, "Call [NAME] on [PHONE]!");
/// assert_eq!(redacted.counts.get(PersonalData::Phone), 1);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Redactor;

impl Redactor {
    /// Creates a redactor.
    pub fn new() -> Self {
        Self
    }

    /// Returns the text with all findings replaced by their [tokens](PersonalData::token).
    pub fn redact<'t>(&self, text: &'t str, row: &RowContext) -> Redacted<'t> {
        replaced(text, self.find(text, row))
    }

    /// Returns the text with the names, addresses and numbers of `row` replaced, and nothing else: to
    /// remove one person from the texts of others.
    ///
    /// ```
    /// use datafusion_functions_nps::{Redactor, RowContext};
    ///
    /// let jane = RowContext::new().with_name("Jane Quill").with_email("jane@example.com");
    /// let text = "Jane was kind, and so was Otto: jane+nps@example.com";
    /// let redacted = Redactor::new().redact_known(text, &jane);
    /// assert_eq!(redacted.text, "[NAME] was kind, and so was Otto: [EMAIL]");
    /// ```
    pub fn redact_known<'t>(&self, text: &'t str, row: &RowContext) -> Redacted<'t> {
        replaced(text, self.find_known(text, row))
    }

    /// Returns the names, addresses and numbers of `row` in a text, in order.
    pub fn find_known(&self, text: &str, row: &RowContext) -> Vec<Finding> {
        find_in_visible(text, |text| {
            let mut spans = Spans::default();
            row.known.find_email(text, &mut spans);
            row.known.find_phones(text, &mut spans);
            row.known.find_names(text, &mut spans);
            spans.into_findings(text)
        })
    }

    /// True for a word that is also used for something else than a person, such as May, Will or Rose.
    pub fn is_also_word(&self, name: &str) -> bool {
        let flags = LEXICON.flags_of_folded(&fold(name));
        flags.is_stop() || flags.is_also_word()
    }

    /// Returns the personal data in a text, in order. Ranges do not overlap, and lie on character
    /// boundaries.
    pub fn find(&self, text: &str, row: &RowContext) -> Vec<Finding> {
        find_in_visible(text, |text| {
            let signs = Signs::new(text);
            let hints = Hints::new(text, &signs);
            find_with(text, row, &signs, hints)
        })
    }
}

/// Finds personal data in the text without its invisible characters, which are removed with what they are in.
fn find_in_visible(text: &str, find: impl FnOnce(&str) -> Vec<Finding>) -> Vec<Finding> {
    if text.is_ascii() || !text.contains(is_invisible) {
        return find(text);
    }
    let mut visible = String::with_capacity(text.len());
    // For each byte of the visible text, where its character is in the whole.
    let mut places = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices().filter(|(_, c)| !is_invisible(*c)) {
        visible.push(c);
        places.resize(visible.len(), at);
    }
    let end = |last: usize| {
        places[last]
            + text[places[last]..]
                .chars()
                .next()
                .map_or(0, char::len_utf8)
    };
    let mut found = find(&visible);
    for finding in &mut found {
        finding.range = places[finding.range.start]..end(finding.range.end - 1);
    }
    found
}

/// True for characters without width: soft hyphens, joiners and marks of direction.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// The text with the findings replaced by their tokens.
fn replaced(text: &str, findings: Vec<Finding>) -> Redacted<'_> {
    let mut counts = RedactionCounts::default();
    if findings.is_empty() {
        return Redacted {
            text: Cow::Borrowed(text),
            counts,
        };
    }
    let mut redacted = String::with_capacity(text.len());
    let mut written = 0;
    for Finding { data, range } in findings {
        redacted.push_str(&text[written..range.start]);
        redacted.push_str(data.token());
        written = range.end;
        counts.0[data as usize] += 1;
    }
    redacted.push_str(&text[written..]);
    Redacted {
        text: Cow::Owned(redacted),
        counts,
    }
}

/// Finds the personal data that the hints suggest.
fn find_with(text: &str, row: &RowContext, signs: &Signs, hints: Hints) -> Vec<Finding> {
    let country = row.country.as_deref();
    let digits_together = LazyCell::new(|| signs.digits_together_max(text));
    let cues = LazyCell::new(|| Cues::new(text));
    let has = |hint, cue| hints.has(hint) && cues.has(cue);
    let mut spans = Spans::default();
    let has_path = || signs.has_slash && signs.dots > 0 && url::has_path(text);
    if has(Hint::Host, Cue::Url) || has_path() {
        url::find(text, &mut spans);
    }
    if signs.has_at {
        email::find(text, &mut spans);
    }
    if signs.has_at || has(Hint::SpelledEmail, Cue::SpelledEmail) {
        email::find_spelled(text, &mut spans);
    }
    if signs.dots > 0 && has(Hint::SpelledAt, Cue::SpelledAt) {
        email::find_at_host(text, &mut spans);
    }
    row.known.find_email(text, &mut spans);
    if hints.has(Hint::Iban) {
        iban::find(text, &mut spans);
    }
    ip::find(text, signs, hints, &mut spans);
    if hints.has_any(&[Hint::Code, Hint::Document]) {
        id_code::find(text, *digits_together, hints, &mut spans);
    }
    if signs.digits >= date::DIGITS_MIN && has(Hint::Birth, Cue::Birth) {
        date::find(text, &mut spans);
    }
    if hints.has(Hint::Number) && *digits_together >= number::DIGITS_MIN {
        number::find(text, country, row.known.phone(), &mut spans);
    }
    if signs.digits > 0 && has(Hint::NamedPlace, Cue::Address) {
        address::find_named(text, &mut spans);
    }
    if address::may_have_streets(hints) && signs.has_number_by_capital(text) {
        address::find_streets(text, hints, &mut spans);
    }
    row.known.find_names(text, &mut spans);
    let leads = || {
        if hints.has(Hint::LeadAlone) {
            cues.leads.as_slice()
        } else {
            &[]
        }
    };
    if may_be_name::may_be_in(text, signs, hints, leads) {
        name::find(text, signs, leads(), &mut spans);
    }
    if !spans.is_empty() && text.contains('\n') {
        signature::find(text, &mut spans);
    }
    spans.into_findings(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns comments with and without personal data, the labelled ones without their marks.
    fn comments() -> Vec<String> {
        let labelled = include_str!("../../tests/comments.jsonl")
            .lines()
            .map(|line| {
                let comment: serde_json::Value = serde_json::from_str(line).unwrap();
                let marked = comment["text"].as_str().unwrap().to_owned();
                let unmarked = marked.split("{{").map(|part| match part.split_once("}}") {
                    Some((value, rest)) => {
                        let value = value.split_once('|').map_or(value, |(_, value)| value);
                        format!("{value}{rest}")
                    }
                    None => part.to_owned(),
                });
                unmarked.collect()
            });
        let clean = include_str!("../../tests/clean_comments.txt").lines();
        labelled.chain(clean.map(str::to_owned)).collect()
    }

    /// Finds personal data without relying on hints.
    fn find_all(text: &str, row: &RowContext) -> Vec<Finding> {
        let signs = Signs {
            has_latin: true,
            ..Signs::new(text)
        };
        find_with(text, row, &signs, Hints::ALL)
    }

    #[track_caller]
    fn assert_no_hint_is_missing(text: &str) {
        for row in [
            RowContext::new(),
            RowContext::new().with_country("IN"),
            RowContext::new().with_country("US"),
        ] {
            let found = Redactor::new().find(text, &row);
            assert_eq!(found, find_all(text, &row), "{text:?}");
        }
    }

    #[test]
    fn hints_lose_no_finding_in_comments() {
        for comment in comments() {
            assert_no_hint_is_missing(&comment);
            assert_no_hint_is_missing(&comment.to_uppercase());
            assert_no_hint_is_missing(&comment.to_lowercase());
            assert_no_hint_is_missing(&comment.replace(' ', "\u{a0}"));
        }
    }

    /// Generates parts of comments and of hints in random order.
    fn texts() -> impl Strategy<Value = String> {
        let comments = comments();
        let words: Vec<String> = comments
            .iter()
            .flat_map(|comment| comment.split(' '))
            .map(str::to_owned)
            .collect();
        let endings = [address::STREETS_JOINED, address::STREETS_APART]
            .iter()
            .flat_map(|endings| endings.split('|'))
            .flat_map(|ending| [format!("Kron{ending} "), format!("Kron {ending} ")])
            .collect::<Vec<_>>();
        let cues: Vec<String> = cues::PHRASES
            .iter()
            .flat_map(|(_, phrases)| phrases.split('|'))
            .map(|phrase| format!("{phrase} "))
            .collect();
        let part = prop_oneof![
            4 => prop::sample::select(words),
            2 => prop::sample::select(comments),
            1 => prop::sample::select(endings),
            1 => prop::sample::select(cues),
            2 => "[0-9]{1,6}[ ,./-]{0,2}",
            1 => "[A-Z]{1,2}[0-9]{1,2} [0-9][A-Z]{2}",
            1 => "[A-Za-z]{0,6}[0-9]{1,9}[A-Za-z]{0,2}",
            1 => "\\PC{0,4}",
        ];
        let gap = prop::sample::select(vec!["", " ", " ", " ", ", ", "\n", "-", "\u{a0}"]);
        prop::collection::vec((part, gap), 1..8).prop_map(|parts| {
            parts
                .into_iter()
                .flat_map(|(part, gap)| [part, gap.into()])
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn hints_lose_no_finding(text in texts()) {
            assert_no_hint_is_missing(&text);
        }
    }
}
