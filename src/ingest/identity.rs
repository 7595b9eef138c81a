//! Which response a row is: a new one, one that is there already, or one that contradicts it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int8Type, TimestampMicrosecondType};
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use deltalake::DeltaTable;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

use super::clean::Response;
use super::clip;
use crate::error::{Error, Result};
use crate::lake::Lake;

/// What a row is to the lake.
#[derive(Debug, PartialEq)]
pub(super) enum Identity {
    /// A response that is not in the lake, under this id.
    New(String),
    /// A response that is there, with the same answers.
    Duplicate,
    /// The id is taken by a response with other answers.
    Contradiction(String),
}

/// The responses that are known: those of the lake, then those of the file as they pass.
///
/// About 50 bytes a response are held in memory.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: HashMap<[u8; 16], Known>,
    /// How often a content without an id of its own has passed in this file.
    occurrences: HashMap<[u8; 16], u32>,
    /// Responses that nothing but their row tells apart.
    pub(super) keyless: u64,
}

/// What is remembered of a response, hashed.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Everything that was answered, by whom and when.
    content: u64,
    respondent: Option<u32>,
    responded_at: Option<u32>,
    /// The line of the file, 0 for one of the lake.
    line: u32,
}

/// The parts of a response that tell two answers apart.
#[derive(Hash)]
struct Answer<'a> {
    respondent: Option<&'a str>,
    responded_at: Option<i64>,
    metric: &'a str,
    score: Option<i8>,
    rating: Option<u64>,
    comment: Option<&'a str>,
}

impl Answer<'_> {
    fn known(&self, line: u64) -> Known {
        Known {
            content: hash(self),
            respondent: self.respondent.map(|respondent| hash(respondent) as u32),
            responded_at: self.responded_at.map(|micros| hash(&micros) as u32),
            line: u32::try_from(line).unwrap_or(u32::MAX),
        }
    }
}

impl<'a> From<&'a Response<'_>> for Answer<'a> {
    fn from(response: &'a Response<'_>) -> Self {
        Self {
            respondent: response.respondent.as_deref(),
            responded_at: response.responded_at.map(|moment| moment.micros),
            metric: response.metric,
            score: response.score,
            rating: response.rating.map(f64::to_bits),
            comment: response.comment,
        }
    }
}

impl Identities {
    /// The responses that `table` holds of one source, and of one survey where that is known.
    pub(super) async fn of_lake(
        lake: &Lake,
        table: &DeltaTable,
        source: &str,
        survey: Option<&str>,
    ) -> Result<Self> {
        let mut identities = Self::default();
        if table.snapshot()?.log_data().num_files() == 0 {
            return Ok(identities);
        }
        let context =
            SessionContext::new_with_config_rt(SessionConfig::new(), lake.runtime().clone());
        let mut frame = context
            .read_table(table.table_provider().await?)?
            .filter(col("source").eq(lit(source)))?;
        if let Some(survey) = survey {
            frame = frame.filter(col("survey").eq(lit(survey)))?;
        }
        let mut batches = frame
            .select_columns(&[
                "survey",
                "response_id",
                "respondent",
                "metric",
                "comment",
                "responded_at",
                "score",
                "rating",
            ])?
            .execute_stream()
            .await?;
        while let Some(batch) = batches.try_next().await? {
            identities.add_batch(&batch)?;
        }
        Ok(identities)
    }

