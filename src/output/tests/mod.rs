//! Tests of every format over the same rows.

mod all_formats;
mod formats;
mod table;

use std::slice;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;
use unicode_width::UnicodeWidthStr;

use super::*;

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn strings<const N: usize>(values: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

fn integers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn timestamps<const N: usize>(micros: [Option<i64>; N], zone: &str) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone(zone))
}

/// 2026-03-01 09:30:00 UTC.
const MORNING: i64 = 1_772_357_400_000_000;

fn sample() -> RecordBatch {
    let fields = [("n", DataType::Int32), ("top", DataType::Utf8)];
    let fields = fields.map(|(name, data_type)| Field::new(name, data_type, true));
    let counts = Int32Array::from(vec![Some(12), None, None]);
    let texts = strings([Some("a, \"b\""), Some(""), None]);
    let stats = StructArray::new(
        Fields::from(fields.to_vec()),
        vec![Arc::new(counts), texts],
        Some(NullBuffer::from(vec![true, true, false])),
    );
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
    ]);
    let nps = Float64Array::from(vec![Some(100.0 / 3.0), None, Some(1e9)]);
    let comments = ["Größe 😀, 東京", "", "two\nlines\t\"q\" \\"];
    let times = [Some(MORNING), Some(MORNING + 500_000), None];
    batch([
        ("score", integers([9, -1, i64::MAX])),
        ("nps", Arc::new(nps)),
        ("comment", strings(comments.map(Some))),
        ("at", timestamps(times, "UTC")),
        ("stats", Arc::new(stats)),
        ("list", Arc::new(list)),
    ])
}

fn empty(batch: &RecordBatch) -> RecordBatch {
    batch.slice(0, 0)
}

async fn try_write(
    batches: Vec<Result<RecordBatch, DataFusionError>>,
    schema: SchemaRef,
    format: Format,
    style: &Style,
    sink: &mut (dyn Write + Send),
) -> Result<usize, OutputError> {
    let stream = RecordBatchStreamAdapter::new(schema, stream::iter(batches));
    write_stream(Box::pin(stream), format, style, sink).await
}

fn style_with_width(width: Option<usize>) -> Style {
    Style {
        width,
        ..Style::default()
    }
}

async fn bytes(batches: &[RecordBatch], format: Format, style: &Style) -> Vec<u8> {
    let mut sink = Vec::new();
    let stream = batches.iter().cloned().map(Ok).collect();
    let rows = try_write(stream, batches[0].schema(), format, style, &mut sink)
        .await
        .unwrap();
    let expected: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, expected);
    sink
}

async fn text(batch: &RecordBatch, format: Format) -> String {
    let bytes = bytes(slice::from_ref(batch), format, &Style::default()).await;
    String::from_utf8(bytes).unwrap()
}

async fn styled_table(batches: &[RecordBatch], style: &Style) -> String {
    String::from_utf8(bytes(batches, Format::Table, style).await).unwrap()
}

async fn table(batch: &RecordBatch, width: usize) -> String {
    let style = style_with_width(Some(width));
    let table = styled_table(slice::from_ref(batch), &style).await;
    for line in table.lines() {
        assert!(line.width() <= width, "{width} columns:\n{table}");
    }
    table
}
