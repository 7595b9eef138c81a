//! Respondents who share a name, number or address that a command gives: one person or several.

use std::collections::{BTreeMap, BTreeSet};

use datafusion_functions_nps::PurposeKey;
use exports::quote::clip;

use super::sealed_names::{Identity, Known, differ, has_same_name};
use crate::error::Error;
use crate::privacy::address::Address;

/// Respondents who have something that a command names, by it.
#[derive(Default)]
pub(super) struct Holders(pub(super) BTreeMap<Known, Vec<Holder>>);

/// A respondent who has it, and may be one of the people.
pub(super) struct Holder {
    pub(super) token: String,
    words: BTreeSet<String>,
    own: Option<Address>,
}

impl Holders {
    pub(super) fn add(&mut self, name: &Known, identity: &Identity<'_>, pseudonyms: &PurposeKey) {
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
pub(super) fn of_several(given: &str, holders: &[Holder]) -> Error {
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
pub(super) fn are_one(holders: &[Holder]) -> bool {
    let is_one = |holder: &Holder| holders.iter().all(|other| other.may_be(holder));
    holders.iter().all(is_one)
}

/// The names under which respondents answered.
#[derive(Default)]
pub(super) struct NamesOf(BTreeMap<String, Vec<BTreeSet<String>>>);

impl NamesOf {
    pub(super) fn add(&mut self, identity: &Identity<'_>) {
        let words = identity.words();
        let names = self.0.entry(identity.token.to_owned()).or_default();
        if !names.contains(&words) {
            names.push(words);
        }
    }

    /// True for a respondent who is people of different names.
    pub(super) fn are_several(&self, token: &str) -> bool {
        let names = self.0.get(token).map_or(&[][..], Vec::as_slice);
        let differs = |one: &BTreeSet<String>| names.iter().any(|other| differ(one, other));
        names.iter().any(differs)
    }
}
