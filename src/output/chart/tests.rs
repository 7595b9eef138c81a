//! Snapshots of charts, and charts at many widths and of unusual values.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::datatypes::{DataType, Field};
use unicode_width::UnicodeWidthStr;

use super::super::error::OutputError;
use super::super::style::Style;
use super::super::writer::ResultWriter;
use super::ChartWriter;

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn floats(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    // NaN represents NULL.
    let values = values.into_iter().map(|v| (!v.is_nan()).then_some(v));
    Arc::new(Float64Array::from_iter(values))
}

fn integers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn rows<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn try_chart(rows: &RecordBatch, style: &Style) -> Result<String, OutputError> {
    let mut sink = Vec::new();
    let mut writer = ChartWriter::new(&mut sink, rows.schema(), style);
    writer.write(rows)?;
    writer.finish()?;
    Ok(String::from_utf8(sink).unwrap())
}

fn style(width: usize, colour: bool) -> Style {
    Style {
        width: Some(width),
        colour,
        ..Style::default()
    }
}

fn chart(rows: &RecordBatch, width: usize) -> String {
    let chart = try_chart(rows, &style(width, false)).unwrap();
    for line in chart.lines() {
        assert!(line.width() <= width, "{width} columns:\n{chart}");
    }
    chart
}

fn months() -> ArrayRef {
    texts(&[
        "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04",
    ])
}

fn by_month() -> RecordBatch {
    let nps = [12.0, 18.5, -4.0, f64::NAN, 21.0, 30.5, 28.0, 41.0];
    rows([
        ("month", months()),
        ("nps", floats(nps)),
        ("ci_low", floats(nps.map(|nps| nps - 9.0))),
        ("ci_high", floats(nps.map(|nps| nps + 9.0))),
    ])
}

fn by_segment() -> RecordBatch {
    let segments = ["small business", "mid-market", "enterprise", "größte 東京"];
    rows([
        ("segment", texts(&segments)),
        ("responses", integers([409, 456, 494, 12])),
        ("nps", floats([-16.8, 46.1, 48.6, f64::NAN])),
        ("margin", floats([8.4, 6.7, 6.4, f64::NAN])),
    ])
}

#[test]
fn a_line_with_its_interval_and_a_gap() {
    insta::assert_snapshot!("line", chart(&by_month(), 72));
}

#[test]
fn one_line_per_category() {
    let month = [
        "2026-01", "2026-01", "2026-02", "2026-02", "2026-03", "2026-03", "undated",
    ];
    let segments: Vec<&str> = ["smb", "enterprise"].into_iter().cycle().take(7).collect();
    let lines = rows([
        ("month", texts(&month)),
        ("segment", texts(&segments)),
        ("nps", floats([10.0, 40.0, 20.0, 35.0, 25.0, 30.0, 99.0])),
    ]);
    insta::assert_snapshot!("lines", chart(&lines, 72));
}

#[test]
fn measures_of_different_scales_have_separate_panels() {
    let waves = || (0..40).map(|day| (f64::from(day) / 6.0).sin());
    let both = rows([
        (
            "day",
            Arc::new(Date32Array::from_iter_values(20_454..20_494)),
        ),
        (
            "responses",
            integers(waves().map(|wave| (500.0 + 200.0 * wave) as i64)),
        ),
        ("nps", floats(waves().map(|wave| 30.0 - 20.0 * wave))),
    ]);
    insta::assert_snapshot!("panels", chart(&both, 72));
}

#[test]
fn bars_side_by_side_and_below_zero() {
    insta::assert_snapshot!("bars", chart(&by_segment(), 80));
}

#[test]
fn a_first_number_is_a_category() {
    let scores = rows([
        ("score", integers(0..=10)),
        ("answers", integers([3, 1, 2, 2, 5, 9, 14, 31, 60, 80, 72])),
    ]);
    insta::assert_snapshot!("histogram", chart(&scores, 60));
}

#[test]
fn statistics_are_drawn_with_their_interval() {
    let nps: ArrayRef = floats([10.0, 20.0, 15.0]);
    let fields = ["responses", "nps", "std_error", "ci_low", "ci_high"];
    let values = [
        floats([100.0, 120.0, 90.0]),
        nps,
        floats([1.0, 1.0, 1.0]),
        floats([2.0, 12.0, 7.0]),
        floats([18.0, 28.0, 23.0]),
    ];
    let columns = std::iter::zip(fields, values)
        .map(|(name, array)| (Arc::new(Field::new(name, DataType::Float64, true)), array));
    let stats: ArrayRef = Arc::new(StructArray::from(columns.collect::<Vec<_>>()));
    let month = texts(&["2026-01", "2026-02", "2026-03"]);
    let over_time = chart(&rows([("month", month), ("s", stats.clone())]), 60);
    let legend = "● nps  ░ ci_low to ci_high\n";
    assert!(over_time.starts_with(legend), "{over_time}");
    assert!(over_time[legend.len()..].contains('░'), "{over_time}");
    let by_segment = rows([("segment", texts(&["a", "b", "c"])), ("s", stats)]);
    let by_segment = chart(&by_segment, 60);
    assert!(by_segment.contains("10 ± 8"), "{by_segment}");
}

