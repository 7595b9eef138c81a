//! `nps_compare` and `nps_compare_histograms` in SQL.

use crate::sql::{assert_error, cases, context, rows, small_batches, value};

const PARTS: &str =
    "c['first'], c['second'], c['change'], round(c['z'], 12), round(c['p_value'], 15)";

/// Compares scores, each with a condition.
async fn compared(answers: &str) -> String {
    let sql = format!(
        "SELECT {PARTS} FROM (SELECT nps_compare(score, b) AS c FROM (VALUES {answers}) AS t(score, b))"
    );
    value(&context(), &sql).await
}

#[tokio::test]
async fn computed_by_hand() {
    // 50, 30, 20 and 60, 30, 10 answers: variances 61 and 45 squared points, so z = 20 / √106, and
    // p = erfc(z / √2), by mpmath 1.3.
    let sql = format!(
        "SELECT {PARTS} FROM (SELECT nps_compare(score, year = 2025) AS c FROM
           (VALUES (2024, 10, 50), (2024, 8, 30), (2024, 6, 20), (2025, 9, 60), (2025, 7, 30), (2025, 0, 10)) AS t(year, score, n),
           generate_series(1, 60) AS copies(i) WHERE i <= n)"
    );
    let expected = "30.0|50.0|20.0|1.942571724715|0.052067926015826";
    assert_eq!(value(&context(), &sql).await, expected);
}

#[tokio::test]
async fn empty_and_unanimous_sides() {
    for (scores, expected) in cases(
        "
        (9, true), (0, true), (NULL, false) -> |0.0|||
        (9, false), (0, true), (0, NULL) -> 100.0|-100.0|-200.0||
        (9, false), (10, true) -> 100.0|100.0|0.0||
        (9, false), (0, false), (9, true), (0, true) -> 0.0|0.0|0.0|0.0|1.0
        (CAST(NULL AS INT), CAST(NULL AS BOOLEAN)) -> ||||",
    ) {
        assert_eq!(compared(scores).await, expected, "{scores}");
    }
    let ctx = context();
    let null = "SELECT c['first'], c IS NULL FROM (SELECT nps_compare(9, NULL) AS c)";
    assert_eq!(value(&ctx, null).await, "|false");
    // A row in neither sample is not checked.
    assert_eq!(compared("(99, NULL), (9, true)").await, "|100.0|||");
    let empty =
        "SELECT nps_compare(score, true)['first'] FROM (VALUES (1)) AS t(score) WHERE score > 1";
    assert_eq!(value(&ctx, empty).await, "");
}

#[tokio::test]
async fn windows_and_groups() {
    let ctx = context();
    let sql = "SELECT c['first'], c['second'], c['change'] FROM (
                 SELECT day, nps_compare(score, b) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS c
                 FROM (VALUES (1, 9, false), (2, 0, true), (3, 8, true), (4, 10, NULL), (5, NULL, false)) AS t(day, score, b))
               ORDER BY day";
    let expected = ["100.0||", "100.0|-100.0|-200.0", "|-50.0|", "|0.0|", "||"];
    assert_eq!(rows(&ctx, sql).await, expected);
    let ctx = small_batches();
    let sql = "SELECT count(*) FROM (
                 SELECT g, nps_compare(score, b) AS c, nps_compare(score, b) FILTER (WHERE score > 0) AS d,
                        nps(score) FILTER (WHERE NOT b) AS first, nps(score) FILTER (WHERE b) AS second,
                        nps(score) FILTER (WHERE b AND score > 0) AS above
                 FROM (SELECT value % 37 AS g, value % 11 AS score,
                              CASE value % 3 WHEN 0 THEN true WHEN 1 THEN false END AS b FROM generate_series(1, 4000))
                 GROUP BY g)
               WHERE c['first'] = first AND c['second'] = second AND c['change'] = second - first
                 AND d['second'] = above AND c['p_value'] BETWEEN 0 AND 1";
    assert_eq!(value(&ctx, sql).await, "37");
}

