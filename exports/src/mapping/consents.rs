//! The columns of consent, and what their values mean.

use std::borrow::Cow;
use std::collections::HashMap;

use super::fields::Fields;
use super::signs::TAKE;
use crate::columns::Column;
use crate::columns::consent::{Consent, Sense, Word};
use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::columns::score::is_blank;
use crate::error::{Error, Result};
use crate::message::ImportOption;
use crate::options::{CONSENT_VALUES as VALUES, ReadOptions, consent_values};
use crate::text::trim;

/// The columns that state the consent of a row. One that takes it back outweighs the others.
#[derive(Clone, Debug, Default)]
pub struct Consents {
    columns: Vec<ConsentColumn>,
    values: ConsentValues,
}

/// A column of consent.
#[derive(Clone, Copy, Debug)]
pub struct ConsentColumn {
    pub index: usize,
    /// What a yes in it means.
    pub sense: Sense,
    /// `true` if its cells are dates.
    pub has_dates: bool,
}

/// The meaning that the options give to values.
#[derive(Clone, Debug, Default)]
struct ConsentValues(HashMap<String, Consent>);

impl ConsentValues {
    fn new(options: &ReadOptions) -> Result<Self> {
        let mut values = HashMap::new();
        for (name, list) in &options.map {
            let Some(name) = name.trim().strip_prefix(VALUES) else {
                continue;
            };
            let Some(consent) = Consent::parse(name) else {
                let option = ImportOption::Map.with(format_args!("{VALUES}{name}={list}"));
                let names = Consent::ALL.map(|consent| consent_values(consent.name()));
                let error = Error::invalid(format!("field \"{VALUES}{name}\" does not exist"));
                let hint = format!("use one of {}", names.join(", "));
                return Err(error.with_hint(hint).within(option));
            };
            // A value may have commas itself.
            for value in std::iter::once(list.as_str()).chain(list.split(',')) {
                values.insert(key(value), consent);
            }
        }
        Ok(Self(values))
    }

    fn get(&self, cell: &str) -> Option<Consent> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&key(cell)).copied()
    }
}

/// A value without regard to case and punctuation, unless it is nothing else.
fn key(value: &str) -> String {
    let folded = fold(value);
    if folded.is_empty() {
        value.trim().to_owned()
    } else {
        folded
    }
}

impl Consents {
    /// True if the options give a value a meaning.
    pub(super) fn is_told(&self, value: &str) -> bool {
        self.values.get(value).is_some()
    }

    /// The columns of the field, and further ones.
    pub fn new(
        columns: &[Column],
        fields: &Fields,
        further: &[usize],
        options: &ReadOptions,
    ) -> Result<Self> {
        let first = fields[Field::Consent].into_iter();
        let all = first.chain(further.iter().copied());
        let consents = all.map(|index| ConsentColumn {
            index,
            sense: columns[index].consent_header.sense,
            has_dates: columns[index].dates.has_dates() && !columns[index].has_consents(),
        });
        Ok(Self {
            columns: consents.collect(),
            values: ConsentValues::new(options)?,
        })
    }

    pub fn columns(&self) -> &[ConsentColumn] {
        &self.columns
    }

    /// The consent that a cell states, `None` if its value is unknown.
    pub(super) fn read(&self, column: ConsentColumn, cell: &str) -> Option<Consent> {
        let by_words = || Word::read(cell)?.consent(column.sense);
        let given = self.values.get(cell);
        if self.columns.len() > 1 {
            // A yes that grants in one column takes back in another, so the header comes first.
            by_words().or(given)
        } else {
            given.or_else(by_words)
        }
    }

    /// The consent of a row: withdrawn if any column says so. An unknown value is an error.
    pub fn of_row<'a>(&self, cells: &'a [Cow<'_, str>]) -> Result<Consent, &'a str> {
        let mut stated = Consent::Unknown;
        let mut unknown = None;
        for column in &self.columns {
            let cell = trim(&cells[column.index]);
            if is_blank(cell) && self.values.get(cell).is_none() {
                continue;
            }
            match self.read(*column, cell) {
                Some(Consent::Withdrawn) => return Ok(Consent::Withdrawn),
                Some(Consent::Granted) => stated = Consent::Granted,
                Some(Consent::Unknown) => {}
                None => unknown = Some(cell),
            }
        }
        unknown.map_or(Ok(stated), Err)
    }
}

/// Further columns of consent beside the first: all that take it back, and the best that gives it. Dates
/// of a consent say nothing more than the column that says whether it was given.
pub fn further_consents(
    columns: &[Column],
    chosen: &Fields,
    candidates: &[(usize, i32)],
) -> Vec<usize> {
    let Some(first) = chosen[Field::Consent] else {
        return Vec::new();
    };
    let sense = |index: usize| columns[index].consent_header.sense;
    let others = || {
        candidates
            .iter()
            .copied()
            .filter(|(index, total)| *total >= TAKE && *index != first && !chosen.contains(*index))
    };
    let given = others().filter(|(index, _)| sense(*index) == Sense::Given);
    let best = given
        .filter(|_| sense(first) != Sense::Given)
        .max_by_key(|(index, total)| (*total, std::cmp::Reverse(*index)));
    let withdrawn = others().filter(|(index, _)| sense(*index) == Sense::Withdrawn);
    let mut further: Vec<usize> = best
        .into_iter()
        .chain(withdrawn)
        .map(|(index, _)| index)
        .collect();
    further.sort_unstable();
    further
}
