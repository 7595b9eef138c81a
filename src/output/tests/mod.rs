//! Every format over the same rows: what they share.

mod every;
mod formats;
mod table;

use std::slice;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int32Type};
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
    let stats = StructArray::new(
        Fields::from(vec![
            Field::new("n", DataType::Int32, true),
            Field::new("top", DataType::Utf8, true),
        ]),
        vec![
            Arc::new(Int32Array::from(vec![Some(12), None, None])),
            strings([Some("a, \"b\""), Some(""), None]),
        ],
        Some(NullBuffer::from(vec![true, true, false])),
    );
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
    ]);
    batch([
        ("score", integers([9, -1, i64::MAX])),
        (
            "nps",
            Arc::new(Float64Array::from(vec![Some(100.0 / 3.0), None, Some(1e9)])),
        ),
        (
            "comment",
            strings([
                Some("Größe 😀, 東京"),
                Some(""),
                Some("two\nlines\t\"q\" \\"),
            ]),
        ),
        (
            "at",
            timestamps([Some(MORNING), Some(MORNING + 500_000), None], "UTC"),
        ),
        ("stats", Arc::new(stats)),
        ("list", Arc::new(list)),
    ])
}

fn empty(batch: &RecordBatch) -> RecordBatch {
    batch.slice(0, 0)
}

async fn try_text(
    batches: Vec<Result<RecordBatch, DataFusionError>>,
    schema: SchemaRef,
    format: Format,
    style: &Style,
    sink: &mut (dyn Write + Send),
) -> Result<usize, OutputError> {
    let stream = RecordBatchStreamAdapter::new(schema, stream::iter(batches));
    write_stream(Box::pin(stream), format, style, sink).await
}

fn of_width(width: Option<usize>) -> Style {
    Style {
        width,
        ..Style::default()
    }
}

async fn bytes(batches: &[RecordBatch], format: Format, width: Option<usize>) -> Vec<u8> {
    styled(batches, format, &of_width(width)).await
}

async fn styled(batches: &[RecordBatch], format: Format, style: &Style) -> Vec<u8> {
    let mut sink = Vec::new();
    let stream = batches.iter().cloned().map(Ok).collect();
    let rows = try_text(stream, batches[0].schema(), format, style, &mut sink)
        .await
        .unwrap();
    let expected: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, expected);
    sink
}

async fn text(batch: &RecordBatch, format: Format) -> String {
    String::from_utf8(bytes(slice::from_ref(batch), format, None).await).unwrap()
}

async fn table(batch: &RecordBatch, width: usize) -> String {
    let table = bytes(slice::from_ref(batch), Format::Table, Some(width)).await;
    let table = String::from_utf8(table).unwrap();
    for line in table.lines() {
        assert!(line.width() <= width, "{width} columns:\n{table}");
    }
    table
}
