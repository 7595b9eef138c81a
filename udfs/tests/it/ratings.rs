//! `csat` and `ces` in SQL.

use crate::sql::{assert_error, cases, context, over, rows, small_batches, value};

#[tokio::test]
async fn satisfaction_is_the_share_of_the_top_two() {
    let scores = "(5), (5), (4), (3), (1), (NULL)";
    let csat =
        "csat(score), csat(score, 5), csat(score, 7), csat(score, 6), csat(score, scale_max => 10)";
    assert_eq!(over(scores, csat).await, "60.0|60.0|0.0|40.0|0.0");
    let scores = over("(0), (4)", "csat(score), csat(score - 1 + 1, 4)").await;
    assert_eq!(scores, "50.0|50.0");
}

#[tokio::test]
async fn effort_is_the_mean() {
    let scores = "(7), (6), (2), (NULL)";
    let ces = "ces(score), ces(score, 7), ces(score, 10)";
    assert_eq!(over(scores, ces).await, "5.0|5.0|5.0");
    assert_eq!(over("(5), (4)", "ces(score, 5)").await, "4.5");
}

#[tokio::test]
async fn no_scores_give_null() {
    let select = "csat(score), ces(score), csat(score, 7), ces(score, 5)";
    assert_eq!(over("(CAST(NULL AS INT))", select).await, "|||");
    let ctx = context();
    let empty = format!("SELECT {select} FROM (VALUES (1)) AS t(score) WHERE score > 1");
    assert_eq!(value(&ctx, &empty).await, "|||");
    assert_eq!(value(&ctx, "SELECT csat(NULL), ces(NULL)").await, "|");
}

#[tokio::test]
async fn every_numeric_type() {
    let ctx = context();
    for data_type in "UInt8|Int64|UInt64|Float16|Float64|Decimal128(5, 2)|\
        Decimal32(3, 1)"
        .split('|')
    {
        let sql = format!(
            "SELECT csat(s), ces(s) FROM (SELECT arrow_cast(score, '{data_type}') AS s
             FROM (VALUES (5), (1), (NULL)) AS t(score))"
        );
        assert_eq!(value(&ctx, &sql).await, "50.0|3.0", "{data_type}");
    }
    let dictionary = "SELECT csat(s), ces(s)
                      FROM (SELECT arrow_cast(arrow_cast(score, 'Int8'), 'Dictionary(Int32, Int8)') AS s
                            FROM (VALUES (5), (1), (NULL)) AS t(score))";
    assert_eq!(value(&ctx, dictionary).await, "50.0|3.0");
}

#[tokio::test]
async fn windows_filters_and_groups() {
    let ctx = context();
    let sql = "SELECT csat(score) OVER w, ces(score) OVER w
               FROM (VALUES (1, 5), (2, 1), (3, NULL), (4, NULL), (5, 4)) AS t(day, score)
               WINDOW w AS (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY day";
    let expected = ["100.0|5.0", "50.0|3.0", "0.0|1.0", "|", "100.0|4.0"];
    assert_eq!(rows(&ctx, sql).await, expected);
    let ctx = small_batches();
    let sql = "SELECT count(*) FROM (
                 SELECT g, csat(score, 6) AS satisfied, count(*) FILTER (WHERE score >= 5) * 100.0 / count(score) AS by_hand,
                        ces(score) AS effort, avg(score) AS mean,
                        ces(score) FILTER (WHERE score > 3) AS high, avg(score) FILTER (WHERE score > 3) AS high_mean
                 FROM (SELECT value % 37 AS g, 1 + value % 6 AS score FROM generate_series(1, 4000)) GROUP BY g)
               WHERE satisfied = by_hand AND effort = mean AND high = high_mean";
    assert_eq!(value(&ctx, sql).await, "37");
}

#[tokio::test]
async fn invalid_calls_are_refused() {
    let ctx = context();
    for (call, message) in cases(
        "
        csat(score) -> score 7 is outside 0 to 5; set the scale if it is longer, as in csat(score, 10), or exclude the score with NULLIF(score, 7)
        csat(score, 6) -> score 7 is outside 0 to 6
        csat(-score) -> score -7 is outside 0 to 5; correct it, or exclude it
        csat(score / 2.0) -> score 3.5 is not a whole number; a CSAT is computed from individual answers
        ces(score + 1) -> score 8 is outside 1 to 7; set the scale if it is longer, as in ces(score, 10)
        ces(score - 7) -> score 0 is outside 1 to 7; correct it, or exclude it with NULLIF(score, 0)
        ces(score / 2.0) -> score 3.5 is not a whole number; a CES is computed from individual answers
        ces(score + 93) -> score 100 is outside 1 to 7; correct it
        csat(score, 100) -> csat needs a whole number from 3 to 10 as scale_max, not 100
        csat(score, 2) -> as scale_max, not 2
        ces(score, 6.5) -> as scale_max, not 6.5
        ces(score, -7) -> as scale_max, not -7
        csat(score, NULL) -> csat needs a scale_max, such as 5, not NULL
        ces(score, score) -> ces needs a literal as scale_max, such as 7, not a value that varies by row
        ces(score, '7') -> ces(score, scale_max) needs a number as scale_max, such as 7, not Utf8
        ces('7') -> ces(score) needs a number; cast it: ces(CAST(score AS TINYINT))
        csat(true) -> csat(score) needs a number, not Boolean
        csat() -> csat takes a score and an optional scale_max
        csat(score, 5, 5) -> not 3 arguments: csat(score) or csat(score, 5)",
    ) {
        for group_by in ["", " GROUP BY score"] {
            let sql = format!("SELECT {call} FROM (VALUES (7), (7)) AS t(score){group_by}");
            assert_error(&ctx, &sql, message).await;
        }
    }
    let hints = "csat(NULLIF(score, 7)), csat(score, 10), ces(score) FILTER (WHERE score < 7)";
    assert_eq!(over("(5), (7)", hints).await, "100.0|0.0|5.0");
}
