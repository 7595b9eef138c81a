//! The forms in which a command names a person, and the mistakes in them.

use std::collections::HashSet;

use datafusion::prelude::{ident, lit};
use datafusion_functions_nps::{DEFAULT_PURPOSE, PurposeKey};
use exports::quote::clip;
use exports::spelling;

use super::handle::Lake;
use super::identities::RESPONDENT;
use super::named_people::NamedPeople;
use super::scan;
use super::table::texts;
use crate::error::{Error, Result};
use crate::privacy::address::Address;
use crate::privacy::pseudonym::{check_pseudonyms, is_pseudonym};

/// The form of a text that names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Pseudonym,
    Address,
    /// An address with a mistake, or a key of a respondent.
    LikeAnAddress,
    /// A customer or telephone number, or another key.
    Number,
    /// A name of several words.
    Name,
    /// A key of a respondent, or a part of a name.
    Word,
}

impl Form {
    /// The form of a text that is not blank.
    pub(super) fn of(text: &str) -> Self {
        if is_pseudonym(text) {
            Self::Pseudonym
        } else if Address::parse(text).is_some() {
            Self::Address
        } else if text.contains('@') {
            Self::LikeAnAddress
        } else if text.contains(char::is_numeric) {
            Self::Number
        } else if text.split_whitespace().nth(1).is_some() || is_unspaced_name(text) {
            Self::Name
        } else {
            Self::Word
        }
    }

    /// True for a single word.
    pub(super) fn is_a_word(self) -> bool {
        self == Self::Word
    }

    /// True for a name, in whole or in part.
    pub(super) fn is_a_name(self) -> bool {
        matches!(self, Self::Name | Self::Word)
    }

    /// True if the text counts only if a respondent has this key.
    fn must_be_a_key(self) -> bool {
        matches!(self, Self::LikeAnAddress | Self::Word)
    }
}

/// True for a whole name in a script that writes no spaces: `山田太郎`.
fn is_unspaced_name(text: &str) -> bool {
    let is_unspaced = |c: char| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    text.chars().filter(|c| is_unspaced(*c)).count() >= 3
}

/// The error for a text that names nobody.
fn names_nobody(text: &str) -> Error {
    let shown = clip(text);
    if Form::of(text) == Form::LikeAnAddress {
        return Error::invalid(format!("\"{shown}\" is not an email address"))
            .with_hint("write it such as jane@example.com");
    }
    Error::invalid(format!(
        "\"{shown}\" is no respondent of the lake, and a single word is not taken for a name"
    ))
    .with_hint(format!(
        "name them as in exports, such as jane@example.com; to search for the name, set --name '{shown}'"
    ))
}

impl Lake {
    /// Checks the texts that name people, before anything is done. Texts that are no address, number or
    /// whole name have to be keys of respondents.
    pub(super) async fn check_named(&self, people: &[String]) -> Result<()> {
        let people = people.iter().map(|person| person.trim());
        let people: Vec<&str> = people.filter(|person| !person.is_empty()).collect();
        check_pseudonyms(people.iter().copied().filter(|person| is_pseudonym(person)))?;
        if let Some(several) = people.iter().find(|it| Address::all_in(it).len() > 1) {
            let message = format!("\"{}\" has several addresses", clip(several));
            return Err(Error::invalid(message)
                .with_hint("name one person an argument: jane@example.com joe@example.com"));
        }
        let keys: Vec<&str> = people
            .into_iter()
            .filter(|person| Form::of(person).must_be_a_key())
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let pseudonyms = self.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
        let tokens: Vec<Option<String>> =
            keys.iter().map(|key| token_of(key, &pseudonyms)).collect();
        let known = self.respondents_among(tokens.iter().flatten()).await?;
        let list = self
            .suppressions_under(self.suppression_key().await?)
            .await?
            .list;
        let is_known =
            |token: &String| known.contains(token) || list.has_forgotten_respondent(token);
        let mut wrong = keys.into_iter().zip(&tokens);
        match wrong.find(|(_, token)| !token.as_ref().is_some_and(is_known)) {
            Some((text, _)) => Err(names_nobody(text)),
            None => Ok(()),
        }
    }

    /// Those of the pseudonyms that have responses or a sealed identity.
    async fn respondents_among(
        &self,
        tokens: impl Iterator<Item = &String>,
    ) -> Result<HashSet<String>> {
        let tokens: Vec<_> = tokens.map(lit).collect();
        let mut found = HashSet::new();
        if tokens.is_empty() {
            return Ok(found);
        }
        let tables = [self.responses().await?, self.identities().await?];
        for table in tables.into_iter().flatten() {
            let batches = self
                .reading_context()
                .read_table(scan::provider(&table).await?)?
                .filter(ident(RESPONDENT).in_list(tokens.clone(), false))?
                .select(vec![ident(RESPONDENT)])?
                .distinct()?
                .collect()
                .await?;
            found.extend(texts(batches.iter().map(|batch| batch.column(0)))?);
        }
        Ok(found)
    }

    /// The number of people who are given by these texts and pseudonyms, and of those of whom the lake has
    /// neither responses nor an identity. A name beside an address is no further person.
    pub(super) async fn number_of_given(
        &self,
        given: &[String],
        tokens: &[String],
        people: &NamedPeople,
    ) -> Result<(usize, usize)> {
        let known = self.respondents_among(people.tokens.iter()).await?;
        let texts = given.iter().map(|text| text.trim());
        let (names, keys): (Vec<&str>, Vec<&str>) = texts
            .filter(|text| !text.is_empty())
            .partition(|text| Form::of(text).is_a_name());
        let is_known_by_name = |text: &&&str, pseudonyms: &PurposeKey| {
            token_of(text, pseudonyms).is_some_and(|token| known.contains(&token))
        };
        let pseudonyms = self.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
        // A word can be a respondent's key.
        let by_name = names
            .iter()
            .filter(|name| is_known_by_name(name, &pseudonyms))
            .count();
        let others = names.len() - by_name;
        let persons = keys.len() + tokens.len() + by_name;
        if persons == 0 {
            return Ok((others, if known.is_empty() { others } else { 0 }));
        }
        if known.is_empty() || persons == 1 {
            return Ok((persons, if known.is_empty() { persons } else { 0 }));
        }
        let mut unknown = tokens
            .iter()
            .filter(|token| !known.contains(*token))
            .count();
        let is_unknown = |text: &&&str| {
            let token = token_of(text, &pseudonyms);
            // Somebody may be a respondent by another address.
            !token.is_some_and(|token| known.contains(&token)) && !people.is_sealed(text, &known)
        };
        unknown += keys.iter().filter(is_unknown).count();
        Ok((persons, unknown))
    }
}

/// The pseudonym of a text that names a person; `None` if it is blank.
fn token_of(text: &str, pseudonyms: &PurposeKey) -> Option<String> {
    if is_pseudonym(text) {
        return Some(text.to_owned());
    }
    pseudonyms.pseudonym(&spelling::respondent(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_form() {
        for (text, form) in [
            ("jane@example.com", Form::Address),
            ("Jane Doe <jane@example.com>", Form::Address),
            ("jane@example,com", Form::LikeAnAddress),
            ("jane@@example.com", Form::LikeAnAddress),
            ("C-1042", Form::Number),
            ("+49 30 901820", Form::Number),
            ("Jane Doe", Form::Name),
            ("山田太郎", Form::Name),
            ("foo", Form::Word),
            ("Park", Form::Word),
            ("v1:abc", Form::Pseudonym),
        ] {
            assert_eq!(Form::of(text), form, "{text}");
        }
    }
}
