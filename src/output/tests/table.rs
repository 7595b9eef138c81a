//! Tests of tables at many widths, and expanded.

use std::slice;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DurationMicrosecondArray, Float64Array, RecordBatch,
};
use unicode_width::UnicodeWidthStr;

use super::super::{Expanded, Format, Style};
use super::{
    MORNING, batch, empty, integers, sample, strings, style_with_width, styled_table, table, text,
    timestamps,
};

/// Compares with an expected text that begins on a new line.
#[track_caller]
fn assert_drawn(actual: &str, expected: &str) {
    assert_eq!(format!("\n{actual}"), expected);
}

/// 2026-03-01 00:00:00 UTC.
const MIDNIGHT: i64 = 1_772_323_200_000_000;

#[tokio::test]
async fn table_unlimited() {
    let expected = r#"
┌─────────────────────┬────────────────────┬───────────────────┬─────────────────────────┬──────────────────────────┬───────────┐
│               score │                nps │ comment           │ at                      │ stats                    │ list      │
├─────────────────────┼────────────────────┼───────────────────┼─────────────────────────┼──────────────────────────┼───────────┤
│                   9 │ 33.333333333333336 │ Größe 😀, 東京    │ 2026-03-01 09:30:00     │ {n: 12, top: "a, \"b\""} │ [1, NULL] │
│                  -1 │               NULL │                   │ 2026-03-01 09:30:00.500 │ {n: NULL, top: ""}       │ []        │
│ 9223372036854775807 │       1000000000.0 │ two\nlines\t"q" \ │ NULL                    │ NULL                     │ NULL      │
└─────────────────────┴────────────────────┴───────────────────┴─────────────────────────┴──────────────────────────┴───────────┘
(3 rows)
"#;
    assert_drawn(&text(&sample(), Format::Table).await, expected);
}

#[tokio::test]
async fn table_without_rows() {
    let expected = "
┌───────┬─────┬─────────┬────┬───────┬──────┐
│ score │ nps │ comment │ at │ stats │ list │
├───────┼─────┼─────────┼────┼───────┼──────┤
└───────┴─────┴─────────┴────┴───────┴──────┘
(0 rows)
";
    assert_drawn(&text(&empty(&sample()), Format::Table).await, expected);
}

#[tokio::test]
async fn table_times() {
    let took = vec![86_400_000_000 + 10_800_000_000, 2_500_000];
    let times = batch([
        ("month", timestamps([Some(MIDNIGHT), None], "UTC")),
        (
            "zoned",
            timestamps([Some(MIDNIGHT), Some(MORNING)], "+02:00"),
        ),
        ("date", Arc::new(Date32Array::from(vec![20_513, 0]))),
        ("took", Arc::new(DurationMicrosecondArray::from(took))),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
    ]);
    let expected = "
┌────────────┬───────────────────────────┬────────────┬────────────────┬──────┐
│ month      │ zoned                     │ date       │ took           │ ok   │
├────────────┼───────────────────────────┼────────────┼────────────────┼──────┤
│ 2026-03-01 │ 2026-03-01 02:00:00+02:00 │ 2026-03-01 │ 1 day 03:00:00 │ true │
│ NULL       │ 2026-03-01 11:30:00+02:00 │ 1970-01-01 │ 00:00:02.5     │ NULL │
└────────────┴───────────────────────────┴────────────┴────────────────┴──────┘
(2 rows)
";
    assert_drawn(&text(&times, Format::Table).await, expected);
}

/// Fifteen columns, as `SELECT *` over responses has.
fn wide() -> RecordBatch {
    let comment = "The new dashboard is lovely, but exports time out 😀 東京 every single Monday";
    let columns: Vec<(String, ArrayRef)> = (1..=15)
        .map(|n| {
            let array = match n % 4 {
                0 => strings([Some(comment), None]),
                1 => integers([n, 12_345_678]),
                2 => timestamps([Some(MORNING), None], "UTC"),
                _ => strings([Some("promoter"), Some("passive")]),
            };
            (format!("column_{n}"), array)
        })
        .collect();
    RecordBatch::try_from_iter(columns).unwrap()
}

#[tokio::test]
async fn table_fits_any_terminal() {
    let float = Float64Array::from(vec![-100.0 / 3.0 * 1e-3]);
    let floats = batch([("a_float_of_full_length", Arc::new(float))]);
    let comment = "東京は素晴らしい街です。また来ます!".repeat(9);
    let comments = batch([
        ("id", integers([1, 2])),
        ("comment", strings([Some(comment.as_str()), None])),
    ]);
    for width in (20..=200).chain([1_000]) {
        let style = Style {
            expanded: Expanded::On,
            ..style_with_width(Some(width))
        };
        for batch in [sample(), wide(), floats.clone(), comments.clone()] {
            table(&batch, width).await;
            let expanded = styled_table(&[batch], &style).await;
            assert!(expanded.lines().all(|line| line.width() <= width));
        }
    }
}

