//! `latest_by` in SQL, and its properties on random data.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Int8Array, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use datafusion::common::ScalarValue;
use datafusion::prelude::{SessionConfig, SessionContext, col};
use datafusion_functions_nps::{expr_fn, register_all, udfs};
use proptest::prelude::*;

use crate::accumulators::{Function, grouped};
use crate::sql::{assert_error, context, rows, value};

const ANSWERS: &str = "(VALUES ('ann', 3, 'slow', 1), ('ann', 9, NULL, 4), ('ann', 5, 'ok', NULL), ('ann', NULL, 'late', 2),
                               ('bob', 7, 'fine', 3), ('bob', 8, 'fine', 3), ('bob', NULL, 'what', 3),
                               ('cid', 1, 'gone', NULL)) AS t(who, score, comment, day)";

#[tokio::test]
async fn latest_of_each_group() {
    let ctx = context();
    let sql = format!(
        "SELECT who, latest_by(score, day), latest_by(comment, day),
                latest_by(comment, day) FILTER (WHERE comment IS NOT NULL)
         FROM {ANSWERS} GROUP BY who ORDER BY who"
    );
    let expected = ["ann|9||late", "bob|8|what|what", "cid|||"];
    assert_eq!(rows(&ctx, &sql).await, expected);
    // All columns of one row.
    let sql = format!(
        "SELECT latest_by(named_struct('score', score, 'comment', comment), day) FROM {ANSWERS} GROUP BY who ORDER BY who"
    );
    let expected = ["{score: 9, comment: }", "{score: 8, comment: fine}", ""];
    assert_eq!(rows(&ctx, &sql).await, expected);
    let sql = format!("SELECT latest_by(score, day), latest_by(score, score) FROM {ANSWERS}");
    assert_eq!(value(&ctx, &sql).await, "9|9");
    let none = format!("SELECT latest_by(score, day) FROM {ANSWERS} WHERE day > 9");
    assert_eq!(value(&ctx, &none).await, "");
}

#[tokio::test]
async fn values_and_times_of_any_type() {
    let ctx = context();
    for at in [
        "DATE '2025-01-01' + day",
        "to_timestamp(day)",
        "to_timestamp(day)::timestamptz",
        "arrow_cast(day, 'Float32')",
        "arrow_cast(day, 'UInt64')",
        "arrow_cast(day, 'Decimal128(9, 2)')",
        "arrow_cast(CAST(day AS VARCHAR), 'Utf8View')",
        "arrow_cast(CAST(day AS VARCHAR), 'Dictionary(Int8, Utf8)')",
        "named_struct('day', day)",
        "[day]",
    ] {
        for value_of in "text|arrow_cast(text, 'LargeUtf8')|\
            arrow_cast(text, 'Utf8View')|arrow_cast(text, 'Dictionary(Int32, Utf8)')|\
            CAST(text AS BYTEA)|named_struct('t', text)|[text]|text = 'new'|\
            to_timestamp(day)"
            .split('|')
        {
            let sql = format!(
                "SELECT latest_by(v, at) = max(v) FILTER (WHERE day = 2), latest_by(v, at) IS NULL
                 FROM (SELECT {value_of} AS v, {at} AS at, day FROM (VALUES ('old', 1), ('new', 2), ('older', 0)) AS t(text, day))"
            );
            // max() does not take every type.
            let sql = match value_of {
                "[text]" => sql.replace("max(v)", "first_value(v)"),
                _ => sql,
            };
            assert_eq!(value(&ctx, &sql).await, "true|false", "{value_of} at {at}");
            let grouped = format!(
                "SELECT latest_by(v, at) = first_value(v) FILTER (WHERE day = 2)
                 FROM (SELECT {value_of} AS v, {at} AS at, day FROM (VALUES ('old', 1), ('new', 2), ('older', 0)) AS t(text, day))
                 GROUP BY day >= 0"
            );
            assert_eq!(value(&ctx, &grouped).await, "true", "{value_of} at {at}");
        }
    }
    let nulls = "SELECT latest_by(NULL, 1), latest_by(1, NULL), arrow_typeof(latest_by(1, NULL))";
    assert_eq!(value(&ctx, nulls).await, "||Int64");
}