    fn add_batch(&mut self, batch: &RecordBatch) -> Result<()> {
        // The scan may give dictionaries or views; the hashes are of plain text.
        let texts = (0..5)
            .map(|index| cast(batch.column(index), &DataType::Utf8))
            .collect::<Result<Vec<_>, _>>()
            .map_err(datafusion::error::DataFusionError::from)?;
        let text = |index: usize, row: usize| {
            let column = texts[index].as_string::<i32>();
            column.is_valid(row).then(|| column.value(row))
        };
        let dates = batch.column(5).as_primitive::<TimestampMicrosecondType>();
        let scores = batch.column(6).as_primitive::<Int8Type>();
        let ratings = batch.column(7).as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            let answer = Answer {
                respondent: text(2, row),
                metric: text(3, row).unwrap_or_default(),
                comment: text(4, row),
                responded_at: dates.is_valid(row).then(|| dates.value(row)),
                score: scores.is_valid(row).then(|| scores.value(row)),
                rating: ratings.is_valid(row).then(|| ratings.value(row).to_bits()),
            };
            let key = key(
                text(0, row).unwrap_or_default(),
                text(1, row).unwrap_or_default(),
            );
            self.known.insert(key, answer.known(0));
        }
        Ok(())
    }

    /// Says what the response on line `line` is, the `ordinal`th row, and remembers it if it is
    /// new.
    ///
    /// # Errors
    /// A question, where an id names another person's response at another time: ids that start
    /// again in every export are not ids.
    pub(super) fn identify(
        &mut self,
        response: &Response<'_>,
        line: u64,
        ordinal: u64,
        file_sha256: &str,
    ) -> Result<Identity> {
        let id = match response.tool_id {
            Some(id) => id.to_owned(),
            None => match self.content_id(response) {
                Some(id) => id,
                None => {
                    self.keyless += 1;
                    let digest = digest(&[file_sha256.as_bytes(), &ordinal.to_le_bytes()]);
                    return Ok(Identity::New(format!("r:{}", encode(&digest))));
                }
            },
        };
        let answer = Answer::from(response).known(line);
        match self.known.entry(key(response.survey, &id)) {
            Entry::Vacant(vacant) => {
                vacant.insert(answer);
                Ok(Identity::New(id))
            }
            Entry::Occupied(known) => {
                let known = *known.get();
                if known.content == answer.content {
                    return Ok(Identity::Duplicate);
                }
                if known.line == 0 && is_someone_else(&known, &answer) {
                    return Err(Error::question(format!(
                        "id \"{}\" on line {line} already names another response in the survey \
                         \"{}\"",
                        clip(&id),
                        clip(response.survey)
                    ))
                    .with_hint(
                        "if this is another survey, say so with --survey NAME; if the column \
                         numbers the rows of each export, leave it out with --map response_id=",
                    ));
                }
                Ok(Identity::Contradiction(match known.line {
                    0 => format!(
                        "response \"{}\" is in the lake already with other answers",
                        clip(&id)
                    ),
                    line => format!(
                        "response \"{}\" stands on line {line} too, with other answers",
                        clip(&id)
                    ),
                }))
            }
        }
    }

    /// An id made of what was answered, `None` where that does not tell answers apart: without a
    /// date, or with just a day and nobody's name, equal rows are different answers.
    fn content_id(&mut self, response: &Response<'_>) -> Option<String> {
        let has_time = response.responded_at.is_some_and(|moment| moment.has_time);
        let has_day_and_name = response.responded_at.is_some() && response.respondent.is_some();
        if !has_time && !has_day_and_name {
            return None;
        }
        let optional = |text: Option<&str>| match text {
            Some(text) => [b"1", text.as_bytes()].concat(),
            None => b"0".to_vec(),
        };
        let number = |number: Option<i64>| match number {
            Some(number) => number.to_le_bytes().to_vec(),
            None => Vec::new(),
        };
        let content = digest(&[
            response.survey.as_bytes(),
            response.metric.as_bytes(),
            &optional(response.respondent.as_deref()),
            &optional(response.account),
            &optional(response.comment),
            &number(response.responded_at.map(|moment| moment.micros)),
            &number(response.score.map(i64::from)),
            &number(response.rating.map(|rating| rating.to_bits() as i64)),
        ]);
        // One person gives one answer at a time. Of several answers that may be of several people,
        // or of one day, each counts; the n-th of them is the n-th of a longer export too.
        if response.respondent.is_some() && has_time {
            return Some(format!("c:{}", encode(&content)));
        }
        let occurrence = self.occurrences.entry(content).or_insert(0);
        *occurrence += 1;
        let nth = digest(&[&content, &occurrence.to_le_bytes()]);
        Some(format!("c:{}", encode(&nth)))
    }
}

