//! Functions of comments: `distinctive_terms`, `sentiment`, and functions that display text.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int8Array, StringArray};
use datafusion::prelude::{SessionContext, col, lit};
use datafusion_functions_nps::{expr_fn, udfs};
use proptest::prelude::*;

use crate::accumulators::Function;
use crate::sql::{assert_error, cases, context, rows, small_batches, value};

/// Comments, scores, and the number of respondents with each.
const COMMENTS: &str = "(SELECT comment, score, times, unnest(range(times)) FROM (VALUES
    ('Slow, slow, SLOW app', 2, 4), ('slow billing', 5, 3), ('The app is helpful', 9, 5),
    ('helpful people', 10, 3), ('A slow app', 8, 2), (NULL, 0, 9), ('slow', NULL, 9), ('mr smith', 1, 2)
  ) AS c(comment, score, times))";

#[tokio::test]
async fn terms_of_both_sides() {
    let ctx = context();
    let sql = |arguments: &str| {
        format!(
            "SELECT t['term'], t['z_score'] > 0, t['detractors'], t['promoters']
             FROM (SELECT unnest(distinctive_terms({arguments})) AS t FROM {COMMENTS})"
        )
    };
    assert_eq!(
        rows(&ctx, &sql("comment, score")).await,
        [
            "slow|true|7|0",
            "billing|true|3|0",
            "app|false|4|5",
            "people|false|0|3",
            "helpful|false|0|8",
        ]
    );
    let expected = ["slow|true|7|0", "helpful|false|0|8"];
    assert_eq!(rows(&ctx, &sql("comment, score, 1")).await, expected);
    let terms = rows(&ctx, &sql("comment, score, k => 100, min_respondents => 2")).await;
    assert!(terms.contains(&"smith|true|2|0".to_owned()), "{terms:?}");
    let expected = ["app|false|4|5"];
    assert_eq!(rows(&ctx, &sql("comment, score, 10, 9")).await, expected);
}

/// Counts of terms as input for `bayes_compare_language` of Jack Hessel's FightingWords, with the
/// counts of all comments as prior, and the result of its formula, computed in Python.
#[tokio::test]
async fn golden_values_of_fighting_words() {
    let ctx = context();
    let uses = "(VALUES ('slow', 20, 6, 3), ('billing', 12, 0, 4), ('app', 15, 10, 30),
                        ('helpful', 2, 0, 25), ('price', 9, 8, 9)) AS u(term, d, n, p)";
    let comments = ["(0, d)", "(7, n)", "(10, p)"].map(|side| {
        let (score, times) = side.trim_matches(['(', ')']).split_once(", ").expect("two");
        format!(
            "SELECT term, {score} AS score FROM (SELECT term, unnest(range({times})) FROM {uses})"
        )
    });
    let sql = format!(
        "SELECT t['term'], round(t['z_score'], 9) FROM (
           SELECT unnest(distinctive_terms(term, score)) AS t FROM ({}))",
        comments.join(" UNION ALL ")
    );
    assert_eq!(
        rows(&ctx, &sql).await,
        [
            "slow|2.622193319",
            "billing|1.520326688",
            "price|0.298114601",
            "app|-1.291450624",
            "helpful|-2.763441271"
        ]
    );
}

#[tokio::test]
async fn one_sided_comments_give_an_empty_list() {
    let ctx = context();
    for rows in [
        "('bad', 0), ('bad', 1), ('ok', 7)",
        "('good', 9), ('good', 10), ('good', 10)",
        "('same', 0), ('same', 10), ('same', 9)",
        "('5', 0), ('10!', 10), (NULL, 9)",
    ] {
        let sql = format!("SELECT distinctive_terms(c, s, 5, 1) FROM (VALUES {rows}) AS t(c, s)");
        assert_eq!(value(&ctx, &sql).await, "[]", "{rows}");
    }
    let sql = "SELECT distinctive_terms(c, s) FROM (VALUES ('a', 1)) AS t(c, s) WHERE s > 5";
    assert_eq!(value(&ctx, sql).await, "[]");
    let null = "SELECT distinctive_terms(NULL, NULL)";
    assert_eq!(value(&ctx, null).await, "[]");
}