#[test]
fn an_interval_is_drawn_on_its_bar() {
    let bars = rows([
        ("segment", texts(&["a", "b", "c"])),
        ("nps", floats([40.0, 5.0, -30.0])),
        ("lower", floats([30.0, -20.0, -40.0])),
        ("upper", floats([50.0, 30.0, -20.0])),
    ]);
    let chart = chart(&bars, 60);
    let lines: Vec<&str> = chart.lines().collect();
    // Only the end of the interval interrupts the bar.
    for (line, part) in [
        (1, "█┣█"),
        (1, "─┤ 40"),
        (2, "├─"),
        (2, "┼█"),
        (2, "─┤ 5"),
        (3, "-30 ± 10 ├─"),
        (3, "█┫█"),
    ] {
        assert!(lines[line].contains(part), "{part} in\n{chart}");
    }
}

#[test]
fn values_of_any_size_are_drawn() {
    let extremes = [f64::MAX, f64::MIN, 1e300, -1e-300, f64::NAN, 0.0];
    let columns = |first: ArrayRef| {
        let values = extremes.map(|value| if value.is_nan() { f64::INFINITY } else { value });
        rows([("key", first), ("value", floats(values))])
    };
    let month = &months().slice(0, extremes.len());
    for width in [40, 80] {
        chart(&columns(month.clone()), width);
        chart(&columns(texts(&["a", "b", "c", "d", "e", "f"])), width);
    }
    for value in [1e300, 1e-300, f64::MAX] {
        let values = floats([value, value]);
        let one = rows([("month", month.slice(0, 2)), ("value", values)]);
        chart(&one, 40);
    }
}

#[test]
fn names_cannot_control_the_terminal() {
    let hostile = format!("\u{1b}[2J{}", "long ".repeat(50));
    let by_month = rows([
        ("month", months().slice(0, 2)),
        (hostile.as_str(), floats([1.0, 2.0])),
    ]);
    assert!(!chart(&by_month, 40).contains('\u{1b}'));
    let by_name = rows([
        (hostile.as_str(), texts(&["a", hostile.as_str()])),
        ("value", floats([1.0, 2.0])),
    ]);
    assert!(!chart(&by_name, 40).contains('\u{1b}'));
}

#[test]
fn all_bars_are_drawn_without_a_row_limit() {
    let many = rows([
        ("n", integers(0..300)),
        ("square", integers((0..300).map(|n| n * n))),
    ]);
    let style = Style {
        rows_max: None,
        ..Style::default()
    };
    let chart = try_chart(&many, &style).unwrap();
    assert_eq!(chart.lines().count(), 1 + 300 + 1);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in 40..=160 {
        for rows in [by_month(), by_segment()] {
            chart(&rows, width);
        }
    }
}

#[test]
fn colours_do_not_change_the_text() {
    for rows in [by_month(), by_segment()] {
        let plain = try_chart(&rows, &style(72, false)).unwrap();
        let painted = try_chart(&rows, &style(72, true)).unwrap();
        assert!(painted.contains("\u{1b}[36m") && painted.contains("\u{1b}[0m"));
        let mut without = String::new();
        let mut pieces = painted.split('\u{1b}');
        without.push_str(pieces.next().unwrap());
        without.extend(pieces.map(|piece| piece.split_once('m').unwrap().1));
        let trimmed: Vec<&str> = without.lines().map(str::trim_end).collect();
        assert_eq!(trimmed, plain.lines().collect::<Vec<_>>());
    }
}

#[test]
fn errors_say_what_cannot_be_drawn() {
    let style = Style::default();
    let error = |rows: &RecordBatch| try_chart(rows, &style).unwrap_err().to_string();
    let text = rows([("segment", texts(&["a"]))]);
    let alone = rows([("nps", floats([1.0, 2.0]))]);
    let twice = rows([
        ("month", texts(&["2026-01", "2026-01", "2026-02"])),
        ("nps", floats([1.0, 2.0, 3.0])),
    ]);
    let no_column = "the result has no column to draw its numbers against";
    assert_eq!(error(&text), "the result has no numbers to draw");
    assert_eq!(error(&alone), no_column);
    assert_eq!(error(&twice), "several rows have the same month");
    let empty = by_segment().slice(0, 0);
    assert_eq!(error(&empty), "the result has no rows to draw");
    let mut writer = ChartWriter::new(Vec::new(), by_month().schema(), &style);
    let many: Result<(), _> = (0..3_000).try_for_each(|_| writer.write(&by_month()));
    assert!(many.is_err(), "memory is bounded");
}

#[test]
fn one_row_and_one_point_are_bars() {
    let one = rows([("nps", floats([41.5])), ("responses", integers([12]))]);
    let one = chart(&one, 60);
    assert!(one.contains("nps") && one.contains("41.5"), "{one}");
    let point = chart(&by_month().slice(0, 1), 60);
    assert!(point.contains("2025-09 │█"), "{point}");
}
