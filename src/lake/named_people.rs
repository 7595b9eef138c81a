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
use exports::spelling;

use super::handle::Lake;
use super::holders::{Holders, NamesOf, are_one, of_several};
use super::identities;
use super::sealed_names::{
    Identity, Known, addresses_of, differ, forms, has_same_name, name_before_address, words_of,
};
use crate::error::{Error, Result};
use crate::privacy::address::Address;
use crate::privacy::pseudonym::{check_pseudonyms, is_pseudonym};
use crate::privacy::seal::Person;
use crate::privacy::suppression::{Entry, SuppressionKey};

/// An address that is sealed for more respondents than this is not one person's, such as that of a
/// shared mailbox. It finds others only if the command names it.
const SHARED_BY_MAX: usize = 10;

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
