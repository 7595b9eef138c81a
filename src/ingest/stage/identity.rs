//! The identity of a response: the id from the file, else respondent, answer and time.

use std::hash::{DefaultHasher, Hash, Hasher};

use exports::columns::field::Field;
use exports::dates::Moment;
use exports::mapping::Mapping;

use super::keys::{Key, NO_MOMENT};
use crate::ingest::clean::cleaner::Response;
use crate::ingest::clean::digest::{digest, id_digest};
use crate::lake::zone::Zone;

/// Prefix of ids derived from respondent, answer and time.
const BY_CONTENT: &str = "c:";

/// Prefix of ids of rows that may be equal and still belong to different people.
const COUNTED: &str = "m:";

/// Prefix of ids of rows that only their position distinguishes.
const BY_ROW: &str = "r:";

/// Maximum number of digits in an id that an export may have numbered itself.
const RESTARTING_DIGITS_MAX: usize = 7;

/// The parts of an answer that the file has columns for. Only these are compared with the lake.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Provided {
    respondent: bool,
    responded_at: bool,
    sent_at: bool,
    account: bool,
    comment: bool,
    consent: bool,
}

impl Provided {
    pub(in crate::ingest) fn from_mapping(mapping: &Mapping) -> Self {
        let has = |field| mapping.column(field).is_some();
        Self {
            respondent: has(Field::Respondent),
            responded_at: has(Field::RespondedAt),
            sent_at: has(Field::SentAt),
            account: has(Field::Account),
            comment: has(Field::Comment),
            consent: has(Field::Consent),
        }
    }
}

/// An answer with its respondent and time, from the file or from the lake.
#[derive(Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) survey: &'a str,
    pub(super) metric: &'a str,
    pub(super) respondent: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) comment: Option<&'a str>,
    pub(super) consent: &'a str,
    pub(super) responded_at: Option<i64>,
    pub(super) sent_at: Option<i64>,
    pub(super) updated_at: Option<i64>,
    pub(super) score: Option<i8>,
    pub(super) rating: Option<f64>,
}

impl<'a> From<&'a Response<'_>> for Answer<'a> {
    fn from(response: &'a Response<'_>) -> Self {
        Self {
            survey: &response.survey,
            metric: response.metric,
            respondent: response.respondent.as_deref(),
            account: response.account.as_deref(),
            comment: response.comment.as_deref(),
            consent: response.consent,
            responded_at: response.responded_at.map(|moment| moment.micros),
            sent_at: response.sent_at.map(|moment| moment.micros),
            updated_at: response.updated_at.map(|moment| moment.micros),
            score: response.score,
            rating: response.rating,
        }
    }
}

impl Answer<'_> {
    /// The key of this answer under an id.
    fn key(&self, id: u128, provided: &Provided) -> Key {
        let mut content = DefaultHasher::new();
        (self.metric, self.score, self.rating.map(f64::to_bits)).hash(&mut content);
        let optional = |provided: bool, value: Option<i64>| value.filter(|_| provided);
        optional(provided.responded_at, self.responded_at).hash(&mut content);
        optional(provided.sent_at, self.sent_at).hash(&mut content);
        let text = |provided: bool, value| Some(value).filter(|_| provided);
        text(provided.respondent, self.respondent).hash(&mut content);
        text(provided.account, self.account).hash(&mut content);
        text(provided.comment, self.comment).hash(&mut content);
        text(provided.consent, Some(self.consent)).hash(&mut content);
        Key {
            id,
            counted: false,
            alias: false,
            content: content.finish(),
            respondent: self.respondent.map_or(0, |name| hash(name) as u32 | 1),
            responded_at: self.responded_at.unwrap_or(NO_MOMENT),
            updated_at: self.updated_at.unwrap_or(NO_MOMENT),
            may_restart: false,
            row: 0,
        }
    }

    /// The digest of respondent and time. It leaves out the answer, which may be edited later.
    fn person_and_time(&self) -> Option<u128> {
        Some(digest(&[
            BY_CONTENT.as_bytes(),
            self.survey.as_bytes(),
            self.metric.as_bytes(),
            self.respondent?.as_bytes(),
            &bytes(Some(self.responded_at?)),
        ]))
    }

    /// The key of the same response in an export without ids.
    fn alias(&self, key: Key) -> Option<Key> {
        let id = format!("{BY_CONTENT}{}", encode(self.person_and_time()?));
        Some(Key {
            id: id_digest(self.survey, &id),
            alias: true,
            ..key
        })
    }

    /// The key of rows that may be equal and still belong to different people.
    fn counted_key(&self, provided: &Provided) -> Key {
        let digest = digest(&[
            COUNTED.as_bytes(),
            self.survey.as_bytes(),
            self.metric.as_bytes(),
            &bytes(self.responded_at),
            &bytes(self.score.map(i64::from)),
            &bytes(self.rating.map(|rating| rating.to_bits() as i64)),
        ]);
        Key {
            counted: true,
            ..self.key(digest, provided)
        }
    }
    /// The keys of a response in the lake with this id.
    pub(super) fn keys_in_lake(&self, id: &str, provided: &Provided) -> (Key, Option<Key>) {
        if id.starts_with(COUNTED) {
            return (self.counted_key(provided), None);
        }
        let key = self.key(id_digest(self.survey, id), provided);
        let alias = if may_restart(id) {
            self.alias(key)
        } else {
            None
        };
        (key, alias)
    }
}

