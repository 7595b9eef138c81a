//! The people whom a command names: all their pseudonyms, and all that is sealed about them.
//!
//! Somebody who answered under two addresses, or once by an address and once by a customer number, has
//! several pseudonyms. The sealed identities say that they are one person: those that have a named
//! address, then those that have another address of these, and so on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datafusion_functions_nps::{DEFAULT_PURPOSE, PurposeKey};
use exports::columns::cells::looks_like_phone;
use exports::columns::headers::fold;
use exports::columns::people::names_staff;
use exports::columns::personal::{names_a_phone, names_someone_else, names_the_respondent};
use exports::spelling;

use super::handle::Lake;
use super::identities;
use crate::error::{Error, Result};
use crate::privacy::address::Address;
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
    /// Their sealed fields, by pseudonym.
    pub(super) identities: BTreeMap<String, Person>,
}

impl Known {
    /// Reads a sealed field as a name of its person; `None` if it is about somebody else, such as an
    /// agent, or blank.
    fn of_field(field: &str, value: &str) -> Option<Self> {
        let folded = fold(field);
        let value = value.trim();
        if value.is_empty() || names_someone_else(field) || names_staff(&folded) {
            return None;
        }
        let text = || value.to_owned();
        Some(if let Some(address) = Address::parse(value) {
            Self::Address(address)
        } else if looks_like_phone(value) && names_a_phone(&folded) {
            Self::Phone(text())
        } else if names_the_respondent(field) {
            Self::Name(text())
        } else {
            Self::Other(text())
        })
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

impl NamedPeople {
    /// The addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.names.iter().filter_map(|name| match name {
            Known::Address(address) => Some(address),
            _ => None,
        })
    }

    /// The entries of the list that keep imports from bringing them back.
    pub(super) fn entries(&self, key: &SuppressionKey) -> BTreeSet<Entry> {
        let tokens = self.tokens.iter().map(|token| key.respondent(token));
        let addresses = self.addresses().map(|address| key.address(address));
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
    /// What the command says.
    given: BTreeSet<Known>,
}

impl Wanted {
    /// True if a sealed identity is of one of the people.
    fn has(&self, token: &str, person: &[Known]) -> bool {
        let is_theirs = |name: &Known| match name {
            Known::Address(address) => self.mailboxes.contains(&address.mailbox()),
            Known::Phone(phone) => self.given.iter().any(|given| match given {
                Known::Phone(given) => is_same_phone(given, phone),
                _ => false,
            }),
            Known::Other(_) => self.given.contains(name),
            // Several people have the same name.
            Known::Name(_) => false,
        };
        self.tokens.contains(token) || person.iter().any(is_theirs)
    }
}

/// True for one number with and without its country code.
fn is_same_phone(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').to_owned()
    };
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
        if let Some(token) = tokens.iter().find(|token| !is_pseudonym(token)) {
            return Err(Error::invalid(format!("\"{token}\" is not a pseudonym"))
                .with_hint("use a pseudonym from the column respondent: they begin with v1:"));
        }
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
                found.names.insert(Known::given(person));
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
        // The respondents of addresses that may be theirs, and addresses that several people share.
        let mut open: BTreeMap<Address, BTreeSet<String>> = BTreeMap::new();
        let mut shared: BTreeSet<Address> = BTreeSet::new();
        loop {
            let before = (found.tokens.len(), found.names.len());
            let forms = found.addresses().flat_map(forms);
            let tokens: Vec<String> = forms
                .filter_map(|form| pseudonyms.pseudonym(&form))
                .collect();
            found.tokens.extend(tokens);
            let wanted = Wanted {
                tokens: found.tokens.iter().cloned().collect(),
                mailboxes: found.mailboxes(),
                given: given.clone(),
            };
            let mut theirs: Vec<(String, Person, Vec<Known>)> = Vec::new();
            identities::for_each(self, |token, person| {
                let fields = person.iter();
                let names: Vec<Known> = fields
                    .filter_map(|(field, value)| Known::of_field(field, value))
                    .collect();
                for name in &names {
                    if let Known::Address(address) = name
                        && let Some(respondents) = open.get_mut(&address.mailbox())
                    {
                        respondents.insert(token.to_owned());
                    }
                }
                if wanted.has(token, &names) {
                    theirs.push((token.to_owned(), person, names));
                }
            })
            .await?;
            for (address, respondents) in std::mem::take(&mut open) {
                if respondents.len() > SHARED_BY_MAX {
                    shared.insert(address);
                } else {
                    found.names.insert(Known::Address(address));
                }
            }
            for (token, person, names) in theirs {
                found.tokens.insert(token.clone());
                found.identities.entry(token).or_default().extend(person);
                for name in names {
                    match name {
                        Known::Address(address) => {
                            let mailbox = address.mailbox();
                            if wanted.mailboxes.contains(&mailbox) {
                                found.names.insert(Known::Address(address));
                            } else if !shared.contains(&mailbox) {
                                open.entry(mailbox).or_default();
                            }
                        }
                        name => drop(found.names.insert(name)),
                    }
                }
            }
            if open.is_empty() && (found.tokens.len(), found.names.len()) == before {
                return Ok(());
            }
        }
    }
}

/// The forms of an address that exports identify respondents by, without a name.
fn forms(address: &Address) -> [String; 4] {
    let (tagged, mailbox) = (address.as_str(), address.mailbox());
    [
        tagged.to_owned(),
        mailbox.as_str().to_owned(),
        format!("<{tagged}>"),
        format!("mailto:{tagged}"),
    ]
}

/// True for what has the form of a pseudonym.
pub(super) fn is_pseudonym(text: &str) -> bool {
    text.starts_with("v1:")
}
