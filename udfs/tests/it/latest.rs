//! `latest_by`: in SQL, and what holds for any data.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Int8Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion::prelude::{SessionConfig, SessionContext, col};
use datafusion_functions_nps::{expr_fn, register_all, udfs};
use proptest::prelude::*;

use crate::sql::{context, error, rows, value};

const ANSWERS: &str = "(VALUES ('ann', 3, 'slow', 1), ('ann', 9, NULL, 4), ('ann', 5, 'ok', NULL), ('ann', NULL, 'late', 2),
                               ('bob', 7, 'fine', 3), ('bob', 8, 'fine', 3), ('bob', NULL, 'what', 3),
                               ('cid', 1, 'gone', NULL)) AS t(who, score, comment, day)";

#[tokio::test]
async fn the_newest_of_each_group() {
    let ctx = context();
    let sql = format!(
        "SELECT who, latest_by(score, day), latest_by(comment, day),
                latest_by(comment, day) FILTER (WHERE comment IS NOT NULL), latest_by(DISTINCT score, day)
         FROM {ANSWERS} GROUP BY who ORDER BY who"
    );
    assert_eq!(
        rows(&ctx, &sql).await,
        ["ann|9||late|9", "bob|8|what|what|8", "cid||||"]
    );
    // All columns of one row.
    let sql = format!(
        "SELECT latest_by(named_struct('score', score, 'comment', comment), day) FROM {ANSWERS} GROUP BY who ORDER BY who"
    );
    assert_eq!(
        rows(&ctx, &sql).await,
        ["{score: 9, comment: }", "{score: 8, comment: fine}", ""]
    );
    let sql = format!("SELECT latest_by(score, day), latest_by(score, score) FROM {ANSWERS}");
    assert_eq!(value(&ctx, &sql).await, "9|9");
    let none = format!("SELECT latest_by(score, day) FROM {ANSWERS} WHERE day > 9");
    assert_eq!(value(&ctx, &none).await, "");
}

#[tokio::test]
async fn any_value_and_any_time() {
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
        for value_of in [
            "text",
            "arrow_cast(text, 'LargeUtf8')",
            "arrow_cast(text, 'Utf8View')",
            "arrow_cast(text, 'Dictionary(Int32, Utf8)')",
            "CAST(text AS BYTEA)",
            "named_struct('t', text)",
            "[text]",
            "text = 'new'",
            "to_timestamp(day)",
        ] {
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
    assert_eq!(
        value(
            &ctx,
            "SELECT latest_by(NULL, 1), latest_by(1, NULL), arrow_typeof(latest_by(1, NULL))"
        )
        .await,
        "||Int64"
    );
}

#[tokio::test]
async fn windows() {
    let ctx = context();
    let sql = "SELECT latest_by(v, at) OVER w, latest_by(v, at) OVER so_far
               FROM (VALUES (1, 'a', 5), (2, 'b', 7), (3, 'c', NULL), (4, 'd', 6), (5, NULL, 6), (6, 'f', 1)) AS t(n, v, at)
               WINDOW w AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), so_far AS (ORDER BY n) ORDER BY n";
    assert_eq!(
        rows(&ctx, sql).await,
        ["a|a", "b|b", "b|b", "d|b", "d|b", "|b"]
    );
    let sql = "SELECT latest_by(named_struct('v', v), at) OVER (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
               FROM (VALUES (1, 'a', 5), (2, 'b', 7), (3, 'c', 1)) AS t(n, v, at) ORDER BY n";
    assert_eq!(rows(&ctx, sql).await, ["", "{v: a}", "{v: b}"]);
    let sql = "SELECT latest_by(n, at) OVER (PARTITION BY n % 2 ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
               FROM (VALUES (1, 5), (2, 7), (3, 1)) AS t(n, at) ORDER BY n";
    assert_eq!(rows(&ctx, sql).await, ["1", "2", "1"]);
}

