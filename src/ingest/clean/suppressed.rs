//! Rows of people whom the lake is to forget, or who withdrew consent.

use datafusion_functions_nps::PurposeKey;

use exports::columns::field::Field;
use exports::columns::personal::Personal;
use exports::format::rows::Row;
use exports::mapping::Mapping;
use exports::{spelling, text};

use crate::privacy::address::Address;
use crate::privacy::suppression::{Names, Rule, Suppressed, identifies};

/// The reason for which a response becomes an anonymous score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Cut {
    /// The row states that consent is withdrawn. Its pseudonym stays until the import is committed, as
    /// a mark that the person's earlier responses are to be cut loose too.
    Withdrawn,
    /// The person withdrew consent before, and has not granted it since.
    StillWithdrawn,
    /// The person was forgotten, and their scores are kept.
    Forgotten,
}

impl Cut {
    /// Decides by the list and the row's own consent. `said_at` is the row's date, in microseconds since
    /// 1970.
    pub(super) fn decide(
        suppressed: Option<Suppressed>,
        consent: &str,
        said_at: impl FnOnce() -> Option<i64>,
    ) -> Option<Self> {
        match suppressed {
            Some(Suppressed {
                rule: Rule::Drop | Rule::KeepScore,
                ..
            }) => Some(Self::Forgotten),
            _ if consent == "withdrawn" => Some(Self::Withdrawn),
            Some(Suppressed {
                rule: Rule::Withdrawn,
                since,
            }) => {
                let is_granted_since =
                    consent == "granted" && said_at().is_some_and(|said| said > since);
                (!is_granted_since).then_some(Self::StillWithdrawn)
            }
            None => None,
        }
    }
}

/// Collects the names of the person of a row.
pub(super) fn named_in<'a>(
    row: &'a Row<'_>,
    mapping: &Mapping,
    pseudonyms: &PurposeKey,
) -> Names<'a> {
    let mut names = Names::default();
    if let Some(index) = mapping.column(Field::Respondent) {
        let cell = text::id(text::trim(&row.cells[index]));
        let respondent = mapping.respondent(cell, &row.cells);
        names.pseudonyms.extend(pseudonyms.pseudonym(&respondent));
        for address in Address::all_in(cell) {
            let mailbox = address.mailbox();
            for form in [address.as_str(), mailbox.as_str()] {
                names.pseudonyms.extend(pseudonyms.pseudonym(form));
            }
            names.addresses.push(address);
        }
    }
    // An address as the account may be that of whoever pays for the respondent.
    let has_respondent = !names.pseudonyms.is_empty();
    let is_account = |index: usize| has_respondent && mapping.column(Field::Account) == Some(index);
    let others = mapping.personal.iter();
    for column in others.filter(|column| !is_account(column.index)) {
        let Some(cell) = column.cell(row) else {
            continue;
        };
        match column.personal {
            Personal::Phone => names.phones.push(cell),
            // A customer number that is sealed may be the respondent's in another export.
            Personal::OtherName => {
                let number = Some(cell).filter(|cell| identifies(cell) && !cell.contains('@'));
                let number = number.map(spelling::respondent);
                names
                    .pseudonyms
                    .extend(number.and_then(|number| pseudonyms.pseudonym(&number)));
            }
            _ => names.addresses.extend(Address::all_in(cell)),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_counts_since_it_was_withdrawn() {
        let withdrawn = Some(Suppressed {
            rule: Rule::Withdrawn,
            since: 100,
        });
        let forgotten = Some(Suppressed {
            rule: Rule::KeepScore,
            since: 100,
        });
        for (suppressed, consent, said_at, expected) in [
            (None, "granted", Some(1), None),
            (None, "unknown", Some(1), None),
            (None, "withdrawn", Some(1), Some(Cut::Withdrawn)),
            (withdrawn, "withdrawn", Some(200), Some(Cut::Withdrawn)),
            (withdrawn, "unknown", Some(200), Some(Cut::StillWithdrawn)),
            (withdrawn, "granted", Some(99), Some(Cut::StillWithdrawn)),
            (withdrawn, "granted", None, Some(Cut::StillWithdrawn)),
            (withdrawn, "granted", Some(101), None),
            (forgotten, "granted", Some(101), Some(Cut::Forgotten)),
            (forgotten, "withdrawn", Some(101), Some(Cut::Forgotten)),
        ] {
            let cut = Cut::decide(suppressed, consent, || said_at);
            assert_eq!(cut, expected, "{suppressed:?} {consent} {said_at:?}");
        }
    }
}