#[tokio::test]
async fn windows() {
    let ctx = context();
    let sql = "SELECT latest_by(v, at) OVER w, latest_by(v, at) OVER so_far
               FROM (VALUES (1, 'a', 5), (2, 'b', 7), (3, 'c', NULL), (4, 'd', 6), (5, NULL, 6), (6, 'f', 1)) AS t(n, v, at)
               WINDOW w AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), so_far AS (ORDER BY n) ORDER BY n";
    let expected = ["a|a", "b|b", "b|b", "d|b", "d|b", "|b"];
    assert_eq!(rows(&ctx, sql).await, expected);
    let sql = "SELECT latest_by(named_struct('v', v), at) OVER (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
               FROM (VALUES (1, 'a', 5), (2, 'b', 7), (3, 'c', 1)) AS t(n, v, at) ORDER BY n";
    assert_eq!(rows(&ctx, sql).await, ["", "{v: a}", "{v: b}"]);
    let sql = "SELECT latest_by(n, at) OVER (PARTITION BY n % 2 ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
               FROM (VALUES (1, 5), (2, 7), (3, 1)) AS t(n, at) ORDER BY n";
    assert_eq!(rows(&ctx, sql).await, ["1", "2", "1"]);
}

#[tokio::test]
async fn invalid_calls_are_refused() {
    let ctx = context();
    assert_error(
        &ctx,
        "SELECT latest_by(1)",
        "latest_by takes a value and its time, not 1 arguments: latest_by(value, at)",
    )
    .await;
    assert_error(
        &ctx,
        "SELECT latest_by(1, 2) IGNORE NULLS",
        "NULLS are not permitted for latest_by",
    )
    .await;
}

/// Many groups, so that partial states are made, split, skipped and merged.
#[tokio::test]
async fn it_agrees_with_row_number() {
    let config = SessionConfig::new()
        .with_batch_size(64)
        .with_target_partitions(4)
        .set_u64(
            "datafusion.execution.skip_partial_aggregation_probe_rows_threshold",
            500,
        );
    let mut ctx = SessionContext::new_with_config(config);
    register_all(&mut ctx).expect("functions");
    ctx.sql(
        "CREATE TABLE t AS SELECT 'respondent number ' || (value * 7919 % 977) AS who, value * 31 % 1009 AS at,
                                  'what was said ' || (value % 13) AS said, value % 11 AS score
         FROM generate_series(1, 8000)",
    )
    .await
    .expect("table");
    let agreeing = "SELECT count(*), count(*) FILTER (WHERE l.said = r.said AND l.score = r.score)
         FROM (SELECT who, latest_by(said, [at, score]) AS said, latest_by(score, at) AS score FROM t GROUP BY who) l
         JOIN (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY who ORDER BY at DESC, score DESC, said DESC) AS n FROM t)
               WHERE n = 1) r ON l.who = r.who";
    assert_eq!(value(&ctx, agreeing).await, "977|977");
}

#[tokio::test]
async fn the_data_frame_api_is_the_same() {
    let ctx = context();
    let frame = ctx.sql(&format!("SELECT * FROM {ANSWERS}")).await.unwrap();
    let latest = expr_fn::latest_by(col("score"), col("day"));
    let frame = frame.aggregate(vec![], vec![latest]).unwrap();
    ctx.register_table("api", frame.into_view()).unwrap();
    assert_eq!(value(&ctx, "SELECT * FROM api").await, "9");
}

/// A score, one of a few comments, and a time.
type Row = (Option<i8>, Option<u8>, Option<i64>);

fn answers() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        prop::option::weighted(0.8, 0..3_i8),
        prop::option::weighted(0.8, 0..3_u8),
        prop::option::weighted(0.8, 0..6_i64),
    );
    prop::collection::vec(row, 0..60)
}

/// The type of the time.
#[derive(Debug, Clone, Copy)]
enum At {
    Timestamp,
    Text,
}

