//! Statistics in SQL.

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use datafusion_functions_nps::{expr_fn, register_all, udfs};

/// Returns a session with all functions.
pub(crate) fn context() -> SessionContext {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx).expect("functions");
    ctx
}

/// Returns the rows of the result, with values separated by `|` and NULL as nothing.
pub(crate) async fn rows(ctx: &SessionContext, sql: &str) -> Vec<String> {
    let frame = ctx.sql(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let batches = frame
        .collect()
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).expect("printable"))
            .collect();
        for row in 0..batch.num_rows() {
            let values: Vec<_> = columns.iter().map(|c| c.value(row).to_string()).collect();
            rows.push(values.join("|"));
        }
    }
    rows
}

/// Returns the only row of the result.
pub(crate) async fn value(ctx: &SessionContext, sql: &str) -> String {
    let mut rows = rows(ctx, sql).await;
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0)
}

/// Returns the error of planning or running a query.
pub(crate) async fn error(ctx: &SessionContext, sql: &str) -> String {
    let result = match ctx.sql(sql).await {
        Ok(frame) => frame.collect().await,
        Err(error) => Err(error),
    };
    match result {
        Ok(batches) => panic!("{sql} returned {batches:?}"),
        Err(error) => error.strip_backtrace(),
    }
}

/// Parses lines of the form `input -> message`.
pub(crate) fn cases(lines: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = lines.trim().lines();
    lines.map(|line| {
        line.trim()
            .split_once(" -> ")
            .expect("an input and a message")
    })
}

/// Asserts that a query fails with an error that contains `expected`.
pub(crate) async fn assert_error(ctx: &SessionContext, sql: &str, expected: &str) {
    let got = error(ctx, sql).await;
    assert!(got.contains(expected), "{sql}: {got}");
}

/// Evaluates expressions over scores, a list of SQL rows.
pub(crate) async fn over(scores: &str, select: &str) -> String {
    let sql = format!("SELECT {select} FROM (VALUES {scores}) AS t(score)");
    value(&context(), &sql).await
}

const FOUR: &str = "(10), (9), (8), (3)";

#[tokio::test]
async fn scores_and_counts() {
    let select = "nps(score), promoters(score), passives(score), detractors(score)";
    assert_eq!(over(FOUR, select).await, "25.0|2|1|1");
    let with_null = format!("{FOUR}, (NULL)");
    assert_eq!(over(&with_null, select).await, "25.0|2|1|1");
    assert_eq!(over("(0)", select).await, "-100.0|0|0|1", "0 is an answer");
}

#[tokio::test]
async fn no_scores_give_null() {
    let select = "nps(score), promoters(score), passives(score), detractors(score)";
    assert_eq!(over("(CAST(NULL AS INT))", select).await, "|0|0|0");
    let ctx = context();
    let empty = format!("SELECT {select} FROM (VALUES (1)) AS t(score) WHERE score > 1");
    assert_eq!(value(&ctx, &empty).await, "|0|0|0");
    assert_eq!(value(&ctx, "SELECT nps(NULL), promoters(NULL)").await, "|0");
    let stats = "SELECT s['responses'], s['promoters'], s['passives'], s['detractors'], s['nps'],
                        s['std_error'], s['margin_of_error'], s['ci_low'], s['ci_high']
                 FROM (SELECT nps_stats(NULL) AS s)";
    assert_eq!(value(&ctx, stats).await, "0|0|0|0|||||");
}

#[tokio::test]
async fn stats_of_rocks_2016() {
    // The row 1, 2, 3 of the golden values (Rocks 2016, arXiv 1601.07235), in NPS points.
    let select = "round(s['nps'], 4), round(s['std_error'], 3), round(s['margin_of_error'], 3),
                  round(s['ci_low'], 3), round(s['ci_high'], 3)";
    let sql = format!(
        "SELECT s['responses'], s['promoters'], s['passives'], s['detractors'], {select}
         FROM (SELECT nps_stats(score, n) AS s FROM (VALUES (2, 1), (7, 2), (10, 3)) AS t(score, n))"
    );
    let expected = "6|3|2|1|33.3333|30.429|59.64|-26.743|71.188";
    assert_eq!(value(&context(), &sql).await, expected);
    // 0, 0, 5: the upper end is clamped.
    let select = "round(nps_stats(score)['ci_low'], 3), nps_stats(score)['ci_high']";
    let expected = "17.491|100.0";
    assert_eq!(over("(9), (9), (10), (9), (10)", select).await, expected);
}

