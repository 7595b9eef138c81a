//! The list of people whom imports must not bring back, without their names.
//!
//! An entry is an HMAC-SHA-256 of something that names a person, under a key derived for this purpose
//! alone: without the lake's key nobody can try addresses against the list, and entries do not match
//! the pseudonyms in the lake. The key is derived from the one that pseudonyms are derived from, which
//! stays when the lake's key is rotated.

use std::collections::HashMap;
use std::fmt;

use exports::columns::cells::looks_like_phone;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::address::Address;
use super::keys::MasterKey;

/// The purpose that the list's key is derived for.
const PURPOSE: &str = "voxql/suppression/v1";

/// The number of final digits that identify a telephone number, without codes.
const PHONE_DIGITS: usize = 8;

/// Prefix of the ids of responses whose own id named their respondent, and what follows it.
const ID_PREFIX: &str = "h:";
const ID_CHARS: usize = 26;

/// Shorter numbers and the like are those of many people.
const OTHER_CHARS_MIN: usize = 5;

/// True for a number or an account elsewhere, false for a place or a word.
pub(crate) fn identifies(value: &str) -> bool {
    let is_sign = |c: char| c.is_numeric() || "@/_".contains(c);
    value.chars().count() >= OTHER_CHARS_MIN && value.chars().any(is_sign)
}

/// An entry of the list, as the lake stores it: base32 of the HMAC.
pub(crate) type Entry = String;

/// What an import does with a row of a person on the list, the strictest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// The person withdrew consent: the score is kept without the person, unless the row grants it.
    Withdrawn,
    /// The person was forgotten, and their scores were kept: this one too, without the person.
    KeepScore,
    /// The person was forgotten.
    Drop,
}

impl Rule {
    const ALL: [Self; 3] = [Self::Withdrawn, Self::KeepScore, Self::Drop];

    /// The value in the lake's table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::KeepScore => "keep score",
            Self::Drop => "drop",
        }
    }

    /// The rule with this value. Those of later versions are as strict as any.
    pub(crate) fn parse(value: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|rule| rule.as_str() == value)
            .unwrap_or(Self::Drop)
    }
}

/// Makes the entries of a lake's list.
#[derive(Clone)]
pub(crate) struct SuppressionKey(Hmac<Sha256>);

impl SuppressionKey {
    /// `pseudonym_key` is the key that the lake's pseudonyms are derived from.
    pub(crate) fn new(pseudonym_key: &MasterKey, lake_id: &str) -> Self {
        let key = pseudonym_key.derive::<32>(lake_id, PURPOSE);
        let hmac = Hmac::new_from_slice(key.as_slice());
        Self(hmac.expect("an HMAC key may be of any length"))
    }

    /// The entry of a pseudonym.
    pub(crate) fn respondent(&self, pseudonym: &str) -> Entry {
        self.entry("respondent", pseudonym)
    }

    /// The entry of an address, the same for all tags of its mailbox.
    pub(crate) fn address(&self, address: &Address) -> Entry {
        self.entry("address", address.mailbox().as_str())
    }

    /// The entry of a telephone number in any notation; `None` for what is none.
    pub(crate) fn phone(&self, phone: &str) -> Option<Entry> {
        if !looks_like_phone(phone.trim()) {
            return None;
        }
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let last = digits.len().saturating_sub(PHONE_DIGITS);
        Some(self.entry("phone", &digits[last..]))
    }

    /// The id of a response whose own id names its respondent.
    pub(crate) fn response_id(&self, id: &str) -> String {
        let digest = self.entry("response", id).to_lowercase();
        format!("{ID_PREFIX}{}", &digest[..ID_CHARS])
    }

    fn entry(&self, kind: &str, value: &str) -> Entry {
        let mut hmac = self.0.clone();
        // No kind has a zero byte, so the boundary is unambiguous.
        hmac.update(kind.as_bytes());
        hmac.update(&[0]);
        hmac.update(value.as_bytes());
        data_encoding::BASE32_NOPAD.encode(&hmac.finalize().into_bytes())
    }
}

impl fmt::Debug for SuppressionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuppressionKey(…)")
    }
}

/// The names of the person of a row.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// The pseudonyms of what may be the respondent's key.
    pub(crate) pseudonyms: Vec<String>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) phones: Vec<&'a str>,
}

/// The rule for a person, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Suppressed {
    pub(crate) rule: Rule,
    /// Microseconds since 1970.
    pub(crate) since: i64,
}