fn columns(rows: &[Row], at: At) -> Vec<ArrayRef> {
    let scores: Int8Array = rows.iter().map(|row| row.0).collect();
    let comments: StringArray = rows
        .iter()
        .map(|row| row.1.map(|number| format!("comment number {number}")))
        .collect();
    let answer = RecordBatch::try_from_iter_with_nullable([
        ("score", Arc::new(scores) as ArrayRef, true),
        ("comment", Arc::new(comments) as ArrayRef, true),
    ])
    .expect("columns of one length");
    let answer: StructArray = answer.into();
    let times: TimestampMicrosecondArray = rows.iter().map(|row| row.2).collect();
    let at: ArrayRef = match at {
        At::Timestamp => Arc::new(times),
        At::Text => Arc::new(
            times
                .iter()
                .map(|at| at.map(|at| at.to_string()))
                .collect::<StringArray>(),
        ),
    };
    vec![Arc::new(answer), at]
}

/// Computes the result by the definition.
fn expected(rows: &[Row]) -> Option<(Option<i8>, Option<u8>)> {
    rows.iter()
        .filter_map(|&(score, comment, at)| Some((at?, score, comment)))
        // `None` is the least option in Rust too.
        .max()
        .map(|(_, score, comment)| (score, comment))
}

fn read(result: &ScalarValue) -> Option<(Option<i8>, Option<u8>)> {
    let ScalarValue::Struct(answer) = result else {
        panic!("{result} is not a struct");
    };
    if answer.is_null(0) {
        return None;
    }
    let score = ScalarValue::try_from_array(answer.column(0), 0).expect("a score");
    let ScalarValue::Int8(score) = score else {
        panic!("{score} is not a score");
    };
    let comment = ScalarValue::try_from_array(answer.column(1), 0).expect("a comment");
    let comment = comment.try_as_str().flatten();
    let number = comment.map(|comment| {
        let (_, number) = comment.rsplit_once(' ').expect("a number");
        number.parse().expect("a number")
    });
    Some((score, number))
}

fn function(at: At) -> Function {
    Function::new(udfs::latest_by_udaf(), &columns(&[], at), vec![])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn results_match_the_definition(rows in answers(), cut: prop::sample::Index) {
        for at in [At::Timestamp, At::Text] {
            let mut accumulator = function(at).accumulator();
            let (left, right) = rows.split_at(cut.index(rows.len() + 1));
            accumulator.update_batch(&columns(left, at)).unwrap();
            accumulator.update_batch(&columns(right, at)).unwrap();
            prop_assert_eq!(read(&accumulator.evaluate().unwrap()), expected(&rows));
        }
    }

    #[test]
    fn order_does_not_matter(
        (rows, shuffled) in answers().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let function = function(At::Timestamp);
        let [one, other] = [&rows, &shuffled].map(|rows| function.evaluate(&columns(rows, At::Timestamp)));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn parts_merged_are_the_whole(rows in answers(), cut: prop::sample::Index) {
        for at in [At::Timestamp, At::Text] {
            let (left, right) = rows.split_at(cut.index(rows.len() + 1));
            let batches = [left, right].map(|part| columns(part, at));
            prop_assert_eq!(read(&function(at).evaluate_merged(&batches)), expected(&rows));
        }
    }

    #[test]
    fn sliding_windows_equal_separate_evaluation(rows in answers(), width in 1..8_usize) {
        for at in [At::Timestamp, At::Text] {
            let mut window = function(at).window();
            prop_assert!(window.supports_retract_batch());
            for end in 0..rows.len() {
                window.update_batch(&columns(&rows[end..=end], at)).unwrap();
                if let Some(gone) = end.checked_sub(width) {
                    window.retract_batch(&columns(&rows[gone..=gone], at)).unwrap();
                }
                let frame = &rows[(end + 1).saturating_sub(width)..=end];
                prop_assert_eq!(read(&window.evaluate().unwrap()), expected(frame));
            }
        }
    }

    #[test]
    fn groups_equal_separate_evaluation((rows, grouping) in grouped(answers())) {
        for at in [At::Timestamp, At::Text] {
            let results = function(at).evaluate_groups(&columns(&rows, at), &grouping);
            for (group, result) in results.iter().enumerate() {
                let in_group = (0..rows.len()).filter(|&row| grouping.contains(group, row));
                let in_group: Vec<Row> = in_group.map(|row| rows[row]).collect();
                prop_assert_eq!(read(result), expected(&in_group));
            }
        }
    }
}

#[test]
fn states_and_results_have_the_declared_types() {
    for at in [At::Timestamp, At::Text] {
        function(at).assert_types();
    }
}
