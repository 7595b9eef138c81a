//! Tests of the formats for programs.

use std::path::Path;
use std::slice;
use std::sync::Arc;

use clap::ValueEnum;
use datafusion::arrow::array::{
    BinaryArray, Decimal128Array, DictionaryArray, Float64Array, Int32Array,
    IntervalMonthDayNanoArray, RecordBatch,
};
use datafusion::arrow::datatypes::{Int32Type, IntervalMonthDayNano};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::super::{Format, OutputError, Style};
use super::{batch, bytes, empty, integers, sample, strings, text, try_write};

#[test]
fn formats_by_extension() {
    for (name, expected) in [
        ("a.b.CSV", Some(Format::Csv)),
        ("nps.jsonl", Some(Format::Ndjson)),
        ("nps.md", Some(Format::Markdown)),
        ("nps.txt", Some(Format::Table)),
        ("nps.xlsx", Some(Format::Xlsx)),
        ("nps.docx", None),
        (".csv", None),
        ("csv", None),
    ] {
        assert_eq!(Format::from_extension(Path::new(name)), expected, "{name}");
    }
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
    let header = "score,nps,comment,at,stats,list\n";
    assert_eq!(text(&empty(&sample()), Format::Csv).await, header);
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
    assert_eq!(text(&empty(&sample()), Format::Tsv).await, expected[0]);
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
    let halves = bytes(&halves, Format::Json, &Style::default()).await;
    assert_eq!(halves, expected.as_bytes());
}

#[tokio::test]
async fn ndjson() {
    let expected = format!("{}\n", OBJECTS.join("\n"));
    assert_eq!(text(&sample(), Format::Ndjson).await, expected);
    assert_eq!(text(&empty(&sample()), Format::Ndjson).await, "");
}

#[tokio::test]
async fn json_of_unusual_values() {
    let floats = Float64Array::from(vec![f64::NAN, f64::INFINITY, 1e-7]);
    let decimals = Decimal128Array::from(vec![100, -5, 123])
        .with_precision_and_scale(20, 2)
        .unwrap();
    // The second key is null, the third refers to a null.
    let keys = Int32Array::from(vec![Some(0), None, Some(1)]);
    let keys = DictionaryArray::<Int32Type>::new(keys, strings([Some("x"), None]));
    let values = batch([
        ("f", Arc::new(floats)),
        ("d", Arc::new(decimals)),
        ("k", Arc::new(keys)),
        ("b", Arc::new(BinaryArray::from_vec(vec![b"\x00\xff"; 3]))),
    ]);
    let expected = r#"
{"f":null,"d":1.00,"k":"x","b":"00ff"}
{"f":null,"d":-0.05,"k":null,"b":"00ff"}
{"f":1e-7,"d":1.23,"k":null,"b":"00ff"}
"#;
    assert_eq!(text(&values, Format::Ndjson).await, expected[1..]);
    let csv = "f,d,k,b\nNaN,1.00,x,00ff\ninf,-0.05,,00ff\n1e-7,1.23,,00ff\n";
    assert_eq!(text(&values, Format::Csv).await, csv);
}

#[tokio::test]
async fn columns_of_one_name_get_unique_keys() {
    let twice = batch([
        ("a", integers([1])),
        ("a", integers([2])),
        ("a_2", integers([3])),
        ("a", integers([4])),
    ]);
    let json = "[{\"a\":1,\"a_3\":2,\"a_2\":3,\"a_4\":4}]\n";
    assert_eq!(text(&twice, Format::Json).await, json);
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
    let header: String = expected.split_inclusive('\n').take(2).collect();
    assert_eq!(text(&empty(&sample()), Format::Markdown).await, header);
}

#[tokio::test]
async fn parquet_reads_back() {
    for expected in [sample(), empty(&sample())] {
        let style = Style::default();
        let bytes = bytes(slice::from_ref(&expected), Format::Parquet, &style).await;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let schema = reader.schema().clone();
        assert_eq!(schema, expected.schema());
        let read: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        let read = datafusion::arrow::compute::concat_batches(&schema, &read).unwrap();
        assert_eq!(read, expected);
    }
}

#[tokio::test]
async fn parquet_rejects_unsupported_types() {
    let interval = IntervalMonthDayNano::new(1, 2, 3);
    let array = IntervalMonthDayNanoArray::from(vec![interval]);
    let rows = batch([("i", Arc::new(array))]);
    let (schema, style) = (rows.schema(), Style::default());
    let mut sink = Vec::new();
    let result = try_write(vec![Ok(rows)], schema, Format::Parquet, &style, &mut sink).await;
    assert!(matches!(result, Err(OutputError::Encode(_))), "{result:?}");
}

#[tokio::test]
async fn a_workbook_has_limits() {
    for (rows, message) in [
        (integers(0..1_048_576), "more than 1048575 rows"),
        (
            strings([Some("x".repeat(32_768).as_str())]),
            "row 2, column \"a\": the text has 32768 characters",
        ),
    ] {
        let batch = batch([("a", rows)]);
        let (style, mut sink) = (Style::default(), Vec::new());
        let schema = batch.schema();
        let result = try_write(vec![Ok(batch)], schema, Format::Xlsx, &style, &mut sink).await;
        match result {
            Err(OutputError::Unfit {
                message: found,
                hint,
            }) => {
                assert!(found.contains(message), "{found}");
                assert!(!hint.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
    let start = bytes(&[sample()], Format::Xlsx, &Style::default()).await;
    assert!(start.starts_with(b"PK"));
}