#[tokio::test]
async fn what_it_does_not_take() {
    let ctx = context();
    let message = error(&ctx, "SELECT latest_by(1)").await;
    assert!(
        message.contains(
            "latest_by takes a value and its time, not 1 arguments: latest_by(value, at)"
        ),
        "{message}"
    );
    let message = error(&ctx, "SELECT latest_by(1, 2) IGNORE NULLS").await;
    assert!(
        message.contains("NULLS are not permitted for latest_by"),
        "{message}"
    );
}

/// Many groups, so that partial states are made, split, skipped and merged.
#[tokio::test]
async fn it_is_the_row_that_row_number_puts_first() {
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

/// A score, a comment of few different ones, and a time.
type Row = (Option<i8>, Option<u8>, Option<i64>);

fn answers() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        prop::option::weighted(0.8, 0..3_i8),
        prop::option::weighted(0.8, 0..3_u8),
        prop::option::weighted(0.8, 0..6_i64),
    );
    prop::collection::vec(row, 0..60)
}

/// How the time is held.
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

/// The answer by the definition.
fn expected(rows: &[Row]) -> Option<(Option<i8>, Option<u8>)> {
    rows.iter()
        .filter_map(|&(score, comment, at)| Some((at?, score, comment)))
        // Of Rust's options, too, `None` is the least.
        .max()
        .map(|(_, score, comment)| (score, comment))
}

fn read(result: &ScalarValue) -> Option<(Option<i8>, Option<u8>)> {
    let ScalarValue::Struct(answer) = result else {
        panic!("{result} is no struct");
    };
    if answer.is_null(0) {
        return None;
    }
    let score = ScalarValue::try_from_array(answer.column(0), 0).expect("a score");
    let ScalarValue::Int8(score) = score else {
        panic!("{score} is no score");
    };
    let comment = ScalarValue::try_from_array(answer.column(1), 0).expect("a comment");
    let comment = comment.try_as_str().flatten();
    let number = comment.map(|comment| {
        let (_, number) = comment.rsplit_once(' ').expect("a number");
        number.parse().expect("a number")
    });
    Some((score, number))
}

struct Function {
    fields: Vec<FieldRef>,
    return_field: FieldRef,
    schema: Schema,
}

impl Function {
    fn new(at: At) -> Self {
        let fields: Vec<FieldRef> = columns(&[], at)
            .iter()
            .map(|column| Arc::new(Field::new("c", column.data_type().clone(), true)))
            .collect();
        Self {
            return_field: udfs::latest_by_udaf()
                .return_field(&fields)
                .expect("types it accepts"),
            fields,
            schema: Schema::empty(),
        }
    }

    fn args(&self) -> AccumulatorArgs<'_> {
        AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "latest_by",
            is_distinct: false,
            exprs: &[],
            expr_fields: &self.fields,
        }
    }

    fn accumulator(&self) -> Box<dyn Accumulator> {
        udfs::latest_by_udaf()
            .accumulator(self.args())
            .expect("accumulator")
    }

    fn window(&self) -> Box<dyn Accumulator> {
        udfs::latest_by_udaf()
            .create_sliding_accumulator(self.args())
            .expect("sliding accumulator")
    }

    fn groups(&self) -> Box<dyn GroupsAccumulator> {
        udfs::latest_by_udaf()
            .create_groups_accumulator(self.args())
            .expect("groups accumulator")
    }
}

