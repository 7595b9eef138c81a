//! `nps_ci` and `nps_required_responses` in SQL.

use crate::sql::{assert_error, cases, context, rows, small_batches, value};

/// Returns the rounded ends of an interval of scores.
async fn ends(scores: &str, call: &str) -> String {
    let sql = format!(
        "SELECT round(ci['low'], 3), round(ci['high'], 3)
         FROM (SELECT {call} AS ci FROM (VALUES {scores}) AS t(score))"
    );
    value(&context(), &sql).await
}

#[tokio::test]
async fn intervals_of_rocks_2016() {
    // The golden values 1, 2, 3 and 0, 0, 5 (Rocks 2016, arXiv 1601.07235), in NPS points.
    let six = "(2), (7), (8), (9), (9), (10)";
    for (call, golden) in [
        ("nps_ci(score, 0.95)", "-26.743|71.188"),
        ("nps_ci(score, 0.95, 'adjusted_wald')", "-26.743|71.188"),
        ("nps_ci(score, 0.95, 'wald')", "-26.306|92.973"),
        ("nps_ci(score, 0.95, 'score')", "-31.107|75.396"),
        ("nps_ci(score, 0.95, 'SCORE')", "-31.107|75.396"),
        (
            "nps_ci(score, method => 'wald', confidence => 0.95)",
            "-26.306|92.973",
        ),
    ] {
        assert_eq!(ends(six, call).await, golden, "{call}");
    }
    let five = "(9), (9), (10), (9), (10), (NULL)";
    for (call, golden) in [
        ("nps_ci(score, 0.95)", "17.491|100.0"),
        ("nps_ci(score, 0.95, 'wald')", "100.0|100.0"),
        ("nps_ci(score, 0.95, 'score')", "13.104|100.0"),
    ] {
        assert_eq!(ends(five, call).await, golden, "{call}");
    }
    // Unclamped, the Wald interval reaches 119.3.
    let expected = "-19.295|100.0";
    assert_eq!(
        ends("(7), (9)", "nps_ci(score, 0.95, 'wald')").await,
        expected
    );
}

#[tokio::test]
async fn any_level() {
    let sql = "SELECT a['low'] = s['ci_low'] AND a['high'] = s['ci_high'], b['low'] > c['low'], d = e
               FROM (SELECT nps_stats(score) AS s, nps_ci(score, 0.95) AS a, nps_ci(score, 0.8) AS b, nps_ci(score, 0.99) AS c,
                            nps_ci(score, 1 - 0.5) AS d, nps_ci(score, 0.5) AS e
                     FROM (VALUES (10), (9), (8), (3)) AS t(score))";
    assert_eq!(value(&context(), sql).await, "true|true|true");
    for level in ["0.95", "CAST(0.95 AS DECIMAL(3, 2))", "19 / 20.0"] {
        let expected = "-39.449|79.449";
        assert_eq!(
            ends("(7), (9)", &format!("nps_ci(score, {level})")).await,
            expected
        );
    }
}

#[tokio::test]
async fn no_scores_have_no_interval() {
    let ctx = context();
    for method in ["adjusted_wald", "wald", "score"] {
        let sql = format!(
            "SELECT ci['low'], ci['high'], ci IS NULL
             FROM (SELECT nps_ci(CAST(NULL AS INT), 0.9, '{method}') AS ci)"
        );
        assert_eq!(value(&ctx, &sql).await, "||false");
    }
    let empty = "SELECT nps_ci(score, 0.9)['low'] FROM (VALUES (1)) AS t(score) WHERE score > 1";
    assert_eq!(value(&ctx, empty).await, "");
}

#[tokio::test]
async fn windows_filters_and_groups() {
    let ctx = context();
    let sql = "SELECT round(ci['low'], 3), round(ci['high'], 3)
               FROM (SELECT day, nps_ci(score, 0.95, 'score') OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS ci
                     FROM (VALUES (1, 9), (2, 7), (3, 9), (4, 0), (5, NULL), (6, NULL)) AS t(day, score)) ORDER BY day";
    // One promoter: the low end is from z² / (1 + z²). The others: Rocks, 0, 1, 1 and 1, 0, 1.
    assert_eq!(
        rows(&ctx, sql).await,
        [
            "-58.69|100.0",
            "-48.643|90.547",
            "-48.643|90.547",
            "-81.094|81.094",
            "-100.0|58.69",
            "|"
        ]
    );
    let ctx = small_batches();
    let sql = "SELECT count(*) FROM (
                 SELECT g, nps_ci(score, 0.95) AS ci, nps_ci(score, 0.95) FILTER (WHERE w > 0) AS high,
                        nps_stats(score) AS s, nps_stats(score, CASE WHEN w > 0 THEN 1 ELSE 0 END) AS t
                 FROM (SELECT value % 37 AS g, value % 11 AS score, value % 3 AS w FROM generate_series(1, 4000))
                 GROUP BY g)
               WHERE ci['low'] = s['ci_low'] AND ci['high'] = s['ci_high']
                 AND high['low'] = t['ci_low'] AND high['high'] = t['ci_high']";
    assert_eq!(value(&ctx, sql).await, "37");
}

