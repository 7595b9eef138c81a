//! The newest row of each group: the rewrite to an aggregate against the window it replaces, and
//! the view `latest_responses`.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit, UInt16Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_plan::displayable;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;
use voxql::{IngestOptions, Lake};

use super::common::{Workspace, value};

/// Number of random tables, each with a few queries.
const TABLES: u32 = 24;

/// Number of random exports.
const LAKES: u32 = 3;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

/// A session with the same tables and without the rewrite.
fn without_rewrite(session: &SessionContext) -> SessionContext {
    let state = session.state();
    let rules = state.optimizers().to_vec();
    let others: Vec<_> = rules
        .iter()
        .filter(|rule| rule.name() != "newest_by_aggregate")
        .cloned()
        .collect();
    assert_eq!(others.len() + 1, rules.len(), "the rewrite has that name");
    let state = SessionStateBuilder::new_from_existing(state)
        .with_optimizer_rules(others)
        .build();
    SessionContext::new_with_state(state)
}

/// Result rows as text, sorted.
async fn rows(session: &SessionContext, sql: &str) -> Vec<String> {
    let frame = session.sql(sql).await.expect(sql);
    let names: Vec<_> = frame
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    let mut rows = Vec::new();
    for batch in frame.collect().await.expect(sql) {
        for row in 0..batch.num_rows() {
            let mut text = String::new();
            for (name, column) in names.iter().zip(batch.columns()) {
                let value = if column.is_null(row) {
                    "NULL".to_owned()
                } else {
                    array_value_to_string(column, row).expect("a value that can be shown")
                };
                write!(text, "{name}={value} ").expect("a string takes all");
            }
            rows.push(text);
        }
    }
    rows.sort();
    rows
}

async fn plan(session: &SessionContext, sql: &str) -> String {
    let frame = session.sql(sql).await.expect(sql);
    let plan = frame.create_physical_plan().await.expect(sql);
    displayable(plan.as_ref()).indent(false).to_string()
}

fn has_window(plan: &str) -> bool {
    plan.contains("WindowAggExec")
}

/// Asserts that a query is rewritten and returns the rows of the window.
async fn assert_same(session: &SessionContext, sql: &str) {
    let windows = without_rewrite(session);
    let with = plan(session, sql).await;
    assert!(
        !has_window(&with) && with.contains("AggregateExec"),
        "{sql}\n{with}"
    );
    let without = plan(&windows, sql).await;
    assert!(has_window(&without), "{sql}\n{without}");
    assert_eq!(rows(session, sql).await, rows(&windows, sql).await, "{sql}");
}

/// A row of `t`. Few values each, so that there are ties, and the ends of each range.
#[derive(Clone, Debug)]
struct Row {
    key: Option<&'static str>,
    number: Option<i64>,
    whole: Option<i64>,
    unsigned: Option<u64>,
    moment: Option<i64>,
    day: Option<i32>,
    text: &'static str,
    coded: Option<&'static str>,
    real: Option<f64>,
}

fn row() -> impl Strategy<Value = Row> {
    let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    // Timestamps that can be formatted, and the ends of the range.
    let moments = [i64::MIN, 0, 86_400_000_000, 1_700_000_000_000_000, i64::MAX];
    (
        select(vec![None, Some(""), Some("ann"), Some("bob"), Some("cy")]),
        select(vec![None, Some(1), Some(2)]),
        proptest::option::of(select(ends.to_vec())),
        proptest::option::of(select(vec![0, 1, u64::MAX - 1, u64::MAX])),
        proptest::option::of(select(moments.to_vec())),
        proptest::option::of(select(vec![i32::MIN, -1, 0, 20_000, i32::MAX])),
        select(vec!["", "a", "b", "ü"]),
        select(vec![None, Some("x"), Some("y")]),
        proptest::option::of(select(vec![-0.0, 0.0, 1.5, f64::NAN])),
    )
        .prop_map(
            |(key, number, whole, unsigned, moment, day, text, coded, real)| Row {
                key,
                number,
                whole,
                unsigned,
                moment,
                day,
                text,
                coded,
                real,
            },
        )
}

