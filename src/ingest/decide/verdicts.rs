//! Decides which responses of a file are new to the lake.

use std::collections::HashMap;

use crate::error::Result;
use crate::ingest::stage::keys::{Key, Keys, NO_MOMENT};

/// The relation of a response in the file to the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::ingest) enum Verdict {
    /// Not in the lake, and the newest version in the file.
    New,
    /// Already present, with the same or newer answers.
    Duplicate,
    /// A newer version of a response in the lake.
    Updated,
    /// Shares its id with another row of the file that is a different response, or neither older
    /// nor newer.
    Contradiction,
}

/// The verdicts on all responses of a file.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Verdicts {
    /// One per response, in the order of the file.
    by_row: Vec<Verdict>,
    /// Each contradiction, with the other response of the same id.
    pub(in crate::ingest) contradictions: Vec<(u64, u64)>,
    pub(in crate::ingest) new: u64,
    pub(in crate::ingest) duplicate: u64,
    pub(in crate::ingest) updated: u64,
    /// Duplicates that are older versions of a response in the same file.
    pub(in crate::ingest) superseded: u64,
    /// The numbers of responses that share their id with different ones, except the first.
    pub(in crate::ingest) nth: HashMap<u64, u32>,
}

/// The response at `row` has the id of another person's response in the lake.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ingest) struct IdConflict {
    pub(in crate::ingest) row: u64,
}

impl Verdicts {
    /// Decides on the `rows` responses of a file. Those without a key are new.
    pub(in crate::ingest) fn decide(
        rows: u64,
        file: &Keys,
        lake: &Keys,
    ) -> Result<Result<Self, IdConflict>> {
        let mut verdicts = Self {
            by_row: vec![Verdict::New; usize::try_from(rows).unwrap_or(usize::MAX)],
            ..Self::default()
        };
        let mut conflict: Option<u64> = None;
        let mut alias_matches = Vec::new();
        let parts = file.parts().max(lake.parts());
        for part in 0..parts {
            let keys = file.part(part, parts)?;
            let known = lake.part(part, parts)?;
            let mut known = known.as_slice();
            for group in keys.chunk_by(|left, right| left.id == right.id) {
                let id = group[0].id;
                known = &known[known.partition_point(|key| key.id < id)..];
                let (same, rest) = known.split_at(known.partition_point(|key| key.id == id));
                known = rest;
                let (group, aliases): (Vec<Key>, Vec<Key>) =
                    group.iter().copied().partition(|key| !key.alias);
                let (same, same_aliases): (Vec<Key>, Vec<Key>) =
                    same.iter().copied().partition(|key| !key.alias);
                // Of two times of one minute, one has no seconds: else they are two answers.
                let is_same = |key: &&Key| {
                    let mut known = same_aliases.iter().filter(|known| known.by_minute);
                    key.by_minute && known.any(|known| known.has_seconds() != key.has_seconds())
                };
                alias_matches.extend(aliases.iter().filter(is_same).map(|key| key.row));
                if !same.is_empty() {
                    alias_matches.extend(aliases.iter().map(|key| key.row));
                }
                if group.is_empty() {
                    continue;
                }
                if same.is_empty() && !same_aliases.is_empty() {
                    alias_matches.extend(group.iter().map(|key| key.row));
                }
                if let Err(row) = verdicts.decide_group(&group, &same) {
                    conflict = Some(conflict.map_or(row, |first| first.min(row)));
                }
            }
        }
        if let Some(row) = conflict {
            return Ok(Err(IdConflict { row }));
        }
        for row in alias_matches {
            if verdicts.get(row) == Verdict::New {
                verdicts.set(row, Verdict::Duplicate);
            }
        }
        verdicts.contradictions.sort_unstable();
        for verdict in &verdicts.by_row {
            match verdict {
                Verdict::New => verdicts.new += 1,
                Verdict::Duplicate => verdicts.duplicate += 1,
                Verdict::Updated => verdicts.updated += 1,
                Verdict::Contradiction => {}
            }
        }
        Ok(Ok(verdicts))
    }

    pub(in crate::ingest) fn get(&self, row: u64) -> Verdict {
        self.by_row[row as usize]
    }

