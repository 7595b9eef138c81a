//! Every format over the same rows, the table at many widths, and what happens on errors.

use std::slice;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    DurationMicrosecondArray, Float64Array, Int32Array, Int64Array, IntervalMonthDayNanoArray,
    ListArray, StringArray, StructArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int32Type, IntervalMonthDayNano};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
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

/// 2026-03-01 00:00:00 UTC.
const MIDNIGHT: i64 = 1_772_323_200_000_000;

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

#[test]
fn formats_by_extension() {
    let format = |name: &str| Format::from_extension(Path::new(name));
    assert_eq!(format("a.b.CSV"), Some(Format::Csv));
    assert_eq!(format("nps.jsonl"), Some(Format::Ndjson));
    assert_eq!(format("nps.md"), Some(Format::Markdown));
    assert_eq!(format("nps.txt"), Some(Format::Table));
    assert_eq!(format("nps.xlsx"), None);
    assert_eq!(format(".csv"), None);
    assert_eq!(format("csv"), None);
    for format in Format::value_variants() {
        assert_eq!(Format::from_str(&format.to_string(), false), Ok(*format));
    }
}

#[tokio::test]
async fn csv() {
    let expected = r#"score,nps,comment,at,stats,list
9,33.333333333333336,"Größe 😀, 東京",2026-03-01T09:30:00Z,"{""n"":12,""top"":""a, \""b\""""}","[1,null]"
-1,,"",2026-03-01T09:30:00.500Z,"{""n"":null,""top"":""""}",[]
9223372036854775807,1000000000.0,"two
lines	""q"" \",,,
"#;
    assert_eq!(text(&sample(), Format::Csv).await, expected);
    assert_eq!(
        text(&empty(&sample()), Format::Csv).await,
        "score,nps,comment,at,stats,list\n"
    );
}

#[tokio::test]
async fn tsv() {
    let expected = [
        "score\tnps\tcomment\tat\tstats\tlist\n",
        "9\t33.333333333333336\tGröße 😀, 東京\t2026-03-01T09:30:00Z\t",
        "{\"n\":12,\"top\":\"a, \\\\\"b\\\\\"\"}\t[1,null]\n",
        "-1\t\\N\t\t2026-03-01T09:30:00.500Z\t{\"n\":null,\"top\":\"\"}\t[]\n",
        "9223372036854775807\t1000000000.0\ttwo\\nlines\\t\"q\" \\\\\t\\N\t\\N\t\\N\n",
    ];
    assert_eq!(text(&sample(), Format::Tsv).await, expected.concat());
    assert_eq!(
        text(&empty(&sample()), Format::Tsv).await,
        "score\tnps\tcomment\tat\tstats\tlist\n"
    );
}

const OBJECTS: [&str; 3] = [
    r#"{"score":9,"nps":33.333333333333336,"comment":"Größe 😀, 東京","at":"2026-03-01T09:30:00Z","stats":{"n":12,"top":"a, \"b\""},"list":[1,null]}"#,
    r#"{"score":-1,"nps":null,"comment":"","at":"2026-03-01T09:30:00.500Z","stats":{"n":null,"top":""},"list":[]}"#,
    r#"{"score":9223372036854775807,"nps":1000000000.0,"comment":"two\nlines\t\"q\" \\","at":null,"stats":null,"list":null}"#,
];

#[tokio::test]
async fn json() {
    let expected = format!("[{}]\n", OBJECTS.join(","));
    assert_eq!(text(&sample(), Format::Json).await, expected);
    assert_eq!(text(&empty(&sample()), Format::Json).await, "[]\n");

    let halves = [sample().slice(0, 1), sample().slice(1, 2)];
    assert_eq!(
        bytes(&halves, Format::Json, None).await,
        expected.as_bytes()
    );
}

#[tokio::test]
async fn ndjson() {
    let expected = format!("{}\n", OBJECTS.join("\n"));
    assert_eq!(text(&sample(), Format::Ndjson).await, expected);
    assert_eq!(text(&empty(&sample()), Format::Ndjson).await, "");
}