/// The rows as a table of batches in two partitions, each row with a unique `id`.
fn table(rows: &[Row]) -> MemTable {
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("key", DataType::Utf8, true),
        Field::new("number", DataType::Int64, true),
        Field::new("whole", DataType::Int64, true),
        Field::new("unsigned", DataType::UInt64, true),
        Field::new(
            "moment",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        Field::new("day", DataType::Date32, true),
        Field::new("text", DataType::Utf8, false),
        Field::new(
            "coded",
            DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8)),
            true,
        ),
        Field::new("real", DataType::Float64, true),
    ]));
    let batch = |(first, rows): (usize, &[Row])| {
        let ids = (first * 5) as i64..;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(ids.take(rows.len()))),
            Arc::new(rows.iter().map(|row| row.key).collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| row.number).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| row.whole).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|row| row.unsigned).collect::<UInt64Array>()),
            Arc::new(
                rows.iter()
                    .map(|row| row.moment)
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
            Arc::new(rows.iter().map(|row| row.day).collect::<Date32Array>()),
            Arc::new(StringArray::from_iter_values(
                rows.iter().map(|row| row.text),
            )),
            Arc::new(
                rows.iter()
                    .map(|row| row.coded)
                    .collect::<DictionaryArray<UInt16Type>>(),
            ),
            Arc::new(rows.iter().map(|row| row.real).collect::<Float64Array>()),
        ];
        RecordBatch::try_new(Arc::clone(&schema), columns).expect("columns of the schema")
    };
    let batches: Vec<_> = rows.chunks(5).enumerate().map(batch).collect();
    let (left, right) = batches.split_at(batches.len() / 2);
    MemTable::try_new(schema, vec![left.to_vec(), right.to_vec()]).expect("batches of the schema")
}

