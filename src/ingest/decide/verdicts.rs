//! What becomes of each response of a file, once those of the lake are known.

use crate::error::Result;
use crate::ingest::stage::keys::{Key, Keys, NO_MOMENT};

/// What a response of the file is to the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::ingest) enum Verdict {
    /// Not in the lake, and the newest version of it in the file.
    New,
    /// There with the same answers, or with newer ones.
    Duplicate,
    /// A newer version of one in the lake.
    Updated,
    /// Its id names another response in the same file, or nothing says which of the two is newer.
    Contradiction,
}

/// The verdict of every response of a file, by its place among them.
#[derive(Debug)]
pub(in crate::ingest) struct Verdicts {
    of_rows: Vec<Verdict>,
    /// Each contradiction, with the response that has the id.
    pub(in crate::ingest) contradictions: Vec<(u64, u64)>,
    pub(in crate::ingest) new: u64,
    pub(in crate::ingest) duplicate: u64,
    pub(in crate::ingest) updated: u64,
    /// Earlier versions of a response that the file itself has a newer one of.
    pub(in crate::ingest) superseded: u64,
}

/// The response at this place has an id that names another person's response in the lake.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Clash {
    pub(in crate::ingest) row: u64,
}

impl Verdicts {
    /// Decides on the `rows` responses of a file; those without a key are new.
    pub(in crate::ingest) fn decide(
        rows: u64,
        file: &Keys,
        lake: &Keys,
    ) -> Result<Result<Self, Clash>> {
        let mut verdicts = Self {
            of_rows: vec![Verdict::New; usize::try_from(rows).unwrap_or(usize::MAX)],
            contradictions: Vec::new(),
            new: 0,
            duplicate: 0,
            updated: 0,
            superseded: 0,
        };
        let mut clash: Option<u64> = None;
        let mut known_otherwise = Vec::new();
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
                let (same, same_otherwise): (Vec<Key>, Vec<Key>) =
                    same.iter().copied().partition(|key| !key.alias);
                if !same.is_empty() {
                    known_otherwise.extend(aliases.iter().map(|key| key.row));
                }
                if group.is_empty() {
                    continue;
                }
                if same.is_empty() && !same_otherwise.is_empty() {
                    known_otherwise.extend(group.iter().map(|key| key.row));
                }
                if let Err(row) = verdicts.settle(&group, &same) {
                    clash = Some(clash.map_or(row, |first| first.min(row)));
                }
            }
        }
        if let Some(row) = clash {
            return Ok(Err(Clash { row }));
        }
        for row in known_otherwise {
            if verdicts.of(row) == Verdict::New {
                verdicts.set(row, Verdict::Duplicate);
            }
        }
        verdicts.contradictions.sort_unstable();
        for verdict in &verdicts.of_rows {
            match verdict {
                Verdict::New => verdicts.new += 1,
                Verdict::Duplicate => verdicts.duplicate += 1,
                Verdict::Updated => verdicts.updated += 1,
                Verdict::Contradiction => {}
            }
        }
        Ok(Ok(verdicts))
    }

    pub(in crate::ingest) fn of(&self, row: u64) -> Verdict {
        self.of_rows[row as usize]
    }

    fn set(&mut self, row: u64, verdict: Verdict) {
        self.of_rows[row as usize] = verdict;
    }

    /// Decides on the rows of one id, in the order of the file. Fails with a row that clashes
    /// with the lake.
    fn settle(&mut self, group: &[Key], lake: &[Key]) -> Result<(), u64> {
        if group[0].counted {
            for key in group.iter().take(lake.len()) {
                self.set(key.row, Verdict::Duplicate);
            }
            return Ok(());
        }
        let newest = self.newest_of_file(group);
        let Some(known) = lake.iter().max_by_key(|key| key.updated_at) else {
            return Ok(());
        };
        let verdict = if known.content == newest.content {
            Verdict::Duplicate
        } else if is_someone_else(known, newest) {
            return Err(newest.row);
        } else if is_older(newest, known) {
            Verdict::Duplicate
        } else {
            Verdict::Updated
        };
        self.set(newest.row, verdict);
        Ok(())
    }

    /// The newest version of a response in the file itself. Rows that cannot be told to be newer
    /// or older contradict it.
    fn newest_of_file<'a>(&mut self, group: &'a [Key]) -> &'a Key {
        let mut newest = &group[0];
        for key in &group[1..] {
            let is_version = !is_someone_else(newest, key);
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

/// Two responses that cannot be versions of one: respondent and time both differ. Where nobody is
/// named, only an id that may have been counted from 1 again can be of another response.
fn is_someone_else(known: &Key, key: &Key) -> bool {
    let other_time = known.responded_at != key.responded_at;
    let no_time = known.responded_at == NO_MOMENT && key.responded_at == NO_MOMENT;
    let other_respondent = known.respondent != key.respondent;
    if known.respondent == 0 && key.respondent == 0 {
        return key.may_restart && (other_time || no_time);
    }
    other_respondent && (other_time || no_time)
}

/// Whether one version is older than the other: by the time of the last change where both have
/// one, else by the time of the answer.
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
            content,
            respondent: 1,
            responded_at: 100,
            updated_at: NO_MOMENT,
            may_restart: true,
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

    fn decide(file: &[Key], lake: &[Key]) -> Result<Vec<Verdict>, Clash> {
        let rows = file.len() as u64;
        let verdicts = Verdicts::decide(rows, &keys(file), &keys(lake)).unwrap()?;
        assert_eq!(
            verdicts.new
                + verdicts.duplicate
                + verdicts.updated
                + verdicts.contradictions.len() as u64,
            rows
        );
        Ok(verdicts.of_rows)
    }

    use Verdict::{Contradiction, Duplicate, New, Updated};

    #[test]
    fn an_id_names_one_response() {
        let file = [key(0, 5, 1), key(1, 5, 1), key(2, 6, 1)];
        assert_eq!(decide(&file, &[]).unwrap(), [New, Duplicate, New]);
        let lake = [key(0, 6, 1)];
        assert_eq!(decide(&file, &lake).unwrap(), [New, Duplicate, Duplicate]);
    }

    #[test]
    fn the_newest_version_counts() {
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
        // Without a time of change the later import; of one file's rows neither.
        assert_eq!(decide(&[key(0, 5, 2)], &[key(0, 5, 1)]).unwrap(), [Updated]);
        let file = [key(0, 5, 2), key(1, 5, 3)];
        assert_eq!(decide(&file, &[]).unwrap(), [New, Contradiction]);
        for (of_lake, first) in [(1, Updated), (2, Duplicate)] {
            let lake = [key(0, 5, of_lake)];
            assert_eq!(decide(&file, &lake).unwrap(), [first, Contradiction]);
        }
        // An older export does not take an edit back.
        let earlier = Key {
            responded_at: 50,
            ..key(0, 5, 2)
        };
        assert_eq!(decide(&[earlier], &[key(0, 5, 1)]).unwrap(), [Duplicate]);
    }

    #[test]
    fn somebody_else_is_never_a_version() {
        let other = Key {
            respondent: 2,
            responded_at: 200,
            ..key(0, 5, 2)
        };
        assert_eq!(decide(&[other], &[key(0, 5, 1)]), Err(Clash { row: 0 }));
        let file = [key(0, 5, 1), Key { row: 1, ..other }];
        assert_eq!(decide(&file, &[]).unwrap(), [New, Contradiction]);
        // Nobody is named: small ids may have started again, long ones not.
        let nobody = |row, content, responded_at, may_restart| Key {
            respondent: 0,
            responded_at,
            may_restart,
            ..key(row, 5, content)
        };
        let lake = [nobody(0, 1, 100, true)];
        let again = [nobody(0, 2, 200, true)];
        assert_eq!(decide(&again, &lake), Err(Clash { row: 0 }));
        let edited = [nobody(0, 2, 200, false)];
        assert_eq!(decide(&edited, &lake).unwrap(), [Updated]);
    }

    #[test]
    fn a_response_is_known_by_its_other_id_too() {
        let alias = |row, id| Key {
            alias: true,
            ..key(row, id, 1)
        };
        // In the file: an id, and what the lake knows the response by.
        let file = [key(0, 5, 1), alias(0, 6), key(1, 7, 1), alias(1, 8)];
        let lake = [key(0, 6, 1)];
        let verdicts = Verdicts::decide(2, &keys(&file), &keys(&lake)).unwrap();
        assert_eq!(verdicts.unwrap().of_rows, [Duplicate, New]);
        // In the lake: the id, and what the file knows it by.
        let lake = [key(0, 9, 1), alias(0, 5)];
        let verdicts = Verdicts::decide(2, &keys(&file), &keys(&lake)).unwrap();
        assert_eq!(verdicts.unwrap().of_rows, [Duplicate, New]);
    }

    #[test]
    fn of_equal_rows_that_count_only_the_surplus_is_new() {
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
