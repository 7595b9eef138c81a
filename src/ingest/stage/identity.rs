//! The identity of a response: the id from the file, else respondent, answer and time.

use std::hash::{DefaultHasher, Hash, Hasher};

use exports::dates::Moment;
use exports::format::rows::Row;

use super::answer::{Answer, Provided, bytes, encode};
use super::keys::Key;
use crate::ingest::clean::cleaner::Response;
use crate::ingest::clean::digest::{digest, id_digest};
use crate::lake::response_ids::{BY_CONTENT, COUNTED, may_restart};
use crate::lake::zone::Zone;

/// Prefix of ids of rows that only their position distinguishes.
const BY_ROW: &str = "r:";

/// Letters of a comment from which on two people do not write the same one.
const LONG_COMMENT_LETTERS: usize = 40;

/// Assigns each response of a file its id and its keys.
#[derive(Debug)]
pub(in crate::ingest) struct Identifier {
    pub(in crate::ingest) provided: Provided,
    /// The columns that number the rows of the file, which do not make rows different.
    pub(in crate::ingest) counting: Vec<usize>,
    /// The column of the respondent, whose spelling does not make rows different.
    pub(in crate::ingest) respondent: Option<usize>,
    /// Fingerprint of the file or sheet, part of the ids of rows identified by their position.
    pub(in crate::ingest) fingerprint: String,
    /// `false` keeps every row, even if it repeats a response.
    pub(in crate::ingest) dedup: bool,
    /// The zone of dates without a time.
    pub(in crate::ingest) zone: Zone,
}

impl Identifier {
    /// Returns the id and the keys of a response, the `ordinal`th row of its file. It has no key
    /// if only its position identifies it, and several if it may also have other ids.
    ///
    /// A response that is to be cut loose is identified by its respondent, as it was before, and
    /// compared as it will be.
    pub(in crate::ingest) fn identify(
        &self,
        response: &Response<'_>,
        row: &Row<'_>,
        ordinal: u64,
    ) -> (String, Vec<Key>) {
        let (id, mut keys) = self.identify_whole(response, row, ordinal);
        if response.cut.is_some() {
            let anonymous = Answer {
                respondent: None,
                account: None,
                comment: None,
                ..Answer::from(response)
            };
            let content = anonymous.key(0, &self.provided).content;
            for key in &mut keys {
                key.content = content;
                key.is_cut_loose = true;
            }
        }
        if let (Some(impersonal), Some(key)) = (&response.impersonal_id, keys.first()) {
            keys.push(Key {
                id: id_digest(response.survey.as_ref(), &impersonal.id),
                alias: true,
                ..*key
            });
        }
        (id, keys)
    }

    fn identify_whole(
        &self,
        response: &Response<'_>,
        row: &Row<'_>,
        ordinal: u64,
    ) -> (String, Vec<Key>) {
        let answer = Answer::from(response);
        let id_by_row = |prefix: &str, key: &[u8]| {
            let ordinal = ordinal.to_le_bytes();
            let digest = digest(&[self.fingerprint.as_bytes(), &ordinal, key]);
            format!("{prefix}{}", encode(digest))
        };
        if !self.dedup {
            return (id_by_row(BY_ROW, b""), Vec::new());
        }
        let has_time = response.responded_at.is_some_and(|moment| moment.has_time);
        if let Some(id) = response.tool_id {
            let may_restart = may_restart(id);
            let key = Key {
                may_restart,
                ..answer.key(id_digest(answer.survey, id), &self.provided)
            };
            let alias = if may_restart && has_time {
                answer.alias(key)
            } else {
                None
            };
            return (id.to_owned(), std::iter::once(key).chain(alias).collect());
        }
        let by_time = answer.person_and_time().filter(|_| has_time);
        let by_content =
            |micros| by_time.or_else(|| self.content_digest(response, &answer, has_time, micros));
        let stated = response
            .responded_at
            .map(|moment| self.stated_micros(moment));
        if let Some(digest) = by_content(stated) {
            let id = format!("{BY_CONTENT}{}", encode(digest));
            let key = Key {
                row_hash: by_time.is_none().then(|| self.row_hash(response, row)),
                ..answer.key(id_digest(answer.survey, &id), &self.provided)
            };
            let by_minute = by_time.and_then(|_| answer.alias_by_minute(key));
            // Earlier versions took the moment at which a day begins.
            let earlier = by_content(answer.responded_at)
                .filter(|earlier| *earlier != digest)
                .map(|earlier| Key {
                    id: id_digest(answer.survey, &format!("{BY_CONTENT}{}", encode(earlier))),
                    alias: true,
                    row_hash: None,
                    ..key
                });
            let aliases = by_minute.into_iter().chain(earlier);
            return (id, std::iter::once(key).chain(aliases).collect());
        }
        if has_time {
            let key = answer.counted_key(&self.provided);
            return (id_by_row(COUNTED, &key.id.to_be_bytes()), vec![key]);
        }
        (id_by_row(BY_ROW, b""), Vec::new())
    }