#[tokio::test]
async fn json_of_unusual_values() {
    let values = batch([
        (
            "f",
            Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, 1e-7])),
        ),
        (
            "d",
            Arc::new(
                Decimal128Array::from(vec![100, -5, 123])
                    .with_precision_and_scale(20, 2)
                    .unwrap(),
            ),
        ),
        (
            "k",
            // The second key is null, the third points to a null.
            Arc::new(DictionaryArray::<Int32Type>::new(
                Int32Array::from(vec![Some(0), None, Some(1)]),
                strings([Some("x"), None]),
            )),
        ),
        ("b", Arc::new(BinaryArray::from_vec(vec![b"\x00\xff"; 3]))),
    ]);
    assert_eq!(
        text(&values, Format::Ndjson).await,
        concat!(
            r#"{"f":null,"d":1.00,"k":"x","b":"00ff"}"#,
            "\n",
            r#"{"f":null,"d":-0.05,"k":null,"b":"00ff"}"#,
            "\n",
            r#"{"f":1e-7,"d":1.23,"k":null,"b":"00ff"}"#,
            "\n",
        )
    );
    assert_eq!(
        text(&values, Format::Csv).await,
        "f,d,k,b\nNaN,1.00,x,00ff\ninf,-0.05,,00ff\n1e-7,1.23,,00ff\n"
    );
}

#[tokio::test]
async fn columns_of_one_name_stay_apart() {
    let twice = batch([
        ("a", integers([1])),
        ("a", integers([2])),
        ("a_2", integers([3])),
        ("a", integers([4])),
    ]);
    assert_eq!(
        text(&twice, Format::Json).await,
        "[{\"a\":1,\"a_3\":2,\"a_2\":3,\"a_4\":4}]\n"
    );
    assert_eq!(text(&twice, Format::Csv).await, "a,a,a_2,a\n1,2,3,4\n");
}

#[tokio::test]
async fn markdown() {
    let expected = r#"| score | nps | comment | at | stats | list |
| ---: | ---: | --- | --- | --- | --- |
| 9 | 33.333333333333336 | Größe 😀, 東京 | 2026-03-01 09:30:00 | {n: 12, top: "a, \\"b\\""} | \[1, NULL] |
| -1 | NULL |  | 2026-03-01 09:30:00.500 | {n: NULL, top: ""} | \[] |
| 9223372036854775807 | 1000000000.0 | two<br>lines\\t"q" \\ | NULL | NULL | NULL |
"#;
    assert_eq!(text(&sample(), Format::Markdown).await, expected);
    assert_eq!(
        text(&empty(&sample()), Format::Markdown).await,
        expected.split_inclusive('\n').take(2).collect::<String>()
    );
}

#[tokio::test]
async fn parquet_reads_back() {
    for expected in [sample(), empty(&sample())] {
        let bytes = bytes(slice::from_ref(&expected), Format::Parquet, None).await;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let schema = reader.schema().clone();
        assert_eq!(schema, expected.schema());
        let read: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        let read = datafusion::arrow::compute::concat_batches(&schema, &read).unwrap();
        assert_eq!(read, expected);
    }
}

#[tokio::test]
async fn parquet_refuses_what_it_cannot_say() {
    let interval = IntervalMonthDayNano::new(1, 2, 3);
    let intervals = batch([(
        "i",
        Arc::new(IntervalMonthDayNanoArray::from(vec![interval])),
    )]);
    let schema = intervals.schema();
    let error = try_text(
        vec![Ok(intervals)],
        schema,
        Format::Parquet,
        &Style::default(),
        &mut Vec::new(),
    )
    .await
    .unwrap_err();
    assert!(matches!(error, OutputError::Encode(_)), "{error:?}");
}

#[tokio::test]
async fn a_result_without_columns_prints_nothing() {
    for format in Format::value_variants() {
        let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
        assert!(bytes(&[none], *format, Some(80)).await.is_empty());
    }
}