#[tokio::test]
async fn table_cuts_text_before_it_drops_columns() {
    let accounts = strings([Some("Acme International Holdings"), Some("Ü")]);
    let comment = Some("Nothing but good things to say, and then some");
    let rows = batch([
        ("account", accounts),
        ("avg(responses.score)", integers([1, 1_234_567_890])),
        ("comment", strings([comment, None])),
    ]);
    let expected = "
┌───────────────────┬───────────────────┬──────────────────┐
│ account           │ avg(responses.sc… │ comment          │
├───────────────────┼───────────────────┼──────────────────┤
│ Acme Internation… │                 1 │ Nothing but goo… │
│ Ü                 │        1234567890 │ NULL             │
└───────────────────┴───────────────────┴──────────────────┘
(2 rows)
";
    assert_drawn(&table(&rows, 60).await, expected);
    let expected = "
┌────────────┬────────────┬────────────┐
│ account    │ avg(respo… │ comment    │
├────────────┼────────────┼────────────┤
│ Acme Inte… │          1 │ Nothing b… │
│ Ü          │ 1234567890 │ NULL       │
└────────────┴────────────┴────────────┘
(2 rows)
";
    assert_drawn(&table(&rows, 40).await, expected);
}

#[tokio::test]
async fn table_drops_middle_columns() {
    let expected = "
┌──────────┬─────────────────────┬───┬─────────────────────┬───────────┐
│ column_1 │ column_2            │ … │ column_14           │ column_15 │
├──────────┼─────────────────────┼───┼─────────────────────┼───────────┤
│        1 │ 2026-03-01 09:30:00 │ … │ 2026-03-01 09:30:00 │ promoter  │
│ 12345678 │ NULL                │ … │ NULL                │ passive   │
└──────────┴─────────────────────┴───┴─────────────────────┴───────────┘
(2 rows)  15 columns (4 shown)
";
    assert_drawn(&table(&wide(), 80).await, expected);
    let expected = "
┌──────────┬───┬───┐
│ column_1 │ … │ … │
├──────────┼───┼───┤
│        1 │ … │ … │
│ 12345678 │ … │ … │
└──────────┴───┴───┘
(2 rows)  15 columns
(2 shown)
";
    assert_drawn(&table(&wide(), 20).await, expected);
}

#[tokio::test]
async fn table_shows_bounded_rows() {
    let batches = [0, 400, 800].map(|n| batch([("n", integers(n..n + 400))]));
    let table = styled_table(&batches, &style_with_width(Some(80))).await;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3 + 500 + 1 + 1);
    assert_eq!(lines[502], "│ 499 │");
    let footer = "(1200 rows, 500 shown; another --format, such as csv, prints all)";
    assert_eq!(lines[504], footer);
    let narrow = styled_table(&batches, &style_with_width(Some(20))).await;
    assert!(narrow.lines().all(|line| line.width() <= 20), "{narrow}");
}

#[tokio::test]
async fn a_plan_keeps_its_lines() {
    let plan = "Sort: score\n  TableScan: responses projection=[score]\n";
    let plan = batch([
        ("plan_type", strings([Some("logical_plan")])),
        ("plan", strings([Some(plan)])),
    ]);
    let style = Style {
        breaks_lines: true,
        ..style_with_width(Some(48))
    };
    let expected = "
┌──────────────┬──────────────────────────┐
│ plan_type    │ plan                     │
├──────────────┼──────────────────────────┤
│ logical_plan │ Sort: score              │
│              │   TableScan: responses   │
│              │       projection=[score] │
└──────────────┴──────────────────────────┘
(1 row)
";
    assert_drawn(&styled_table(&[plan], &style).await, expected);
}

#[tokio::test]
async fn expanded_rows_have_a_line_per_column() {
    let comment = Some("two\nlines, the second of which is long");
    let rows = batch([
        ("score", integers([9, 10])),
        ("comment", strings([comment, None])),
    ]);
    let style = Style {
        expanded: Expanded::On,
        null: "-".to_owned(),
        ..style_with_width(Some(30))
    };
    let expected = "
─[ 1 ]────────────────────────
score   │ 9
comment │ two
        │ lines, the second of
        │ which is long
─[ 2 ]──────
score   │ 10
comment │ -
(2 rows)
";
    assert_drawn(&styled_table(&[rows], &style).await, expected);
    let auto = |width| Style {
        expanded: Expanded::Auto,
        ..style_with_width(Some(width))
    };
    let wide = styled_table(&[wide()], &auto(80)).await;
    assert!(wide.starts_with("─[ 1 ]"), "{wide}");
    let narrow = batch([("one", integers([1]))]);
    let narrow = styled_table(&[narrow], &auto(80)).await;
    assert!(narrow.starts_with('┌'), "{narrow}");
}

#[tokio::test]
async fn rows_max_limits_a_table() {
    let rows = batch([("n", integers(0..700))]);
    let style = |rows_max| Style {
        rows_max,
        in_shell: true,
        ..Style::default()
    };
    let all = styled_table(slice::from_ref(&rows), &style(None)).await;
    assert_eq!(all.lines().count(), 700 + 5);
    let two = styled_table(&[rows], &style(Some(2))).await;
    assert!(
        two.ends_with("(700 rows, 2 shown; \\pset maxrows 0 shows all)\n"),
        "{two}"
    );
}