    /// The time that identifies an answer: of a date without a time what the file states, which is
    /// the same in every zone.
    fn stated_micros(&self, moment: Moment) -> i64 {
        if moment.has_time {
            moment.micros
        } else {
            self.zone.local_micros(moment.micros)
        }
    }

    /// The digest that identifies an answer without a time of day, or without a respondent, by
    /// its content, if possible: one respondent gives an answer once a day, and no two people write
    /// the same long comment, or the same comment in the same second. `micros` is the answer's time,
    /// if it has one.
    fn content_digest(
        &self,
        response: &Response<'_>,
        answer: &Answer<'_>,
        has_time: bool,
        micros: Option<i64>,
    ) -> Option<u128> {
        // Before redaction, so that the id stays the same when redaction finds more.
        let comment = response.original_comment.as_deref().or(answer.comment);
        let is_own_comment =
            |comment: &str| self.provided.has_own_comments && is_long_comment(comment);
        let (respondent, comment) = match (answer.respondent, comment) {
            (Some(respondent), comment) if micros.is_some() => {
                (respondent, comment.unwrap_or_default())
            }
            (respondent, Some(comment))
                if is_own_comment(comment) || (respondent.is_none() && has_time) =>
            {
                (respondent.unwrap_or_default(), comment)
            }
            _ => return None,
        };
        let score = [
            bytes(answer.score.map(i64::from)),
            bytes(answer.rating.map(|rating| rating.to_bits() as i64)),
        ]
        .concat();
        Some(digest(&[
            BY_CONTENT.as_bytes(),
            answer.survey.as_bytes(),
            answer.metric.as_bytes(),
            respondent.as_bytes(),
            &bytes(micros),
            &score,
            comment.as_bytes(),
        ]))
    }

