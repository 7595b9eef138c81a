//! `score_histogram` and `nps_merge` in SQL.

use crate::sql::{assert_error, cases, context, rows, small_batches, value};

/// Evaluates expressions over scores and weights.
async fn over(answers: &str, select: &str) -> String {
    let sql = format!("SELECT {select} FROM (VALUES {answers}) AS t(score, w)");
    value(&context(), &sql).await
}

const ZEROS: &str = "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]";

#[tokio::test]
async fn each_score_is_counted() {
    let answers = "(10, 1), (9, 2), (9, NULL), (0, 3), (NULL, 9), (7, 0)";
    for (select, expected) in cases(
        "
        score_histogram(score) -> [1, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1]
        score_histogram(score, w) -> [3, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1]
        score_histogram(score, w / 10.0) -> [0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.1]",
    ) {
        assert_eq!(over(answers, select).await, expected, "{select}");
    }
    let types = "arrow_typeof(score_histogram(score)) = arrow_typeof([1]),
                 arrow_typeof(score_histogram(score, 0.5)) = arrow_typeof([0.5])";
    assert_eq!(over(answers, types).await, "true|true");
}

#[tokio::test]
async fn no_scores_give_zeros() {
    let ctx = context();
    assert_eq!(value(&ctx, "SELECT score_histogram(NULL)").await, ZEROS);
    let empty = "SELECT score_histogram(score), nps_merge([score]), score_histogram(score, 0.5)[11]
                 FROM (VALUES (1)) AS t(score) WHERE score > 1";
    assert_eq!(value(&ctx, empty).await, format!("{ZEROS}||0.0"));
    let windows =
        "SELECT score_histogram(score) OVER (ORDER BY day ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
                   FROM (VALUES (1, 10), (2, 0)) AS t(day, score) ORDER BY day";
    let ten = ZEROS.replace("0]", "1]");
    assert_eq!(rows(&ctx, windows).await, [ZEROS.to_owned(), ten]);
    let correlated = "SELECT g, (SELECT score_histogram(score)[11] FROM (VALUES (1, 10)) AS r(g, score) WHERE r.g = t.g)
                      FROM (VALUES (1), (2)) AS t(g) ORDER BY g";
    assert_eq!(rows(&ctx, correlated).await, ["1|1", "2|0"]);
    assert_eq!(value(&ctx, "SELECT nps_merge(NULL)").await, "");
    assert_eq!(value(&ctx, &format!("SELECT nps_merge({ZEROS})")).await, "");
}

#[tokio::test]
async fn histograms_add_up_to_the_whole() {
    let ctx = small_batches();
    ctx.sql(
        "CREATE TABLE t AS SELECT value % 37 AS g, value % 5 AS s, value % 3 AS w,
                                  CASE WHEN value % 5 = 0 THEN NULL ELSE value % 11 END AS score
         FROM generate_series(1, 4000)",
    )
    .await
    .expect("table");
    let sql = "SELECT nps_merge(h) = (SELECT nps(score) FROM t), nps_merge(w) = (SELECT nps(score, w) FROM t),
                      nps_merge(h) FILTER (WHERE g < 10) = (SELECT nps(score) FROM t WHERE g < 10),
                      nps_merge(h) = avg(n)
               FROM (SELECT g, score_histogram(score) AS h, score_histogram(score, w * 1.0) AS w, nps(score) AS n FROM t GROUP BY g)";
    assert_eq!(value(&ctx, sql).await, "true|true|true|false");
    let sql = "SELECT count(*) FROM (
                 SELECT s, nps_merge(h) AS merged FROM (SELECT g, s, score_histogram(score) AS h FROM t GROUP BY g, s) AS h GROUP BY s
               ) JOIN (SELECT s AS of, nps(score) AS whole FROM t GROUP BY s) ON s = of WHERE merged IS NOT DISTINCT FROM whole";
    assert_eq!(value(&ctx, sql).await, "5");
}