#[tokio::test]
async fn table_unlimited() {
    let expected = r#"
┌─────────────────────┬────────────────────┬───────────────────┬─────────────────────────┬──────────────────────────┬───────────┐
│               score │                nps │ comment           │ at                      │ stats                    │ list      │
├─────────────────────┼────────────────────┼───────────────────┼─────────────────────────┼──────────────────────────┼───────────┤
│                   9 │ 33.333333333333336 │ Größe 😀, 東京    │ 2026-03-01 09:30:00     │ {n: 12, top: "a, \"b\""} │ [1, NULL] │
│                  -1 │               NULL │                   │ 2026-03-01 09:30:00.500 │ {n: NULL, top: ""}       │ []        │
│ 9223372036854775807 │       1000000000.0 │ two\nlines\t"q" \ │ NULL                    │ NULL                     │ NULL      │
└─────────────────────┴────────────────────┴───────────────────┴─────────────────────────┴──────────────────────────┴───────────┘
(3 rows)
"#;
    assert_eq!(
        format!("\n{}", text(&sample(), Format::Table).await),
        expected
    );
}

#[tokio::test]
async fn table_without_rows() {
    let expected = "
┌───────┬─────┬─────────┬────┬───────┬──────┐
│ score │ nps │ comment │ at │ stats │ list │
├───────┼─────┼─────────┼────┼───────┼──────┤
└───────┴─────┴─────────┴────┴───────┴──────┘
(0 rows)
";
    let actual = text(&empty(&sample()), Format::Table).await;
    assert_eq!(format!("\n{actual}"), expected);
}

#[tokio::test]
async fn table_times() {
    let day = 86_400_000_000;
    let times = batch([
        ("month", timestamps([Some(MIDNIGHT), None], "UTC")),
        (
            "zoned",
            timestamps([Some(MIDNIGHT), Some(MORNING)], "+02:00"),
        ),
        ("date", Arc::new(Date32Array::from(vec![20_513, 0]))),
        (
            "took",
            Arc::new(DurationMicrosecondArray::from(vec![
                day + 10_800_000_000,
                2_500_000,
            ])),
        ),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
    ]);
    let expected = "
┌────────────┬───────────────────────────┬────────────┬────────────────┬──────┐
│ month      │ zoned                     │ date       │ took           │ ok   │
├────────────┼───────────────────────────┼────────────┼────────────────┼──────┤
│ 2026-03-01 │ 2026-03-01 02:00:00+02:00 │ 2026-03-01 │ 1 day 03:00:00 │ true │
│ NULL       │ 2026-03-01 11:30:00+02:00 │ 1970-01-01 │ 00:00:02.5     │ NULL │
└────────────┴───────────────────────────┴────────────┴────────────────┴──────┘
(2 rows)
";
    let actual = text(&times, Format::Table).await;
    assert_eq!(format!("\n{actual}"), expected);
}

/// Fifteen columns, as `SELECT *` over responses has.
fn wide() -> RecordBatch {
    let comment = "The new dashboard is lovely, but exports time out 😀 東京 every single Monday";
    let columns: Vec<(String, ArrayRef)> = (1..=15)
        .map(|n| {
            let array = match n % 4 {
                0 => strings([Some(comment), None]),
                1 => integers([n, 12_345_678]),
                2 => timestamps([Some(MORNING), None], "UTC"),
                _ => strings([Some("promoter"), Some("passive")]),
            };
            (format!("column_{n}"), array)
        })
        .collect();
    RecordBatch::try_from_iter(columns).unwrap()
}

#[tokio::test]
async fn table_fits_any_terminal() {
    let floats = batch([("a_float_of_full_length", {
        Arc::new(Float64Array::from(vec![-100.0 / 3.0 * 1e-3]))
    })]);
    let comments = batch([
        ("id", integers([1, 2])),
        (
            "comment",
            strings([
                Some("東京は素晴らしい街です。また来ます!".repeat(9).as_str()),
                None,
            ]),
        ),
    ]);
    for width in (20..=200).chain([1_000]) {
        for batch in [sample(), wide(), floats.clone(), comments.clone()] {
            table(&batch, width).await;
        }
    }
}