    fn set(&mut self, row: u64, verdict: Verdict) {
        self.by_row[row as usize] = verdict;
    }

    /// Decides on the rows of one id, in the order of the file. Returns the row as an error if it
    /// conflicts with the lake.
    fn decide_group(&mut self, group: &[Key], lake: &[Key]) -> Result<(), u64> {
        if group[0].counted {
            for key in group.iter().take(lake.len()) {
                self.set(key.row, Verdict::Duplicate);
            }
            return Ok(());
        }
        if group[0].row_hash.is_some() {
            self.decide_different_rows(group, lake);
            return Ok(());
        }
        let newest = self.newest_in_file(group);
        let Some(known) = lake.iter().max_by_key(|key| key.updated_at) else {
            return Ok(());
        };
        let verdict = if known.content == newest.content {
            Verdict::Duplicate
        } else if is_other_response(known, newest) {
            return Err(newest.row);
        } else if is_older(newest, known) {
            Verdict::Duplicate
        } else {
            Verdict::Updated
        };
        self.set(newest.row, verdict);
        Ok(())
    }

    /// Decides on rows with the same answers that nothing but their cells distinguishes. Of the
    /// different ones, as many are in the lake as it has responses of this id.
    fn decide_different_rows(&mut self, group: &[Key], lake: &[Key]) {
        let mut different: Vec<&Key> = Vec::new();
        for key in group {
            let is_version = |other: &&mut &Key| {
                let is_dated = key.updated_at != NO_MOMENT && other.updated_at != NO_MOMENT;
                is_dated && key.updated_at != other.updated_at
            };
            if different.iter().any(|other| other.row_hash == key.row_hash) {
                self.set(key.row, Verdict::Duplicate);
            } else if let Some(other) = different.iter_mut().find(is_version) {
                let (older, newer) = if is_older(key, other) {
                    (key, *other)
                } else {
                    (*other, key)
                };
                self.set(older.row, Verdict::Duplicate);
                self.superseded += 1;
                *other = newer;
            } else {
                different.push(key);
            }
        }
        let mut known: Vec<&Key> = lake.iter().collect();
        known.sort_by_key(|key| key.nth);
        let mut unused = (0..).filter(|nth| lake.iter().all(|key| key.nth != *nth));
        let mut rest = Vec::new();
        for key in different {
            match known.iter().position(|other| other.content == key.content) {
                Some(index) => {
                    known.remove(index);
                    self.set(key.row, Verdict::Duplicate);
                }
                None => rest.push(key),
            }
        }
        let mut known = known.into_iter();
        for key in rest {
            let nth = match known.next() {
                Some(other) if is_older(key, other) => {
                    self.set(key.row, Verdict::Duplicate);
                    continue;
                }
                Some(other) => {
                    self.set(key.row, Verdict::Updated);
                    other.nth
                }
                None => unused.next().unwrap_or_default(),
            };
            if nth > 0 {
                self.nth.insert(key.row, nth);
            }
        }
    }

    /// Finds the newest version of a response in the file. Rows that are neither older nor newer
    /// become contradictions.
    fn newest_in_file<'a>(&mut self, group: &'a [Key]) -> &'a Key {
        let mut newest = &group[0];
        for key in &group[1..] {
            let is_version = !is_other_response(newest, key);
            if newest.content == key.content {
                self.set(key.row, Verdict::Duplicate);
            } else if is_version && is_older(key, newest) {
                self.set(key.row, Verdict::Duplicate);
                self.superseded += 1;
            } else if is_version && is_older(newest, key) {
                self.set(newest.row, Verdict::Duplicate);
                self.superseded += 1;
                newest = key;
            } else {
                self.set(key.row, Verdict::Contradiction);
                self.contradictions.push((key.row, newest.row));
            }
        }
        newest
    }
}

/// True if the two cannot be versions of one response: respondent and time both differ. Without
/// respondents, only an id that may restart from 1 can belong to another response.
fn is_other_response(known: &Key, key: &Key) -> bool {
    let other_time = known.responded_at != key.responded_at;
    let no_time = known.responded_at == NO_MOMENT && key.responded_at == NO_MOMENT;
    let other_respondent = known.respondent != key.respondent;
    if known.respondent == 0 && (key.respondent == 0 || key.is_cut_loose) {
        return key.may_restart && (other_time || no_time);
    }
    other_respondent && (other_time || no_time)
}