#[tokio::test]
async fn every_numeric_type() {
    let ctx = context();
    for data_type in "Int8|Int16|Int32|Int64|UInt8|UInt16|UInt32|UInt64|Float16|\
        Float32|Float64|Decimal32(5, 2)|Decimal64(5, 2)|Decimal128(5, 2)|\
        Decimal256(5, 2)|Dictionary(Int32, Int8)|Dictionary(UInt8, Float32)"
        .split('|')
    {
        // By way of a plain number: not every type can be cast to every dictionary.
        let sql = format!(
            "SELECT nps(s), promoters(s), count(nps_category(s)), score_histogram(s)[4], nps_ci(s, 0.9)['low'] < 25,
                    nps_compare(s, true)['second'], csat(s, 10), round(ces(s, 10), 1)
             FROM (SELECT arrow_cast(score, '{data_type}') AS s
                   FROM (VALUES (10), (9), (8), (3), (NULL)) AS t(score))"
        );
        let sql = match data_type {
            "Dictionary(UInt8, Float32)" => {
                sql.replace("(score,", "(arrow_cast(score, 'Float32'),")
            }
            "Dictionary(Int32, Int8)" => sql.replace("(score,", "(arrow_cast(score, 'Int8'),"),
            _ => sql,
        };
        let expected = "25.0|2|4|1|true|25.0|50.0|7.5";
        assert_eq!(value(&ctx, &sql).await, expected, "{data_type}");
    }
}

#[tokio::test]
async fn bad_scores_are_named() {
    let ctx = context();
    for function in "nps|nps_stats|promoters|nps_category|score_histogram".split('|') {
        let sql =
            |score: &str| format!("SELECT {function}(s) FROM (VALUES (5), ({score})) AS t(s)");
        let message =
            "score 11 is outside 0 to 10; correct it, or exclude it with NULLIF(score, 11)";
        assert_error(&ctx, &sql("11"), message).await;
        assert_error(&ctx, &sql("-2147483648"), "score -2147483648 is outside").await;
        assert_error(&ctx, &sql("7.5"), "score 7.5 is not a whole number").await;
    }
    let hints = "nps(NULLIF(score, 11)), nps(score) FILTER (WHERE score <= 10)";
    assert_eq!(over("(9), (11)", hints).await, "100.0|100.0");
}

#[tokio::test]
async fn non_numeric_scores_are_plan_errors() {
    let ctx = context();
    for function in "nps|nps_stats|promoters|passives|detractors|nps_category|\
        score_histogram|csat|ces"
        .split('|')
    {
        for text in ["'9'", "arrow_cast('9', 'Dictionary(Int8, Utf8)')"] {
            let sql = format!("SELECT {function}({text})");
            let message = ctx.sql(&sql).await.expect_err("no plan").strip_backtrace();
            let hint = format!("cast it: {function}(CAST(score AS TINYINT))");
            let expected =
                format!("Error during planning: {function}(score) needs a number; {hint}");
            assert_eq!(message, expected);
        }
    }
    for (sql, message) in cases(
        "
        SELECT nps(true) -> needs a number, not Boolean
        SELECT nps(9, '1') -> needs a number as weight; cast it
        SELECT nps() -> nps takes a score and an optional weight
        SELECT nps(1, 2, 3) -> not 3 arguments",
    ) {
        assert_error(&ctx, sql, message).await;
    }
}

/// Returns a session with small batches, so that partial states are made, split and merged.
pub(crate) fn small_batches() -> SessionContext {
    let config = datafusion::prelude::SessionConfig::new()
        .with_batch_size(16)
        .with_target_partitions(4);
    let mut ctx = SessionContext::new_with_config(config);
    register_all(&mut ctx).expect("functions");
    ctx
}