#[tokio::test]
async fn table_cuts_text_before_it_drops_columns() {
    let rows = batch([
        (
            "account",
            strings([Some("Acme International Holdings"), Some("Ü")]),
        ),
        ("avg(responses.score)", integers([1, 1_234_567_890])),
        (
            "comment",
            strings([Some("Nothing but good things to say, and then some"), None]),
        ),
    ]);
    let expected = "
┌───────────────────┬───────────────────┬──────────────────┐
│ account           │ avg(responses.sc… │ comment          │
├───────────────────┼───────────────────┼──────────────────┤
│ Acme Internation… │                 1 │ Nothing but goo… │
│ Ü                 │        1234567890 │ NULL             │
└───────────────────┴───────────────────┴──────────────────┘
(2 rows)
";
    assert_eq!(format!("\n{}", table(&rows, 60).await), expected);
    let expected = "
┌────────────┬────────────┬────────────┐
│ account    │ avg(respo… │ comment    │
├────────────┼────────────┼────────────┤
│ Acme Inte… │          1 │ Nothing b… │
│ Ü          │ 1234567890 │ NULL       │
└────────────┴────────────┴────────────┘
(2 rows)
";
    assert_eq!(format!("\n{}", table(&rows, 40).await), expected);
}

#[tokio::test]
async fn table_drops_middle_columns() {
    let expected = "
┌──────────┬─────────────────────┬───┬─────────────────────┬───────────┐
│ column_1 │ column_2            │ … │ column_14           │ column_15 │
├──────────┼─────────────────────┼───┼─────────────────────┼───────────┤
│        1 │ 2026-03-01 09:30:00 │ … │ 2026-03-01 09:30:00 │ promoter  │
│ 12345678 │ NULL                │ … │ NULL                │ passive   │
└──────────┴─────────────────────┴───┴─────────────────────┴───────────┘
(2 rows)  15 columns (4 shown)
";
    assert_eq!(format!("\n{}", table(&wide(), 80).await), expected);
    let expected = "
┌──────────┬───┬───┐
│ column_1 │ … │ … │
├──────────┼───┼───┤
│        1 │ … │ … │
│ 12345678 │ … │ … │
└──────────┴───┴───┘
(2 rows)  15 columns
(2 shown)
";
    assert_eq!(format!("\n{}", table(&wide(), 20).await), expected);
}

#[tokio::test]
async fn table_shows_bounded_rows() {
    let batches: Vec<RecordBatch> = (0..3)
        .map(|n| batch([("n", integers(n * 400..(n + 1) * 400))]))
        .collect();
    let table = String::from_utf8(bytes(&batches, Format::Table, Some(80)).await).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3 + 500 + 1 + 1);
    assert_eq!(lines[502], "│ 499 │");
    assert_eq!(
        lines[504],
        "(1200 rows, 500 shown; another --format, such as csv, gives all)"
    );
    let narrow = String::from_utf8(bytes(&batches, Format::Table, Some(20)).await).unwrap();
    assert!(narrow.lines().all(|line| line.width() <= 20), "{narrow}");
}

#[tokio::test]
async fn a_comment_cannot_drive_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\u{9b}31m\u{202e}";
    let rows = batch([(hostile, strings([Some(hostile)]))]);
    for format in [Format::Table, Format::Markdown] {
        let text = text(&rows, format).await;
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        assert!(!text.contains('\u{202e}'), "{text}");
        assert!(text.contains("x1b]0;owned"), "{text}");
    }
    table(&rows, 20).await;
}

#[tokio::test]
async fn a_failing_query_is_told_from_a_failing_sink() {
    let failure = || Err(DataFusionError::Execution("boom".to_owned()));
    let style = Style::default();
    for format in Format::value_variants() {
        let mut sink = Vec::new();
        let schema = sample().schema();
        let error = try_text(vec![failure()], schema.clone(), *format, &style, &mut sink)
            .await
            .unwrap_err();
        assert!(matches!(error, OutputError::Query(_)), "{error:?}");
        assert!(!is_broken_pipe(&error));
        assert!(sink.is_empty(), "{format} wrote before the first batch");
        let late = vec![Ok(sample()), failure()];
        let error = try_text(late, schema, *format, &style, &mut sink).await;
        assert!(matches!(error, Err(OutputError::Query(_))), "{error:?}");
    }
}