/// Two responses that cannot be versions of one: respondent and time both differ, or the time
/// where nobody is named. Without either, ids that start again look the same as edited answers.
fn is_someone_else(known: &Known, answer: &Known) -> bool {
    let other_time = known.responded_at != answer.responded_at;
    let nothing_to_tell = known.responded_at.is_none() && answer.responded_at.is_none();
    match (known.respondent, answer.respondent) {
        (None, None) => other_time || nothing_to_tell,
        (known, answer) => known != answer && (other_time || nothing_to_tell),
    }
}

fn key(survey: &str, id: &str) -> [u8; 16] {
    digest(&[survey.as_bytes(), id.as_bytes()])
}

/// 128 bits of SHA-256 over parts that cannot run into each other.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize()[..16]);
    short
}

fn encode(digest: &[u8; 16]) -> String {
    data_encoding::BASE32_NOPAD.encode(digest).to_lowercase()
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::dates::Moment;
    use super::*;

    fn response<'a>(id: Option<&'a str>, who: Option<&str>, micros: Option<i64>) -> Response<'a> {
        Response {
            tool_id: id,
            survey: "default",
            metric: "nps",
            respondent: who.map(str::to_owned),
            account: None,
            score: Some(9),
            rating: None,
            responded_at: micros.map(|micros| Moment {
                micros,
                has_time: true,
            }),
            sent_at: None,
            updated_at: None,
            comment: None,
            consent: "unknown",
            kept: Vec::new(),
        }
    }

    fn is_new(identity: Result<Identity>) -> bool {
        matches!(identity, Ok(Identity::New(_)))
    }

    #[test]
    fn an_id_names_one_response() {
        let mut identities = Identities::default();
        let first = response(Some("a"), Some("v1:x"), Some(1));
        assert_eq!(
            identities.identify(&first, 2, 2, "f").unwrap(),
            Identity::New("a".to_owned())
        );
        assert_eq!(
            identities.identify(&first, 3, 3, "f").unwrap(),
            Identity::Duplicate
        );
        let edited = Response {
            score: Some(3),
            ..first.clone()
        };
        let identity = identities.identify(&edited, 4, 4, "f").unwrap();
        assert!(
            matches!(&identity, Identity::Contradiction(reason) if reason.contains("line 2")),
            "{identity:?}"
        );
        let elsewhere = Response {
            survey: "app",
            ..first
        };
        assert!(is_new(identities.identify(&elsewhere, 5, 5, "f")));
    }

    #[test]
    fn an_id_of_another_person_in_the_lake_is_a_question() {
        let mut identities = Identities::default();
        let there = response(Some("17"), Some("v1:x"), Some(1));
        identities
            .known
            .insert(key("default", "17"), Answer::from(&there).known(0));
        let other = response(Some("17"), Some("v1:y"), Some(2));
        assert!(
            identities
                .identify(&other, 2, 2, "f")
                .unwrap_err()
                .is_question()
        );
        let edited = response(Some("17"), Some("v1:x"), Some(2));
        assert!(matches!(
            identities.identify(&edited, 2, 2, "f"),
            Ok(Identity::Contradiction(_))
        ));
    }

    #[test]
    fn without_an_id_the_content_decides() {
        let mut identities = Identities::default();
        let known = response(None, Some("v1:x"), Some(1));
        assert!(is_new(identities.identify(&known, 2, 2, "f")));
        assert_eq!(
            identities.identify(&known, 3, 3, "f").unwrap(),
            Identity::Duplicate
        );
        // Two people without a name in the same second.
        let anonymous = response(None, None, Some(1));
        assert!(is_new(identities.identify(&anonymous, 4, 4, "f")));
        assert!(is_new(identities.identify(&anonymous, 5, 5, "f")));
        assert_eq!(identities.keyless, 0);
    }

    #[test]
    fn rows_that_nothing_tells_apart_are_different_people() {
        let mut identities = Identities::default();
        let score_only = response(None, None, None);
        for row in 2..5 {
            assert!(is_new(identities.identify(&score_only, row, row, "f")));
        }
        assert_eq!(identities.keyless, 3);
    }
}
