//! Recognises the profile of a file by its headers and first rows.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};
use crate::profiles::answer_table::AnswerTable;
use crate::profiles::{self, Content, HeaderCell, Profile, Recognise, fits, fits_any};

/// The maximum number of title rows above the header.
const TITLE_ROWS: usize = 12;

/// A profile and the way it recognised the file.
#[derive(Clone, Debug)]
pub struct Recognised {
    pub profile: Arc<Profile>,
    /// The way that matches, and the row of the file that names the columns, from 0. `None` if the
    /// profile is named and has no way to recognise files.
    pub found: Option<(Recognise, usize)>,
}

/// The profile of a file with these first rows. The keys of JSON are the first row.
pub fn recognise(rows: &[Vec<String>], named: Option<&str>) -> Result<Option<Recognised>> {
    if let Some(name) = named {
        let profile = Profile::named(name)?;
        // Headers that must not be there only tell profiles apart.
        let found = best(&profile, rows, true).or_else(|| best(&profile, rows, false));
        let found = found.map(|(_, found)| found);
        // Which columns have questions and answers can be told, and is asked.
        if found.is_none() && !profile.recognise.is_empty() && profile.answers.is_none() {
            return Err(mismatch(&profile, rows));
        }
        return Ok(Some(Recognised { profile, found }));
    }
    let found = profiles::built_in()
        .iter()
        .filter_map(|profile| {
            let (specificity, found) = best(profile, rows, true)?;
            let table = &rows[found.1..];
            answers_have_responses(profile, table).then_some((specificity, profile, found))
        })
        // The first of equals wins.
        .rev()
        .max_by_key(|(specificity, ..)| *specificity);
    Ok(found.map(|(_, profile, found)| Recognised {
        profile: Arc::clone(profile),
        found: Some(found),
    }))
}

/// The most specific way in which the profile recognises the rows, with its specificity.
fn best(
    profile: &Profile,
    rows: &[Vec<String>],
    is_strict: bool,
) -> Option<(usize, (Recognise, usize))> {
    let ways = profile.recognise.iter();
    ways.filter_map(|way| {
        let matches = |at: &usize| way.matches(&rows[*at..], is_strict);
        let at = (0..rows.len().min(TITLE_ROWS)).find(matches)?;
        Some((way.specificity(), (way.clone(), at)))
    })
    .rev()
    .max_by_key(|(specificity, _)| *specificity)
}

/// True if each row of the profile's files is a response, or if the rows from the one that names
/// the columns have answers to the question about recommending and tell which belong together.
fn answers_have_responses(profile: &Profile, rows: &[Vec<String>]) -> bool {
    let (Some(answers), [header, rows @ ..]) = (&profile.answers, rows) else {
        return true;
    };
    answers.response.iter().any(|name| has(header, name))
        || AnswerTable::new(answers, header, rows)
            .is_some_and(|table| table.asks_to_recommend() && table.key().is_some())
}

impl Recognise {
    /// True if the rows, from the one that names the columns, are recognised. The columns that must
    /// not be there only count if it `is_strict`.
    fn matches(&self, rows: &[Vec<String>], is_strict: bool) -> bool {
        let Some(header) = rows.first() else {
            return false;
        };
        let first = header.first();
        self.missing(header).is_empty()
            && (self.first.is_empty() || first.is_some_and(|cell| fits_any(&self.first, cell)))
            && !(is_strict && self.without.iter().any(|name| has(header, name)))
            && self.cells.iter().all(|cell| cell.is_in(rows))
            && self.content.iter().all(|content| content.is_in(rows))
    }

    /// The required headers that are not there, for messages.
    fn missing(&self, header: &[String]) -> Vec<String> {
        let quoted = |name: &String| format!("\"{name}\"");
        let single = self.headers.iter().filter(|name| !has(header, name));
        let groups = self
            .any
            .iter()
            .filter(|group| !group.iter().any(|name| has(header, name)))
            .map(|group| group.iter().map(quoted).collect::<Vec<_>>().join(" or "));
        single.map(quoted).chain(groups).collect()
    }

    /// Cells of the header rows count more than any number of headers.
    fn specificity(&self) -> usize {
        self.headers.len()
            + self.any.len()
            + usize::from(!self.first.is_empty())
            + 10 * self.cells.len()
            + 3 * self.content.len()
    }
}

impl HeaderCell {
    fn is_in(&self, rows: &[Vec<String>]) -> bool {
        let Some(row) = self.row.checked_sub(1).and_then(|row| rows.get(row)) else {
            return false;
        };
        let Some(under) = &self.under else {
            return has(row, &self.like);
        };
        let position = rows[0].iter().position(|cell| fits(under, cell));
        position.is_some_and(|index| fits(&self.like, row.get(index).map_or("", String::as_str)))
    }
}

impl Content {
    fn is_in(&self, rows: &[Vec<String>]) -> bool {
        rows[0].iter().enumerate().any(|(index, header)| {
            let mut cells = rows[1..].iter().filter_map(|row| row.get(index));
            fits_any(&self.column, header) && cells.any(|cell| fits_any(&self.like, cell))
        })
    }
}

/// True if any cell fits the pattern.
fn has(row: &[String], pattern: &str) -> bool {
    row.iter().any(|cell| fits(pattern, cell))
}

/// The error for a file that the named profile does not recognise.
fn mismatch(profile: &Profile, rows: &[Vec<String>]) -> Error {
    let headers = &rows[..rows.len().min(TITLE_ROWS)];
    let ways = profile.recognise.iter();
    let missing = ways.flat_map(|way| headers.iter().map(|header| way.missing(header)));
    let fewest = missing.min_by_key(Vec::len).unwrap_or_default();
    let reason = if fewest.is_empty() {
        "its rows under the header are not as that tool writes them".to_owned()
    } else {
        format!("it has no column {}", fewest.join(", no "))
    };
    let name = &profile.name;
    Error::invalid(format!(
        "the file does not match the profile \"{name}\": {reason}"
    ))
    .with_hint(
        Message::from("to find the columns by their names and content, remove ")
            .option(ImportOption::Profile),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect()
    }

    #[test]
    fn the_most_specific_profile_wins() {
        #[rustfmt::skip]
        let header = ["StartDate", "EndDate", "Status", "Finished", "ResponseId", "Q1"];
        let qualtrics = rows(&[
            &header,
            &["Start", "End", "Type", "Done", "Id", "Recommend?"],
            &["{\"ImportId\":\"startDate\"}", "", "", "", "", ""],
        ]);
        let found = recognise(&qualtrics, None).unwrap().unwrap();
        assert_eq!(found.profile.name, "qualtrics");
        assert_eq!(found.found.unwrap().0.header_rows, Some(3));
        let unknown = rows(&[&["date", "score"], &["2026-01-01", "9"]]);
        assert!(recognise(&unknown, None).unwrap().is_none());
        let error = recognise(&unknown, Some("zendesk")).unwrap_err();
        assert!(error.to_string().contains("\"rating\""), "{error}");
    }

    #[test]
    fn titles_can_precede_the_header() {
        let titled = rows(&[
            &["Report of March"],
            &["rating", "comment", "rated_at", "survey_name"],
        ]);
        let found = recognise(&titled, None).unwrap().unwrap();
        assert_eq!(found.profile.name, "zendesk");
        assert_eq!(found.found.unwrap().1, 1);
    }
}