#[tokio::test]
async fn groups_equal_plain_sql() {
    let ctx = small_batches();
    ctx.sql(
        "CREATE TABLE t AS SELECT value % 37 AS g, CASE WHEN value % 5 = 0 THEN NULL ELSE value % 11 END AS score,
                                  value % 3 AS w
         FROM generate_series(1, 4000)",
    )
    .await
    .expect("table");
    let wrong = "SELECT g FROM t GROUP BY g
         HAVING (nps(score, w) IS DISTINCT FROM
                 100.0 * (sum(CASE WHEN score >= 9 THEN w END) - sum(CASE WHEN score <= 6 THEN w END))
                     / sum(CASE WHEN score IS NOT NULL THEN w END))
             OR (nps(score) IS DISTINCT FROM
                 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6))
                     / count(score))
             OR (nps(score) FILTER (WHERE w > 0) IS DISTINCT FROM
                 nps(score, CASE WHEN w > 0 THEN 1 ELSE 0 END))
             OR (promoters(score, w) IS DISTINCT FROM sum(CASE WHEN score >= 9 THEN w END))
             OR (nps_stats(score)['responses'] IS DISTINCT FROM count(score))";
    assert_eq!(rows(&ctx, wrong).await, Vec::<String>::new());
    let groups = "SELECT count(*), sum(n) FROM (SELECT nps_stats(score)['responses'] AS n FROM t GROUP BY g)";
    assert_eq!(value(&ctx, groups).await, "37|3200");
    // Sorted input: groups are emitted as they end.
    let sorted = "SELECT count(*) FROM (SELECT g, nps(score) AS n FROM (SELECT * FROM t ORDER BY g) GROUP BY g ORDER BY g) WHERE n IS NOT NULL";
    assert_eq!(value(&ctx, sorted).await, "37");
}

