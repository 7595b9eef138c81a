//! Sealed addresses, numbers and names of people, and comparing them.

use std::collections::{BTreeSet, HashSet};

use datafusion_functions_nps::PurposeKey;
use exports::columns::cells::looks_like_phone;
use exports::columns::headers::fold;
use exports::columns::people::names_staff;
use exports::columns::personal::{names_a_phone, names_someone_else, names_the_respondent};
use exports::spelling::phone_digits;

use crate::privacy::address::Address;
use crate::privacy::seal::Person;

/// Digits from which on a number without its country code is that of one person.
const PHONE_DIGITS_MIN: usize = 8;

/// Something sealed that names a person. Without `Debug`, so that no log has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    Address(Address),
    Phone(String),
    /// A name, or a part of one.
    Name(String),
    /// A number, birthday, street or account elsewhere.
    Other(String),
}

impl Known {
    /// Reads a sealed field as names of its person: none if it is about somebody else, such as an agent, or
    /// blank.
    pub(super) fn of_field(field: &str, value: &str) -> Vec<Self> {
        let folded = fold(field);
        let value = value.trim();
        if value.is_empty() || is_about_someone_else(field) {
            return Vec::new();
        }
        let addresses = Address::all_in(value);
        if !addresses.is_empty() {
            return addresses.into_iter().map(Self::Address).collect();
        }
        let text = value.to_owned();
        vec![if looks_like_phone(value) && names_a_phone(&folded) {
            Self::Phone(text)
        } else if names_the_respondent(field) {
            Self::Name(text)
        } else {
            Self::Other(text)
        }]
    }

    pub(super) fn is_phone(&self) -> bool {
        matches!(self, Self::Phone(_))
    }

    pub(super) fn as_name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Address(_) | Self::Phone(_) | Self::Other(_) => None,
        }
    }

    /// True for the same number. Several people have the same name, and addresses have several forms.
    pub(super) fn is_number(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Phone(one), Self::Phone(other)) => is_same_phone(one, other),
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => false,
        }
    }

    /// The address of the mailbox; anything else as it is.
    pub(super) fn without_tag(&self) -> Self {
        match self {
            Self::Address(address) => Self::Address(address.mailbox()),
            other => other.clone(),
        }
    }

    /// Reads an argument of a command.
    pub(super) fn given(text: &str) -> Self {
        let text = text.trim();
        match Address::parse(text) {
            Some(address) => Self::Address(address),
            None if looks_like_phone(text) => Self::Phone(text.to_owned()),
            None if !text.contains(char::is_numeric) => Self::Name(text.to_owned()),
            None => Self::Other(text.to_owned()),
        }
    }
}

/// True for a sealed field about somebody else than the respondent, such as an agent.
pub(super) fn is_about_someone_else(field: &str) -> bool {
    names_someone_else(field) || names_staff(&fold(field))
}

/// True for a sealed field with the respondent's own name.
pub(super) fn is_own_name(field: &str) -> bool {
    !is_about_someone_else(field) && names_the_respondent(field)
}

/// The name in front of an address: `Jane Doe` in `Jane Doe <jane@example.com>`.
pub(super) fn name_before_address(text: &str) -> Option<String> {
    let (name, _) = text.split_once('<')?;
    let name = name.trim_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
    (!name.is_empty()).then(|| name.to_owned())
}

/// A sealed identity, as names of its person.
pub(super) struct Identity<'a> {
    pub(super) token: &'a str,
    pub(super) names: Vec<Known>,
}

impl<'a> Identity<'a> {
    pub(super) fn new(token: &'a str, person: &Person) -> Self {
        let names = person
            .iter()
            .flat_map(|(field, value)| Known::of_field(field, value));
        Self {
            token,
            names: names.collect(),
        }
    }

    /// The mailbox that the respondent is known by; `None` if that is something else, such as a number,
    /// and several addresses are sealed with it.
    pub(super) fn own_address(&self, pseudonyms: &PurposeKey) -> Option<Address> {
        let is_own = |address: &&Address| {
            let forms = forms(address).into_iter();
            let mut pseudonyms = forms.filter_map(|form| pseudonyms.pseudonym(&form));
            pseudonyms.any(|pseudonym| pseudonym == self.token)
        };
        if let Some(own) = addresses_of(&self.names).find(is_own) {
            return Some(own.mailbox());
        }
        let mut mailboxes = addresses_of(&self.names).map(Address::mailbox);
        let first = mailboxes.next()?;
        mailboxes.all(|other| other == first).then_some(first)
    }

    pub(super) fn has_mailbox(&self, mailboxes: &HashSet<Address>) -> bool {
        addresses_of(&self.names).any(|address| mailboxes.contains(&address.mailbox()))
    }

    /// The words of the person's names, folded.
    pub(super) fn words(&self) -> BTreeSet<String> {
        words_of(self.names.iter().filter_map(Known::as_name))
    }
}

pub(super) fn addresses_of(names: &[Known]) -> impl Iterator<Item = &Address> {
    names.iter().filter_map(|name| match name {
        Known::Address(address) => Some(address),
        _ => None,
    })
}

pub(super) fn words_of<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let folded: Vec<String> = names.map(fold).collect();
    let words = folded.iter().flat_map(|name| name.split(' '));
    words
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// True for names of two people: more than a part of one name, or its other spelling.
pub(super) fn differ(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let is_part = one.is_subset(other) || other.is_subset(one);
    !one.is_empty() && !other.is_empty() && !is_part && !has_same_name(one, other)
}

/// True if two people have a name of two words in common.
pub(super) fn has_same_name(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    one.intersection(other).count() > 1
}

/// True for one number with and without its country code.
fn is_same_phone(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String { phone_digits(text).trim_start_matches('0').to_owned() };
    let (one, other) = (digits(one), digits(other));
    let is_end = |long: &str, short: &str| short.len() >= PHONE_DIGITS_MIN && long.ends_with(short);
    one == other || is_end(&one, &other) || is_end(&other, &one)
}

/// The forms of an address that exports identify respondents by, without a name.
pub(super) fn forms(address: &Address) -> Vec<String> {
    let (tagged, mailbox) = (address.as_str(), address.mailbox());
    let mut forms = vec![
        tagged.to_owned(),
        mailbox.as_str().to_owned(),
        format!("<{tagged}>"),
        format!("mailto:{tagged}"),
    ];
    // Of imports by earlier versions.
    forms.extend(
        [address, &mailbox]
            .into_iter()
            .filter_map(Address::in_punycode),
    );
    forms
}