#[tokio::test]
async fn terms_by_group_filter_and_window() {
    let ctx = context();
    let sql = format!(
        "SELECT times > 2, distinctive_terms(comment, score, 1, 1)[1]['term'],
                (distinctive_terms(comment, score, 1, 1) FILTER (WHERE comment <> 'slow billing'))[1]['detractors']
         FROM {COMMENTS} GROUP BY times > 2 ORDER BY 1"
    );
    assert_eq!(rows(&ctx, &sql).await, ["false||", "true|slow|4"]);
    let sql = "SELECT (distinctive_terms(c, s, 1, 1) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))[1]['term']
               FROM (VALUES (1, 'bad luck', 0), (2, 'good luck', 10), (3, 'slow luck', 3), (4, 'fine', 8)) AS t(n, c, s) ORDER BY n";
    assert_eq!(rows(&ctx, sql).await, ["", "bad", "slow", ""]);
}

#[tokio::test]
async fn partial_terms_are_merged() {
    let ctx = small_batches();
    ctx.sql(
        "CREATE TABLE t AS SELECT value % 3 AS g, value % 11 AS score,
            CASE value % 11 < 7 WHEN true THEN 'slow ' ELSE 'quick ' END || 'term' || chr(CAST(97 + value % 7 AS BIGINT)) AS comment
         FROM generate_series(1, 3000)",
    )
    .await
    .expect("table");
    let sql = "SELECT list[1]['term'], list[1]['detractors'], list[-1]['term'], list[-1]['promoters']
               FROM (SELECT g, distinctive_terms(comment, score) AS list FROM t GROUP BY g) ORDER BY g";
    let by_hand = "SELECT 'slow', count(*) FILTER (WHERE score < 7), 'quick', count(*) FILTER (WHERE score > 8) FROM t GROUP BY g ORDER BY g";
    assert_eq!(rows(&ctx, sql).await, rows(&ctx, by_hand).await);
}

#[tokio::test]
async fn every_type_of_text() {
    let ctx = context();
    for data_type in "Utf8|LargeUtf8|Utf8View|Dictionary(Int32, Utf8)|\
        Dictionary(Int8, Utf8)"
        .split('|')
    {
        let sql = format!(
            "SELECT (distinctive_terms(c, s, 1, 1))[1]['term'], max(sentiment(c)), max(mask_email(c)), max(mask_email(arrow_cast('a.b@c.d', '{data_type}'))), max(redact(arrow_cast('x@y.com', '{data_type}'), arrow_cast('IN', '{data_type}')))
             FROM (SELECT arrow_cast(c, '{data_type}') AS c, s FROM (VALUES ('bad', 0), ('good', 10), ('', 5)) AS t(c, s))"
        );
        assert_eq!(
            value(&ctx, &sql).await,
            "bad|0.4404|good|a***@c.d|[EMAIL]",
            "{data_type}"
        );
    }
}

#[tokio::test]
async fn invalid_calls_are_refused() {
    let ctx = context();
    for (call, expected) in cases(
        "
        distinctive_terms('a') -> distinctive_terms takes a comment, a score and up to two optional numbers, not 1 arguments: distinctive_terms(comment, score[, k[, min_respondents]])
        distinctive_terms(1, 2) -> distinctive_terms(comment, score) needs text as comment, not Int64; cast it: CAST(comment AS VARCHAR)
        distinctive_terms('a', 'b') -> distinctive_terms(score) needs a number
        distinctive_terms('a', 11) -> score 11 is outside 0 to 10
        distinctive_terms('a', 1, 0) -> needs a whole number from 1 to 1000 as k, not 0
        distinctive_terms('a', 1, 1001) -> as k, not 1001
        distinctive_terms('a', 1, 2.5) -> needs a whole number as k, not Float64
        distinctive_terms('a', 1, NULL) -> needs a whole number as k, not Null
        distinctive_terms('a', 1, 1, 0) -> as min_respondents, not 0
        distinctive_terms('a', k, k) -> needs a constant as k, not k",
    ) {
        assert_error(
            &ctx,
            &format!("SELECT {call} FROM (VALUES (1), (2)) AS t(k)"),
            expected,
        )
        .await;
    }
}