/// A pipe whose reader leaves after `left` bytes.
struct ClosingPipe {
    left: usize,
}

impl Write for ClosingPipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let written = bytes.len().min(self.left);
        self.left -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_closed_pipe_is_recognised_in_every_format() {
    // Past every buffer between an encoder and the sink, so that encoders meet the error too.
    let long = "x".repeat(1 << 20);
    let rows = batch([("comment", strings([Some(long.as_str())]))]);
    // There is nothing in it to draw.
    let formats = Format::value_variants()
        .iter()
        .filter(|format| **format != Format::Chart);
    for format in formats {
        for left in [0, 10] {
            let error = try_text(
                vec![Ok(rows.clone())],
                rows.schema(),
                *format,
                &Style::default(),
                &mut ClosingPipe { left },
            )
            .await
            .unwrap_err();
            assert!(is_broken_pipe(&error), "{format}: {error:?}");
        }
    }
}

fn is_broken_pipe(error: &OutputError) -> bool {
    matches!(error, OutputError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

#[tokio::test]
async fn a_plan_keeps_its_lines() {
    let plan = batch([
        ("plan_type", strings([Some("logical_plan")])),
        (
            "plan",
            strings([Some(
                "Sort: score\n  TableScan: responses projection=[score]\n",
            )]),
        ),
    ]);
    let style = Style {
        breaks_lines: true,
        ..of_width(Some(48))
    };
    let expected = "
┌──────────────┬──────────────────────────┐
│ plan_type    │ plan                     │
├──────────────┼──────────────────────────┤
│ logical_plan │ Sort: score              │
│              │   TableScan: responses   │
│              │       projection=[score] │
└──────────────┴──────────────────────────┘
(1 row)
";
    let actual = String::from_utf8(styled(&[plan], Format::Table, &style).await).unwrap();
    assert_eq!(format!("\n{actual}"), expected);
}

#[tokio::test]
async fn expanded_rows_have_a_line_a_column() {
    let rows = batch([
        ("score", integers([9, 10])),
        (
            "comment",
            strings([Some("two\nlines, the second of which is long"), None]),
        ),
    ]);
    let style = Style {
        expanded: Expanded::On,
        null: "-".to_owned(),
        ..of_width(Some(30))
    };
    let expected = "
─[ 1 ]────────────────────────
score   │ 9
comment │ two
        │ lines, the second of
        │ which is long
─[ 2 ]──────
score   │ 10
comment │ -
(2 rows)
";
    let actual = String::from_utf8(styled(&[rows], Format::Table, &style).await).unwrap();
    assert_eq!(format!("\n{actual}"), expected);
    let auto = |width| Style {
        expanded: Expanded::Auto,
        ..of_width(Some(width))
    };
    let wide = String::from_utf8(styled(&[wide()], Format::Table, &auto(80)).await).unwrap();
    assert!(wide.starts_with("─[ 1 ]"), "{wide}");
    let narrow = batch([("one", integers([1]))]);
    let narrow = String::from_utf8(styled(&[narrow], Format::Table, &auto(80)).await).unwrap();
    assert!(narrow.starts_with('┌'), "{narrow}");
}

#[tokio::test]
async fn a_table_has_as_many_rows_as_wanted() {
    let rows = batch([("n", integers(0..700))]);
    let style = |rows_max| Style {
        rows_max,
        in_shell: true,
        ..Style::default()
    };
    let all = String::from_utf8(styled(slice::from_ref(&rows), Format::Table, &style(None)).await);
    assert_eq!(all.unwrap().lines().count(), 700 + 5);
    let two = String::from_utf8(styled(&[rows], Format::Table, &style(Some(2))).await).unwrap();
    assert!(
        two.ends_with("(700 rows, 2 shown; \\pset maxrows 0 shows all)\n"),
        "{two}"
    );
}
