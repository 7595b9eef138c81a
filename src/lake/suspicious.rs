//! Questions of roles that look like a search for one person.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use datafusion::arrow::array::{ArrayRef, Date32Array, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::error::DataFusionError;
use serde_json::Value;

use super::handle::Lake;
use crate::error::Result;

/// Questions of one shape in a day from which they are suspicious, if their constants differ.
const QUESTIONS_MIN: u64 = 10;

/// Different variants among them. Ten different constants have fewer than eight in one of a thousand
/// cases: a variant is one byte, and some are equal by chance.
const VARIANTS_MIN: usize = 8;

/// Hexadecimal digits by which a shape is shown.
const SHAPE_DIGITS: usize = 12;

/// The questions of one role and shape in a day.
#[derive(Default)]
struct Questions {
    count: u64,
    refused: u64,
    /// One byte of the hash of each question's constants. Equal questions have the same.
    variants: BTreeSet<u64>,
}

impl Lake {
    /// The days on which a role asked one question with ten different constants or more, by the audit
    /// log: the role, the beginning of the hash of the question's shape, and the numbers of questions, of
    /// different ones (at most 256) and of refused ones.
    ///
    /// # Errors
    /// Returns an error if the log or lake.toml cannot be read.
    pub(crate) async fn suspicious_questions(&self) -> Result<RecordBatch> {
        let mut asked: BTreeMap<(NaiveDate, String, String), Questions> = BTreeMap::new();
        for record in self.audit_records().await? {
            let text = |name: &str| record.details.get(name).and_then(Value::as_str);
            let (Some(role), Some(shape)) = (text("role_sha256"), text("shape")) else {
                continue;
            };
            let key = (record.time.date_naive(), role.to_owned(), shape.to_owned());
            let questions = asked.entry(key).or_default();
            questions.count += 1;
            let is_refused = record.details.get("refused") == Some(&Value::Bool(true));
            questions.refused += u64::from(is_refused);
            let variant = record.details.get("variant").and_then(Value::as_u64);
            questions.variants.extend(variant);
        }
        asked.retain(|_, questions| {
            questions.count >= QUESTIONS_MIN && questions.variants.len() >= VARIANTS_MIN
        });

        let roles = self.roles().await?;
        let names: HashMap<String, &str> = roles
            .iter()
            .map(|role| (HEXLOWER.encode(&role.name_hash()), role.name()))
            .collect();
        let days = asked
            .keys()
            .map(|(day, ..)| Date32Type::from_naive_date(*day));
        let role_names = asked.keys().map(|(_, role, _)| names.get(role).copied());
        let shapes = asked.keys().map(|(.., shape)| {
            let end = shape.char_indices().nth(SHAPE_DIGITS);
            end.map_or(shape.as_str(), |(end, _)| &shape[..end])
        });
        let numbers = |of: fn(&Questions) -> u64| -> ArrayRef {
            Arc::new(UInt64Array::from_iter_values(asked.values().map(of)))
        };
        let rows = RecordBatch::try_from_iter([
            (
                "day",
                Arc::new(Date32Array::from_iter_values(days)) as ArrayRef,
            ),
            // NULL for a role that lake.toml no longer has.
            ("role", Arc::new(role_names.collect::<StringArray>())),
            ("shape", Arc::new(StringArray::from_iter_values(shapes))),
            ("questions", numbers(|questions| questions.count)),
            (
                "different",
                numbers(|questions| questions.variants.len() as u64),
            ),
            ("refused", numbers(|questions| questions.refused)),
        ]);
        Ok(rows.map_err(DataFusionError::from)?)
    }
}