#[tokio::test]
async fn counts_beyond_64_bit_floats() {
    // More than 2³² of each, and more than a double can represent.
    let answers = "(10, 9007199254740993), (0, 4294967297), (9, 1)";
    let expected = "[4294967297, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9007199254740993]";
    assert_eq!(over(answers, "score_histogram(score, w)").await, expected);
    let ctx = context();
    let merged = format!(
        "SELECT nps_merge(h) = nps FROM (SELECT score_histogram(score, w) AS h, nps(score, w) AS nps FROM (VALUES {answers}) AS t(score, w)) GROUP BY nps"
    );
    assert_eq!(value(&ctx, &merged).await, "true");
    for group_by in ["", " GROUP BY w"] {
        let sql = format!(
            "SELECT score_histogram(score, w) FROM (VALUES (10, 9223372036854775807), (0, 9223372036854775807)) AS t(score, w){group_by}"
        );
        assert_error(&ctx, &sql, "add up to more than 9223372036854775807").await;
    }
}

#[tokio::test]
async fn windows_merge_their_rows() {
    let ctx = context();
    let sql = "SELECT nps_merge(h) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
               FROM (VALUES (1, [0,0,0,0,0,0,0,0,0,0,1]), (2, [3,0,0,0,0,0,0,0,0,0,0]), (3, NULL), (4, NULL)) AS t(day, h)
               ORDER BY day";
    assert_eq!(rows(&ctx, sql).await, ["100.0", "-50.0", "-100.0", ""]);
}

#[tokio::test]
async fn histograms_of_every_type() {
    let ctx = context();
    for data_type in "List(Int8)|List(UInt64)|LargeList(Int32)|LargeList(Float32)|\
        FixedSizeList(11 x Int64)|FixedSizeList(11 x UInt8)|List(Float16)|\
        List(Decimal128(5, 2))"
        .split('|')
    {
        let sql = format!(
            "SELECT nps_merge(arrow_cast(h, '{data_type}')),
                    nps_compare_histograms(arrow_cast(max(h), '{data_type}'), max(h))['change']
             FROM (VALUES ([1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])) AS t(h)"
        );
        assert_eq!(value(&ctx, &sql).await, "25.0|0.0", "{data_type}");
    }
}

#[tokio::test]
async fn invalid_histograms_are_refused() {
    let ctx = context();
    for (histogram, message) in cases(
        "
        [1, 2, 3] -> a histogram has 11 entries, for scores 0 to 10, not 3; use the result of score_histogram(score)
        [0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0] -> the histogram entry for score 2 is NULL; use 0 if no response has that score
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1] -> histogram entry -1 is negative; an entry is the number of responses
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, CAST('NaN' AS DOUBLE)] -> histogram entry NaN is not a number of responses
        [9223372036854775807, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] -> add up to more than 9223372036854775807
        [true] -> nps_merge needs a histogram: a list of 11 numbers
        ['1'] -> nps_merge needs a histogram: a list of 11 numbers
        9 -> nps_merge needs a histogram: a list of 11 numbers, as returned by score_histogram(score), not Int64",
    ) {
        for group_by in ["", " GROUP BY g", " OVER (ORDER BY g)"] {
            let (over, group_by) = match group_by {
                window if window.contains("OVER") => (window, ""),
                group_by => ("", group_by),
            };
            let sql = format!(
                "SELECT nps_merge(h){over} FROM (VALUES (1, {histogram}), (1, NULL)) AS t(g, h){group_by}"
            );
            assert_error(&ctx, &sql, message).await;
        }
    }
    assert_error(
        &ctx,
        "SELECT nps_merge([1], [1])",
        "nps_merge takes one argument, not 2",
    )
    .await;
    // Rows that a filter excludes are not checked, as in other aggregates.
    let sql = "SELECT nps_merge(h) FILTER (WHERE cardinality(h) = 11)
               FROM (VALUES ([1]), ([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0])) AS t(h)";
    assert_eq!(value(&ctx, sql).await, "100.0");
}
