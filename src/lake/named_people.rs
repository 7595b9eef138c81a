//! The people whom a command names: all their pseudonyms, and all that is sealed about them.
//!
//! Somebody who answered under two addresses, or once by an address and once by a customer number, has
//! several pseudonyms. The sealed identities say that they are one person: an address or number that is
//! sealed with the person and with nobody else is theirs. If somebody else is known by it, that is the same
//! person by the same name, or if each address is sealed with the other; otherwise one of them named the
//! other, as a referrer for example, and is not followed. A telephone number that is sealed with several people
//! of one name is theirs; a command that names several people by one number or mailbox is refused. A respondent
//! under whom people of different names answered, such as a family's telephone, connects nobody.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use datafusion_functions_nps::{DEFAULT_PURPOSE, PurposeKey};
use exports::columns::cells::looks_like_phone;
use exports::columns::headers::fold;
use exports::columns::people::names_staff;
use exports::columns::personal::{names_a_phone, names_someone_else, names_the_respondent};
use exports::quote::clip;
use exports::spelling::{self, phone_digits};

use super::handle::Lake;
use super::identities;
use crate::error::{Error, Result};
use crate::privacy::address::Address;
use crate::privacy::pseudonym::{check_pseudonyms, is_pseudonym};
use crate::privacy::seal::Person;
use crate::privacy::suppression::{Entry, SuppressionKey};

/// An address that is sealed for more respondents than this is not one person's, such as that of a
/// shared mailbox. It finds others only if the command names it.
const SHARED_BY_MAX: usize = 10;

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

/// The people whom a command names.
#[derive(Default)]
pub(super) struct NamedPeople {
    /// The pseudonyms of what the command says, in its order.
    pub(super) given: Vec<String>,
    /// Their pseudonyms as respondents.
    pub(super) tokens: BTreeSet<String>,
    /// Their names and addresses, as given and as sealed.
    pub(super) names: BTreeSet<Known>,
    /// The names that the command gives.
    pub(super) given_names: BTreeSet<String>,
    /// Their sealed fields, by pseudonym.
    pub(super) identities: BTreeMap<String, Person>,
    /// Other respondents who share an address or number with the people, and may be one of them.
    pub(super) beside: BTreeSet<String>,
    /// Their addresses by which people of other names are known too.
    pub(super) shared: HashSet<Address>,
}

impl Known {
    /// Reads a sealed field as names of its person: none if it is about somebody else, such as an agent, or
    /// blank.
    fn of_field(field: &str, value: &str) -> Vec<Self> {
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

    fn is_phone(&self) -> bool {
        matches!(self, Self::Phone(_))
    }

    fn as_name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Address(_) | Self::Phone(_) | Self::Other(_) => None,
        }
    }

    /// True for the same number. Several people have the same name, and addresses have several forms.
    fn is_number(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Phone(one), Self::Phone(other)) => is_same_phone(one, other),
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => false,
        }
    }

    /// The address of the mailbox; anything else as it is.
    fn without_tag(&self) -> Self {
        match self {
            Self::Address(address) => Self::Address(address.mailbox()),
            other => other.clone(),
        }
    }

    /// Reads an argument of a command.
    fn given(text: &str) -> Self {
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
fn name_before_address(text: &str) -> Option<String> {
    let (name, _) = text.split_once('<')?;
    let name = name.trim_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
    (!name.is_empty()).then(|| name.to_owned())
}

impl NamedPeople {
    /// The addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.names.iter().filter_map(|name| match name {
            Known::Address(address) => Some(address),
            _ => None,
        })
    }

    /// True if an address or number as the command gives it is sealed with one of the people who are
    /// `respondents`.
    pub(super) fn is_sealed(&self, given: &str, respondents: &HashSet<String>) -> bool {
        let given = Known::given(given);
        let is_given = |name: Known| {
            name.is_number(&given)
                || (matches!(name, Known::Address(_)) && name.without_tag() == given.without_tag())
        };
        self.identities
            .iter()
            .filter(|(token, _)| respondents.contains(*token))
            .flat_map(|(_, person)| person)
            .flat_map(|(field, value)| Known::of_field(field, value))
            .any(is_given)
    }

    /// The entries of the list that keep imports from bringing them back.
    pub(super) fn entries(&self, key: &SuppressionKey) -> BTreeSet<Entry> {
        let tokens = self.tokens.iter().map(|token| key.respondent(token));
        let addresses = self.addresses();
        let own = addresses.filter(|address| !self.shared.contains(&address.mailbox()));
        let addresses = own.map(|address| key.address(address));
        let phones = self.names.iter().filter_map(|name| match name {
            Known::Phone(phone) => key.phone(phone),
            _ => None,
        });
        tokens.chain(addresses).chain(phones).collect()
    }

    /// The addresses without their tags.
    fn mailboxes(&self) -> HashSet<Address> {
        self.addresses().map(Address::mailbox).collect()
    }
}