fn state_arrays(state: &[ScalarValue]) -> Vec<ArrayRef> {
    state
        .iter()
        .map(|value| value.to_array().expect("one value"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_what_the_definition_says(rows in answers(), cut: prop::sample::Index) {
        for at in [At::Timestamp, At::Text] {
            let mut accumulator = Function::new(at).accumulator();
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
        let function = Function::new(At::Timestamp);
        let [one, other] = [&rows, &shuffled].map(|rows| {
            let mut accumulator = function.accumulator();
            accumulator.update_batch(&columns(rows, At::Timestamp)).unwrap();
            accumulator.evaluate().unwrap()
        });
        prop_assert_eq!(one, other);
    }

    #[test]
    fn parts_merged_are_the_whole(rows in answers(), cut: prop::sample::Index) {
        for at in [At::Timestamp, At::Text] {
            let function = Function::new(at);
            let mut merged = function.accumulator();
            let (left, right) = rows.split_at(cut.index(rows.len() + 1));
            for part in [left, right] {
                let mut accumulator = function.accumulator();
                if !part.is_empty() {
                    accumulator.update_batch(&columns(part, at)).unwrap();
                }
                let state = accumulator.state().unwrap();
                merged.merge_batch(&state_arrays(&state)).unwrap();
            }
            prop_assert_eq!(read(&merged.evaluate().unwrap()), expected(&rows));
        }
    }

    #[test]
    fn a_sliding_window_is_as_if_computed_afresh(rows in answers(), width in 1..8_usize) {
        for at in [At::Timestamp, At::Text] {
            let mut window = Function::new(at).window();
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

    /// Rows of some groups, some of them filtered out, go through states of either kind and a
    /// merge, and come out in two parts.
    #[test]
    fn groups_are_as_if_computed_apart(
        rows in answers(),
        seed in prop::collection::vec((0..5_usize, prop::option::weighted(0.9, prop::bool::weighted(0.8))), 60),
        cut: prop::sample::Index,
        first in 0..=5_usize,
    ) {
        let groups: Vec<usize> = seed.iter().map(|s| s.0).take(rows.len()).collect();
        let passes: Vec<Option<bool>> = seed.iter().map(|s| s.1).take(rows.len()).collect();
        let cut = cut.index(rows.len() + 1);
        for at in [At::Timestamp, At::Text] {
            let function = Function::new(at);
            let mut partial = function.groups();
            partial
                .update_batch(
                    &columns(&rows[..cut], at),
                    &groups[..cut],
                    Some(&BooleanArray::from(passes[..cut].to_vec())),
                    5,
                )
                .unwrap();
            let mut merged = function.groups();
            let mut group = 0;
            for emit_to in [EmitTo::First(first), EmitTo::All] {
                let state = partial.state(emit_to).unwrap();
                let indices: Vec<_> = (group..group + state[0].len()).collect();
                group += indices.len();
                merged.merge_batch(&state, &indices, 5).unwrap();
            }
            prop_assert_eq!(group, 5);
            let state = function
                .groups()
                .convert_to_state(
                    &columns(&rows[cut..], at),
                    Some(&BooleanArray::from(passes[cut..].to_vec())),
                )
                .unwrap();
            merged.merge_batch(&state, &groups[cut..], 5).unwrap();

            let parts = [EmitTo::First(first), EmitTo::All].map(|emit_to| merged.evaluate(emit_to).unwrap());
            prop_assert_eq!(parts[0].len(), first);
            let results = parts.iter().flat_map(|part| {
                (0..part.len()).map(|row| ScalarValue::try_from_array(part, row).expect("a value"))
            });
            for (group, result) in results.enumerate() {
                let in_group: Vec<Row> = (0..rows.len())
                    .filter(|&row| groups[row] == group && passes[row] == Some(true))
                    .map(|row| rows[row])
                    .collect();
                prop_assert_eq!(read(&result), expected(&in_group));
            }
        }
    }
}

#[test]
fn state_fields_are_the_types_of_the_state() {
    for at in [At::Timestamp, At::Text] {
        let function = Function::new(at);
        let args = StateFieldsArgs {
            name: "f",
            input_fields: &function.fields,
            return_field: Arc::clone(&function.return_field),
            ordering_fields: &[],
            is_distinct: false,
        };
        let fields = udfs::latest_by_udaf().state_fields(args).unwrap();
        let fields: Vec<DataType> = fields.iter().map(|f| f.data_type().clone()).collect();
        let state = function.accumulator().state().unwrap();
        let state: Vec<DataType> = state.iter().map(ScalarValue::data_type).collect();
        assert_eq!(fields, state);
    }
}