    /// A hash of the row's cells, except that of the respondent, who is part of the id.
    fn row_hash(&self, response: &Response<'_>, row: &Row<'_>) -> u64 {
        let known = self.respondent.filter(|_| response.respondent.is_some());
        let mut hasher = DefaultHasher::new();
        for (index, cell) in row.cells.iter().enumerate() {
            if !self.counting.contains(&index) && known != Some(index) {
                cell.trim().hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

/// True if a comment is so long that no two people write it. A letter of a script with an alphabet
/// of thousands counts for more.
fn is_long_comment(comment: &str) -> bool {
    let letters = comment.chars().filter(|c| c.is_alphanumeric());
    let weights = letters.map(|letter| if letter > '\u{2e7f}' { 3 } else { 1 });
    weights.sum::<usize>() >= LONG_COMMENT_LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::stage::answer::{base_id, nth_id};

    fn identify(response: &Response<'_>, ordinal: u64) -> (String, Vec<Key>) {
        identify_in(Zone::UTC, response, &["1"], ordinal)
    }

    fn identify_row(response: &Response<'_>, cells: &[&str], ordinal: u64) -> (String, Vec<Key>) {
        identify_in(Zone::UTC, response, cells, ordinal)
    }

    fn identify_in(
        zone: Zone,
        response: &Response<'_>,
        cells: &[&str],
        ordinal: u64,
    ) -> (String, Vec<Key>) {
        let row = Row {
            cells: cells.iter().map(|cell| (*cell).into()).collect(),
            ..Row::default()
        };
        let identifier = Identifier {
            provided: Provided::ALL,
            counting: vec![0],
            respondent: None,
            fingerprint: "f".to_owned(),
            dedup: true,
            zone,
        };
        identifier.identify(response, &row, ordinal)
    }

    fn response<'a>(
        id: Option<&'a str>,
        respondent: Option<&str>,
        micros: Option<i64>,
    ) -> Response<'a> {
        Response {
            tool_id: id,
            survey: "default".into(),
            metric: "nps",
            respondent: respondent.map(str::to_owned),
            score: Some(9),
            responded_at: micros.map(|micros| Moment {
                micros,
                has_time: true,
            }),
            consent: "unknown",
            ..Response::default()
        }
    }

    #[test]
    fn file_id_takes_precedence() {
        let (id, keys) = identify(&response(Some("17"), None, Some(1)), 1);
        assert_eq!(id, "17");
        assert!(keys[0].may_restart);
        let (_, keys) = identify(&response(Some("R_3kx"), None, Some(1)), 1);
        assert!(!keys[0].may_restart);
    }

    #[test]
    fn respondent_and_time_identify_an_answer() {
        let known = response(None, Some("v1:x"), Some(1));
        let edited = Response {
            score: Some(3),
            ..known.clone()
        };
        let (first, second) = (identify(&known, 1), identify(&edited, 2));
        assert_eq!(first.0, second.0);
        assert_eq!(first.1[0].id, second.1[0].id);
        assert_ne!(first.1[0].content, second.1[0].content);
        // Without a time of day, the answer is part of the identity.
        let day = |response: &Response<'static>| Response {
            responded_at: Some(Moment {
                micros: 0,
                has_time: false,
            }),
            ..response.clone()
        };
        assert_ne!(identify(&day(&known), 1).0, identify(&day(&edited), 1).0);
        assert_eq!(identify(&day(&known), 1).0, identify(&day(&known), 2).0);
    }

    #[test]
    fn an_answer_of_a_minute_has_one_key_with_and_without_seconds() {
        let at = |micros| response(None, Some("v1:x"), Some(micros));
        let by_minute = |response: &Response<'static>| identify(response, 1).1[1];
        let (exact, minute) = (by_minute(&at(82_000_000)), by_minute(&at(60_000_000)));
        assert!(exact.by_minute && exact.has_seconds() && !minute.has_seconds());
        assert_eq!(exact.id, minute.id);
        assert_ne!(by_minute(&at(120_000_000)).id, minute.id);
        let other = Response {
            score: Some(3),
            ..at(82_000_000)
        };
        assert_ne!(by_minute(&other).id, minute.id);
    }

    #[test]
    fn rows_with_the_same_answers_differ_by_their_cells() {
        let comment = "The onboarding took three calls and nobody could tell me which plan it is";
        let answer = Response {
            comment: Some(comment.into()),
            ..response(None, Some("v1:x"), None)
        };
        let (first, keys) = identify_row(&answer, &["1", "shop A"], 1);
        let (second, other_keys) = identify_row(&answer, &["2", "shop B"], 2);
        assert_eq!((&first, keys[0].id), (&second, other_keys[0].id));
        assert_ne!(keys[0].row_hash, other_keys[0].row_hash);
        // A column that numbers the rows does not make them different.
        let (_, same_keys) = identify_row(&answer, &["3", "shop A"], 3);
        assert_eq!(keys[0].row_hash, same_keys[0].row_hash);
        let short = Response {
            comment: Some("Service is okay".into()),
            ..answer
        };
        assert!(identify_row(&short, &["1", "shop A"], 1).1.is_empty());
        for nth in [0, 1, 7] {
            assert_eq!(base_id(&nth_id(&first, nth)), (first.as_str(), nth));
        }
        assert_eq!(base_id("c:1.2"), ("c:1.2", 0));
        assert_eq!(base_id("17"), ("17", 0));
    }

    #[test]
    fn a_day_is_the_same_in_every_zone() {
        let day = |micros| Response {
            responded_at: Some(Moment {
                micros,
                has_time: false,
            }),
            ..response(None, Some("v1:x"), None)
        };
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let hours = 3_600_000_000;
        let (in_utc, keys) = identify(&day(24 * hours), 1);
        assert_eq!(keys.len(), 1);
        // The day begins an hour earlier in Berlin.
        let (in_berlin, keys) = identify_in(berlin, &day(23 * hours), &["1"], 1);
        assert_eq!(in_berlin, in_utc);
        // The id of before is an alias.
        let earlier = identify(&day(23 * hours), 1).1[0].id;
        assert!(keys[1].alias && keys[1].id == earlier);
    }

    #[test]
    fn anonymous_rows_are_all_kept() {
        let (first, keys) = identify(&response(None, None, Some(1)), 1);
        let (second, other_keys) = identify(&response(None, None, Some(1)), 2);
        assert_ne!(first, second);
        assert_eq!(keys[0].id, other_keys[0].id);
        assert!(keys[0].counted);
        let score_only = response(None, None, None);
        assert!(identify(&score_only, 1).1.is_empty());
    }
}
