//! An answer with its respondent and time, and the keys and ids made of them.

use std::hash::{DefaultHasher, Hash, Hasher};

use exports::columns::field::Field;
use exports::understand::Understood;

use super::keys::{Key, MINUTE_MICROS, NO_MOMENT};
use crate::ingest::clean::cleaner::Response;
use crate::ingest::clean::digest::{digest, id_digest};
use crate::lake::response_ids::{BY_CONTENT, COUNTED, identifies, may_restart};

/// Prefix of the digests of respondent, answer and minute.
const BY_MINUTE: &str = "minute:";

/// Characters of an encoded digest.
const DIGEST_CHARS: usize = 26;

/// The parts of an answer that the file has columns for. Only these are compared with the lake.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Provided {
    respondent: bool,
    responded_at: bool,
    sent_at: bool,
    account: bool,
    comment: bool,
    consent: bool,
    /// `true` if most comments are different, so that equal ones are no chance.
    pub(super) has_own_comments: bool,
}

impl Provided {
    #[cfg(test)]
    pub(super) const ALL: Self = Self {
        respondent: true,
        responded_at: true,
        sent_at: true,
        account: true,
        comment: true,
        consent: true,
        has_own_comments: true,
    };

    pub(in crate::ingest) fn new(understood: &Understood) -> Self {
        let Understood { mapping, facts, .. } = understood;
        let has = |field| mapping.column(field).is_some();
        let mut comments = mapping.columns(Field::Comment);
        Self {
            respondent: has(Field::Respondent),
            responded_at: has(Field::RespondedAt),
            sent_at: has(Field::SentAt),
            account: has(Field::Account),
            comment: has(Field::Comment),
            consent: has(Field::Consent),
            has_own_comments: has(Field::Comment)
                && comments.all(|index| facts.column(index).has_distinct_texts),
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
    pub(super) fn key(&self, id: u128, provided: &Provided) -> Key {
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
            by_minute: false,
            content: content.finish(),
            row_hash: None,
            nth: 0,
            respondent: self.respondent.map_or(0, |name| hash(name) as u32 | 1),
            responded_at: self.responded_at.unwrap_or(NO_MOMENT),
            updated_at: self.updated_at.unwrap_or(NO_MOMENT),
            may_restart: false,
            is_cut_loose: false,
            row: 0,
        }
    }

    /// The digest of respondent and time. It leaves out the answer, which may be edited later.
    pub(super) fn person_and_time(&self) -> Option<u128> {
        Some(digest(&[
            BY_CONTENT.as_bytes(),
            self.survey.as_bytes(),
            self.metric.as_bytes(),
            self.respondent?.as_bytes(),
            &bytes(Some(self.responded_at?)),
        ]))
    }

    /// The key of the same response in an export without ids.
    pub(super) fn alias(&self, key: Key) -> Option<Key> {
        let id = format!("{BY_CONTENT}{}", encode(self.person_and_time()?));
        Some(Key {
            id: id_digest(self.survey, &id),
            alias: true,
            ..key
        })
    }

    /// The key by which an export with seconds and one without find the same response: one respondent
    /// gives an answer once in a minute. `key` is its other one.
    pub(super) fn alias_by_minute(&self, key: Key) -> Option<Key> {
        let minute = self.responded_at?.div_euclid(MINUTE_MICROS);
        let digest = digest(&[
            BY_MINUTE.as_bytes(),
            self.survey.as_bytes(),
            self.metric.as_bytes(),
            self.respondent?.as_bytes(),
            &bytes(Some(minute)),
            &bytes(self.score.map(i64::from)),
            &bytes(self.rating.map(|rating| rating.to_bits() as i64)),
        ]);
        Some(Key {
            id: digest,
            alias: true,
            by_minute: true,
            row_hash: None,
            ..key
        })
    }

    /// The key of rows that may be equal and still belong to different people.
    pub(super) fn counted_key(&self, provided: &Provided) -> Key {
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
    pub(super) fn keys_in_lake(
        &self,
        id: &str,
        provided: &Provided,
    ) -> impl Iterator<Item = Key> + use<> {
        let (key, aliases) = if id.starts_with(COUNTED) {
            (self.counted_key(provided), [None, None])
        } else {
            let (base, nth) = base_id(id);
            let key = Key {
                nth,
                ..self.key(id_digest(self.survey, base), provided)
            };
            let by_time = may_restart(id).then(|| self.alias(key)).flatten();
            let is_by_content = id.starts_with(BY_CONTENT);
            let by_minute = is_by_content.then(|| self.alias_by_minute(key)).flatten();
            (key, [by_time, by_minute])
        };
        std::iter::once(key).chain(aliases.into_iter().flatten())
    }
}

/// The digest of a response in the lake, if its id is all that identifies it.
pub(super) fn id_in_lake(survey: &str, id: &str) -> Option<u128> {
    identifies(id).then(|| id_digest(survey, base_id(id).0))
}

/// The id that different responses with the same answers share, and the number of this one. Such
/// responses have ids of the form `c:DIGEST.2`.
pub(super) fn base_id(id: &str) -> (&str, u32) {
    let numbered = id.strip_prefix(BY_CONTENT).and_then(|rest| {
        let (digest, number) = rest.split_once('.')?;
        let number: u32 = number.parse().ok()?;
        (digest.len() == DIGEST_CHARS).then_some((&id[..BY_CONTENT.len() + digest.len()], number))
    });
    numbered.map_or((id, 0), |(base, number)| (base, number.saturating_sub(1)))
}

/// The id of the `nth` of the different responses with the same answers.
pub(in crate::ingest) fn nth_id(id: &str, nth: u32) -> String {
    match nth {
        0 => id.to_owned(),
        nth => format!("{id}.{}", nth + 1),
    }
}

pub(super) fn bytes(number: Option<i64>) -> Vec<u8> {
    number.map_or_else(Vec::new, |number| number.to_le_bytes().to_vec())
}

pub(super) fn encode(digest: u128) -> String {
    data_encoding::BASE32_NOPAD
        .encode(&digest.to_be_bytes())
        .to_lowercase()
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
