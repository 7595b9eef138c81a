//! Which profile reads a file, by its headers and what stands under them.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::profiles::{self, Content, HeaderCell, Profile, Recognise, fits, fits_any};

/// How many rows of titles can stand above the header.
const TITLE_ROWS: usize = 12;

/// A profile, and how it recognised the file.
#[derive(Clone, Debug)]
pub struct Recognised {
    pub profile: Arc<Profile>,
    /// The way that holds, and the row of the file that names the columns, from 0. `None` where
    /// the profile was named and says nothing of headers.
    pub found: Option<(Recognise, usize)>,
}

/// The profile of a file with these first rows; the keys of JSON come as a row of their own.
pub fn recognise(rows: &[Vec<String>], named: Option<&str>) -> Result<Option<Recognised>> {
    if let Some(name) = named {
        let profile = Profile::named(name)?;
        if profile.recognise.is_empty() {
            return Ok(Some(Recognised {
                profile,
                found: None,
            }));
        }
        return match best(&profile, rows) {
            Some((_, found)) => Ok(Some(Recognised {
                profile,
                found: Some(found),
            })),
            None => Err(not_of(&profile, rows)),
        };
    }
    let found = profiles::built_in()
        .iter()
        .filter_map(|profile| {
            let (specificity, found) = best(profile, rows)?;
            Some((specificity, profile, found))
        })
        // Of equals the first wins.
        .rev()
        .max_by_key(|(specificity, ..)| *specificity);
    Ok(found.map(|(_, profile, found)| Recognised {
        profile: Arc::clone(profile),
        found: Some(found),
    }))
}

/// The most specific way in which the profile recognises the rows, and how specific it is.
fn best(profile: &Profile, rows: &[Vec<String>]) -> Option<(usize, (Recognise, usize))> {
    let ways = profile.recognise.iter();
    ways.filter_map(|way| {
        let at = (0..rows.len().min(TITLE_ROWS)).find(|at| way.holds(&rows[*at..]))?;
        Some((way.specificity(), (way.clone(), at)))
    })
    .rev()
    .max_by_key(|(specificity, _)| *specificity)
}

impl Recognise {
    /// Whether the file, from the row that names the columns on, is one of these.
    fn holds(&self, rows: &[Vec<String>]) -> bool {
        let Some(header) = rows.first() else {
            return false;
        };
        let there = |name: &str| header.iter().any(|cell| fits(name, cell));
        self.headers.iter().all(|name| there(name))
            && self
                .any
                .iter()
                .all(|group| group.iter().any(|name| there(name)))
            && (self.first.is_empty()
                || header
                    .first()
                    .is_some_and(|cell| fits_any(&self.first, cell)))
            && !self.without.iter().any(|name| there(name))
            && self.cells.iter().all(|cell| cell.is_in(rows))
            && self.content.iter().all(|content| content.is_in(rows))
    }

    /// What stands in the header rows tells more than any number of headers.
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
        match &self.under {
            None => row.iter().any(|cell| fits(&self.like, cell)),
            Some(under) => {
                let position = rows[0].iter().position(|cell| fits(under, cell));
                position.is_some_and(|index| {
                    fits(&self.like, row.get(index).map_or("", String::as_str))
                })
            }
        }
    }
}

impl Content {
    fn is_in(&self, rows: &[Vec<String>]) -> bool {
        let columns = rows[0]
            .iter()
            .enumerate()
            .filter(|(_, cell)| fits_any(&self.column, cell));
        columns.into_iter().any(|(index, _)| {
            let mut cells = rows[1..].iter().filter_map(|row| row.get(index));
            cells.any(|cell| fits_any(&self.like, cell))
        })
    }
}

/// The file is not one that the named profile reads.
fn not_of(profile: &Profile, rows: &[Vec<String>]) -> Error {
    let heads = &rows[..rows.len().min(TITLE_ROWS)];
    let missing = |way: &Recognise, header: &[String]| -> Vec<String> {
        let there = |name: &str| header.iter().any(|cell| fits(name, cell));
        let single = way.headers.iter().filter(|name| !there(name));
        let groups = way
            .any
            .iter()
            .filter(|group| !group.iter().any(|name| there(name)));
        single
            .map(|name| format!("\"{name}\""))
            .chain(groups.map(|group| {
                let names: Vec<String> = group.iter().map(|name| format!("\"{name}\"")).collect();
                names.join(" or ")
            }))
            .collect()
    };
    let least = profile
        .recognise
        .iter()
        .flat_map(|way| heads.iter().map(|header| missing(way, header)))
        .min_by_key(Vec::len)
        .unwrap_or_default();
    let what = match least.as_slice() {
        [] => "the rows under the header are not as that tool writes them".to_owned(),
        missing => format!("it has no column {}", missing.join(", no ")),
    };
    Error::invalid(format!(
        "the file is not one that the profile {} reads: {what}",
        profile.name
    ))
    .with_hint("leave --profile away to have the columns found by their names and content")
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
        let qualtrics = rows(&[
            &[
                "StartDate",
                "EndDate",
                "Status",
                "Finished",
                "ResponseId",
                "Q1",
            ],
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
    fn titles_can_stand_above() {
        let titled = rows(&[
            &["Report of March"],
            &["rating", "comment", "rated_at", "survey_name"],
        ]);
        let found = recognise(&titled, None).unwrap().unwrap();
        assert_eq!(found.profile.name, "zendesk");
        assert_eq!(found.found.unwrap().1, 1);
    }
}