#[tokio::test]
async fn samples_are_the_categories_of_both_sides() {
    let ctx = small_batches();
    let sql = "SELECT count(*) FROM (
                 SELECT g, nps_samples(score, b) AS s,
                        promoters(score) FILTER (WHERE NOT b) AS p, passives(score) FILTER (WHERE NOT b) AS q,
                        detractors(score) FILTER (WHERE NOT b) AS d, promoters(score) FILTER (WHERE b) AS x,
                        passives(score) FILTER (WHERE b) AS y, detractors(score) FILTER (WHERE b) AS z
                 FROM (SELECT value % 37 AS g, value % 11 AS score,
                              CASE value % 3 WHEN 0 THEN true WHEN 1 THEN false END AS b FROM generate_series(1, 4000))
                 GROUP BY g)
               WHERE s['first_promoters'] = p AND s['first_passives'] = q AND s['first_detractors'] = d
                 AND s['second_promoters'] = x AND s['second_passives'] = y AND s['second_detractors'] = z";
    assert_eq!(value(&ctx, sql).await, "37");
    let none = "SELECT s['first_promoters'], s['second_detractors'], s IS NULL
                FROM (SELECT nps_samples(score, true) AS s FROM (VALUES (1)) AS t(score) WHERE score > 1)";
    assert_eq!(value(&context(), none).await, "0|0|false");
}

#[tokio::test]
async fn invalid_calls_are_refused() {
    let ctx = context();
    for (call, message) in cases(
        "
        nps_compare(score) -> nps_compare takes a score and a condition, not 1 arguments
        nps_compare(score, score) -> needs a condition as is_second, such as year = 2025, not Int64
        nps_compare('9', true) -> nps_compare(score) needs a number; cast it
        nps_compare(score + 2, true) -> score 11 is outside 0 to 10",
    ) {
        let sql = format!("SELECT {call} FROM (VALUES (9)) AS t(score)");
        assert_error(&ctx, &sql, message).await;
    }
}

#[tokio::test]
async fn histograms_compare_like_their_scores() {
    let ctx = small_batches();
    let sql = "SELECT count(*) FROM (
                 SELECT g, nps_compare(score, b) AS c,
                        nps_compare_histograms(score_histogram(score) FILTER (WHERE NOT b),
                                               score_histogram(score, 1.0) FILTER (WHERE b)) AS h
                 FROM (SELECT value % 37 AS g, value % 11 AS score, value % 3 = 0 AS b FROM generate_series(1, 4000))
                 GROUP BY g)
               WHERE c = h";
    assert_eq!(value(&ctx, sql).await, "37");
    let ctx = context();
    let sql = format!(
        "SELECT {PARTS} FROM (SELECT nps_compare_histograms(NULL, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]) AS c)"
    );
    assert_eq!(value(&ctx, &sql).await, "|100.0|||");
    let sql = "SELECT nps_compare_histograms(a, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0])['change']
               FROM (VALUES (1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]), (2, NULL)) AS t(day, a) ORDER BY day";
    assert_eq!(rows(&ctx, sql).await, ["-100.0", ""]);
    // 3.75, 1.5, 0.75 of 6 and 0.75, 1.5, 3.75: z = -1 / √(2 (0.75 - 0.25) / 6).
    let sql = format!(
        "SELECT {PARTS} FROM (SELECT nps_compare_histograms(
           [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'Adjusted_Wald') AS c)"
    );
    let expected = "100.0|-100.0|-200.0|-2.449489742783|0.01430587843543";
    assert_eq!(value(&ctx, &sql).await, expected);
    for (call, message) in cases(
        "
        nps_compare_histograms(NULL, NULL, 'score') -> has no method score; use 'wald' or 'adjusted_wald'
        nps_compare_histograms(NULL, NULL, 1) -> needs text as method, such as 'adjusted_wald', not Int64
        nps_compare_histograms([1]) -> takes two histograms and an optional method, not 1 arguments
        nps_compare_histograms([1], [1]) -> a histogram has 11 entries, for scores 0 to 10, not 1;
        nps_compare_histograms([1], 1) -> nps_compare_histograms needs a histogram: a list of 11 numbers, as returned by score_histogram(score), not Int64",
    ) {
        assert_error(&ctx, &format!("SELECT {call}"), message).await;
    }
}