#[tokio::test]
async fn sentiments() {
    let ctx = context();
    let sql = "SELECT sentiment(c) FROM (VALUES ('The book was good.'), ('Der Versand war viel zu langsam'), (''), (NULL), ('Today SUX!')) AS t(c)";
    assert_eq!(rows(&ctx, sql).await, ["0.4404", "", "", "", "-0.5461"]);
    let literals = "SELECT sentiment('good'), sentiment(NULL)";
    assert_eq!(value(&ctx, literals).await, "0.4404|");
    assert_error(
        &ctx,
        "SELECT sentiment(5)",
        "sentiment(text) needs text as text, not Int64; cast it: CAST(text AS VARCHAR)",
    )
    .await;
    assert_error(
        &ctx,
        "SELECT sentiment()",
        "sentiment takes one argument, not 0",
    )
    .await;
}

#[tokio::test]
async fn masks() {
    let ctx = context();
    let sql = "SELECT mask_email(c) FROM (VALUES ('jane.doe@example.com'), ('none'), (NULL), ('a@b.c, bob@d.e')) AS t(c)";
    let expected = ["j***@example.com", "none", "", "***@b.c, b***@d.e"];
    assert_eq!(rows(&ctx, sql).await, expected);
    assert_eq!(value(&ctx, "SELECT mask_email(NULL)").await, "");
    assert_error(
        &ctx,
        "SELECT mask_email('a', 'b')",
        "mask_email takes one argument, not 2",
    )
    .await;
}

#[tokio::test]
async fn bars() {
    let ctx = context();
    let sql =
        "SELECT bar(x, 0, 10, 5) FROM (VALUES (-1), (0), (1), (5), (10), (99), (NULL)) AS t(x)";
    let expected = ["", "", "▌", "██▌", "█████", "█████", ""];
    assert_eq!(rows(&ctx, sql).await, expected);
    let literal = "SELECT bar(5.5, -10, 10, width => 4), bar(NULL, 0, 1, 2), bar(1, 0, 1, NULL), bar('NaN'::DOUBLE, 0, 1, 2)";
    assert_eq!(value(&ctx, literal).await, "███|||");
    for data_type in "Int8|UInt64|Float32|Float16|Decimal128(9, 2)|Decimal256(9, 2)".split('|') {
        let sql = format!(
            "SELECT bar(x, x - x, m, w) FROM (SELECT arrow_cast(1, '{data_type}') AS x, arrow_cast(2, '{data_type}') AS m, arrow_cast(3, '{data_type}') AS w)"
        );
        assert_eq!(value(&ctx, &sql).await, "█▌", "{data_type}");
    }
    for (call, expected) in cases(
        "
        bar(1, 0, 1, 0) -> needs a whole number from 1 to 1000 as width, not 0
        bar(1, 0, 1, 1001) -> as width, not 1001
        bar(1, 0, 1, 2.5) -> as width, not 2.5
        bar(1, 5, 5, 10) -> needs a max greater than min, not 5 with a min of 5
        bar(1, 0, 'NaN'::DOUBLE, 10) -> needs a max greater than min
        bar(1, 2, 3) -> bar takes four numbers, not 3 arguments: bar(x, min, max, width)
        bar('1', 2, 3, 4) -> needs a number as x, not Utf8",
    ) {
        assert_error(&ctx, &format!("SELECT {call}"), expected).await;
    }
}