/// Assigns each response of a file its id and its keys.
#[derive(Debug)]
pub(in crate::ingest) struct Identifier {
    pub(in crate::ingest) provided: Provided,
    /// Fingerprint of the file or sheet, part of the ids of rows identified by their position.
    pub(in crate::ingest) fingerprint: String,
    /// `false` keeps every row, even if it repeats a response.
    pub(in crate::ingest) dedup: bool,
    /// The zone of dates without a time.
    pub(in crate::ingest) zone: Zone,
}

impl Identifier {
    /// Returns the id and the keys of a response, the `ordinal`th row of its file. It has no key
    /// if only its position identifies it, and two if it may also have another id.
    pub(in crate::ingest) fn identify(
        &self,
        response: &Response<'_>,
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
        if let Some(id) = response.tool_id {
            let may_restart = may_restart(id);
            let key = Key {
                may_restart,
                ..answer.key(id_digest(answer.survey, id), &self.provided)
            };
            let has_time = response.responded_at.is_some_and(|moment| moment.has_time);
            let alias = if may_restart && has_time {
                answer.alias(key)
            } else {
                None
            };
            return (id.to_owned(), std::iter::once(key).chain(alias).collect());
        }
        if let Some(moment) = response.responded_at
            && let Some(content) = content_digest(response, &answer, self.identifying(moment))
        {
            let id = format!("{BY_CONTENT}{}", encode(content));
            let key = answer.key(id_digest(answer.survey, &id), &self.provided);
            // Earlier versions of voxql took the moment at which a day begins.
            let earlier = content_digest(response, &answer, moment.micros)
                .filter(|earlier| *earlier != content)
                .map(|earlier| Key {
                    id: id_digest(answer.survey, &format!("{BY_CONTENT}{}", encode(earlier))),
                    alias: true,
                    ..key
                });
            return (id, std::iter::once(key).chain(earlier).collect());
        }
        if response.responded_at.is_some_and(|moment| moment.has_time) {
            let key = answer.counted_key(&self.provided);
            return (id_by_row(COUNTED, &key.id.to_be_bytes()), vec![key]);
        }
        (id_by_row(BY_ROW, b""), Vec::new())
    }
}

impl Identifier {
    /// The time that identifies an answer: of a date without a time what the file states, which is
    /// the same in every zone.
    fn identifying(&self, moment: Moment) -> i64 {
        if moment.has_time {
            moment.micros
        } else {
            self.zone.local_micros(moment.micros)
        }
    }
}

/// True if the export may have numbered the ids itself, from 1 each time.
fn may_restart(id: &str) -> bool {
    id.len() <= RESTARTING_DIGITS_MAX && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digest that identifies an answer by its content, if possible: one respondent gives one
/// answer at a time, and no two people write the same comment in the same second. `micros` is the
/// time of a date without one.
fn content_digest(response: &Response<'_>, answer: &Answer<'_>, micros: i64) -> Option<u128> {
    let moment = response.responded_at?;
    if moment.has_time && answer.respondent.is_some() {
        return answer.person_and_time();
    }
    let score = [
        bytes(answer.score.map(i64::from)),
        bytes(answer.rating.map(|rating| rating.to_bits() as i64)),
    ]
    .concat();
    // Before redaction, so that the id stays the same when redaction finds more.
    let comment = response.original_comment.as_deref().or(answer.comment);
    let (respondent, comment) = match (answer.respondent, comment) {
        (Some(respondent), comment) => (respondent, comment.unwrap_or_default()),
        (None, Some(comment)) if moment.has_time => ("", comment),
        (None, _) => return None,
    };
    Some(digest(&[
        BY_CONTENT.as_bytes(),
        answer.survey.as_bytes(),
        answer.metric.as_bytes(),
        respondent.as_bytes(),
        &bytes(Some(micros)),
        &score,
        comment.as_bytes(),
    ]))
}

fn bytes(number: Option<i64>) -> Vec<u8> {
    number.map_or_else(Vec::new, |number| number.to_le_bytes().to_vec())
}

fn encode(digest: u128) -> String {
    data_encoding::BASE32_NOPAD
        .encode(&digest.to_be_bytes())
        .to_lowercase()
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identify(response: &Response<'_>, ordinal: u64) -> (String, Vec<Key>) {
        identify_in(Zone::UTC, response, ordinal)
    }

    fn identify_in(zone: Zone, response: &Response<'_>, ordinal: u64) -> (String, Vec<Key>) {
        let identifier = Identifier {
            provided: Provided {
                respondent: true,
                responded_at: true,
                sent_at: true,
                account: true,
                comment: true,
                consent: true,
            },
            fingerprint: "f".to_owned(),
            dedup: true,
            zone,
        };
        identifier.identify(response, ordinal)
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
        let (in_berlin, keys) = identify_in(berlin, &day(23 * hours), 1);
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
