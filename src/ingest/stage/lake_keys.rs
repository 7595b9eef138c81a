//! Reads the keys of the responses in the lake.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int8Type, TimestampMicrosecondType};
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use deltalake::DeltaTable;
use futures::TryStreamExt;

use super::answer::{Answer, Provided};
use super::keys::{Key, KeyFilter, Keys, KeysBuilder};
use crate::error::Result;
use crate::lake::Lake;
use crate::lake::scan;

/// Reads the keys of the responses in `table` from one source and these surveys (all if `None`),
/// except those that `filter` rules out.
pub(in crate::ingest) async fn keys_of_lake(
    lake: &Lake,
    table: &DeltaTable,
    source: &str,
    surveys: Option<&[String]>,
    provided: &Provided,
    filter: &KeyFilter,
    memory_bytes: u64,
) -> Result<Keys> {
    let mut keys = KeysBuilder::new(memory_bytes);
    if table.snapshot()?.log_data().num_files() == 0 {
        return keys.finish();
    }
    let context = SessionContext::new_with_config_rt(SessionConfig::new(), lake.runtime().clone());
    let mut frame = context
        .read_table(scan::provider(table).await?)?
        .filter(col("source").eq(lit(source)))?;
    if let Some(surveys) = surveys {
        let surveys = surveys.iter().map(lit).collect();
        frame = frame.filter(col("survey").in_list(surveys, false))?;
    }
    let mut batches = frame
        .select_columns(&[
            "survey",
            "response_id",
            "respondent",
            "metric",
            "comment",
            "account",
            "consent",
            "responded_at",
            "sent_at",
            "updated_at",
            "score",
            "rating",
        ])?
        .execute_stream()
        .await?;
    while let Some(batch) = batches.try_next().await? {
        for key in keys_of_batch(&batch, provided)? {
            if filter.may_contain(key.id) {
                keys.push(key)?;
            }
        }
    }
    keys.finish()
}

fn keys_of_batch(batch: &RecordBatch, provided: &Provided) -> Result<Vec<Key>> {
    // The scan may return dictionaries or views; hashes need plain text.
    let texts = (0..7)
        .map(|index| cast(batch.column(index), &DataType::Utf8))
        .collect::<Result<Vec<_>, _>>()
        .map_err(DataFusionError::from)?;
    let text = |index: usize, row: usize| {
        let column = texts[index].as_string::<i32>();
        column.is_valid(row).then(|| column.value(row))
    };
    let date = |index: usize, row: usize| {
        let column = batch
            .column(index)
            .as_primitive::<TimestampMicrosecondType>();
        column.is_valid(row).then(|| column.value(row))
    };
    let scores = batch.column(10).as_primitive::<Int8Type>();
    let ratings = batch.column(11).as_primitive::<Float64Type>();
    let mut keys = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let answer = Answer {
            survey: text(0, row).unwrap_or_default(),
            respondent: text(2, row),
            metric: text(3, row).unwrap_or_default(),
            comment: text(4, row),
            account: text(5, row),
            consent: text(6, row).unwrap_or_default(),
            responded_at: date(7, row),
            sent_at: date(8, row),
            updated_at: date(9, row),
            score: scores.is_valid(row).then(|| scores.value(row)),
            rating: ratings.is_valid(row).then(|| ratings.value(row)),
        };
        keys.extend(answer.keys_in_lake(text(1, row).unwrap_or_default(), provided));
    }
    Ok(keys)
}