/// A sealed identity, as names of its person.
struct Identity<'a> {
    token: &'a str,
    names: Vec<Known>,
}

impl<'a> Identity<'a> {
    fn new(token: &'a str, person: &Person) -> Self {
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
    fn own_address(&self, pseudonyms: &PurposeKey) -> Option<Address> {
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

    fn has_mailbox(&self, mailboxes: &HashSet<Address>) -> bool {
        addresses_of(&self.names).any(|address| mailboxes.contains(&address.mailbox()))
    }

    /// The words of the person's names, folded.
    fn words(&self) -> BTreeSet<String> {
        words_of(self.names.iter().filter_map(Known::as_name))
    }
}

fn addresses_of(names: &[Known]) -> impl Iterator<Item = &Address> {
    names.iter().filter_map(|name| match name {
        Known::Address(address) => Some(address),
        _ => None,
    })
}

fn words_of<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let folded: Vec<String> = names.map(fold).collect();
    let words = folded.iter().flat_map(|name| name.split(' '));
    words
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// What finds the people's sealed identities.
struct Wanted {
    tokens: HashSet<String>,
    mailboxes: HashSet<Address>,
    /// Their telephone numbers.
    phones: Vec<Known>,
    /// The words of their names, except those of respondents who are several people.
    words: BTreeSet<String>,
    /// The addresses that are sealed with theirs.
    beside: HashSet<Address>,
    /// False until their names are known: a mailbox may be that of people of different names.
    by_mailbox: bool,
}

impl Wanted {
    /// True if a sealed identity is of one of the people.
    fn has(&self, identity: &Identity<'_>, pseudonyms: &PurposeKey) -> bool {
        self.tokens.contains(identity.token)
            || (self.has_phone(identity) && has_same_name(&identity.words(), &self.words))
            || (self.by_mailbox && identity.has_mailbox(&self.mailboxes) && {
                let own = identity.own_address(pseudonyms);
                match own {
                    // Otherwise the address is that of whoever the person referred, for example.
                    Some(own) => {
                        (self.mailboxes.contains(&own) && !differ(&identity.words(), &self.words))
                            || self.is_named_alike(identity, || self.beside.contains(&own))
                    }
                    None => has_same_name(&identity.words(), &self.words),
                }
            })
    }

    fn has_phone(&self, identity: &Identity<'_>) -> bool {
        let is_phone = |name: &Known| self.phones.iter().any(|phone| name.is_number(phone));
        identity.names.iter().any(is_phone)
    }

    /// True for an identity that may say under which names somebody answered.
    fn touches(&self, identity: &Identity<'_>) -> bool {
        self.tokens.contains(identity.token)
            || self.has_phone(identity)
            || identity.has_mailbox(&self.mailboxes)
    }

    /// True for the name of one of the people. Where one side has no name, each address has to be sealed
    /// with the other.
    fn is_named_alike(
        &self,
        identity: &Identity<'_>,
        are_sealed_together: impl FnOnce() -> bool,
    ) -> bool {
        let words = identity.words();
        if words.is_empty() || self.words.is_empty() {
            are_sealed_together()
        } else {
            has_same_name(&words, &self.words)
        }
    }
}

/// Respondents who have something that a command names, by it.
#[derive(Default)]
struct Holders(BTreeMap<Known, Vec<Holder>>);

/// A respondent who has it, and may be one of the people.
struct Holder {
    token: String,
    words: BTreeSet<String>,
    own: Option<Address>,
}

impl Holders {
    fn add(&mut self, name: &Known, identity: &Identity<'_>, pseudonyms: &PurposeKey) {
        let holders = self.0.entry(name.clone()).or_default();
        let words = identity.words();
        match holders
            .iter_mut()
            .find(|holder| holder.token == identity.token)
        {
            // Of another export.
            Some(holder) => holder.words.extend(words),
            None => holders.push(Holder {
                token: identity.token.to_owned(),
                words,
                own: identity.own_address(pseudonyms),
            }),
        }
    }
}

impl Holder {
    /// True if nothing says that the two are different people.
    fn may_be(&self, other: &Self) -> bool {
        let is_same_address = match (&self.own, &other.own) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        if self.words.is_empty() || other.words.is_empty() {
            is_same_address
        } else {
            has_same_name(&self.words, &other.words)
        }
    }
}

/// The error for a number or mailbox of several people.
fn of_several(given: &str, holders: &[Holder]) -> Error {
    let tokens: Vec<&str> = holders.iter().map(|holder| holder.token.as_str()).collect();
    let message = format!(
        "{} respondents of different names or addresses have \"{}\"",
        tokens.len(),
        clip(given)
    );
    let hint = "name the person by something else, or by one or more of these pseudonyms";
    Error::invalid(message).with_hint(format!("{hint}: {}", tokens.join(" ")))
}

/// True if nothing says that these respondents are different people.
fn are_one(holders: &[Holder]) -> bool {
    let is_one = |holder: &Holder| holders.iter().all(|other| other.may_be(holder));
    holders.iter().all(is_one)
}

/// True for names of two people: more than a part of one name, or its other spelling.
fn differ(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let is_part = one.is_subset(other) || other.is_subset(one);
    !one.is_empty() && !other.is_empty() && !is_part && !has_same_name(one, other)
}

/// The names under which respondents answered.
#[derive(Default)]
struct NamesOf(BTreeMap<String, Vec<BTreeSet<String>>>);

impl NamesOf {
    fn add(&mut self, identity: &Identity<'_>) {
        let words = identity.words();
        let names = self.0.entry(identity.token.to_owned()).or_default();
        if !names.contains(&words) {
            names.push(words);
        }
    }

    /// True for a respondent who is people of different names.
    fn are_several(&self, token: &str) -> bool {
        let names = self.0.get(token).map_or(&[][..], Vec::as_slice);
        let differs = |one: &BTreeSet<String>| names.iter().any(|other| differ(one, other));
        names.iter().any(differs)
    }
}

/// True if two people have a name of two words in common.
fn has_same_name(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    one.intersection(other).count() > 1
}

/// True for one number with and without its country code.
fn is_same_phone(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String { phone_digits(text).trim_start_matches('0').to_owned() };
    let (one, other) = (digits(one), digits(other));
    let is_end = |long: &str, short: &str| short.len() >= PHONE_DIGITS_MIN && long.ends_with(short);
    one == other || is_end(&one, &other) || is_end(&other, &one)
}

impl Lake {
    /// Finds the people who are named as in exports, in any form of their address, or by their
    /// pseudonyms.
    ///
    /// # Errors
    /// Returns an error if the lake or its key is missing, nobody is named, or an identity cannot be
    /// opened.
    pub(super) async fn named_people(
        &self,
        people: &[String],
        tokens: &[String],
    ) -> Result<NamedPeople> {
        check_pseudonyms(tokens.iter().map(String::as_str))?;
        let pseudonyms = self.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
        let mut found = NamedPeople {
            given: tokens.to_vec(),
            ..NamedPeople::default()
        };
        for person in people.iter().map(|person| person.trim()) {
            if is_pseudonym(person) {
                found.given.push(person.to_owned());
            } else if let Some(token) = pseudonyms.pseudonym(&spelling::respondent(person)) {
                found.given.push(token);
                let given = Known::given(person);
                let name = match &given {
                    Known::Name(name) => Some(name.clone()),
                    _ => name_before_address(person),
                };
                found.names.extend(name.clone().map(Known::Name));
                found.given_names.extend(name);
                found.names.insert(given);
                // In a column of telephone numbers, 00 is a plus sign.
                let number = spelling::respondent_by_phone(person, None);
                found.tokens.extend(pseudonyms.pseudonym(&number));
            }
        }
        found.tokens.extend(found.given.iter().cloned());
        if found.tokens.is_empty() {
            return Err(Error::invalid("no person is named")
                .with_hint("name them as in exports, such as jane@example.com"));
        }
        self.complete(&mut found, &pseudonyms).await?;
        Ok(found)
    }

    /// Adds what is sealed about the people, until nothing is new.
    async fn complete(&self, found: &mut NamedPeople, pseudonyms: &PurposeKey) -> Result<()> {
        let given = found.names.clone();
        let given_mailboxes = found.mailboxes();
        let given_tokens = given_numbers(&given, pseudonyms);
        let mut words = words_of(given.iter().filter_map(Known::as_name));
        let mut is_first = true;
        // What is sealed with the people and may be theirs, and what is not.
        let mut open: BTreeMap<Known, Candidate> = BTreeMap::new();
        let mut not_theirs: BTreeSet<Known> = BTreeSet::new();
        loop {
            let before = (found.tokens.len(), found.names.len());
            let forms = found.addresses().flat_map(forms);
            let tokens: Vec<String> = forms
                .filter_map(|form| pseudonyms.pseudonym(&form))
                .collect();
            found.tokens.extend(tokens);
            let theirs = found.identities.values().flatten();
            let theirs: Vec<Known> = theirs
                .flat_map(|(field, value)| Known::of_field(field, value))
                .collect();
            let wanted = Wanted {
                tokens: found.tokens.iter().cloned().collect(),
                mailboxes: found.mailboxes(),
                phones: found
                    .names
                    .iter()
                    .filter(|it| it.is_phone())
                    .cloned()
                    .collect(),
                words: words.clone(),
                beside: addresses_of(&theirs).map(Address::mailbox).collect(),
                by_mailbox: !is_first,
            };
            let phone_tokens = phone_tokens(&wanted.phones, pseudonyms);
            let mut theirs: Vec<(String, Person, Vec<Known>, Option<Address>)> = Vec::new();
            let mut of_given = Holders::default();
            // Given addresses that somebody is known by.
            let mut known: HashSet<Address> = HashSet::new();
            // Respondents by another address, with whom a given one is sealed.
            let mut named_beside: Vec<(Address, String)> = Vec::new();
            let mut names_of = NamesOf::default();
            // Respondents by one of their numbers, and whether others have it.
            let mut by_phone: BTreeSet<String> = BTreeSet::new();
            let mut others_have_phone = false;
            identities::for_each(self, |token, person| {
                let identity = Identity::new(token, &person);
                if !open.is_empty() && !wanted.tokens.contains(token) {
                    for name in identity.names.iter().map(Known::without_tag) {
                        if let Some(candidate) = open.get_mut(&name) {
                            candidate.add(&name, &identity, &wanted, pseudonyms);
                        }
                    }
                }
                for number in &given {
                    let is_key = given_tokens.get(token) == Some(number);
                    if is_key || identity.names.iter().any(|name| name.is_number(number)) {
                        of_given.add(number, &identity, pseudonyms);
                    }
                }
                if wanted.touches(&identity) {
                    names_of.add(&identity);
                }
                let is_theirs = wanted.has(&identity, pseudonyms);
                let is_found = wanted.tokens.contains(token);
                let own = LazyCell::new(|| identity.own_address(pseudonyms));
                if identity.has_mailbox(&given_mailboxes) {
                    let mailboxes = addresses_of(&identity.names).map(Address::mailbox);
                    for mailbox in mailboxes.filter(|it| !is_found && given_mailboxes.contains(it))
                    {
                        if own.as_ref().is_none_or(|own| *own == mailbox) {
                            of_given.add(&Known::Address(mailbox), &identity, pseudonyms);
                        } else {
                            named_beside.push((mailbox, token.to_owned()));
                        }
                    }
                    known.extend(own.clone().filter(|_| is_found));
                }
                if !is_theirs
                    && wanted.by_mailbox
                    && identity.has_mailbox(&wanted.mailboxes)
                    && let Some(own) = own.as_ref().filter(|own| wanted.mailboxes.contains(own))
                {
                    found.beside.insert(token.to_owned());
                    found.shared.insert(own.clone());
                }
                if !is_theirs && phone_tokens.contains(token) {
                    if identity.words().is_empty() {
                        by_phone.insert(token.to_owned());
                    } else {
                        others_have_phone |= differ(&identity.words(), &wanted.words);
                        found.beside.insert(token.to_owned());
                    }
                } else if !is_theirs && wanted.has_phone(&identity) {
                    others_have_phone = true;
                }
                if is_theirs {
                    let own = own.clone();
                    theirs.push((token.to_owned(), person, identity.names, own));
                }
            })
            .await?;
            for (name, candidate) in std::mem::take(&mut open) {
                if candidate.is_theirs() {
                    if let Known::Other(number) = &name {
                        let number = spelling::respondent(number);
                        found.tokens.extend(pseudonyms.pseudonym(&number));
                    }
                    found.names.insert(name);
                } else {
                    found.beside.extend(candidate.known_by);
                    not_theirs.insert(name);
                }
            }
            if others_have_phone {
                found.beside.extend(by_phone);
            } else {
                found.tokens.extend(by_phone);
            }
            for (token, person, names, own) in theirs {
                if names_of.are_several(&token) {
                    if !wanted.tokens.contains(&token) {
                        found.beside.insert(token);
                        continue;
                    }
                } else {
                    words.extend(words_of(names.iter().filter_map(Known::as_name)));
                }
                found.tokens.insert(token.clone());
                found.identities.entry(token).or_default().extend(person);
                for name in names {
                    let mailbox = name.without_tag();
                    let is_open = match &mailbox {
                        Known::Address(mailbox) => {
                            !wanted.mailboxes.contains(mailbox) && own.as_ref() != Some(mailbox)
                        }
                        Known::Other(_) => !found.names.contains(&name),
                        Known::Phone(_) | Known::Name(_) => false,
                    };
                    if !is_open {
                        found.names.insert(name);
                    } else if !not_theirs.contains(&mailbox) {
                        open.entry(mailbox).or_default();
                    }
                }
            }
            for (given, holders) in of_given.0 {
                match &given {
                    // Somebody is known by it; others who have it are found by their names.
                    Known::Address(address) if known.contains(address) => {}
                    // Of respondents who are known by numbers.
                    Known::Address(address) => {
                        if !are_one(&holders) {
                            return Err(of_several(address.as_str(), &holders));
                        }
                        found.tokens.extend(holders.into_iter().map(|it| it.token));
                    }
                    Known::Phone(number) | Known::Other(number) => {
                        if !are_one(&holders) {
                            return Err(of_several(number, &holders));
                        }
                        found.tokens.extend(holders.into_iter().map(|it| it.token));
                    }
                    Known::Name(_) => {}
                }
            }
            let is_known = |(address, _): &(Address, String)| known.contains(address);
            let named_beside = named_beside.into_iter().filter(|named| !is_known(named));
            found.beside.extend(named_beside.map(|(_, token)| token));
            let is_last = open.is_empty() && (found.tokens.len(), found.names.len()) == before;
            if is_last && !is_first {
                let tokens = &found.tokens;
                found.beside.retain(|token| !tokens.contains(token));
                return Ok(());
            }
            is_first = false;
        }
    }
}

/// The numbers that a command gives, by the pseudonym of a respondent who is known by one.
fn given_numbers(given: &BTreeSet<Known>, pseudonyms: &PurposeKey) -> HashMap<String, Known> {
    let tokens = given.iter().filter_map(|name| match name {
        Known::Phone(number) | Known::Other(number) => {
            let token = pseudonyms.pseudonym(&spelling::respondent(number))?;
            Some((token, name.clone()))
        }
        Known::Address(_) | Known::Name(_) => None,
    });
    tokens.collect()
}

/// Something sealed with the people: whether it is theirs shows by who else has it.
#[derive(Default)]
struct Candidate {
    /// Other respondents with whom it is sealed.
    others: BTreeSet<String>,
    /// Those of them who are known by it.
    known_by: BTreeSet<String>,
    /// One of these is the same person.
    is_confirmed: bool,
    /// Somebody of another name has it.
    is_shared: bool,
}

impl Candidate {
    fn add(
        &mut self,
        name: &Known,
        identity: &Identity<'_>,
        wanted: &Wanted,
        pseudonyms: &PurposeKey,
    ) {
        self.others.insert(identity.token.to_owned());
        self.is_shared |= differ(&identity.words(), &wanted.words);
        let Known::Address(address) = name else {
            return;
        };
        if identity.own_address(pseudonyms).as_ref() == Some(address) {
            self.known_by.insert(identity.token.to_owned());
            self.is_confirmed |=
                wanted.is_named_alike(identity, || identity.has_mailbox(&wanted.mailboxes));
        }
    }

    /// Addresses that nobody else is known by are theirs, except those of many; other numbers are if
    /// nobody else has them.
    fn is_theirs(&self) -> bool {
        if self.known_by.is_empty() {
            self.others.is_empty()
        } else {
            self.is_confirmed && !self.is_shared && self.others.len() <= SHARED_BY_MAX
        }
    }
}

/// The pseudonyms of respondents who are known by one of these numbers.
fn phone_tokens(phones: &[Known], pseudonyms: &PurposeKey) -> HashSet<String> {
    let numbers = phones.iter().filter_map(|phone| match phone {
        Known::Phone(number) => Some(number),
        _ => None,
    });
    let forms = numbers.flat_map(|number| {
        [
            spelling::respondent(number),
            spelling::respondent_by_phone(number, None),
        ]
    });
    forms
        .filter_map(|form| pseudonyms.pseudonym(&form))
        .collect()
}

/// The forms of an address that exports identify respondents by, without a name.
fn forms(address: &Address) -> Vec<String> {
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
