//! Weighted responses in SQL.

use crate::sql::{assert_error, cases, context, error, value};

/// Evaluates an expression over scores and weights.
async fn weighted(rows: &str, select: &str) -> Result<String, String> {
    let sql = format!("SELECT {select} FROM (VALUES {rows}) AS t(score, w)");
    let ctx = context();
    match ctx.sql(&sql).await {
        Ok(frame) if frame.clone().collect().await.is_ok() => Ok(value(&ctx, &sql).await),
        _ => Err(error(&ctx, &sql).await),
    }
}

#[tokio::test]
async fn whole_and_fractional_weights() {
    let select = "nps(score, w), promoters(score, w), nps_stats(score, w)['responses']";
    let whole = weighted("(10, 3), (0, 1), (8, NULL), (NULL, 7), (8, 0)", select).await;
    assert_eq!(whole.as_deref(), Ok("50.0|3|4"));
    let fractions = weighted("(10, 0.3), (0, 0.1), (8, NULL), (NULL, 7)", select).await;
    assert_eq!(fractions.as_deref(), Ok("50.0|0.3|0.4"));
    let nothing = weighted("(10, 0), (0, 0)", select).await;
    assert_eq!(nothing.as_deref(), Ok("|0|0"));
    let by_name = weighted("(10, 3), (0, 1)", "nps(score, weight => w)").await;
    assert_eq!(by_name.as_deref(), Ok("50.0"));
    let unsigned = weighted("(10, 3), (0, 1)", "nps(score, arrow_cast(w, 'UInt64'))").await;
    assert_eq!(unsigned.as_deref(), Ok("50.0"));
    let decimal = weighted(
        "(10, 3), (0, 1)",
        "promoters(score, CAST(w AS DECIMAL(9, 2)))",
    )
    .await;
    assert_eq!(decimal.as_deref(), Ok("3.0"));
}

#[tokio::test]
async fn bad_weights_are_named() {
    for (rows, message) in cases(
        "
        (10, 1), (0, -1) -> weight -1 is negative; a weight is the number of
        (10, 1), (0, -0.5) -> weight -0.5 is negative
        (10, 1), (0, CAST('NaN' AS DOUBLE)) -> weight NaN is not a number
        (10, 1), (0, CAST('Infinity' AS DOUBLE)) -> weight inf is not a number
        (10, 9223372036854775807), (9, 1) -> the weights add up to more than 9223372036854775807
        (10, 9223372036854775807), (0, 1) -> the weights add up to more than 9223372036854775807
        (10, 18446744073709551615) -> the weights add up to more than 9223372036854775807
        (10, 1e300), (10, 1e300) -> the weights add up to more than 1e300",
    ) {
        let got = weighted(rows, "nps(score, w)").await.expect_err(rows);
        assert!(got.contains(message), "{got}");
        // The same with groups.
        let sql =
            format!("SELECT nps(score, w) FROM (VALUES {rows}) AS t(score, w) GROUP BY score > 20");
        assert_error(&context(), &sql, message).await;
    }
    let ignored = weighted("(10, 1), (NULL, -1)", "nps(score, w)").await;
    assert_eq!(ignored.as_deref(), Ok("100.0"), "a row that does not count");
}