#[tokio::test]
async fn sliding_windows() {
    let ctx = context();
    let sql = "SELECT nps(score) OVER w, detractors(score) OVER w
               FROM (VALUES (1, 10), (2, 0), (3, NULL), (4, NULL), (5, 8)) AS t(day, score)
               WINDOW w AS (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY day";
    let expected = ["100.0|0", "0.0|1", "-100.0|1", "|0", "0.0|0"];
    assert_eq!(rows(&ctx, sql).await, expected);
    // Frames with no row in them.
    let sql = "SELECT nps(score) OVER w, promoters(score) OVER w, promoters(score, 0.5) OVER w, nps_stats(score) OVER w IS NULL
               FROM (VALUES (1, 10), (2, 0)) AS t(day, score)
               WINDOW w AS (ORDER BY day ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) ORDER BY day";
    assert_eq!(rows(&ctx, sql).await, ["|0|0.0|false", "100.0|1|0.5|false"]);
    // A window that all fractional weights have left is empty, without rounding errors.
    let sql = "SELECT nps(score, w) OVER (ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
               FROM (VALUES (1, 10, 0.1), (2, 0, 0.3), (3, NULL, 0.7), (4, NULL, 0.7), (5, 9, 0.2)) AS t(day, score, w) ORDER BY day";
    let expected = ["100.0", "-50.0", "-100.0", "", "100.0"];
    assert_eq!(rows(&ctx, sql).await, expected);
}

#[tokio::test]
async fn distinct_is_refused() {
    let ctx = context();
    let calls = [
        "nps(DISTINCT score)",
        "nps(DISTINCT score, 1)",
        "nps_stats(DISTINCT score)",
        "promoters(DISTINCT score)",
        "passives(DISTINCT score)",
        "detractors(DISTINCT score)",
        "nps_ci(DISTINCT score, 0.9)",
        "nps_compare(DISTINCT score, score > 1)",
        "nps_samples(DISTINCT score, score > 1)",
        "score_histogram(DISTINCT score)",
        "nps_merge(DISTINCT [score])",
        "csat(DISTINCT score)",
        "ces(DISTINCT score)",
        "latest_by(DISTINCT score, score)",
        "distinctive_terms(DISTINCT 'a', score)",
    ];
    for aggregate in datafusion_functions_nps::all_aggregates() {
        let is_tested = |call: &&str| call.starts_with(&format!("{}(", aggregate.name()));
        assert!(calls.iter().any(is_tested), "{}", aggregate.name());
    }
    for call in calls {
        let name = call.split('(').next().unwrap_or_default();
        let message = format!(
            "{name}(DISTINCT ...) would count equal answers of different respondents once; remove DISTINCT"
        );
        for select in [
            // The optimizer would rewrite the first to a GROUP BY, but not the second.
            format!("SELECT {call}"),
            format!("SELECT {call}, count(*), sum(score)"),
            format!("SELECT {call} FILTER (WHERE score > 1)"),
            format!("SELECT {call} OVER ()"),
            format!("SELECT {call} OVER (ORDER BY score ROWS 1 PRECEDING)"),
            format!("SELECT {call} OVER (PARTITION BY score)"),
        ] {
            let sql = format!("{select} FROM (VALUES (5), (5), (3)) AS t(score)");
            assert_error(&ctx, &sql, &message).await;
        }
        // No row reaches a function.
        for from in [
            "(SELECT 5 AS score) WHERE false",
            "(SELECT 5 AS score) GROUP BY score",
        ] {
            assert_error(&ctx, &format!("SELECT {call} FROM {from}"), &message).await;
        }
    }
}

#[tokio::test]
async fn categories() {
    let ctx = context();
    let sql = "SELECT nps_category(s) FROM (VALUES (0), (6), (7), (8), (9), (10), (NULL)) AS t(s)";
    assert_eq!(
        rows(&ctx, sql).await,
        [
            "detractor",
            "detractor",
            "passive",
            "passive",
            "promoter",
            "promoter",
            ""
        ]
    );
    let literals = "SELECT nps_category(10), nps_category(NULL), arrow_typeof(nps_category(7.0))";
    assert_eq!(value(&ctx, literals).await, "promoter||Utf8");
    assert_error(
        &ctx,
        "SELECT nps_category(1, 2)",
        "nps_category takes one argument, not 2",
    )
    .await;
}

#[tokio::test]
async fn a_correlated_subquery_without_rows_counts_zero() {
    let sql =
        "SELECT g, (SELECT promoters(score) FROM (VALUES (1, 10)) AS r(g, score) WHERE r.g = t.g)
               FROM (VALUES (1), (2)) AS t(g) ORDER BY g";
    assert_eq!(rows(&context(), sql).await, ["1|1", "2|0"]);
}

#[tokio::test]
async fn the_data_frame_api_is_the_same() {
    use datafusion::functions::core::expr_ext::FieldAccessor;
    use datafusion::prelude::{col, lit};
    let ctx = context();
    let frame = ctx
        .sql(
            "SELECT score, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0] AS histogram FROM (VALUES (10), (9), (8), (3)) AS t(score)",
        )
        .await;
    let score = || col("score");
    let aggregates = vec![
        expr_fn::nps(score()),
        expr_fn::nps_weighted(score(), lit(2)),
        expr_fn::promoters(score()),
        expr_fn::passives(score()),
        expr_fn::detractors(score()),
        expr_fn::csat_of_scale(score(), lit(10)),
        expr_fn::ces_of_scale(score(), lit(10)),
        expr_fn::nps_merge(col("histogram")),
        expr_fn::score_histogram(score()),
        expr_fn::score_histogram_weighted(score(), lit(2)),
        expr_fn::nps_compare(score(), lit(true)).field("second"),
        expr_fn::nps_samples(score(), lit(true)).field("second_promoters"),
        expr_fn::nps_ci(score(), lit(0.95)).field("high"),
        expr_fn::nps_ci_by_method(score(), lit(0.95), lit("wald")).field("high"),
    ];
    let frame = frame.unwrap().aggregate(vec![], aggregates).unwrap();
    ctx.register_table("api", frame.into_view()).unwrap();
    assert_eq!(
        rows(&ctx, "SELECT * FROM api").await,
        [
            "25.0|25.0|2|1|1|50.0|7.5|100.0|[0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1]|[0, 0, 0, 2, 0, 0, 0, 0, 2, 2, 2]|25.0|2|72.73119710132777|100.0"
        ]
    );
    let frame = ctx.sql("SELECT 9 AS score").await.unwrap();
    let histogram = || udfs::score_histogram_udaf().call(vec![score()]);
    let scalars = vec![
        expr_fn::nps_category(score()),
        expr_fn::nps_required_responses(lit(5)),
        expr_fn::nps_required_responses_with(lit(5), lit(0.9), lit(0.6)),
    ];
    let scalars = frame.clone().select(scalars).unwrap();
    ctx.register_table("scalars", scalars.into_view()).unwrap();
    let expected = "promoter|1533|648";
    assert_eq!(value(&ctx, "SELECT * FROM scalars").await, expected);
    let ratings = vec![
        expr_fn::csat(score() - lit(4)),
        expr_fn::ces(score() - lit(4)),
        expr_fn::nps_compare_histograms(histogram(), histogram()).field("change"),
        expr_fn::nps_compare_histograms_by_method(histogram(), histogram(), lit("adjusted_wald"))
            .field("p_value"),
    ];
    let ratings = frame.aggregate(vec![], ratings).unwrap();
    ctx.register_table("ratings", ratings.into_view()).unwrap();
    assert_eq!(
        value(&ctx, "SELECT * FROM ratings").await,
        "100.0|5.0|0.0|1.0"
    );
}