/// A query of the idiom.
fn query() -> impl Strategy<Value = String> {
    let keys = subsequence(vec!["key", "number", "coded", "upper(key)"], 1..=3);
    let order = select(vec![
        "whole",
        "unsigned",
        "moment",
        "day",
        "text",
        "number + 1",
    ]);
    let nulls = select(vec!["", " NULLS FIRST", " NULLS LAST"]);
    let first = select(vec![
        "n = 1",
        "n <= 1",
        "n < 2",
        "1 = n",
        "n BETWEEN 1 AND 1",
    ]);
    let before = select(vec![
        "",
        "WHERE number > 1",
        "WHERE moment IS NOT NULL AND day >= '1970-01-01'",
    ]);
    let after = select(vec![
        "",
        " AND text > 'a'",
        " AND key = 'ann'",
        " AND id % 2 = 0 AND n > 0",
    ]);
    let outputs = select(vec![
        "*",
        "id, text",
        "n, coded, id",
        "key",
        "real, n + id AS next, day, coded || '!' AS shout",
        "count(*), sum(id), max(text)",
    ]);
    let style = 0..4_u8;
    (keys, order, any::<bool>(), nulls, (first, before, after), outputs, style).prop_map(
        |(keys, order, ascending, nulls, (first, before, after), outputs, style)| {
            let ascending = ascending && !matches!(order, "unsigned" | "text");
            let direction = if ascending { "ASC" } else { "DESC" };
            let window = format!(
                "row_number() OVER (PARTITION BY {} ORDER BY {order} {direction}{nulls}, id DESC)",
                keys.join(", ")
            );
            match style {
                0 => format!(
                    "WITH ranked AS (SELECT *, {window} AS n FROM t {before})
                     SELECT {outputs} FROM ranked WHERE {first}{after}"
                ),
                1 => format!(
                    "SELECT {outputs} FROM (SELECT *, {window} AS n FROM t {before} QUALIFY {first}) AS q
                     WHERE true{after}"
                ),
                2 => format!(
                    "SELECT {outputs} FROM (SELECT * FROM (SELECT *, {window} AS n FROM (SELECT * FROM t) AS t {before}) AS a) AS b
                     WHERE {first}{after}"
                ),
                _ => format!(
                    "SELECT {outputs} FROM (SELECT id, key, number, whole, real, day, coded, text, {window} AS n
                                            FROM t {before}) AS q
                     WHERE {first}{after}"
                ),
            }
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aggregate_equals_the_window_on_random_tables() {
    let lake = Workspace::new().lake();
    tokio::task::block_in_place(|| {
        let mut runner = runner(TABLES);
        let cases = (
            proptest::collection::vec(row(), 0..60),
            proptest::collection::vec(query(), 1..5),
        );
        runner
            .run(&cases, |(rows, queries)| {
                let session = lake.session();
                session
                    .register_table("t", Arc::new(table(&rows)))
                    .expect("a new name");
                Handle::current().block_on(async {
                    for sql in &queries {
                        assert_same(&session, sql).await;
                    }
                });
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    });
}

/// Any of the rows that tie is correct, but all columns come from one row, the same one in any read
/// order.
#[tokio::test(flavor = "multi_thread")]
async fn ties_are_whole_rows_of_the_newest_moment() {
    let lake = Workspace::new().lake();
    tokio::task::block_in_place(|| {
        let mut runner = runner(TABLES);
        runner
            .run(&proptest::collection::vec(row(), 1..60), |rows_of_t| {
                Handle::current().block_on(async {
                    let session = lake.session();
                    session
                        .register_table("t", Arc::new(table(&rows_of_t)))
                        .expect("a new name");
                    for nulls in ["", " NULLS LAST"] {
                        let newest = |outputs: &str| {
                            format!(
                                "SELECT {outputs} FROM t QUALIFY row_number() OVER
                                   (PARTITION BY key ORDER BY moment DESC{nulls}) = 1"
                            )
                        };
                        assert_same(&session, &newest("key, moment")).await;
                        let all = rows(&session, "SELECT * FROM t").await;
                        for row in rows(&session, &newest("*")).await {
                            assert!(all.contains(&row), "{row}");
                        }

                        let reversed: Vec<_> = rows_of_t.iter().rev().cloned().collect();
                        let other = lake.session();
                        other
                            .register_table("t", Arc::new(table(&reversed)))
                            .expect("a new name");
                        let outputs = newest("key, text, coded, unsigned, real");
                        assert_eq!(rows(&session, &outputs).await, rows(&other, &outputs).await);
                    }
                });
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn other_windows_are_not_rewritten() {
    let lake = Workspace::new().lake();
    let session = lake.session();
    session
        .register_table("t", Arc::new(table(&[])))
        .expect("a new name");
    for (outputs, over, condition) in [
        // Other ranks than 1.
        ("*", "PARTITION BY key ORDER BY moment DESC", "n <= 2"),
        ("*", "PARTITION BY key ORDER BY moment DESC", "n = 2"),
        (
            "*",
            "PARTITION BY key ORDER BY moment DESC",
            "n = 1 OR text = 'a'",
        ),
        ("*", "PARTITION BY key ORDER BY moment DESC", "n > 1"),
        // One group, which an aggregate has even without rows.
        ("*", "ORDER BY moment DESC", "n = 1"),
        ("*", "PARTITION BY 1 ORDER BY moment DESC", "n = 1"),
        // No order.
        ("*", "PARTITION BY key", "n = 1"),
        // Orders and keys that the aggregate does not support.
        ("*", "PARTITION BY key ORDER BY random() DESC", "n = 1"),
        ("*", "PARTITION BY key ORDER BY key ASC", "n = 1"),
        ("*", "PARTITION BY key ORDER BY real DESC", "n = 1"),
        (
            "*",
            "PARTITION BY key ORDER BY moment DESC, text ASC",
            "n = 1",
        ),
        ("*", "PARTITION BY real ORDER BY moment DESC", "n = 1"),
    ] {
        let sql = format!(
            "SELECT {outputs} FROM (SELECT *, row_number() OVER ({over}) AS n FROM t) WHERE {condition}"
        );
        let plan = plan(&session, &sql).await;
        assert!(has_window(&plan), "{sql}\n{plan}");
    }
    for function in ["rank()", "dense_rank()", "count(*)"] {
        let sql = format!(
            "SELECT * FROM t QUALIFY {function} OVER (PARTITION BY key ORDER BY moment DESC) = 1"
        );
        let plan = plan(&session, &sql).await;
        assert!(has_window(&plan), "{sql}\n{plan}");
    }
    let two = "SELECT *, count(*) OVER (PARTITION BY key ORDER BY moment DESC) AS c FROM t
               QUALIFY row_number() OVER (PARTITION BY key ORDER BY moment DESC) = 1";
    let plan = plan(&session, two).await;
    assert!(has_window(&plan), "{plan}");
}

/// Non-nullable columns and the metadata of kept columns are preserved: tables created from the
/// result have the columns of the original plan.
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_has_the_columns_of_the_window() {
    let workspace = Workspace::new();
    let lake = imported(&workspace, &EXPORT.map(Answer::from)).await;
    let session = lake.session();
    let newest = "SELECT * FROM (SELECT *, row_number() OVER
                    (PARTITION BY survey, respondent ORDER BY responded_at DESC) AS n
                  FROM responses) WHERE n = 1";
    let windows = without_rewrite(&session);
    let mut schemas = Vec::new();
    for session in [&session, &windows] {
        let frame = session.sql(newest).await.expect("a query");
        let plan = frame.create_physical_plan().await.expect("a plan");
        schemas.push(plan.schema());
    }
    assert_eq!(schemas[0], schemas[1]);
    for table in [newest, "SELECT * FROM latest_responses"] {
        let create = format!("CREATE OR REPLACE TABLE kept AS {table}");
        session
            .sql(&create)
            .await
            .expect("a table")
            .collect()
            .await
            .expect("a table");
        assert_eq!(
            rows(&session, "SELECT * FROM kept").await,
            rows(&session, table).await
        );
    }
}

/// A line of an export: survey, who, when and what.
#[derive(Clone, Debug)]
struct Answer {
    survey: &'static str,
    who: Option<&'static str>,
    day: Option<&'static str>,
    score: Option<u8>,
    segment: &'static str,
}

type Line = (
    &'static str,
    &'static str,
    &'static str,
    Option<u8>,
    &'static str,
);

impl From<Line> for Answer {
    fn from((survey, who, day, score, segment): Line) -> Self {
        Self {
            survey,
            who: (!who.is_empty()).then_some(who),
            day: (!day.is_empty()).then_some(day),
            score,
            segment,
        }
    }
}

/// Imports answers with the ids r0, r1, ….
async fn imported(workspace: &Workspace, answers: &[Answer]) -> Lake {
    let mut export = "id,survey,email,date,score,Customer Segment\n".to_owned();
    for (id, answer) in answers.iter().enumerate() {
        let score = answer.score.map(|score| score.to_string());
        writeln!(
            export,
            "r{id},{},{},{},{},{}",
            answer.survey,
            answer.who.unwrap_or_default(),
            answer.day.unwrap_or_default(),
            score.unwrap_or_default(),
            answer.segment,
        )
        .expect("a string takes all");
    }
    let file = workspace.write("export.csv", export);
    let mut options = IngestOptions::default();
    options.map = [
        (voxql::Field::ResponseId, "id"),
        (voxql::Field::Survey, "survey"),
        (voxql::Field::Respondent, "email"),
        (voxql::Field::RespondedAt, "date"),
        (voxql::Field::Score, "score"),
    ]
    .map(|(field, header)| (field, Some(header.to_owned())))
    .to_vec();
    options.keep = vec!["Customer Segment".into()];
    options.date_format = Some("%Y-%m-%d".into());
    // The random answers may all be below 8.
    options.scale = "0-10".parse().ok();
    let lake = workspace.lake();
    let summary = lake.ingest(file, &options).await.expect("an export");
    assert_eq!(summary.new, answers.len() as u64, "{summary}");
    lake
}

const EXPORT: [Line; 10] = [
    ("spring", "ann@example.com", "2026-03-01", Some(3), "web"),
    ("spring", "ann@example.com", "2026-05-01", Some(9), "app"),
    // Opened without an answer.
    ("spring", "ann@example.com", "2026-06-01", None, "app"),
    // Another survey.
    ("autumn", "ann@example.com", "2026-01-01", Some(7), "web"),
    // Without a date: older than the others, and the only one.
    ("spring", "bob@example.com", "", Some(10), "web"),
    ("spring", "bob@example.com", "2020-01-01", Some(0), "app"),
    ("spring", "cy@example.com", "", Some(8), "web"),
    // Two on one day: the greatest id is the newest, not the greatest score.
    ("spring", "dee@example.com", "2026-02-01", Some(10), "web"),
    ("spring", "dee@example.com", "2026-02-01", Some(1), "app"),
    ("spring", "", "2026-02-01", Some(5), "web"),
];

#[tokio::test(flavor = "multi_thread")]
async fn latest_responses_has_one_answer_of_each_respondent_and_survey() {
    let workspace = Workspace::new();
    let mut export = EXPORT.map(Answer::from).to_vec();
    // Anonymous responses all count.
    export.push(export[9].clone());
    let lake = imported(&workspace, &export).await;
    let ids = "SELECT string_agg(response_id, ' ' ORDER BY response_id) FROM latest_responses";
    assert_eq!(value(&lake, ids).await, "r1 r10 r3 r5 r6 r8 r9");
    assert_eq!(
        value(&lake, "SELECT round(nps(score), 4) FROM latest_responses").await,
        // One promoter and four detractors of seven.
        "-42.8571"
    );
    let columns = |table: &str| {
        format!(
            "SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY ordinal_position)
             FROM information_schema.columns WHERE table_name = '{table}'"
        )
    };
    assert_eq!(
        value(&lake, &columns("latest_responses")).await,
        value(&lake, &columns("responses")).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn latest_responses_reads_only_needed_columns() {
    let workspace = Workspace::new();
    let lake = imported(&workspace, &EXPORT.map(Answer::from)).await;
    let session = lake.session();
    let sql = "SELECT nps(score) FROM latest_responses WHERE survey = 'spring'";
    let plan = plan(&session, sql).await;
    assert!(!has_window(&plan), "{plan}");
    let scans: Vec<_> = plan
        .lines()
        .filter(|line| line.contains("DataSourceExec"))
        .collect();
    assert_eq!(scans.len(), 2, "{plan}");
    for scan in scans {
        assert!(
            scan.contains("score") && scan.contains("respondent"),
            "{plan}"
        );
        assert!(
            scan.contains("survey=spring") && !scan.contains("survey=autumn"),
            "{plan}"
        );
        for column in [
            "comment",
            "metric",
            "source",
            "rating",
            "consent",
            "customer_segment",
        ] {
            assert!(!scan.contains(column), "{column}\n{plan}");
        }
    }
}

/// The view, expressed as a self-join.
const LATEST: &str = "SELECT * FROM responses AS r WHERE score IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM responses AS o
      WHERE o.survey = r.survey AND o.respondent = r.respondent AND o.score IS NOT NULL
        AND (coalesce(o.responded_at, TIMESTAMP '1900-01-01') > coalesce(r.responded_at, TIMESTAMP '1900-01-01')
             OR (o.responded_at IS NOT DISTINCT FROM r.responded_at) AND o.response_id > r.response_id))";

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_rows_of_a_lake_equal_other_queries() {
    let who = ["ann@example.com", "bob@example.com", "cy@example.com"];
    let days = ["2026-01-31", "2026-02-01", "2026-02-02", "1999-12-31"];
    let answer = (
        select(vec!["spring", "autumn"]),
        proptest::option::weighted(0.8, select(who.to_vec())),
        proptest::option::weighted(0.7, select(days.to_vec())),
        proptest::option::weighted(0.8, 0..=10_u8),
        select(vec!["web", "app"]),
    )
        .prop_map(|(survey, who, day, score, segment)| Answer {
            survey,
            who,
            day,
            score,
            segment,
        });
    tokio::task::block_in_place(|| {
        let mut runner = runner(LAKES);
        runner
            .run(&proptest::collection::vec(answer, 1..40), |mut answers| {
                // One column must have a score, and one a date.
                answers.push(Answer::from(EXPORT[0]));
                let workspace = Workspace::new();
                Handle::current().block_on(async {
                    let lake = imported(&workspace, &answers).await;
                    assert_lake(&lake.session()).await;
                });
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    });
}

async fn assert_lake(session: &SessionContext) {
    assert_eq!(
        rows(session, "SELECT * FROM latest_responses").await,
        rows(session, LATEST).await
    );
    let by_segment = |table: &str| {
        format!(
            "SELECT customer_segment, count(*) AS n, nps(score) AS nps, max(month) AS month FROM {table}
             WHERE month <> 'undated' AND survey = 'spring' GROUP BY customer_segment"
        )
    };
    let windows = without_rewrite(session);
    for table in ["latest_responses", &format!("({LATEST})")] {
        assert_eq!(
            rows(session, &by_segment(table)).await,
            rows(&windows, &by_segment("latest_responses")).await
        );
    }
    for (order, nulls) in [
        ("responded_at DESC", "NULLS FIRST"),
        ("responded_at DESC", "NULLS LAST"),
        ("responded_at", "NULLS LAST"),
        ("responded_at", "NULLS FIRST"),
    ] {
        let order = format!("{order} {nulls}, response_id DESC");
        let newest = format!(
            "SELECT survey, respondent, response_id, score FROM (
               SELECT *, row_number() OVER (PARTITION BY respondent, survey ORDER BY {order}) AS n
               FROM responses WHERE customer_segment = 'web') WHERE n = 1"
        );
        assert_same(session, &newest).await;
        let first_value = format!(
            "SELECT survey, respondent, first_value(response_id ORDER BY {order}) AS response_id,
                    first_value(score ORDER BY {order}) AS score
             FROM responses WHERE customer_segment = 'web' GROUP BY survey, respondent"
        );
        assert_eq!(
            rows(session, &newest).await,
            rows(session, &first_value).await
        );
    }
}