/// True if `key` is older than `other`: by the time of the last change if both have one, else by
/// the time of the answer.
fn is_older(key: &Key, other: &Key) -> bool {
    if key.updated_at != NO_MOMENT && other.updated_at != NO_MOMENT {
        return key.updated_at < other.updated_at;
    }
    key.responded_at != NO_MOMENT && key.responded_at < other.responded_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::stage::keys::KeysBuilder;

    fn key(row: u64, id: u128, content: u64) -> Key {
        Key {
            id,
            counted: false,
            alias: false,
            by_minute: false,
            content,
            row_hash: None,
            nth: 0,
            respondent: 1,
            responded_at: 100,
            updated_at: NO_MOMENT,
            may_restart: true,
            is_cut_loose: false,
            row,
        }
    }

    fn keys(keys: &[Key]) -> Keys {
        let mut builder = KeysBuilder::new(0);
        for key in keys {
            builder.push(*key).unwrap();
        }
        builder.finish().unwrap()
    }

    fn decide(file: &[Key], lake: &[Key]) -> Result<Vec<Verdict>, IdConflict> {
        let rows = file.len() as u64;
        let verdicts = Verdicts::decide(rows, &keys(file), &keys(lake)).unwrap()?;
        assert_eq!(
            verdicts.new
                + verdicts.duplicate
                + verdicts.updated
                + verdicts.contradictions.len() as u64,
            rows
        );
        Ok(verdicts.by_row)
    }

    use Verdict::{Contradiction, Duplicate, New, Updated};

    #[test]
    fn repeated_ids_are_duplicates() {
        let file = [key(0, 5, 1), key(1, 5, 1), key(2, 6, 1)];
        assert_eq!(decide(&file, &[]).unwrap(), [New, Duplicate, New]);
        let lake = [key(0, 6, 1)];
        assert_eq!(decide(&file, &lake).unwrap(), [New, Duplicate, Duplicate]);
    }

    #[test]
    fn newest_version_wins() {
        let version = |row, content, updated_at| Key {
            updated_at,
            ..key(row, 5, content)
        };
        let file = [version(0, 2, 20), version(1, 3, 30), version(2, 1, 10)];
        assert_eq!(decide(&file, &[]).unwrap(), [Duplicate, New, Duplicate]);
        let lake = [version(0, 1, 10)];
        assert_eq!(
            decide(&file, &lake).unwrap(),
            [Duplicate, Updated, Duplicate]
        );
        let newer = [version(0, 9, 90)];
        assert_eq!(decide(&file, &newer).unwrap(), [Duplicate; 3]);
        // Without a time of change, the later import wins; rows of one file contradict each other.
        assert_eq!(decide(&[key(0, 5, 2)], &[key(0, 5, 1)]).unwrap(), [Updated]);
        let file = [key(0, 5, 2), key(1, 5, 3)];
        assert_eq!(decide(&file, &[]).unwrap(), [New, Contradiction]);
        for (lake_content, first) in [(1, Updated), (2, Duplicate)] {
            let lake = [key(0, 5, lake_content)];
            assert_eq!(decide(&file, &lake).unwrap(), [first, Contradiction]);
        }
        // An older export does not revert an edit.
        let earlier = Key {
            responded_at: 50,
            ..key(0, 5, 2)
        };
        assert_eq!(decide(&[earlier], &[key(0, 5, 1)]).unwrap(), [Duplicate]);
    }

    #[test]
    fn other_respondents_are_never_versions() {
        let other = Key {
            respondent: 2,
            responded_at: 200,
            ..key(0, 5, 2)
        };
        assert_eq!(
            decide(&[other], &[key(0, 5, 1)]),
            Err(IdConflict { row: 0 })
        );
        let file = [key(0, 5, 1), Key { row: 1, ..other }];
        assert_eq!(decide(&file, &[]).unwrap(), [New, Contradiction]);
        // Without respondents, small ids may have restarted, long ones not.
        let anonymous = |row, content, responded_at, may_restart| Key {
            respondent: 0,
            responded_at,
            may_restart,
            ..key(row, 5, content)
        };
        let lake = [anonymous(0, 1, 100, true)];
        let restarted = [anonymous(0, 2, 200, true)];
        assert_eq!(decide(&restarted, &lake), Err(IdConflict { row: 0 }));
        let edited = [anonymous(0, 2, 200, false)];
        assert_eq!(decide(&edited, &lake).unwrap(), [Updated]);
    }

    #[test]
    fn aliases_are_matched() {
        let alias = |row, id| Key {
            alias: true,
            ..key(row, id, 1)
        };
        // The alias is in the file, and is the id in the lake.
        let file = [key(0, 5, 1), alias(0, 6), key(1, 7, 1), alias(1, 8)];
        let lake = [key(0, 6, 1)];
        let verdicts = Verdicts::decide(2, &keys(&file), &keys(&lake)).unwrap();
        assert_eq!(verdicts.unwrap().by_row, [Duplicate, New]);
        // The alias is in the lake, and is the id in the file.
        let lake = [key(0, 9, 1), alias(0, 5)];
        let verdicts = Verdicts::decide(2, &keys(&file), &keys(&lake)).unwrap();
        assert_eq!(verdicts.unwrap().by_row, [Duplicate, New]);
    }

    #[test]
    fn a_time_without_seconds_is_one_with_seconds() {
        let at = |row, id, responded_at, by_minute| Key {
            alias: by_minute,
            by_minute,
            responded_at,
            ..key(row, id, 1)
        };
        let (minute, exact) = (60_000_000, 82_000_000);
        for (in_file, in_lake, verdict) in [
            (minute, exact, Duplicate),
            (exact, minute, Duplicate),
            (exact, exact + 1, New),
        ] {
            let file = [at(0, 5, in_file, false), at(0, 6, in_file, true)];
            let lake = [at(0, 7, in_lake, false), at(0, 6, in_lake, true)];
            let verdicts = Verdicts::decide(1, &keys(&file), &keys(&lake)).unwrap();
            assert_eq!(verdicts.unwrap().by_row, [verdict], "{in_file} {in_lake}");
        }
    }

    #[test]
    fn different_rows_with_the_same_answers_are_numbered() {
        let row = |row, hash, content| Key {
            row_hash: Some(hash),
            ..key(row, 5, content)
        };
        let known = |nth, content| Key {
            nth,
            ..key(0, 5, content)
        };
        let decide = |file: &[Key], lake: &[Key]| {
            let rows = file.len() as u64;
            let verdicts = Verdicts::decide(rows, &keys(file), &keys(lake))
                .unwrap()
                .unwrap();
            let mut nth: Vec<(u64, u32)> = verdicts.nth.into_iter().collect();
            nth.sort_unstable();
            (verdicts.by_row, nth)
        };
        let file = [row(0, 1, 7), row(1, 2, 7), row(2, 1, 7)];
        assert_eq!(
            decide(&file, &[]),
            (vec![New, New, Duplicate], vec![(1, 1)])
        );
        // A later export with other columns has other hashes, but as many different rows.
        let lake = [known(0, 7), known(1, 7)];
        let later = [row(0, 3, 7), row(1, 4, 7), row(2, 5, 7)];
        assert_eq!(
            decide(&later, &lake),
            (vec![Duplicate, Duplicate, New], vec![(2, 2)])
        );
        let edited = [row(0, 3, 7), row(1, 4, 8)];
        assert_eq!(
            decide(&edited, &lake),
            (vec![Duplicate, Updated], vec![(1, 1)])
        );
    }

    #[test]
    fn only_surplus_counted_rows_are_new() {
        let counted = |row| Key {
            counted: true,
            ..key(row, 5, 0)
        };
        let file = [counted(0), counted(1), counted(2)];
        assert_eq!(decide(&file, &[]).unwrap(), [New; 3]);
        let lake = [counted(0), counted(0)];
        assert_eq!(decide(&file, &lake).unwrap(), [Duplicate, Duplicate, New]);
    }
}