#[tokio::test]
async fn the_data_frame_api_is_the_same() {
    let ctx = context();
    let sql = "SELECT 'mail bad@example.com' AS c, 0 AS s UNION ALL SELECT 'good', 10";
    let frame = ctx.sql(sql).await.unwrap();
    let (comment, score) = (|| col("c"), || col("s"));
    let aggregates = vec![
        expr_fn::distinctive_terms(comment(), score()).alias("few"),
        expr_fn::distinctive_terms_with(comment(), score(), lit(1), lit(1)).alias("one"),
    ];
    let terms = frame.clone().aggregate(vec![], aggregates).unwrap();
    ctx.register_table("terms", terms.into_view()).unwrap();
    let sql = "SELECT few, one[2]['term'] FROM terms";
    assert_eq!(value(&ctx, sql).await, "[]|good");
    let frame = frame
        .select(vec![
            expr_fn::mask_email(comment()),
            expr_fn::redact(comment()),
            expr_fn::redact_in(lit("9876543210"), lit("IN")),
            expr_fn::bar(score(), lit(0), lit(10), lit(2)),
            expr_fn::sentiment(lit("good")),
        ])
        .unwrap();
    ctx.register_table("scalars", frame.into_view()).unwrap();
    assert_eq!(
        rows(&ctx, "SELECT * FROM scalars").await,
        [
            "mail b***@example.com|mail [EMAIL]|[PHONE]||0.4404",
            "good|good|[PHONE]|██|0.4404"
        ]
    );
}

/// An optional comment and an optional score.
type Row = (Option<String>, Option<i8>);

fn answers() -> impl Strategy<Value = Vec<Row>> {
    let word = prop::sample::select(vec![
        "slow", "great", "the", "Der", "app", "慢", "café", "5", "it's",
    ]);
    let comment = prop::collection::vec(word, 0..5).prop_map(|words| words.join(" "));
    let row = (
        prop::option::weighted(0.9, comment),
        prop::option::weighted(0.9, 0..=10_i8),
    );
    prop::collection::vec(row, 0..40)
}

fn columns(rows: &[Row]) -> Vec<ArrayRef> {
    let comments: StringArray = rows.iter().map(|row| row.0.as_deref()).collect();
    let scores: Int8Array = rows.iter().map(|row| row.1).collect();
    vec![Arc::new(comments), Arc::new(scores)]
}

fn function() -> Function {
    Function::new(udfs::distinctive_terms_udaf(), &columns(&[]), vec![])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_does_not_matter(
        (rows, shuffled) in answers().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        prop_assert_eq!(function().evaluate(&columns(&rows)), function().evaluate(&columns(&shuffled)));
    }

    #[test]
    fn parts_merged_are_the_whole(rows in answers(), cut: prop::sample::Index) {
        let (left, right) = rows.split_at(cut.index(rows.len() + 1));
        let function = function();
        let batches = [left, right].map(columns);
        prop_assert_eq!(function.evaluate_merged(&batches), function.evaluate(&columns(&rows)));
    }

    #[test]
    fn retract_undoes_update(kept in answers(), passing in answers()) {
        let function = function();
        let mut window = function.window();
        prop_assert!(window.supports_retract_batch());
        let empty = window.state().unwrap();
        window.update_batch(&columns(&passing)).unwrap();
        window.update_batch(&columns(&kept)).unwrap();
        window.retract_batch(&columns(&passing)).unwrap();
        prop_assert_eq!(window.evaluate().unwrap(), function.evaluate(&columns(&kept)));
        window.retract_batch(&columns(&kept)).unwrap();
        prop_assert_eq!(window.state().unwrap(), empty);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", mail in "\\PC{0,5}@\\PC{0,5}") {
        let rows = [(Some(text.clone()), Some(0)), (Some(mail.clone()), Some(10))];
        function().evaluate(&columns(&rows));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a thread");
        let scalars = runtime.block_on(async {
            let frame = SessionContext::new().read_empty().expect("one row");
            frame
                .select(vec![
                    expr_fn::sentiment(lit(text.as_str())),
                    expr_fn::mask_email(lit(mail.as_str())),
                ])
                .expect("a plan")
                .collect()
                .await
        });
        prop_assert!(scalars.is_ok());
    }
}

#[test]
fn states_and_results_have_the_declared_types() {
    function().assert_types();
}
