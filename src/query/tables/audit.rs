//! The table `audit`: the entries of the audit log, about operations on personal data.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::MemTable;
use datafusion::error::Result;
use serde_json::Value;

use crate::lake::Lake;
use crate::lake::schema::timestamp;
use crate::privacy::audit::Record;

pub(in crate::query) const AUDIT: &str = "audit";

/// One row per entry. The details are JSON and differ from action to action: counts, words and ids.
static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("entry", DataType::Int64, false),
        Field::new("at", timestamp(), false),
        Field::new("action", DataType::Utf8, false),
        Field::new("details", DataType::Utf8, false),
    ]))
});

/// The entries, which are those that were signed.
pub(in crate::query) async fn audit(lake: &Lake) -> Result<MemTable> {
    lake.verify_audit(None).await?;
    let batch = batch(&lake.audit_records().await?)?;
    MemTable::try_new(Arc::clone(&SCHEMA), vec![vec![batch]])
}

fn batch(records: &[Record]) -> Result<RecordBatch> {
    let entries = Int64Array::from_iter_values(records.iter().map(|record| record.index as i64));
    let times = records.iter().map(|record| record.time.timestamp_micros());
    let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
    let actions = StringArray::from_iter_values(records.iter().map(|record| &record.action));
    let details = records
        .iter()
        .map(|record| Value::Object(record.details.clone()).to_string());
    let details = StringArray::from_iter_values(details);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(entries),
        Arc::new(times),
        Arc::new(actions),
        Arc::new(details),
    ];
    Ok(RecordBatch::try_new(Arc::clone(&SCHEMA), columns)?)
}
