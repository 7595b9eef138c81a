//! Property test: any table of responses in any layout, encoding, delimiter and date format is read
//! back as the same responses or raises a question.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    Array, AsArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{Int8Type, TimestampMicrosecondType};
use datafusion::parquet::arrow::ArrowWriter;
use encoding_rs::Encoding;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use voxql::{IngestOptions, Lake};

use super::common::Workspace;

/// Number of files written and read.
const CASES: u32 = 96;

/// One response, as written and as expected back.
#[derive(Clone, Debug, PartialEq)]
struct Answer {
    id: String,
    /// Seconds since 1970, on a whole minute.
    seconds: i64,
    who: u32,
    score: Option<u8>,
    comment: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Delimited(char),
    Qualtrics,
    SurveyMonkey,
    Workbook,
    Parquet,
    JsonArray,
    Ndjson,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Text {
    Utf8,
    Utf8WithMark,
    Utf16Le,
    Utf16Be,
    /// In this encoding, specified if `true`, otherwise detected.
    Narrow(&'static str, bool),
}

#[derive(Clone, Copy, Debug)]
enum Dates {
    Pattern(&'static str),
    Seconds,
    Milliseconds,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Packed {
    Plain,
    Gzip,
    Zstandard,
}

#[derive(Clone, Debug)]
struct Case {
    answers: Vec<Answer>,
    layout: Layout,
    text: Text,
    dates: Dates,
    packed: Packed,
    crlf: bool,
    /// Blank lines after the last row.
    trailing: usize,
}

fn answer() -> impl Strategy<Value = (u8, i64, u32, Option<u8>, Option<String>)> {
    let comment = "[A-Za-zäöüßéèñç0-9 ,;|'\"!?\n-]{0,40}".prop_map(|text| {
        let words = text.split(' ').filter(|word| !word.is_empty());
        let text = words.collect::<Vec<_>>().join(" ");
        let text = text.trim().trim_start_matches(['\'', '-', '"']).trim();
        // Shorter texts may mean "no answer".
        (text.chars().count() > 5).then(|| format!("w{text}"))
    });
    (
        any::<u8>(),
        0_i64..2_000_000,
        0_u32..1000,
        prop::option::weighted(0.9, 0_u8..=10),
        comment,
    )
}

fn case() -> impl Strategy<Value = Case> {
    let answers = prop::collection::vec(answer(), 1..60).prop_map(|answers| {
        let numbered = answers.into_iter().enumerate();
        numbered
            .map(|(index, (salt, minutes, who, score, comment))| Answer {
                id: format!("R_{index}x{salt:02x}"),
                seconds: 1_640_995_200 + minutes * 60,
                who,
                score,
                comment: comment.map(|text| text.trim().to_owned()),
            })
            .collect::<Vec<_>>()
    });
    let layout = prop_oneof![
        5 => prop::sample::select(vec![',', ';', '\t', '|']).prop_map(Layout::Delimited),
        1 => Just(Layout::Qualtrics),
        1 => Just(Layout::SurveyMonkey),
        1 => Just(Layout::Workbook),
        1 => Just(Layout::Parquet),
        1 => Just(Layout::JsonArray),
        1 => Just(Layout::Ndjson),
    ];
    let text = prop_oneof![
        3 => Just(Text::Utf8),
        1 => Just(Text::Utf8WithMark),
        1 => Just(Text::Utf16Le),
        1 => Just(Text::Utf16Be),
        2 => (prop::sample::select(vec!["windows-1252", "iso-8859-15", "cp850"]), any::<bool>())
            .prop_map(|(name, said)| Text::Narrow(name, said)),
    ];
    let patterns = vec![
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%SZ",
        "%d.%m.%Y %H:%M",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%y %H:%M",
        "%b %d, %Y %H:%M",
        "%Y/%m/%d %I:%M %p",
    ];
    let dates = prop_oneof![
        8 => prop::sample::select(patterns).prop_map(Dates::Pattern),
        1 => Just(Dates::Seconds),
        1 => Just(Dates::Milliseconds),
    ];
    let packed = prop_oneof![
        4 => Just(Packed::Plain),
        1 => Just(Packed::Gzip),
        1 => Just(Packed::Zstandard),
    ];
    (
        answers,
        layout,
        text,
        dates,
        packed,
        any::<bool>(),
        0_usize..4,
    )
        .prop_map(
            |(answers, layout, text, dates, packed, crlf, trailing)| Case {
                answers,
                layout,
                text,
                dates,
                packed,
                crlf,
                trailing,
            },
        )
}

impl Case {
    fn date(&self, answer: &Answer) -> String {
        let moment = DateTime::<Utc>::from_timestamp(answer.seconds, 0).expect("in range");
        match self.dates {
            Dates::Pattern(pattern) => moment.format(pattern).to_string(),
            Dates::Seconds => answer.seconds.to_string(),
            Dates::Milliseconds => (answer.seconds * 1000).to_string(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let bytes = match self.layout {
            Layout::Workbook => self.workbook(),
            Layout::Parquet => self.parquet(),
            Layout::JsonArray | Layout::Ndjson => self.json().into_bytes(),
            _ => self.encoded(&self.delimited()),
        };
        match self.packed {
            Packed::Plain => bytes,
            Packed::Gzip => {
                let mut packed =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(&bytes).expect("memory");
                packed.finish().expect("memory")
            }
            Packed::Zstandard => zstd::encode_all(bytes.as_slice(), 1).expect("memory"),
        }
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        let wide = |order: fn(u16) -> [u8; 2]| {
            "\u{feff}"
                .encode_utf16()
                .chain(text.encode_utf16())
                .flat_map(order)
                .collect()
        };
        match self.text {
            Text::Utf8 => text.as_bytes().to_vec(),
            Text::Utf8WithMark => format!("\u{feff}{text}").into_bytes(),
            Text::Utf16Le => wide(u16::to_le_bytes),
            Text::Utf16Be => wide(u16::to_be_bytes),
            Text::Narrow("cp850", _) => {
                oem_cp::encode_string_lossy(text, &oem_cp::code_table::ENCODING_TABLE_CP850)
            }
            Text::Narrow(name, _) => {
                let encoding = Encoding::for_label(name.as_bytes()).expect("a known name");
                encoding.encode(text).0.into_owned()
            }
        }
    }

    fn delimited(&self) -> String {
        let delimiter = match self.layout {
            Layout::Delimited(delimiter) => delimiter,
            _ => ',',
        };
        let end = if self.crlf { "\r\n" } else { "\n" };
        let quoted = |cell: &str| {
            if cell.contains([delimiter, '"', '\n', '\r']) || cell.starts_with(' ') {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.to_owned()
            }
        };
        let headers: &[&[&str]] = match self.layout {
            Layout::Qualtrics => &[
                &[
                    "StartDate",
                    "EndDate",
                    "Status",
                    "Finished",
                    "RecordedDate",
                    "ResponseId",
                    "RecipientEmail",
                    "Q1",
                    "Q2",
                ],
                &[
                    "Start Date",
                    "End Date",
                    "Response Type",
                    "Finished",
                    "Recorded Date",
                    "Response ID",
                    "Recipient Email",
                    "How likely are you to recommend us?",
                    "Why?",
                ],
                &[
                    "{\"ImportId\":\"startDate\",\"timeZone\":\"Z\"}",
                    "{\"ImportId\":\"endDate\",\"timeZone\":\"Z\"}",
                    "{\"ImportId\":\"status\"}",
                    "{\"ImportId\":\"finished\"}",
                    "{\"ImportId\":\"recordedDate\",\"timeZone\":\"Z\"}",
                    "{\"ImportId\":\"_recordId\"}",
                    "{\"ImportId\":\"recipientEmail\"}",
                    "{\"ImportId\":\"QID1\"}",
                    "{\"ImportId\":\"QID2_TEXT\"}",
                ],
            ],
            Layout::SurveyMonkey => &[
                &[
                    "Respondent ID",
                    "Collector ID",
                    "Start Date",
                    "End Date",
                    "IP Address",
                    "Email Address",
                    "First Name",
                    "Last Name",
                    "Custom Data 1",
                    "How likely is it that you would recommend us, to a friend?",
                    "What is the main reason?",
                ],
                &[
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "Open-Ended Response",
                ],
            ],
            _ => &[&["Response ID", "Date", "Email", "NPS", "Comment"]],
        };
        let headers = headers.iter();
        let mut lines: Vec<Vec<String>> = headers
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        for answer in &self.answers {
            let date = self.date(answer);
            let email = format!("p{}@example.com", answer.who);
            let score = answer.score.map(|score| score.to_string());
            let score = score.unwrap_or_default();
            let comment = answer.comment.clone().unwrap_or_default();
            lines.push(match self.layout {
                Layout::Qualtrics => vec![
                    date.clone(),
                    date.clone(),
                    "IP Address".into(),
                    "True".into(),
                    date,
                    answer.id.clone(),
                    email,
                    score,
                    comment,
                ],
                Layout::SurveyMonkey => vec![
                    answer.id.clone(),
                    "42".into(),
                    date.clone(),
                    date,
                    String::new(),
                    email,
                    String::new(),
                    String::new(),
                    String::new(),
                    score,
                    comment,
                ],
                _ => vec![answer.id.clone(), date, email, score, comment],
            });
        }
        let mut text = String::new();
        for line in lines {
            let cells: Vec<String> = line.iter().map(|cell| quoted(cell)).collect();
            write!(text, "{}{end}", cells.join(&delimiter.to_string())).expect("memory");
        }
        text + &end.repeat(self.trailing)
    }

    fn json(&self) -> String {
        let objects: Vec<String> = self
            .answers
            .iter()
            .map(|answer| {
                serde_json::json!({
                    "id": answer.id,
                    "date": self.date(answer),
                    "person": { "email": format!("p{}@example.com", answer.who) },
                    "score": answer.score,
                    "comment": answer.comment,
                })
                .to_string()
            })
            .collect();
        match self.layout {
            Layout::Ndjson => objects.join("\n"),
            _ => format!("[{}]", objects.join(",\n")),
        }
    }

    fn workbook(&self) -> Vec<u8> {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let write = (|| {
            for (column, name) in ["Response ID", "Date", "Email", "NPS", "Comment"]
                .iter()
                .enumerate()
            {
                sheet.write(0, column as u16, *name)?;
            }
            for (row, answer) in (1..).zip(&self.answers) {
                sheet.write(row, 0, &answer.id)?;
                sheet.write_datetime_with_format(
                    row,
                    1,
                    rust_xlsxwriter::ExcelDateTime::from_timestamp(answer.seconds)?,
                    &date,
                )?;
                sheet.write(row, 2, format!("p{}@example.com", answer.who))?;
                if let Some(score) = answer.score {
                    sheet.write(row, 3, score)?;
                }
                if let Some(comment) = &answer.comment {
                    sheet.write(row, 4, comment)?;
                }
            }
            Ok::<(), rust_xlsxwriter::XlsxError>(())
        })();
        write.expect("a workbook");
        workbook.save_to_buffer().expect("a workbook")
    }

    fn parquet(&self) -> Vec<u8> {
        let text = |of: &dyn Fn(&Answer) -> Option<String>| {
            Arc::new(self.answers.iter().map(of).collect::<StringArray>()) as _
        };
        let answers = self.answers.iter();
        let times: TimestampMillisecondArray = answers
            .clone()
            .map(|answer| Some(answer.seconds * 1000))
            .collect();
        let scores: Int64Array = answers.map(|answer| answer.score.map(i64::from)).collect();
        let batch = RecordBatch::try_from_iter([
            ("response_id", text(&|answer| Some(answer.id.clone()))),
            ("responded_at", Arc::new(times) as _),
            (
                "email",
                text(&|answer| Some(format!("p{}@example.com", answer.who))),
            ),
            ("score", Arc::new(scores) as _),
            ("comment", text(&|answer| answer.comment.clone())),
        ]);
        let batch = batch.expect("columns of one length");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("a batch");
        writer.close().expect("a file");
        bytes
    }

    /// False if the encoding is guessed from a few letters, and comments may differ.
    fn comments_are_certain(&self) -> bool {
        !(self.is_delimited() && matches!(self.text, Text::Narrow(_, false)))
    }

    fn is_delimited(&self) -> bool {
        matches!(
            self.layout,
            Layout::Delimited(_) | Layout::Qualtrics | Layout::SurveyMonkey
        )
    }
}

/// Reads the responses of a lake, ordered by number.
async fn answers(lake: &Lake) -> Vec<Answer> {
    let batches = lake
        .session()
        .sql(
            "SELECT response_id, responded_at, score, comment::varchar AS comment, respondent::varchar
             FROM responses ORDER BY split_part(substr(response_id, 3), 'x', 1)::int",
        )
        .await
        .expect("a valid query")
        .collect()
        .await
        .expect("a query that runs");
    let mut answers = Vec::new();
    for batch in batches {
        let text = |column: usize| {
            datafusion::arrow::compute::cast(
                batch.column(column),
                &datafusion::arrow::datatypes::DataType::Utf8,
            )
            .expect("text")
        };
        let (ids, comments) = (text(0), text(3));
        let (ids, comments) = (ids.as_string::<i32>(), comments.as_string::<i32>());
        let moments = batch.column(1).as_primitive::<TimestampMicrosecondType>();
        let scores = batch.column(2).as_primitive::<Int8Type>();
        for row in 0..batch.num_rows() {
            assert!(batch.column(4).is_valid(row), "the respondent is known");
            answers.push(Answer {
                id: ids.value(row).to_owned(),
                seconds: moments.value(row) / 1_000_000,
                who: 0,
                score: scores.is_valid(row).then(|| scores.value(row) as u8),
                comment: comments
                    .is_valid(row)
                    .then(|| comments.value(row).to_owned()),
            });
        }
    }
    answers
}

#[test]
fn responses_are_read_back_as_written() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let questions = std::cell::Cell::new(0);
    let result = runner.run(&case(), |case| {
        let workspace = Workspace::new();
        let file = workspace.write("export", case.bytes());
        let mut options = IngestOptions::default();
        // Random text may contain names.
        options.redact = false;
        if let Text::Narrow(name, true) = case.text {
            options.encoding = Some(name.to_owned());
        }
        if !case.is_delimited() {
            options.encoding = None;
        }
        let lake = workspace.lake();
        let found = runtime.block_on(async {
            match lake.ingest(file, &options).await {
                Ok(summary) => Ok((summary, answers(&lake).await)),
                Err(error) => Err(error),
            }
        });
        let (summary, found) = match found {
            Ok(found) => found,
            Err(error) => {
                questions.set(questions.get() + 1);
                prop_assert!(error.is_question(), "{error:?}");
                return Ok(());
            }
        };
        prop_assert_eq!(summary.rejected, 0, "{}", summary);
        let sure = case.comments_are_certain();
        let expected: Vec<Answer> = case
            .answers
            .iter()
            .map(|answer| Answer {
                who: 0,
                comment: answer.comment.clone().filter(|_| sure),
                ..answer.clone()
            })
            .collect();
        let found: Vec<Answer> = found
            .into_iter()
            .map(|answer| Answer {
                comment: answer
                    .comment
                    .filter(|_| sure)
                    .map(|comment| comment.replace("\r\n", "\n")),
                ..answer
            })
            .collect();
        prop_assert_eq!(found, expected, "{}", summary);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let questions = questions.into_inner();
    // If every file raised a question, nothing would be tested.
    assert!(
        questions * 2 < CASES,
        "{questions} of {CASES} were questions"
    );
}