#[tokio::test]
async fn invalid_calls_are_refused() {
    let ctx = context();
    for (call, message) in cases(
        "
        nps_ci(score) -> nps_ci takes a score, a confidence level, an optional method
        nps_ci(score, 0.9, 'wald', 1, 2) -> not 5 arguments
        nps_ci(score, 0.9, 'wald', 'x') -> weight
        nps_ci(score, 95) -> confidence 95 is not between 0 and 1; for 95 % use 0.95
        nps_ci(score, 1) -> confidence 1 is not between
        nps_ci(score, 0) -> confidence 0 is not between
        nps_ci(score, NULL) -> needs a confidence level, such as 0.95, not NULL
        nps_ci(score, '0.95') -> needs a number as confidence, such as 0.95, not Utf8
        nps_ci(score, level) -> nps_ci needs a literal as confidence, such as 0.95, not a value that varies by row
        nps_ci(score, 0.95, method) -> nps_ci needs a literal as method, such as 'score', not a value that varies
        nps_ci(score, 0.95, 'wilson') -> nps_ci has no method wilson; use 'adjusted_wald', 'wald' or 'score'
        nps_ci(score, 0.95, NULL) -> nps_ci has no method NULL
        nps_ci(score, 0.95, 1) -> needs text as method, such as 'score', not Int64
        nps_ci('9', 0.95) -> nps_ci(score) needs a number; cast it: nps_ci(CAST(score AS TINYINT))
        nps_ci(score + 10, 0.95) -> score 19 is outside 0 to 10",
    ) {
        for over in ["", " OVER (ORDER BY score)"] {
            let sql = format!(
                "SELECT {call}{over} FROM (VALUES (9, 0.9, 'wald'), (9, 0.95, 'score')) AS t(score, level, method)"
            );
            assert_error(&ctx, &sql, message).await;
        }
    }
}

#[tokio::test]
async fn required_responses() {
    let ctx = context();
    let literals = "SELECT nps_required_responses(5), nps_required_responses(5.0, 0.9, 0.6),
                           nps_required_responses(variance => 0.6, confidence => 0.9, margin => 5),
                           nps_required_responses(100), nps_required_responses(NULL),
                           nps_required_responses(5, NULL), nps_required_responses(5, 0.9, NULL),
                           arrow_typeof(nps_required_responses(5))";
    assert_eq!(value(&ctx, literals).await, "1533|648|648|1||||Int64");
    let columns = "SELECT nps_required_responses(margin, confidence, 1) FROM (VALUES
                     (1, 5, 0.95), (2, 10, 0.95), (3, 5, 0.9), (4, NULL, 0.9), (5, 5, NULL)) AS t(day, margin, confidence)
                   ORDER BY day";
    assert_eq!(rows(&ctx, columns).await, ["1533", "380", "1078", "", ""]);
    // The variance of a survey with the golden values (70, 20, 10).
    let survey = "SELECT nps_required_responses(13, 0.95, s['responses'] * power(s['std_error'] / 100, 2))
                  FROM (SELECT nps_stats(score, n) AS s FROM (VALUES (9, 70), (7, 20), (0, 10)) AS t(score, n))";
    assert_eq!(value(&ctx, survey).await, "101");
    for (call, message) in cases(
        "
        nps_required_responses(0) -> margin 0 is not a margin of error; use NPS points above 0, such as 5
        nps_required_responses(-5) -> margin -5 is not
        nps_required_responses(5, 95) -> for 95 % use 0.95
        nps_required_responses(5, 0.95, 2) -> variance 2 is outside 0 to 1
        nps_required_responses(1e-9) -> needs more than 9223372036854775807 responses
        nps_required_responses('5') -> needs a number as margin; cast it: CAST(margin AS DOUBLE)
        nps_required_responses(5, true) -> needs a number as confidence, not Boolean
        nps_required_responses() -> takes a margin, an optional confidence level and an optional variance
        nps_required_responses(5, 0.9, 1, 1) -> not 4 arguments
        nps_required_responses(margin) -> margin 0 is not a margin of error",
    ) {
        let sql = format!("SELECT {call} FROM (VALUES (5), (0)) AS t(margin)");
        assert_error(&ctx, &sql, message).await;
    }
}