/// The list of a lake, or that of a lake without one.
#[derive(Clone, Debug)]
pub(crate) struct SuppressionList {
    key: SuppressionKey,
    rules: HashMap<Entry, Suppressed>,
}

impl SuppressionList {
    /// Creates an empty list.
    pub(crate) fn new(key: SuppressionKey) -> Self {
        Self {
            key,
            rules: HashMap::new(),
        }
    }

    /// Adds an entry. Of several rules of one entry the strictest holds, then the newest.
    pub(crate) fn insert(&mut self, entry: Entry, suppressed: Suppressed) {
        let held = self.rules.entry(entry).or_insert(suppressed);
        *held = suppressed.max(*held);
    }

    /// The key of the entries.
    pub(crate) fn key(&self) -> &SuppressionKey {
        &self.key
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule for the person with these names; `None` for people who are not on the list. A
    /// telephone number counts where no address tells people apart: colleagues and families share
    /// one.
    pub(crate) fn find(&self, names: &Names<'_>) -> Option<Suppressed> {
        let key = &self.key;
        let respondents = names.pseudonyms.iter().map(|name| key.respondent(name));
        let addresses = names.addresses.iter().map(|address| key.address(address));
        let phones = names.phones.iter().filter_map(|phone| key.phone(phone));
        let phones = phones.filter(|_| names.addresses.is_empty());
        let entries = respondents.chain(addresses).chain(phones);
        entries
            .filter_map(|entry| self.rules.get(&entry).copied())
            .max()
    }

    /// True if the person with an address was forgotten.
    pub(crate) fn has_forgotten_address(&self, address: &Address) -> bool {
        self.has_forgotten(&self.key.address(address))
    }

    /// True if the person of a pseudonym was forgotten.
    pub(crate) fn has_forgotten_respondent(&self, pseudonym: &str) -> bool {
        self.has_forgotten(&self.key.respondent(pseudonym))
    }

    fn has_forgotten(&self, entry: &Entry) -> bool {
        let found = self.rules.get(entry);
        found.is_some_and(|suppressed| suppressed.rule > Rule::Withdrawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).expect("an address")
    }

    fn key() -> SuppressionKey {
        SuppressionKey::new(&MasterKey::generate().expect("random bytes"), "lake")
    }

    #[test]
    fn people_are_found_by_any_of_their_names() {
        let key = key();
        let mut list = SuppressionList::new(key.clone());
        let since = |rule| Suppressed { rule, since: 7 };
        list.insert(
            key.address(&address("jane@example.com")),
            since(Rule::KeepScore),
        );
        list.insert(key.respondent("v1:a"), since(Rule::Drop));
        let phone = key.phone("+49 30 901820-12");
        list.insert(phone.expect("a number"), since(Rule::Drop));
        let by_address = |text| Names {
            addresses: vec![address(text)],
            ..Names::default()
        };
        let rule = |names: &Names<'_>| list.find(names).map(|found| found.rule);
        let found = rule(&by_address("Jane <JANE+nps@example.com>"));
        assert_eq!(found, Some(Rule::KeepScore));
        assert_eq!(rule(&by_address("otto@example.com")), None);
        let mut names = by_address("otto@example.com");
        names.phones = vec!["030 90182012"];
        assert_eq!(rule(&names), None, "a number that several people have");
        names.addresses.clear();
        assert_eq!(rule(&names), Some(Rule::Drop));
        names.pseudonyms = vec!["v1:a".to_owned()];
        names.addresses = vec![address("jane@example.com")];
        assert_eq!(rule(&names), Some(Rule::Drop), "the strictest");
    }

    #[test]
    fn entries_differ_by_kind_lake_and_key() {
        let master = MasterKey::generate().expect("random bytes");
        let jane = address("jane@example.com");
        let entry = |key: &MasterKey, lake| SuppressionKey::new(key, lake).address(&jane);
        assert_eq!(entry(&master, "a"), entry(&master, "a"));
        assert_ne!(entry(&master, "a"), entry(&master, "b"));
        let other = MasterKey::generate().expect("random bytes");
        assert_ne!(entry(&master, "a"), entry(&other, "a"));
        let key = SuppressionKey::new(&master, "a");
        assert_ne!(key.address(&jane), key.respondent(jane.as_str()));
        assert_eq!(key.phone("jane"), None);
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.as_str()), rule);
        }
        assert_eq!(Rule::parse("of a later version"), Rule::Drop);
    }
}
